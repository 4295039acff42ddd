"""COPY: the fastest way for many rows into a table, within the transaction that is already open."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.persistence.engine import driver_of

# What stands before and behind the rows (PostgreSQL's COPY, "Binary Format"): no flags, no extension.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"


async def copy_rows(
    session: AsyncSession, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]] | Iterable[object]
) -> None:
    """Append rows; a broken constraint fails the whole transaction, so callers look before they copy."""
    driver = await driver_of(session)
    await driver.copy_records_to_table(table, columns=columns, records=rows)


async def copy_ready(session: AsyncSession, table: str, columns: Sequence[str], chunks: Iterable[bytes]) -> None:
    """Append rows that are binary already; the server stores one chunk while the next is being made."""
    driver = await driver_of(session)
    await driver.copy_to_table(table, columns=columns, source=_stream(chunks), format="binary")


async def _stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    yield _HEADER
    for chunk in chunks:
        yield chunk
        # Chunks take processor time, and others wait for this loop as well: requests, the lease of this very job.
        await asyncio.sleep(0)
    yield _TRAILER

"""COPY: the fastest way for many rows into a table, within the transaction that is already open."""

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession


async def copy_rows(
    session: AsyncSession, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]] | Iterable[object]
) -> None:
    """Append rows; a broken constraint fails the whole transaction, so callers look before they copy."""
    connection = await session.connection()
    # The driver opens its transaction with the first statement, and COPY bypasses that.
    await connection.exec_driver_sql("SELECT 1")
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    if driver is None:  # pragma: no cover  an open connection has a driver
        raise RuntimeError("the connection is closed")
    await driver.copy_records_to_table(table, columns=columns, records=rows)

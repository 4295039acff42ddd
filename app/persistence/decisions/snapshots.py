"""Snapshots by hash, the newest of each enterprise, and the enterprises whose newest one is out of date."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.persistence.decisions.rows import SnapshotHeadRow, SnapshotRow
from app.persistence.engine import driver_of

_tuple = tuple.__new__
_NEWEST = """
    SELECT enterprise_id, hash, flat, since IS NOT NULL
    FROM snapshot_heads LEFT JOIN stale_enterprises USING (enterprise_id)
    WHERE enterprise_id = ANY ($1)
"""


class Head(NamedTuple):
    """The newest snapshot of an enterprise: its hash, and its facts without evidence as JSON."""

    enterprise_id: UUID
    hash: bytes
    flat: bytes


class SnapshotRepository:
    """Documents are canonical JSON; a hash is the SHA-256 of one."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, snapshots: Sequence[tuple[Head, bytes]], *, known_at: datetime) -> None:
        """Keep each document and make it the newest of its enterprise."""
        if not snapshots:
            return
        rows = [
            {"enterprise_id": head.enterprise_id, "hash": head.hash, "document": document, "known_at": known_at}
            for head, document in snapshots
        ]
        await self.session.execute(insert(SnapshotRow).on_conflict_do_nothing(), rows)
        newest = insert(SnapshotHeadRow)
        await self.session.execute(
            newest.on_conflict_do_update(
                index_elements=["enterprise_id"], set_={"hash": newest.excluded.hash, "flat": newest.excluded.flat}
            ),
            [{"enterprise_id": head.enterprise_id, "hash": head.hash, "flat": head.flat} for head, _ in snapshots],
        )

    async def documents(self, heads: Sequence[Head]) -> dict[UUID, bytes]:
        """The documents of some newest snapshots."""
        rows = await self.session.execute(
            select(SnapshotRow.enterprise_id, SnapshotRow.document).where(
                tuple_(SnapshotRow.enterprise_id, SnapshotRow.hash).in_(
                    [(head.enterprise_id, head.hash) for head in heads]
                )
            )
        )
        return {row[0]: row[1] for row in rows}

    async def get(self, enterprise_id: UUID, digest: bytes) -> bytes:
        """The document under a hash; the caller has seen a run that names it, so visibility is settled."""
        document = await self.session.scalar(
            select(SnapshotRow.document).where(SnapshotRow.enterprise_id == enterprise_id, SnapshotRow.hash == digest)
        )
        if document is None:
            raise LookupError(f"snapshot {digest.hex()} of enterprise {enterprise_id} is missing")
        return document

    async def newest(self, ids: Sequence[UUID]) -> tuple[list[Head], list[UUID]]:
        """The newest snapshots of some enterprises, and which of these changed since then or have no snapshot.

        Only for work that already settled visibility.
        """
        # The driver's own rows: a province has so many that the session's would cost more than reading them.
        rows = await (await driver_of(self.session)).fetch(_NEWEST, ids)
        heads = [_tuple(Head, row[:3]) for row in rows]
        out_of_date = [row[0] for row in rows if row[3]]
        if len(heads) < len(ids):
            out_of_date += set(ids).difference(head.enterprise_id for head in heads)
        return heads, out_of_date

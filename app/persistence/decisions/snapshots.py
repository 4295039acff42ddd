"""Snapshots by hash, the newest of each enterprise, and the enterprises whose newest one is out of date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor
from app.persistence.decisions.rows import SnapshotHeadRow, SnapshotRow, StaleEnterpriseRow
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible


@dataclass(frozen=True, slots=True)
class Head:
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

    async def newest(self, prefix: str, *, visible_to: Actor, after: UUID | None, limit: int) -> list[Head]:
        """The next newest snapshots of a region's enterprises, in order of ids."""
        query = (
            select(SnapshotHeadRow.enterprise_id, SnapshotHeadRow.hash, SnapshotHeadRow.flat)
            .join(EnterpriseRow, EnterpriseRow.id == SnapshotHeadRow.enterprise_id)
            .where(EnterpriseRow.region.startswith(prefix), visible(visible_to))
            .order_by(SnapshotHeadRow.enterprise_id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(SnapshotHeadRow.enterprise_id > after)
        return [Head(row[0], row[1], row[2]) for row in await self.session.execute(query)]

    async def count(self, prefix: str, *, visible_to: Actor) -> int:
        """How many enterprises of a region there are to decide."""
        query = select(func.count()).select_from(EnterpriseRow)
        return await self.session.scalar(query.where(EnterpriseRow.region.startswith(prefix), visible(visible_to))) or 0

    async def out_of_date(self, prefix: str, *, visible_to: Actor, after: UUID | None, limit: int) -> list[UUID]:
        """The next enterprises of a region that changed since their newest snapshot, or have none."""
        stale = exists().where(StaleEnterpriseRow.enterprise_id == EnterpriseRow.id)
        has_head = exists().where(SnapshotHeadRow.enterprise_id == EnterpriseRow.id)
        query = (
            select(EnterpriseRow.id)
            .where(EnterpriseRow.region.startswith(prefix), visible(visible_to), stale | ~has_head)
            .order_by(EnterpriseRow.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(EnterpriseRow.id > after)
        return list(await self.session.scalars(query))

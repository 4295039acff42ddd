"""Batches in PostgreSQL: the body as it came, chained by hash, and beside it what became of its rows."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    exists,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor, Origin
from app.domain.feed.reports import BatchState, BatchUnknown, Report, StoredBatch
from app.persistence.engine import Row
from app.persistence.feed.sources import FeedSourceRow, SourceHead, seen_source
from app.persistence.signed import Signed, signature


class FeedBodyRow(Row):
    """What was received, byte by byte; stored while it is being read, before its batch has a number."""

    __tablename__ = "feed_bodies"

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class FeedBatchRow(Signed, Row):
    """That a body was received; `chain` seals it and every one before it of the same source."""

    __tablename__ = "feed_batches"
    __table_args__ = (
        UniqueConstraint("source", "number"),
        Index(None, "source", "sha256"),
        Index(None, "source", "id"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("feed_bodies.batch_id"), primary_key=True)
    source: Mapped[str] = mapped_column(ForeignKey("feed_sources.name"))
    number: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    encoding: Mapped[str | None]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[bytes] = mapped_column(LargeBinary)
    profile_version: Mapped[int]
    force: Mapped[bool]
    received_at: Mapped[datetime]


class FeedReportRow(Row):
    """What became of a batch."""

    __tablename__ = "feed_reports"
    __table_args__ = (CheckConstraint("state IN ('merged', 'refused')", name="state"),)

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("feed_batches.id"), primary_key=True)
    state: Mapped[str]
    report: Mapped[dict[str, Any]]
    rejections: Mapped[bytes | None] = mapped_column(LargeBinary)
    reported_at: Mapped[datetime]


class FeedParkedRow(Row):
    """That a batch has rows of a channel nobody has registered; the rows themselves are in its body."""

    __tablename__ = "feed_parked"

    source: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("feed_batches.id"), primary_key=True)
    rows: Mapped[int]
    parked_at: Mapped[datetime]
    replayed_at: Mapped[datetime | None]
    replay: Mapped[dict[str, Any] | None]


_PLAIN = (
    "id", "source", "number", "media_type", "encoding", "size", "sha256", "chain", "profile_version", "force",
    "received_at",
)  # fmt: skip
_COLUMNS = [
    *(getattr(FeedBatchRow, name) for name in (*_PLAIN, "client_id", "person_name", "person_office")),
    FeedReportRow.state,
    FeedReportRow.report,
    FeedReportRow.reported_at,
]


class BatchRepository:
    """A batch is seen by whoever sees its source."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def keep(self, batch_id: UUID, body: bytes) -> None:
        """Store the bytes as they came; their batch follows in the same transaction."""
        await self.session.execute(insert(FeedBodyRow).values(batch_id=batch_id, body=body))

    async def receive(self, batch: StoredBatch, head: SourceHead) -> tuple[StoredBatch, SourceHead]:
        """A body that is kept becomes the next link of its source's chain."""
        chain = hashlib.sha256(head.chain + batch.sha256).digest()
        sealed = replace(batch, number=head.batches + 1, chain=chain)
        await self.session.execute(
            insert(FeedBatchRow).values(
                **{name: getattr(sealed, name) for name in _PLAIN}, **signature(batch.received_from)
            )
        )
        return sealed, replace(head, batches=sealed.number, chain=chain)

    async def report(
        self, batch_id: UUID, state: BatchState, report: Report, rejections: bytes | None, *, at: datetime
    ) -> None:
        await self.session.execute(
            insert(FeedReportRow).values(
                batch_id=batch_id, state=state, report=asdict(report), rejections=rejections, reported_at=at
            )
        )

    async def get(self, batch_id: UUID, *, visible_to: Actor) -> StoredBatch:
        query = _seen(visible_to).where(FeedBatchRow.id == batch_id)
        row = (await self.session.execute(query)).first()
        if row is None:
            raise BatchUnknown()
        return _batch(row)

    async def page(
        self, source: str, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[StoredBatch]:
        """Newest first."""
        query = _seen(visible_to).where(FeedBatchRow.source == source).order_by(FeedBatchRow.id.desc()).limit(limit)
        if after is not None:
            query = query.where(FeedBatchRow.id < UUID(after[0]))
        return [_batch(row) for row in await self.session.execute(query)]

    async def twin(self, source: str, sha256: bytes, media_type: str, encoding: str | None) -> StoredBatch | None:
        """The newest batch of the very same bytes."""
        query = (
            _joined()
            .where(FeedBatchRow.source == source, FeedBatchRow.sha256 == sha256)
            .where(FeedBatchRow.media_type == media_type, FeedBatchRow.encoding.is_not_distinct_from(encoding))
            .order_by(FeedBatchRow.id.desc())
            .limit(1)
        )
        row = (await self.session.execute(query)).first()
        return None if row is None else _batch(row)

    async def body(self, batch_id: UUID) -> bytes:
        """The bytes as they came, of a batch the caller has already been allowed to see."""
        found: bytes = (
            await self.session.execute(select(FeedBodyRow.body).where(FeedBodyRow.batch_id == batch_id))
        ).scalar_one()
        return found

    async def rejections(self, batch_id: UUID) -> bytes | None:
        query = select(FeedReportRow.rejections).where(FeedReportRow.batch_id == batch_id)
        return await self.session.scalar(query)

    async def waiting(self, source: str) -> int:
        """How many batches of a source are stored and not merged."""
        query = select(FeedBatchRow.id).where(
            FeedBatchRow.source == source, ~exists().where(FeedReportRow.batch_id == FeedBatchRow.id)
        )
        return len((await self.session.scalars(query.limit(1000))).all())

    async def park(self, batch: StoredBatch, rows: Iterable[tuple[str, int]], *, at: datetime) -> None:
        """That rows of these keys wait for their channel."""
        parked = [
            {"source": batch.source, "key": key, "batch_id": batch.id, "rows": count, "parked_at": at}
            for key, count in rows
        ]
        if parked:
            await self.session.execute(upsert(FeedParkedRow).on_conflict_do_nothing(), parked)

    async def parked(self, source: str, keys: Sequence[str]) -> list[tuple[UUID, str]]:
        """What still waits for these keys: batch and key, in order of arrival."""
        query = select(FeedParkedRow.batch_id, FeedParkedRow.key).where(
            FeedParkedRow.source == source, FeedParkedRow.key.in_(keys), FeedParkedRow.replayed_at.is_(None)
        )
        rows = await self.session.execute(query.order_by(FeedParkedRow.batch_id, FeedParkedRow.key))
        return [(batch_id, key) for batch_id, key in rows]

    async def parked_keys(self, source: str) -> list[tuple[str, int, int]]:
        """Which keys wait: key, batches, rows."""
        query = select(FeedParkedRow.key, FeedParkedRow.rows).where(
            FeedParkedRow.source == source, FeedParkedRow.replayed_at.is_(None)
        )
        found: dict[str, tuple[int, int]] = {}
        for key, rows in await self.session.execute(query.order_by(FeedParkedRow.key)):
            batches, sum_ = found.get(key, (0, 0))
            found[key] = batches + 1, sum_ + rows
        return [(key, *counts) for key, counts in found.items()]

    async def replayed(self, batch_id: UUID, keys: Sequence[str], report: Report, *, at: datetime) -> None:
        await self.session.execute(
            update(FeedParkedRow)
            .where(FeedParkedRow.batch_id == batch_id, FeedParkedRow.key.in_(keys))
            .values(replayed_at=at, replay=asdict(report))
        )


def _joined() -> Any:
    return select(*_COLUMNS).outerjoin(FeedReportRow, FeedReportRow.batch_id == FeedBatchRow.id)


def _seen(actor: Actor) -> Any:
    return _joined().join(FeedSourceRow, FeedSourceRow.name == FeedBatchRow.source).where(seen_source(actor))


def _batch(row: Any) -> StoredBatch:
    *plain, client_id, person, office, state, report, reported_at = row
    return StoredBatch(
        **dict(zip(_PLAIN, plain, strict=True)),
        received_from=Origin(client_id=client_id, person=person, office=office),
        state=state or "received",
        report=None if report is None else read_report(report),
        reported_at=reported_at,
    )


def read_report(stored: dict[str, Any]) -> Report:
    return Report(**{**stored, "errors": tuple(stored["errors"])})

"""Requests to send again, in PostgreSQL: what is wanted of a source, until it has come."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKeyConstraint, Index, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor
from app.domain.feed.resends import ResendRequest, ResendUnknown
from app.persistence.engine import Row
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.signed import Signed, signature


class ResendRequestRow(Signed, Row):
    """Civil days of one channel, both included."""

    __tablename__ = "resend_requests"
    __table_args__ = (
        ForeignKeyConstraint(
            ["enterprise_id", "channel_id"],
            ["channels.enterprise_id", "channels.id"],
            name="fk_resend_requests_enterprise_id_channels",
        ),
        CheckConstraint("closed_as IN ('filled', 'withdrawn')", name="closed_as"),
        Index("ix_resend_requests_open", "source", "id", postgresql_where=text("closed_at IS NULL")),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID]
    source: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    reason: Mapped[str]
    requested_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_as: Mapped[str | None]


_PLAIN = (
    "id", "enterprise_id", "channel_id", "source", "first", "last", "reason", "requested_at", "closed_at", "closed_as",
)  # fmt: skip


class ResendRepository:
    """Seen by the source that is asked and by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, request: ResendRequest) -> None:
        values = {name: getattr(request, name) for name in _PLAIN}
        await self.session.execute(insert(ResendRequestRow).values(**values, **signature(request.requested_by)))

    async def get(self, request_id: UUID, *, visible_to: Actor) -> ResendRequest:
        found = await self._read(visible_to, ResendRequestRow.id == request_id)
        if not found:
            raise ResendUnknown()
        return found[0]

    async def page(
        self, *, source: str | None, open_only: bool, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[ResendRequest]:
        """Oldest first, as they are to be answered."""
        asked: list[ColumnElement[bool]] = [] if source is None else [ResendRequestRow.source == source]
        if open_only:
            asked.append(ResendRequestRow.closed_at.is_(None))
        if after is not None:
            asked.append(ResendRequestRow.id > UUID(after[0]))
        return await self._read(visible_to, *asked, limit=limit)

    async def open_of(self, source: str) -> list[ResendRequest]:
        """All that a source still owes."""
        query = select(ResendRequestRow).where(ResendRequestRow.source == source, ResendRequestRow.closed_at.is_(None))
        return [_request(row) for row in await self.session.scalars(query.order_by(ResendRequestRow.id))]

    async def close(self, request: ResendRequest, *, as_: str, at: datetime) -> None:
        await self.session.execute(
            update(ResendRequestRow)
            .where(ResendRequestRow.enterprise_id == request.enterprise_id, ResendRequestRow.id == request.id)
            .values(closed_at=at, closed_as=as_)
        )

    async def _read(self, actor: Actor, *asked: ColumnElement[bool], limit: int | None = None) -> list[ResendRequest]:
        query = (
            select(ResendRequestRow)
            .join(EnterpriseRow, EnterpriseRow.id == ResendRequestRow.enterprise_id)
            .where(or_(visible(actor), ResendRequestRow.source.in_(actor.sources)), *asked)
            .order_by(ResendRequestRow.id)
            .limit(limit)
        )
        return [_request(row) for row in await self.session.scalars(query)]


def _request(row: ResendRequestRow) -> ResendRequest:
    return ResendRequest(**{name: getattr(row, name) for name in _PLAIN}, requested_by=row.origin)

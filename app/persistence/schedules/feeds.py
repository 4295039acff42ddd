"""Addresses of calendars as rows; secrets are kept only as hashes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor
from app.domain.schedules.feeds import CalendarFeed, CalendarFeedUnknown
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.schedules.rows import CalendarFeedRow
from app.persistence.signed import signature

ROW = CalendarFeedRow


class FeedRepository:
    """Addresses are seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, one: CalendarFeed) -> None:
        await self.session.execute(
            insert(ROW).values(
                id=one.id,
                enterprise_id=one.enterprise_id,
                name=one.name,
                secret_hash=one.secret_hash,
                **signature(one.created_by),
                created_at=one.created_at,
            )
        )

    async def of(self, enterprise_id: UUID, *, visible_to: Actor) -> list[CalendarFeed]:
        """All of an enterprise, the newest first, revoked ones too."""
        query = (
            select(ROW)
            .join(EnterpriseRow, EnterpriseRow.id == ROW.enterprise_id)
            .where(ROW.enterprise_id == enterprise_id, visible(visible_to))
        )
        return [_feed(row) for row in await self.session.scalars(query.order_by(ROW.id.desc()))]

    async def revoke(self, enterprise_id: UUID, feed_id: UUID, *, at: datetime) -> CalendarFeed:
        """The caller has seen the enterprise; raises CalendarFeedUnknown where it is revoked already."""
        row = await self.session.scalar(
            update(ROW)
            .where(ROW.id == feed_id, ROW.enterprise_id == enterprise_id, ROW.revoked_at.is_(None))
            .values(revoked_at=at)
            .returning(ROW)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise CalendarFeedUnknown()
        return _feed(row)

    async def addressed(self, feed_id: UUID) -> CalendarFeed | None:
        """The one read without an actor: the secret itself is the right to read."""
        row = await self.session.scalar(select(ROW).where(ROW.id == feed_id))
        return None if row is None else _feed(row)


def _feed(row: CalendarFeedRow) -> CalendarFeed:
    return CalendarFeed(
        id=row.id,
        enterprise_id=row.enterprise_id,
        name=row.name,
        secret_hash=row.secret_hash,
        created_by=row.origin,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )

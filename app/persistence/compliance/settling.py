"""Settled readings: as of some instant the readings of some enterprises are what they will ever have been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.persistence.engine import one_of
from app.persistence.feed.channels import ChannelRow
from app.persistence.feed.sources import TICK, FeedSourceHeadRow

HEAD = FeedSourceHeadRow


@dataclass(frozen=True, slots=True)
class Sought:
    """The sources that speak of some enterprises, and the instant as of which they are to be read."""

    sources: tuple[str, ...]
    at: datetime


class SettlingRepository:
    """Only for work that has already settled who may see the enterprises."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def sought(self, ids: Sequence[UUID], *, now: datetime) -> Sought:
        """After everything that was concluded upon before, so that what landed behind that is read as well."""
        own = select(ChannelRow.source).where(one_of(ChannelRow.enterprise_id, ids))
        rows = (await self.session.execute(select(HEAD.source, HEAD.read_at).where(HEAD.source.in_(own)))).all()
        read = [row.read_at + TICK for row in rows if row.read_at is not None]
        return Sought(sources=tuple(sorted(row.source for row in rows)), at=max([now, *read]))

    async def settle(self, source: str, at: datetime) -> None:
        """Wait for the batch of a source that is landing; whatever lands once this is committed lands after `at`."""
        settled = update(HEAD).where(HEAD.source == source).values(read_at=func.greatest(HEAD.read_at, at))
        await self.session.execute(settled)

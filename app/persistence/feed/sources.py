"""Sources in PostgreSQL, and the head of each: the one place where its batches wait for each other."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, LargeBinary, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor
from app.domain.feed.profiles import Profile
from app.domain.feed.sources import Source, SourceNameTaken, SourceStale, SourceUnknown
from app.persistence.clients import in_regions
from app.persistence.engine import Row

# Before the first batch of a source.
NO_CHAIN = bytes(32)
# Instants are told apart by it, as PostgreSQL keeps them.
TICK = timedelta(microseconds=1)


class FeedSourceRow(Row):
    """A sender of readings."""

    __tablename__ = "feed_sources"

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    region: Mapped[str]
    profile: Mapped[dict[str, Any]]
    refuse_above_pct: Mapped[int]
    grace_minutes: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class FeedSourceHeadRow(Row):
    """How many batches came, their hash chain, and a number that grows with every change of the channels.

    `read_at` is the newest instant as of which somebody has read and concluded: nothing lands at or before it any more.
    """

    __tablename__ = "feed_source_heads"

    source: Mapped[str] = mapped_column(ForeignKey("feed_sources.name"), primary_key=True)
    batches: Mapped[int] = mapped_column(BigInteger)
    chain: Mapped[bytes] = mapped_column(LargeBinary)
    directory: Mapped[int] = mapped_column(BigInteger)
    read_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHead:
    """Where a source stands."""

    batches: int
    chain: bytes
    directory: int


class SourceRepository:
    """A source is seen by whoever sends for it and by the officers of its region."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, name: str, *, visible_to: Actor, lock: bool = False) -> Source:
        query = select(FeedSourceRow).where(FeedSourceRow.name == name, seen_source(visible_to))
        row = await self.session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise SourceUnknown()
        return _source(row)

    async def every(
        self, *, visible_to: Actor, after: tuple[str, ...] | None = None, limit: int | None = None
    ) -> list[Source]:
        query = select(FeedSourceRow).where(seen_source(visible_to)).order_by(FeedSourceRow.name).limit(limit)
        if after is not None:
            query = query.where(FeedSourceRow.name > after[0])
        return [_source(row) for row in await self.session.scalars(query)]

    async def add(self, source: Source) -> None:
        taken = await self.session.scalar(select(FeedSourceRow.name).where(FeedSourceRow.name == source.name))
        if taken is not None:
            raise SourceNameTaken(name=source.name)
        await self.session.execute(insert(FeedSourceRow).values(_values(source)))
        await self.session.execute(
            insert(FeedSourceHeadRow).values(source=source.name, batches=0, chain=NO_CHAIN, directory=0)
        )

    async def save(self, source: Source) -> Source:
        """Under the version the caller has seen."""
        row = await self.session.scalar(
            update(FeedSourceRow)
            .where(FeedSourceRow.name == source.name, FeedSourceRow.version == source.version)
            .values(_values(source) | {"version": source.version + 1})
            .returning(FeedSourceRow)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise SourceStale()
        return _source(row)

    async def hold(self, name: str) -> SourceHead:
        """Until this transaction ends no other batch of the source lands, and none of its channels changes."""
        return await self._head(name, lock=True)

    async def head(self, name: str) -> SourceHead:
        return await self._head(name, lock=False)

    async def landing_at(self, name: str, *, now: datetime) -> datetime:
        """The instant at which readings land whose source the caller holds: after everything that was concluded upon.

        A transaction begins long before it may land, and instants would otherwise not be in the order of commits.
        """
        read_at = await self.read_at(name)
        return now if read_at is None else max(now, read_at + TICK)

    async def read_at(self, name: str) -> datetime | None:
        query = select(FeedSourceHeadRow.read_at).where(FeedSourceHeadRow.source == name)
        return (await self.session.execute(query)).scalar_one()

    async def advance(self, name: str, head: SourceHead) -> None:
        await self.session.execute(
            update(FeedSourceHeadRow)
            .where(FeedSourceHeadRow.source == name)
            .values(batches=head.batches, chain=head.chain, directory=head.directory)
        )

    async def _head(self, name: str, *, lock: bool) -> SourceHead:
        query = select(FeedSourceHeadRow.batches, FeedSourceHeadRow.chain, FeedSourceHeadRow.directory).where(
            FeedSourceHeadRow.source == name
        )
        batches, chain, directory = (await self.session.execute(query.with_for_update() if lock else query)).one()
        return SourceHead(batches=batches, chain=chain, directory=directory)


def seen_source(actor: Actor) -> ColumnElement[bool]:
    return or_(FeedSourceRow.name.in_(actor.sources), in_regions(FeedSourceRow.region, actor))


def read_profile(stored: Mapping[str, Any], *, version: int) -> Profile:
    plain = {**stored, "version": version}
    return Profile(**{**plain, "ignored": tuple(plain.get("ignored", ()))})


_PLAIN = ("name", "title", "region", "refuse_above_pct", "grace_minutes", "version", "created_at", "changed_at")


def _source(row: FeedSourceRow) -> Source:
    return Source(
        **{name: getattr(row, name) for name in _PLAIN}, profile=read_profile(row.profile, version=row.version)
    )


def _values(source: Source) -> dict[str, Any]:
    return {**{name: getattr(source, name) for name in _PLAIN}, "profile": asdict(source.profile)}

"""Channels in PostgreSQL: below their enterprise, with a head where the source's key is unique in the whole country."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    UniqueConstraint,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor, Origin
from app.domain.feed.channels import Channel, ChannelKeyTaken, ChannelStale, ChannelUnknown, Multiplier, Replacement
from app.domain.feed.directory import Directory
from app.persistence.engine import Row, one_of
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.signed import Signed, signature


class ChannelHeadRow(Row):
    """Which channel a source's key means."""

    __tablename__ = "channel_heads"
    __table_args__ = (UniqueConstraint("channel_id"), Index(None, "enterprise_id"))

    source: Mapped[str] = mapped_column(ForeignKey("feed_sources.name"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    enterprise_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    registered_at: Mapped[datetime]


class ChannelRow(Row):
    """A stream of readings of one meter."""

    __tablename__ = "channels"
    __table_args__ = (
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        ForeignKeyConstraint(
            ["enterprise_id", "meter_id"],
            ["meters.enterprise_id", "meters.id"],
            name="fk_channels_enterprise_id_meters",
        ),
        ForeignKeyConstraint(
            ["source", "key"], ["channel_heads.source", "channel_heads.key"], name="fk_channels_source_channel_heads"
        ),
        CheckConstraint("interval_minutes IN (15, 30, 60, 1440)", name="interval"),
        Index(None, "id"),
        Index(None, "source", "key"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    meter_id: Mapped[UUID]
    source: Mapped[str]
    key: Mapped[str]
    supply_point: Mapped[str | None]
    quantity: Mapped[str]
    kind: Mapped[str]
    register: Mapped[str]
    direction: Mapped[str]
    interval_minutes: Mapped[int]
    decimals: Mapped[int]
    digits: Mapped[int | None]
    own_generation: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ChannelMultiplierRow(Signed, Row):
    """What somebody said of a channel's multiplier; of one day the newest word counts."""

    __tablename__ = "channel_multipliers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["enterprise_id", "channel_id"],
            ["channels.enterprise_id", "channels.id"],
            name="fk_channel_multipliers_enterprise_id_channels",
        ),
        Index(None, "enterprise_id", "channel_id"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID]
    from_day: Mapped[date]
    factor: Mapped[Decimal] = mapped_column(Numeric())
    known_at: Mapped[datetime]


class MeterReplacementRow(Signed, Row):
    """A meter taken out and another put in; of one instant the newest word counts."""

    __tablename__ = "meter_replacements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["enterprise_id", "channel_id"],
            ["channels.enterprise_id", "channels.id"],
            name="fk_meter_replacements_enterprise_id_channels",
        ),
        Index(None, "enterprise_id", "channel_id"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID]
    at: Mapped[datetime]
    final_old: Mapped[Decimal] = mapped_column(Numeric())
    initial_new: Mapped[Decimal] = mapped_column(Numeric())
    known_at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A word on a channel, with its id and the instant since when it is known."""

    id: UUID
    known_at: datetime
    said_by: Origin
    what: Multiplier | Replacement


@dataclass(slots=True)
class KnownChannels:
    """The channels of each source, kept in memory until its directory moves."""

    by_source: dict[str, tuple[int, Directory]] = field(default_factory=dict)

    async def of(self, session: AsyncSession, source: str, moved: int) -> Directory:
        held = self.by_source.get(source)
        if held is None or held[0] != moved:
            held = moved, Directory(await ChannelRepository(session).of_source(source))
            self.by_source[source] = held
        return held[1]


_FIELDS = (
    "id", "enterprise_id", "meter_id", "source", "key", "supply_point", "quantity", "kind", "register", "direction",
    "interval_minutes", "decimals", "digits", "own_generation", "version",
)  # fmt: skip
_COLUMNS = [getattr(ChannelRow, name) for name in _FIELDS]


class ChannelRepository:
    """A channel is seen by whoever sees the enterprise and by its source."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, channel_id: UUID, *, visible_to: Actor, enterprise_id: UUID | None = None) -> Channel:
        query = _seen(visible_to).where(ChannelRow.id == channel_id)
        if enterprise_id is not None:
            query = query.where(ChannelRow.enterprise_id == enterprise_id)
        row = (await self.session.execute(query)).first()
        if row is None:
            raise ChannelUnknown()
        return _channel(row)

    async def of_enterprise(
        self, enterprise_id: UUID, *, visible_to: Actor, after: tuple[str, ...] | None = None, limit: int | None = None
    ) -> list[Channel]:
        query = _seen(visible_to).where(ChannelRow.enterprise_id == enterprise_id).order_by(ChannelRow.id).limit(limit)
        if after is not None:
            query = query.where(ChannelRow.id > UUID(after[0]))
        return [_channel(row) for row in await self.session.execute(query)]

    async def some(self, ids: Sequence[UUID], *, visible_to: Actor) -> list[Channel]:
        """In order of ids; what is not visible is left out."""
        query = _seen(visible_to).where(one_of(ChannelRow.id, ids)).order_by(ChannelRow.id)
        return [_channel(row) for row in await self.session.execute(query)]

    async def of_source(self, source: str) -> dict[str, Channel]:
        """All of a source the caller has already been allowed to see, by key."""
        rows = await self.session.execute(select(*_COLUMNS).where(ChannelRow.source == source))
        return {row.key: _channel(row) for row in rows}

    async def registered_since(self, source: str, at: datetime) -> bool:
        newest = select(ChannelHeadRow.key).where(ChannelHeadRow.source == source, ChannelHeadRow.registered_at > at)
        return await self.session.scalar(newest.limit(1)) is not None

    async def add(self, channel: Channel, *, at: datetime) -> None:
        taken = await self.session.scalar(
            upsert(ChannelHeadRow)
            .values(
                source=channel.source,
                key=channel.key,
                enterprise_id=channel.enterprise_id,
                channel_id=channel.id,
                registered_at=at,
            )
            .on_conflict_do_nothing()
            .returning(ChannelHeadRow.key)
        )
        if taken is None:
            raise ChannelKeyTaken(source=channel.source, key=channel.key)
        await self.session.execute(insert(ChannelRow).values(**asdict(channel), created_at=at, changed_at=at))

    async def save(self, channel: Channel, *, at: datetime) -> Channel:
        """Under the version the caller has seen."""
        row = (
            await self.session.execute(
                update(ChannelRow)
                .where(
                    ChannelRow.enterprise_id == channel.enterprise_id,
                    ChannelRow.id == channel.id,
                    ChannelRow.version == channel.version,
                )
                .values(**asdict(replace(channel, version=channel.version + 1)), changed_at=at)
                .returning(*_COLUMNS)
            )
        ).first()
        if row is None:
            raise ChannelStale()
        return _channel(row)

    async def say(self, channel: Channel, dated: Dated) -> None:
        """Append a word on the multiplier or on a replacement."""
        row = ChannelMultiplierRow if isinstance(dated.what, Multiplier) else MeterReplacementRow
        await self.session.execute(
            insert(row).values(
                enterprise_id=channel.enterprise_id,
                channel_id=channel.id,
                id=dated.id,
                known_at=dated.known_at,
                **asdict(dated.what),
                **signature(dated.said_by),
            )
        )

    async def multipliers(self, channel: Channel) -> list[Dated]:
        rows = await self._said(ChannelMultiplierRow, channel)
        return [_dated(row, Multiplier(from_day=row.from_day, factor=row.factor)) for row in rows]

    async def replacements(self, channel: Channel) -> list[Dated]:
        rows = await self._said(MeterReplacementRow, channel)
        return [
            _dated(row, Replacement(at=row.at, final_old=row.final_old, initial_new=row.initial_new)) for row in rows
        ]

    async def _said(self, kind: Any, channel: Channel) -> Sequence[Any]:
        own = (kind.enterprise_id == channel.enterprise_id, kind.channel_id == channel.id)
        found: Sequence[Any] = (await self.session.scalars(select(kind).where(*own).order_by(kind.id))).all()
        return found


def seen_channel(actor: Actor) -> ColumnElement[bool]:
    return or_(visible(actor), ChannelRow.source.in_(actor.sources))


def _seen(actor: Actor) -> Any:
    joined = select(*_COLUMNS).join(EnterpriseRow, EnterpriseRow.id == ChannelRow.enterprise_id)
    return joined.where(seen_channel(actor))


def _channel(row: Any) -> Channel:
    return Channel(**dict(zip(_FIELDS, row, strict=True)))


def _dated(row: Any, what: Multiplier | Replacement) -> Dated:
    return Dated(id=row.id, known_at=row.known_at, said_by=row.origin, what=what)

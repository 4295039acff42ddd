"""Events in PostgreSQL: given their sequence once they are committed, read in that order by whoever may see them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Text,
    Uuid,
    and_,
    any_,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents.events import EVENT_TYPES, Reach, expand
from app.domain.access import Actor
from app.domain.events import Relayed
from app.domain.warnings import covering
from app.persistence.clients import in_regions
from app.persistence.enterprises.rows import EnterpriseRow, SiteRow
from app.persistence.enterprises.visibility import own_enterprises
from app.persistence.outbox import EventSequenceRow, OutboxRow
from app.persistence.warnings import reaches

# One statement numbers what is committed in the order in which it was written; whoever holds the counter is alone.
_NUMBER = text(
    """
    UPDATE outbox SET sequence = :last + waiting.number, relayed_at = :now
    FROM (
        SELECT position, row_number() OVER (ORDER BY position) AS number FROM (
            SELECT position FROM outbox WHERE relayed_at IS NULL ORDER BY position LIMIT :limit
        ) AS oldest
    ) AS waiting
    WHERE outbox.position = waiting.position
    RETURNING outbox.sequence
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSearch:
    """Which events; nothing at all is every event."""

    types: Collection[str] = ()
    region: str | None = None
    enterprise_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The sequences given out at once: after `after`, up to `last`."""

    after: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far events have been given out, and how far they have been swept."""

    last: int
    swept: int


class SequenceRepository:
    """Gives out sequences: without a gap, never to what is not committed, and never the same twice."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def number(self, *, now: datetime, limit: int) -> Numbered | None:
        """None while somebody else is at it, and when nothing waits.

        The counter's row is locked until this transaction is over and everybody sees what it numbered, so a reader
        who sees one sequence sees all before it. What commits later gets a later one: it cannot have caused anything
        that was numbered before.
        """
        if not await self.session.scalar(select(exists().where(OutboxRow.relayed_at.is_(None)))):
            return None
        counter = select(EventSequenceRow.last).with_for_update(skip_locked=True)
        last = await self.session.scalar(counter)
        if last is None:
            return None
        # A statement of its own, so that it sees what was committed before the lock was ours.
        numbered = await self.session.scalars(_NUMBER, {"last": last, "now": now, "limit": limit})
        count = len(numbered.all())
        if not count:
            return None
        await self.session.execute(update(EventSequenceRow).values(last=last + count))
        return Numbered(after=last, last=last + count)

    async def standing(self) -> Standing:
        row = (await self.session.execute(select(EventSequenceRow.last, EventSequenceRow.swept))).one()
        return Standing(last=row.last, swept=row.swept)

    async def sweep(self, *, before: datetime, limit: int) -> int:
        """Forget the oldest events, in order, and what is known of their deliveries; how many they were."""
        oldest = select(OutboxRow.sequence).where(OutboxRow.sequence.is_not(None))
        dated = select(OutboxRow.sequence, OutboxRow.relayed_at).where(
            OutboxRow.sequence.in_(oldest.order_by(OutboxRow.sequence).limit(limit))
        )
        gone = [one.sequence for one in await self.session.execute(dated) if one.relayed_at < before]
        if gone:
            await self.session.execute(delete(OutboxRow).where(OutboxRow.sequence <= max(gone)))
            await self.session.execute(update(EventSequenceRow).values(swept=max(gone)))
        return len(gone)

    async def waiting(self) -> int:
        """How many events have not been relayed yet."""
        return await self.session.scalar(select(func.count()).where(OutboxRow.relayed_at.is_(None))) or 0


class EventReader:
    """Events in their order: of one's regions, enterprises and sources, as far as one's scopes reach."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def page(self, search: EventSearch, *, after: int, last: int, visible_to: Actor, limit: int) -> list[Relayed]:
        """Oldest first, after one sequence and up to another."""
        query = (
            select(OutboxRow)
            .where(OutboxRow.sequence > after, OutboxRow.sequence <= last, matches(search), visible(visible_to))
            .order_by(OutboxRow.sequence)
            .limit(limit)
        )
        return [relayed(row) for row in await self.session.scalars(query)]

    async def sees(self, sequence: int, *, visible_to: Actor) -> bool:
        """Whether one event may be told to somebody now."""
        query = select(OutboxRow.position).where(OutboxRow.sequence == sequence, visible(visible_to))
        return await self.session.scalar(query) is not None


def matches(search: EventSearch) -> ColumnElement[bool]:
    """What a search asks for, whoever asks."""
    terms: list[ColumnElement[bool]] = [true()]
    if search.types:
        terms.append(_one_of(expand(search.types)))
    if search.region is not None:
        terms.append(in_regions(OutboxRow.region, Actor(client_id="", regions=(search.region,))))
    if search.enterprise_id is not None:
        terms.append(OutboxRow.enterprise_id == str(search.enterprise_id))
    return and_(*terms)


def visible(actor: Actor) -> ColumnElement[bool]:
    """A type is heard of with the scope of its room; an event of an enterprise by those who see the enterprise now."""
    near = _near(actor)
    heard: dict[Reach, ColumnElement[bool]] = {
        "near": near,
        "below": or_(near, _from_above(actor)),
        "everybody": true(),
        "own": OutboxRow.client_id == actor.client_id,
    }
    return or_(*(and_(_one_of(types), heard[reach]) for reach, types in _types_of(actor)))


def _types_of(actor: Actor) -> Iterator[tuple[Reach, Sequence[str]]]:
    reaches_: tuple[Reach, ...] = ("near", "below", "everybody", "own")
    for reach in reaches_:
        yield reach, [name for name, one in EVENT_TYPES.items() if one.reach == reach and one.scope in actor.scopes]


def _near(actor: Actor) -> ColumnElement[bool]:
    key = cast(OutboxRow.enterprise_id, Uuid())
    head = select(EnterpriseRow.id).where(EnterpriseRow.id == key, in_regions(EnterpriseRow.region, actor))
    site = select(SiteRow.id).where(SiteRow.enterprise_id == key, in_regions(SiteRow.region, actor))
    of_source = OutboxRow.type.startswith("feed.") & _among(OutboxRow.data["source"].astext, actor.sources)
    return or_(
        and_(OutboxRow.enterprise_id.is_(None), in_regions(OutboxRow.region, actor)),
        _among(OutboxRow.enterprise_id, [str(one) for one in own_enterprises(actor)]),
        head.exists(),
        site.exists(),
        of_source,
    )


def _from_above(actor: Actor) -> ColumnElement[bool]:
    """What holds for a city is heard in its counties, and by the enterprises that have a site there."""
    above = {code for region in actor.regions for code in covering(region)}
    own = select(SiteRow.id).where(
        SiteRow.enterprise_id.in_(own_enterprises(actor)), reaches(SiteRow.region, OutboxRow.region)
    )
    return and_(OutboxRow.enterprise_id.is_(None), or_(_among(OutboxRow.region, above), own.exists()))


def _among(column: Any, texts: Collection[str]) -> ColumnElement[bool]:
    """One array parameter, whatever the number of texts."""
    found: ColumnElement[bool] = column == any_(literal(sorted(texts), ARRAY(Text())))
    return found


def _one_of(types: Collection[str]) -> ColumnElement[bool]:
    return _among(OutboxRow.__table__.c.type, types)


def relayed(row: OutboxRow) -> Relayed:
    if row.sequence is None:
        raise ValueError(f"event {row.id} has no sequence yet")
    return Relayed(
        sequence=row.sequence,
        id=row.id,
        at=row.at,
        type=row.type,
        subject=row.subject,
        enterprise_id=row.enterprise_id,
        region=row.region,
        data=row.data,
    )

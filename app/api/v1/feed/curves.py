"""Load curves: the readings of a channel day by day, as they are or as they were known at an instant."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime, Field

from app.api.bodies import AnswerBody, Instant
from app.api.security import caller
from app.api.transactions import Unit, router
from app.domain.access import Actor
from app.domain.feed.channels import Channel
from app.domain.feed.curves import Quality
from app.domain.feed.days import days_between
from app.domain.feed.resends import refuse_upside_down
from app.persistence.feed.channels import ChannelRepository
from app.persistence.feed.reading import CurveReader, DayCurve

routes = router("feed", "/load-curves")
Reader = Annotated[Actor, Depends(caller("feed:read"))]
MOST_DAYS = 400
_LETTERS = {
    Quality.ABSENT: "-",
    Quality.NULL: "N",
    Quality.ESTIMATED: "E",
    Quality.SUBSTITUTED: "S",
    Quality.ACTUAL: "A",
}


class LoadCurve(AnswerBody):
    """A civil day: decimals as text, null where there is no value; `quality` has a letter for each slot.

    `-` absent (never sent), `N` sent without a value, `E` estimated, `S` substituted, `A` actual.
    """

    day: str
    values: list[str | None]
    quality: str
    revision: int = Field(description="Grows with every correction; 0 while the day is only known by single readings.")
    version: Instant | None = Field(description="The source's own instant, where it tells one.")
    known_at: Instant
    batch_id: UUID | None


class LoadCurves(AnswerBody):
    """Days of a channel in order; a day without any reading is left out."""

    channel_id: UUID
    enterprise_id: UUID
    source: str
    key: str
    quantity: str
    kind: str
    interval_minutes: int
    decimals: int
    items: list[LoadCurve]


@routes.get("")
async def list_load_curves(
    *,
    actor: Reader,
    uow: Unit,
    channel: Annotated[UUID, Query(description="Id of a channel.")],
    first: Annotated[date, Query(alias="from", description="First civil day.")],
    last: Annotated[date, Query(alias="to", description="Last civil day, included; 400 days at most.")],
    known_at: Annotated[AwareDatetime | None, Query(description="As it was known at this instant.")] = None,
    updated_since: Annotated[AwareDatetime | None, Query(description="Only what became known after it.")] = None,
) -> LoadCurves:
    """Values as they were sent, before any multiplier."""
    refuse_upside_down(first, last, most=MOST_DAYS)
    found = await ChannelRepository(uow.session).get(channel, visible_to=actor)
    reader, days = CurveReader(uow.session), days_between(first, last)
    curves = {one.day: one for one in await reader.days(found, days, known_at=known_at)}
    points = await reader.points(found, days, known_at=known_at)
    items = {day: _curve(one, found) for day, one in curves.items()}
    for day, slots in _by_day(points).items():
        items[day] = _with_points(items.get(day), slots, day, found)
    kept = [items[day] for day in sorted(items) if _since(items[day], updated_since)]
    names = ("enterprise_id", "source", "key", "quantity", "kind", "interval_minutes", "decimals")
    return LoadCurves(channel_id=found.id, **{name: getattr(found, name) for name in names}, items=kept)


def _curve(one: DayCurve, channel: Channel) -> LoadCurve:
    return LoadCurve(
        day=str(one.day),
        values=[_text(value, channel) for value in one.values],
        quality="".join(_LETTERS[Quality(code)] for code in one.quality),
        revision=one.revision,
        version=one.version,
        known_at=one.known_at,
        batch_id=one.batch_id,
    )


def _by_day(points: list[Any]) -> dict[date, list[Any]]:
    found: dict[date, list[Any]] = {}
    for one in points:
        found.setdefault(one.day, []).append(one)
    return found


def _with_points(curve: LoadCurve | None, points: list[Any], day: date, channel: Channel) -> LoadCurve:
    """Single readings fill what the curve leaves open; they become part of it when the day closes."""
    values: list[str | None] = list(curve.values) if curve else [None] * channel.slots
    quality = list(curve.quality) if curve else ["-"] * channel.slots
    for one in points:
        if quality[one.slot] == "-":
            values[one.slot] = _text(one.value, channel)
            quality[one.slot] = _LETTERS[Quality(one.quality)]
    newest = max([one.known_at for one in points] + ([curve.known_at] if curve else []))
    return LoadCurve(
        day=str(day),
        values=values,
        quality="".join(quality),
        revision=curve.revision if curve else 0,
        version=curve.version if curve else None,
        known_at=newest,
        batch_id=curve.batch_id if curve else None,
    )


def _since(one: LoadCurve, at: datetime | None) -> bool:
    return at is None or one.known_at > at


def _text(value: int | None, channel: Channel) -> str | None:
    return None if value is None else str(Decimal(value).scaleb(-channel.decimals))

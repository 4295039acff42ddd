"""A batch that was read lands: curves by the day, readings of open days as points, those of closed ones in their curve."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Batch, Codes, Points
from app.domain.feed.merging import Slots, Verdict, counted
from app.domain.feed.reports import Report
from app.domain.feed.sparse import Gathered, chosen, gathered
from app.persistence.feed.landing import CURVES, POINTS, Arrival, ReadingStore, in_key_order
from app.persistence.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Outcome:
    """What became of the rows and of the readings, and which days of which channels were corrected."""

    rows: Counter[str] = field(default_factory=Counter)
    readings: Counter[str] = field(default_factory=Counter)
    corrected: set[tuple[int, date]] = field(default_factory=set)

    def add(self, rows: Codes, readings: Codes) -> None:
        self.rows.update(counted(rows))
        self.readings.update(counted(readings))


def channels_of(batch: Batch, known: Mapping[str, Channel]) -> list[Channel | None]:
    """The channel of each of a batch's keys; readings are only of keys that have one."""
    return [known.get(key) for key in batch.keys]


async def land(
    uow: UnitOfWork, batch: Batch, channels: Sequence[Channel | None], arrival: Arrival, *, first_open: date
) -> Outcome:
    """Into the store, with the source's head held by the caller."""
    outcome = Outcome()
    used = [one for one in channels if one is not None]
    place = np.cumsum([one is not None for one in channels]) - 1
    for curves in batch.curves:
        slots = Slots(values=curves.values, quality=curves.quality, version=curves.version[:, None])
        index = place[curves.channel]
        rows = in_key_order(used, index, curves.day, slots)
        landed = await ReadingStore(uow.session, CURVES).land(rows, arrival)
        outcome.add(landed.rows, landed.slots)
        outcome.corrected |= _corrected(landed.rows == Verdict.CHANGED, index, curves.day)
    if batch.points is not None and len(batch.points.line):
        moved = _moved(batch.points, place)
        closed = moved.day < np.datetime64(first_open)
        await _land_points(uow, used, chosen(moved, ~closed), arrival, outcome)
        await _land_gathered(uow, used, chosen(moved, closed), arrival, outcome)
    return outcome


def report_of(batch: Batch, outcome: Outcome) -> Report:
    days = list(_days(batch))
    return Report(
        received=batch.received,
        new=outcome.rows["new"],
        changed=outcome.rows["changed"],
        unchanged=outcome.rows["unchanged"],
        stale=outcome.rows["stale"],
        superseded=len(batch.superseded),
        parked=len(batch.unknown),
        rejected=len(batch.rejected),
        readings=dict(outcome.readings),
        corrected=len(outcome.corrected),
        first_day=str(min(days)) if days else None,
        last_day=str(max(days)) if days else None,
    )


def days_of(batch: Batch) -> list[date]:
    """Every civil day that the batch speaks of."""
    found: set[date] = set()
    for days in [one.day for one in batch.curves] + ([batch.points.day] if batch.points is not None else []):
        found |= set(np.unique(days.astype("datetime64[D]")).tolist())
    return sorted(found)


def _days(batch: Batch) -> Iterator[date]:
    return iter(days_of(batch))


async def _land_points(
    uow: UnitOfWork, channels: Sequence[Channel], points: Points, arrival: Arrival, outcome: Outcome
) -> None:
    slots = Slots(values=points.value[:, None], quality=points.quality[:, None], version=points.version[:, None])
    rows = in_key_order(channels, points.channel, points.day, slots, points.slot)
    landed = await ReadingStore(uow.session, POINTS).land(rows, arrival)
    outcome.add(landed.rows, landed.slots)
    outcome.corrected |= _corrected(landed.rows == Verdict.CHANGED, points.channel, points.day)


async def _land_gathered(
    uow: UnitOfWork, channels: Sequence[Channel], points: Points, arrival: Arrival, outcome: Outcome
) -> None:
    width = np.array([one.slots for one in channels], dtype=np.int32)
    for part in gathered(points, width):
        verdicts = await land_gathered(uow, channels, part, arrival)
        own = verdicts[part.row, points.slot[part.chosen]]
        outcome.add(own, own)
        mine = chosen(points, part.chosen)
        outcome.corrected |= _corrected(own == Verdict.CHANGED, mine.channel, mine.day)


async def land_gathered(uow: UnitOfWork, channels: Sequence[Channel], part: Gathered, arrival: Arrival) -> Codes:
    """Sparse curves into the store; the verdict of each of their slots."""
    rows = in_key_order(channels, part.channel, part.day, part.slots)
    return (await ReadingStore(uow.session, CURVES).land(rows, arrival)).slots


def _moved(points: Points, place: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Points:
    return Points(
        line=points.line,
        channel=place[points.channel].astype(np.int32),
        day=points.day.astype("datetime64[D]"),
        slot=points.slot,
        value=points.value,
        quality=points.quality,
        version=points.version,
    )


def _corrected(
    changed: "np.ndarray[tuple[int], np.dtype[np.bool_]]", index: object, days: object
) -> set[tuple[int, date]]:
    some = np.flatnonzero(changed)
    of, on = np.asarray(index)[some], np.asarray(days)[some].astype("datetime64[D]")
    return set(zip(of.tolist(), on.tolist(), strict=True))

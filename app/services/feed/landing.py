"""A batch that was read lands: curves by the day, readings of open days as points, those of closed ones in their curve."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from app.domain.feed.curves import Batch, Codes, Days, Ints, Points
from app.domain.feed.directory import Directory
from app.domain.feed.gathering import Gathered, gathered
from app.domain.feed.merging import Flags, Slots, Verdict, counted
from app.domain.feed.reports import Report
from app.persistence.feed.landing import CURVES, POINTS, Arrival, ReadingStore, in_key_order
from app.persistence.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Outcome:
    """What became of the rows and of the readings, and which days of which channels (by place) were corrected."""

    rows: Counter[str] = field(default_factory=Counter)
    readings: Counter[str] = field(default_factory=Counter)
    corrected: set[tuple[int, date]] = field(default_factory=set)
    by_line: list[tuple[Ints, Codes]] = field(default_factory=list)

    def add(self, rows: Codes, readings: Codes) -> None:
        self.rows.update(counted(rows))
        self.readings.update(counted(readings))

    def add_points(self, points: Points, verdicts: Codes) -> None:
        """Readings of one line are one row: the curve of a register is as many single values."""
        self.readings.update(counted(verdicts))
        self.by_line.append((points.line, verdicts))

    def count_lines(self) -> None:
        """Each line by the highest verdict of its readings, wherever they went."""
        highest: Codes = np.zeros(max(int(line.max(initial=0)) for line, _ in self.by_line) + 1, dtype=np.uint8)
        for line, verdicts in self.by_line:
            np.maximum.at(highest, line, verdicts)
        self.rows.update(counted(highest))

    def correct(self, changed: Flags, places: Ints, days: Days) -> None:
        some = np.flatnonzero(changed)
        self.corrected |= set(zip(places[some].tolist(), days[some].astype("datetime64[D]").tolist(), strict=True))


async def land(uow: UnitOfWork, batch: Batch, directory: Directory, arrival: Arrival, *, first_open: date) -> Outcome:
    """Into the store, with the source's head held by the caller."""
    outcome = Outcome()
    place = directory.places(batch.keys)
    for curves in batch.curves:
        slots = Slots(values=curves.values, quality=curves.quality, version=curves.version[:, None])
        own = place[curves.channel]
        landed = await ReadingStore(uow.session, CURVES).land(in_key_order(directory, own, curves.day, slots), arrival)
        outcome.add(landed.rows, landed.slots)
        outcome.correct(landed.rows == Verdict.CHANGED, own, curves.day)
    if batch.points is not None and len(batch.points.line):
        points = replace(batch.points, channel=place[batch.points.channel])
        closed = points.day < np.datetime64(first_open)
        await _land_points(uow, directory, points[~closed], arrival, outcome)
        await _land_gathered(uow, directory, points[closed], arrival, outcome)
        outcome.count_lines()
    return outcome


def report_of(batch: Batch, outcome: Outcome) -> Report:
    days = days_of(batch)
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


async def _land_points(
    uow: UnitOfWork, directory: Directory, points: Points, arrival: Arrival, outcome: Outcome
) -> None:
    slots = Slots(values=points.value[:, None], quality=points.quality[:, None], version=points.version[:, None])
    rows = in_key_order(directory, points.channel, points.day, slots, points.slot)
    landed = await ReadingStore(uow.session, POINTS).land(rows, arrival)
    outcome.add_points(points, landed.slots[:, 0])
    outcome.correct(landed.rows == Verdict.CHANGED, points.channel, points.day)


async def _land_gathered(
    uow: UnitOfWork, directory: Directory, points: Points, arrival: Arrival, outcome: Outcome
) -> None:
    for part in gathered(points, directory.slots):
        verdicts = await land_gathered(uow, directory, part, arrival)
        own = verdicts[part.row, points.slot[part.chosen]]
        outcome.add_points(points[part.chosen], own)
        outcome.correct(own == Verdict.CHANGED, points.channel[part.chosen], points.day[part.chosen])


async def land_gathered(uow: UnitOfWork, directory: Directory, part: Gathered, arrival: Arrival) -> Codes:
    """Sparse curves into the store; the verdict of each of their slots."""
    rows = in_key_order(directory, part.channel, part.day, part.slots)
    return (await ReadingStore(uow.session, CURVES).land(rows, arrival)).slots

"""basing: make the baselines of a block; no day is adjusted to another, so that a stopped plant does not lower its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.baselines import GROUPS, Baselines, Excluded, Group, Method, Wh
from app.domain.compliance.calendar import DayType, WorkCalendar
from app.domain.compliance.demands import Demand, Excuse
from app.domain.compliance.metering import Block, Known
from app.domain.compliance.thresholds import Thresholds
from app.domain.periods import ONE_DAY, Period, civil_day

Reasons = NDArray[np.uint8]
# What ends at midnight ends on the day before.
_LEAST = timedelta(microseconds=1)


def held(
    block: Block,
    *,
    demands: Mapping[UUID, Sequence[Demand]],
    excuses: Mapping[UUID, Sequence[Excuse]],
    warned: Mapping[UUID, Sequence[Period]],
) -> Reasons:
    """By meter and day why it is no base whatever was read: a control, a warning, or declared maintenance."""
    found = np.zeros(block.wh.shape[:2], dtype=np.uint8)
    for row, meter in enumerate(block.meters):
        # The first reason stands, so the last is laid first.
        for one in excuses.get(meter.subject_id, ()):
            if one.kind != "exempt":
                found[row, _columns(block, one.from_day, one.until_day)] = Excluded.MAINTENANCE
        for period in warned.get(meter.subject_id, ()):
            found[row, _columns(block, period.start, period.until)] = Excluded.WARNING
        for demand in demands.get(meter.subject_id, ()):
            last = civil_day(demand.until_at - _LEAST)
            found[row, _columns(block, civil_day(demand.from_at), last + ONE_DAY)] = Excluded.CONTROLLED
    return found


def _columns(block: Block, from_day: date, until_day: date | None) -> slice:
    """The days of the block from one day until another (exclusive, None open)."""
    first = block.first_day
    until = len(block.days) if until_day is None else (until_day - first).days
    return slice(max((from_day - first).days, 0), max(until, 0))


def baselines(
    block: Block, method: Method, held_back: Reasons, *, thresholds: Thresholds, calendar: WorkCalendar
) -> Baselines:
    """The baselines of every meter from the days of the method's window that the block covers."""
    inside = [index for index, day in enumerate(_days(block)) if method.from_day <= day < method.until_day]
    days = [block.day(index) for index in inside]
    wh, known = block.wh[:, inside], block.known[:, inside]
    reasons = _reasons(known, held_back[:, inside], thresholds["complete_pct"])
    if method.name != "plan-named/1":
        # What a plan names is the load of its days, whatever days they were.
        holidays = np.array([calendar.is_holiday(day) for day in days], dtype=np.bool_)
        reasons[(reasons == Excluded.USED) & holidays] = Excluded.HOLIDAY
    types: tuple[DayType, ...] = tuple(calendar.day_type(day) for day in days)
    of_group = _groups(method, types)
    # A day with a few gaps is compared by what was read of it.
    slots = known.sum(axis=-1, dtype=np.int64)
    totals = np.where(known, wh, 0).sum(axis=-1, dtype=np.int64) * known.shape[-1] // np.maximum(slots, 1)
    for group in _apart(method):
        _mark_outliers(reasons, totals, of_group[group], thresholds["base_outlier_sigmas"])
    least = thresholds["base_least_days"]
    curves, used, enough = zip(*(_mean(wh, known, reasons, of_group[group], least) for group in GROUPS), strict=True)
    return Baselines(
        method=method,
        thresholds=thresholds.version,
        calendar=calendar.version,
        days=block.days[inside],
        day_types=types,
        curve=np.stack(curves, axis=1),
        used=np.stack(used, axis=1),
        enough=np.stack(enough, axis=1),
        reasons=reasons,
        least_days=least,
    )


def _days(block: Block) -> Iterator[date]:
    return (block.day(index) for index in range(len(block.days)))


def _reasons(known: Known, held_back: Reasons, complete_pct: int) -> Reasons:
    complete = known.sum(axis=-1) * 100 >= complete_pct * known.shape[-1]
    return np.where(complete, held_back, Excluded.INCOMPLETE).astype(np.uint8)


def _groups(method: Method, types: Sequence[DayType]) -> Mapping[Group, NDArray[np.bool_]]:
    every = np.ones(len(types), dtype=np.bool_)
    if method.name == "plan-named/1":
        return {"any": every, "workday": ~every, "rest_day": ~every}
    rest = np.array([one == "rest_day" for one in types], dtype=np.bool_)
    return {"workday": ~rest, "rest_day": rest, "any": every}


def _apart(method: Method) -> Iterable[Group]:
    """Within which groups a day is an outlier: a Sunday is not one for differing from workdays."""
    return ("any",) if method.name == "plan-named/1" else ("workday", "rest_day")


def _mark_outliers(reasons: Reasons, totals: Wh, of_group: NDArray[np.bool_], sigmas: int) -> None:
    """Days further from the mean of the eligible ones than so many standard deviations, looked for once."""
    used = (reasons == Excluded.USED) & of_group
    count = np.maximum(used.sum(axis=-1), 1)
    mean = np.where(used, totals, 0).sum(axis=-1) // count
    off = np.where(used, totals - mean[:, None], 0).astype(np.float64)
    bound = sigmas**2 * (off**2).sum(axis=-1) / count
    reasons[off**2 > bound[:, None]] = Excluded.OUTLIER


def _mean(
    wh: NDArray[np.int32] | NDArray[np.int64], known: Known, reasons: Reasons, of_group: NDArray[np.bool_], least: int
) -> tuple[Wh, NDArray[np.int64], NDArray[np.bool_]]:
    """By meter: the mean of each slot over the eligible days in which it was read, how many days, and if that is enough."""
    columns = np.flatnonzero(of_group)
    used = reasons[:, columns] == Excluded.USED
    counts = known[:, columns] & used[:, :, None]
    summed = np.where(counts, wh[:, columns], 0).sum(axis=1, dtype=np.int64)
    read = counts.sum(axis=1, dtype=np.int64)
    days = used.sum(axis=-1, dtype=np.int64)
    enough = (days >= least) & (read > 0).all(axis=-1)
    curve = np.where(enough[:, None], summed // np.maximum(read, 1), 0)
    return curve, days, enough

"""What is asked of the calendar, judged one by one; what binds day by day is judged from the day of planning on."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.checking.hours import DAY, HOUR, Span, clipped, in_hours, length, without
from app.domain.schedules.checking.reading import TOLERANCE, Reading, Shares, days_of
from app.domain.schedules.requirements import (
    Cap,
    Cohort,
    Coupling,
    Cut,
    Cycle,
    Floor,
    HeatDuty,
    Requirement,
    Stop,
    StopHours,
)


def judge_requirement(reading: Reading, one: Requirement) -> Iterator[Breach]:
    """Whether one requirement is met; cuts are judged together elsewhere."""
    match one:
        case Stop() | StopHours() | Cycle():
            yield from _by_the_hour(reading, one)
        case Cap():
            days = days_of(reading.clock.ahead(one.period))
            yield from _daily(
                reading, "cap", one, days, above=one.share, found=reading.running[reading.row[one.resource]]
            )
        case Coupling():
            weights = _column(one.upstream_t_d.values())
            allowed = weights @ reading.running[reading.rows(one.upstream_t_d)] / weights.sum()
            days = days_of((reading.clock.planned, reading.clock.end))
            running = reading.running[reading.row[one.downstream]]
            yield from _daily(reading, "coupling", one, days, above=allowed, found=running)
        case Cohort():
            days = days_of(reading.clock.ahead(one.period))
            yield from _daily(reading, "cohort", one, days, below=one.count, found=_groups_still(reading, one))
        case HeatDuty():
            days = days_of(reading.clock.ahead(one.period))
            heat = _column(one.heat_mw.values()) @ reading.running[reading.rows(one.heat_mw)]
            yield from _daily(reading, "heat_duty", one, days, below=one.needed_mw, found=heat)
        case Floor():
            yield from _floor(reading, one)
        case Cut():
            pass


def _by_the_hour(reading: Reading, one: Stop | StopHours | Cycle) -> Iterator[Breach]:
    match one:
        case Stop():
            spans = reading.cold if one.kind == "stop" else reading.still
            yield from _standing(reading, "stop", one, [reading.clock.ahead(one.period)], spans[one.resource])
        case StopHours():
            pieces = clipped(reading.still[one.resource], reading.clock.window(one.period))
            found = max((b - a for a, b in pieces), default=0) if one.continuous else length(pieces)
            if found < one.hours * HOUR:
                at = reading.clock.window(one.period)[0]
                yield _breach(reading, "stop_hours", one, at=at, needed=one.hours, found=in_hours(found))
        case Cycle():
            ahead = (reading.clock.planned, reading.clock.end)
            phases = clipped(reading.clock.phases(one), ahead)
            yield from _standing(reading, "cycle", one, phases, reading.still[one.resource])
            yield from _running_of(reading, one)


def _standing(reading: Reading, code: str, one: Stop | Cycle, asked: list[Span], spans: list[Span]) -> Iterator[Breach]:
    missed = without(clipped(asked, (0, reading.clock.end)), spans)
    if missed:
        needed = length(asked)
        found = needed - length(missed)
        yield _breach(reading, code, one, at=missed[0][0], needed=in_hours(needed), found=in_hours(found))


def _running_of(reading: Reading, one: Cycle) -> Iterator[Breach]:
    """Its running hours are stopped for other requirements only."""
    whole = (max(reading.clock.planned, reading.clock.at(one.from_at)), reading.clock.at(one.until_at))
    own = [span for span, each in reading.placed[one.resource] if each.kind != "limit" and set(each.serves) == {one.id}]
    wrong = without(clipped(own, whole), reading.clock.phases(one))
    if wrong:
        yield _breach(reading, "cycle_run", one, at=wrong[0][0], found=in_hours(length(wrong)))


def _groups_still(reading: Reading, one: Cohort) -> Shares:
    still = np.zeros(reading.clock.days, dtype=np.float64)
    for group in one.groups:
        still += (reading.still_days[reading.rows(group)] == DAY).all(axis=0)
    return still


def _floor(reading: Reading, one: Floor) -> Iterator[Breach]:
    window = reading.clock.window(one.period)
    tonnes = _column(each.emission_t_d.get(one.pollutant, 0.0) for each in reading.problem.resources)
    saved = float(tonnes @ (1 - reading.emitting[:, days_of(window)]).sum(axis=1))
    if not saved >= one.tonnes - TOLERANCE * max(1.0, one.tonnes):
        yield _breach(reading, "floor", one, at=window[0], needed=one.tonnes, found=saved)


def _daily(
    reading: Reading,
    code: str,
    one: Cap | Coupling | Cohort | HeatDuty,
    days: slice,
    *,
    found: Shares,
    above: Shares | float | None = None,
    below: float | None = None,
) -> Iterator[Breach]:
    """One breach for all the days of what is above or below what it may be, in the numbers of the first."""
    limit = np.broadcast_to(np.float64(below) if below is not None else np.asarray(above), found.shape)
    scale = TOLERANCE * np.maximum(1.0, limit)
    kept: npt.NDArray[np.bool_] = found >= limit - scale if below is not None else found <= limit + scale
    wrong = np.flatnonzero(~kept[days]) + days.start
    if wrong.size:
        first = int(wrong[0])
        yield _breach(
            reading,
            code,
            one,
            at=first * DAY,
            days=int(wrong.size),
            needed=float(limit[first]),
            found=float(found[first]),
        )


def _breach(
    reading: Reading, code: str, one: Requirement, *, at: int, days: int = 1, needed: float = 0, found: float = 0
) -> Breach:
    resource = one.downstream if isinstance(one, Coupling) else getattr(one, "resource", None)
    return Breach(
        code=code,
        requirement=one.id,
        resource=resource,
        label=reading.resources[resource].label if resource else "",
        day=reading.clock.day(at),
        days=days,
        needed=needed,
        found=found,
    )


def _column(values: Iterable[float]) -> Shares:
    return np.fromiter(values, dtype=np.float64)

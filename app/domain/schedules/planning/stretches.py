"""From chosen days to stretches of hours, each with the requirements it serves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise

import numpy as np

from app.domain.periods import SHANGHAI
from app.domain.schedules.planning.grid import DAY_HOURS, Grid, cycle_hours, hour_of
from app.domain.schedules.planning.pattern import Flags, Floats
from app.domain.schedules.planning.tasks import Task
from app.domain.schedules.problem import Stretch, StretchKind
from app.domain.schedules.requirements import (
    Cap,
    Cohort,
    Coupling,
    Cut,
    Cycle,
    HeatDuty,
    Requirement,
    Stop,
    StopHours,
    members,
)

_RUN, _LIMIT, _CHARGING, _STOP = 0, 1, 2, 3
_KIND: dict[int, StretchKind] = {_LIMIT: "limit", _CHARGING: "stop_charging", _STOP: "stop"}


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Hours given back at one end of a stop: the day, how many, and whether they are its first or its last."""

    day: int
    hours: int
    first: bool


def trims_of(grid: Grid, task: Task, stops: Flags, total: Floats) -> list[Trimmed]:
    """For each quota of hours the end of a block where giving back what is too much hurts least (A-FS3)."""
    found: list[Trimmed] = []
    shortest = grid.resources[task.row].min_stop_days
    for trim in task.trims:
        edges = [
            one
            for one in _edges(stops, trim.start, trim.end, trim.hours, shortest)
            if not grid.forced[task.row, one.day] and all(one.day != other.day for other in found)
        ]
        free = [one for one in edges if not _shared(task, one.day)]
        if free:
            found.append(min(free, key=lambda one: (grid.preferred[one.day], float(total[one.day]), -one.day)))
    return found


def _shared(task: Task, day: int) -> bool:
    """Whether the day fills more than one quota, of which some may want all of it."""
    return sum(quota.start <= day < quota.end for layer in task.layers for quota in layer.quotas) > 1


def _edges(stops: Flags, start: int, end: int, hours: int, shortest: int) -> Iterator[Trimmed]:
    """First and last days of blocks that stay long enough without these hours."""
    padded = np.concatenate(([False], stops, [False]))
    begins, ends = np.flatnonzero(~padded[:-1] & padded[1:]), np.flatnonzero(padded[:-1] & ~padded[1:])
    for begin, until in zip(begins.tolist(), ends.tolist(), strict=True):
        if (until - begin) * DAY_HOURS - hours < shortest * DAY_HOURS:
            continue
        if start <= until - 1 < end:
            yield Trimmed(until - 1, hours, False)
        if start <= begin < end:
            yield Trimmed(begin, hours, True)


class Writer:
    """Writes the stretches of one problem."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.asked: dict[str, list[Requirement]] = {}
        for one in grid.problem.requirements:
            for name in dict.fromkeys(members(one)):
                self.asked.setdefault(name, []).append(one)

    def stretches(self, row: int, stops: Flags, share: Floats, trims: Sequence[Trimmed]) -> tuple[Stretch, ...]:
        """The stretches of a resource from the day of planning on; `share` is what may run on days without a stop."""
        name = self.grid.resources[row].id
        kinds, shares = self._hours(row, stops, share, trims)
        found: list[Stretch] = []
        for start, end in self._pieces(name, kinds, shares):
            kind = int(kinds[start])
            if kind != _RUN:
                serves = self._serves(name, start, end, _KIND[kind])
                found.append(
                    Stretch(
                        from_at=self._at(start),
                        until_at=self._at(end),
                        kind=_KIND[kind],
                        share=float(shares[start]),
                        serves=serves,
                    )
                )
        return tuple(found)

    def _hours(self, row: int, stops: Flags, share: Floats, trims: Sequence[Trimmed]) -> tuple[Floats, Floats]:
        by_day = np.where(stops, np.where(self.grid.charging[row] & self.grid.forced[row], _CHARGING, _STOP), _RUN)
        limit = np.where(stops, 0.0, share)
        by_day = np.where(stops, by_day, [_kind(share) for share in limit.tolist()])
        kinds, shares = np.repeat(by_day, DAY_HOURS).astype(float), np.repeat(limit, DAY_HOURS)
        for one in self.grid.cycles.get(row, ()):
            self._cycle(one, limit, stops, kinds, shares)
        for trim in trims:
            begin = trim.day * DAY_HOURS + (0 if trim.first else DAY_HOURS - trim.hours)
            left = float(share[trim.day])
            shares[begin : begin + trim.hours] = left
            kinds[begin : begin + trim.hours] = _kind(left)
        return kinds, shares

    def _cycle(self, one: Cycle, limit: Floats, stops: Flags, kinds: Floats, shares: Floats) -> None:
        """Exact hours instead of the day's mean."""
        still = cycle_hours(one, self.grid.problem.from_day, self.grid.days)
        start, end = self.grid.span_at(one.from_at, one.until_at)
        days = np.zeros(self.grid.days, np.bool_)
        days[start:end] = True
        hours = np.repeat(days & ~stops, DAY_HOURS)
        # What may run on such a day runs in the hours that are left.
        running = 1 - still.reshape(-1, DAY_HOURS).mean(axis=1)
        capped = np.repeat(np.minimum(1.0, limit / np.maximum(running, 1 / DAY_HOURS)), DAY_HOURS)
        kinds[hours], shares[hours] = [_kind(share) for share in capped[hours].tolist()], capped[hours]
        kinds[hours & still], shares[hours & still] = _STOP, 0.0

    def _pieces(self, name: str, kinds: Floats, shares: Floats) -> Iterator[tuple[int, int]]:
        """Hours that are alike, divided where a requirement begins or ends."""
        edges = set((np.flatnonzero((np.diff(kinds) != 0) | (np.diff(shares) != 0)) + 1).tolist())
        for one in self.asked.get(name, ()):
            period = getattr(one, "period", None)
            if period is not None:
                edges |= {day * DAY_HOURS for day in self.grid.span(period)}
            if isinstance(one, Cycle):
                edges |= set(self._hours_of(one))
        ordered = sorted({0, len(kinds), *(edge for edge in edges if 0 <= edge <= len(kinds))})
        yield from pairwise(ordered)

    def _serves(self, name: str, start: int, end: int, kind: StretchKind) -> tuple[str, ...]:
        return tuple(
            one.id for one in self.asked.get(name, ()) if asks(one, kind, name) and self._covers(one, start, end)
        )

    def _covers(self, one: Requirement, start: int, end: int) -> bool:
        first, last = self._hours_of(one)
        return first <= start and end <= last

    def _hours_of(self, one: Requirement) -> tuple[int, int]:
        """The hours of planning in which a requirement speaks."""
        if isinstance(one, Cycle):
            origin = self.grid.problem.from_day
            return hour_of(one.from_at, origin), hour_of(one.until_at, origin)
        period = getattr(one, "period", None)
        start, end = self.grid.span(period) if period is not None else (0, self.grid.days)
        return start * DAY_HOURS, end * DAY_HOURS

    def _at(self, hour: int) -> datetime:
        return datetime.combine(self.grid.problem.from_day, time(), SHANGHAI) + timedelta(hours=hour)


def _kind(share: float) -> int:
    return _RUN if share >= 1 else _LIMIT if share > 0 else _STOP


def asks(one: Requirement, kind: StretchKind, name: str) -> bool:
    """Whether a requirement is served by standing still or by running at less."""
    match one:
        case HeatDuty():
            return False
        case Coupling():
            return one.downstream == name
        case Cap():
            return True
        case Stop() | StopHours() | Cohort():
            return kind != "limit"
        case Cut():
            return kind != "limit" or "load" in one.methods
        case _:
            return True

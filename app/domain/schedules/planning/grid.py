"""The problem as arrays: what is fixed on each day of planning, before anything is chosen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np

from app.domain.periods import SHANGHAI, Period
from app.domain.schedules.planning.pattern import Flags, Floats
from app.domain.schedules.problem import Plan, Problem, Resource
from app.domain.schedules.requirements import Cap, Cohort, Coupling, Cut, Cycle, Requirement, Stop, StopHours, members

DAY_HOURS = 24
LONG_AGO = 10_000


@dataclass(frozen=True, slots=True)
class Follows:
    """A resource, and the parts that others have in what it may run at."""

    row: int
    of: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Days of planning count from 0 at `from_day`; the past has its own columns, counted from `first`.

    `forced` are days of standing still that nothing can change (`charging`: only that no coal is charged, of which the
    share `left` of the emission remains), `limit` is the most that may run otherwise. `past` and `past_stop` are the
    running share and the stopped hours of each past day.
    """

    problem: Problem
    index: dict[str, int]
    tonnes: Floats
    forced: Flags
    charging: Flags
    left: Floats
    limit: Floats
    past: Floats
    past_stop: Floats
    preferred: Flags
    follows: tuple[Follows, ...]
    cycles: Mapping[int, Sequence[Cycle]]

    @property
    def days(self) -> int:
        return len(self.preferred)

    @property
    def resources(self) -> tuple[Resource, ...]:
        return self.problem.resources

    def span(self, period: Period) -> tuple[int, int]:
        """The days of planning a period covers."""
        origin, until = self.problem.from_day, period.until or self.problem.end
        start = min(max(0, (period.start - origin).days), self.days)
        return start, min(max(start, (until - origin).days), self.days)

    def span_at(self, from_at: datetime, until_at: datetime) -> tuple[int, int]:
        """The days of planning that two instants touch."""
        start, end = hour_of(from_at, self.problem.from_day), hour_of(until_at, self.problem.from_day)
        return min(max(0, start // DAY_HOURS), self.days), min(max(0, -(-end // DAY_HOURS)), self.days)

    def past_span(self, period: Period) -> tuple[int, int]:
        """The past days a period covers."""
        origin, most = self.problem.first, self.past.shape[1]
        start = min(max(0, (period.start - origin).days), most)
        return start, min(max(start, ((period.until or self.problem.end) - origin).days), most)

    def cycle_days(self, row: int) -> Flags:
        """Days on which a cycle is under way, and those near it for which a run would be too short: nothing is chosen there."""
        found = np.zeros(self.days, np.bool_)
        near = self.resources[row].min_run_days
        for one in self.cycles.get(row, ()):
            start, end = self.span_at(one.from_at, one.until_at)
            found[max(0, start - near) : end + near] = True
        free: Flags = found & ~self.forced[row]
        return free

    def given_before(self, row: int, period: Period, *, load: bool) -> float:
        """The days' worth of standing still that the past gave within a period; limits count where `load` is a method."""
        start, end = self.past_span(period)
        given = 1 - self.past[row, start:end] if load else self.past_stop[row, start:end] / DAY_HOURS
        return float(given.sum())

    def length(self, period: Period) -> int:
        return ((period.until or self.problem.end) - period.start).days

    def followed(self, share: Floats) -> Floats:
        """Shares with those of followers cut down to the mean of what they follow (L12-18)."""
        for one in self.follows:
            mean = sum(part * share[row] for row, part in one.of)
            share[one.row] = np.minimum(share[one.row], mean)
        return share

    def published_stops(self) -> Flags | None:
        """The whole days of standing still that are published; None where nothing is."""
        plan = self.problem.published
        if not plan:
            return None
        _, stopped = daily(plan, self.index, self.problem.from_day, self.days)
        stands: Flags = stopped >= DAY_HOURS
        return stands

    def copied(self) -> "Grid":
        """The same with arrays of its own."""
        return replace(
            self,
            forced=self.forced.copy(),
            charging=self.charging.copy(),
            left=self.left.copy(),
            limit=self.limit.copy(),
        )

    def may_stop(self, one: Requirement) -> list[tuple[int, int, int]]:
        """(row, first day, end) of where a requirement asks or allows somebody to stand still."""
        match one:
            case Cut() if one.by_load:
                return []
            case Cut() | Cohort():
                rows = [self.index[name] for name in members(one)]
                return [(row, *self.span(one.period)) for row in rows if self.resources[row].stoppable]
            case StopHours():
                return [(self.index[one.resource], *self.span(one.period))]
            case _:
                return []

    def ran_before(self, row: int) -> int:
        """For how many days a resource had been running on that eve; very many where it never stood still."""
        still = np.flatnonzero(self.past_stop[row] > 0)
        return int(self.past.shape[1] - 1 - still[-1]) if len(still) else LONG_AGO

    def stopped_before(self, row: int) -> int:
        """For how many days a resource had been standing still on the eve of the first day."""
        running = np.flatnonzero(self.past_stop[row] < DAY_HOURS)
        return int(self.past.shape[1] - 1 - running[-1] if len(running) else self.past.shape[1])


def grid_of(problem: Problem) -> Grid:
    index = {one.id: row for row, one in enumerate(problem.resources)}
    rows, days = len(index), (problem.end - problem.from_day).days
    months = [(problem.from_day + timedelta(days=day)).month for day in range(days)]
    past, past_stop = daily(problem.past, index, problem.first, (problem.from_day - problem.first).days)
    grid = Grid(
        problem=problem,
        index=index,
        tonnes=np.array([one.tonnes for one in problem.resources], np.float64),
        forced=np.zeros((rows, days), np.bool_),
        charging=np.zeros((rows, days), np.bool_),
        left=np.zeros((rows, days)),
        limit=np.ones((rows, days)),
        past=past,
        past_stop=past_stop,
        preferred=np.isin(months, problem.preferred_months),
        follows=_follows(problem, index),
        cycles=_cycles(problem, index),
    )
    _fix(grid, problem.requirements)
    return grid


def _cycles(problem: Problem, index: dict[str, int]) -> dict[int, list[Cycle]]:
    found: dict[int, list[Cycle]] = {}
    for one in problem.requirements:
        if isinstance(one, Cycle):
            found.setdefault(index[one.resource], []).append(one)
    return found


def _follows(problem: Problem, index: dict[str, int]) -> tuple[Follows, ...]:
    """Followers after those they follow; which follow each other in a circle keep the order they are named in."""
    asked: dict[int, list[Follows]] = {}
    for one in problem.requirements:
        if isinstance(one, Coupling):
            whole = sum(one.upstream_t_d.values())
            parts = tuple((index[name], weight / whole) for name, weight in one.upstream_t_d.items())
            asked.setdefault(index[one.downstream], []).append(Follows(index[one.downstream], parts))
    found: list[Follows] = []
    done: set[int] = set()

    def visit(row: int, above: frozenset[int]) -> None:
        if row in done or row in above:
            return
        for one in asked.get(row, ()):
            for upstream, _ in one.of:
                visit(upstream, above | {row})
        done.add(row)
        found.extend(asked.get(row, ()))

    for row in sorted(asked):
        visit(row, frozenset())
    return tuple(found)


def _fix(grid: Grid, requirements: Iterable[Requirement]) -> None:
    for one in requirements:
        match one:
            case Stop():
                _stand(grid, one.resource, one.period, charging=one.kind == "stop_charging")
            case Cap():
                _limit(grid, one.resource, one.period, one.share)
            case Cut() if one.by_load:
                for name in one.weights_t_d:
                    _limit(grid, name, one.period, 1 - one.share)
            case _:
                pass
    for row, cycles in grid.cycles.items():
        still = np.any([cycle_hours(one, grid.problem.from_day, grid.days) for one in cycles], axis=0)
        grid.limit[row] *= 1 - still.reshape(-1, DAY_HOURS).mean(axis=1)


def _limit(grid: Grid, name: str, period: Period, share: float) -> None:
    """At most this running share; at most nothing is a stop."""
    if share <= 0:
        _stand(grid, name, period, charging=False)
        return
    row, (start, end) = grid.index[name], grid.span(period)
    grid.limit[row, start:end] = np.minimum(grid.limit[row, start:end], share)


def _stand(grid: Grid, name: str, period: Period, *, charging: bool) -> None:
    """Of several stops on a day the one that stops more stands."""
    row, (start, end) = grid.index[name], grid.span(period)
    left = grid.resources[row].idle_share if charging else 0.0
    whole = grid.forced[row, start:end]
    grid.left[row, start:end] = np.where(whole, np.minimum(grid.left[row, start:end], left), left)
    grid.charging[row, start:end] = np.where(whole, grid.charging[row, start:end] & charging, charging)
    whole[:] = True


def cycle_hours(one: Cycle, origin: date, days: int) -> Flags:
    """The hours from the origin on in which a cycle stands still."""
    start, end = hour_of(one.from_at, origin), hour_of(one.until_at, origin)
    hours = np.arange(days * DAY_HOURS)
    inside = (hours >= start) & (hours < end)
    return inside & ((hours - start) % (one.stop_hours + one.run_hours) < one.stop_hours)


def hour_of(at: datetime, origin: date) -> int:
    """Whole hours since 00:00 of the origin in China."""
    return int((at - datetime.combine(origin, time(), SHANGHAI)).total_seconds() // 3600)


def daily(plan: Plan, index: dict[str, int], origin: date, days: int) -> tuple[Floats, Floats]:
    """The running share and the stopped hours of each day of what has been."""
    running, stopped = np.ones((len(index), days)), np.zeros((len(index), days))
    for name, stretches in plan.items():
        hours, still = np.ones(days * DAY_HOURS), np.zeros(days * DAY_HOURS)
        for one in stretches:
            start, end = max(0, hour_of(one.from_at, origin)), max(0, hour_of(one.until_at, origin))
            hours[start:end] = one.share
            still[start:end] = one.share == 0
        running[index[name]] = hours.reshape(days, DAY_HOURS).mean(axis=1)
        stopped[index[name]] = still.reshape(days, DAY_HOURS).sum(axis=1)
    return running, stopped


def wished_days(grid: Grid) -> dict[int, Flags]:
    """The days of planning that are wished for maintenance, by row."""
    found: dict[int, Flags] = {}
    for name, stretches in grid.problem.wished.items():
        days = found.setdefault(grid.index[name], np.zeros(grid.days, np.bool_))
        for one in stretches:
            start, end = grid.span_at(one.from_at, one.until_at)
            days[start:end] = True
    return found

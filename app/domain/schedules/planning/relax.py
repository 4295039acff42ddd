"""The relaxation: whole months instead of days, shares instead of blocks; what it cannot do, no schedule can."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from ortools.linear_solver import pywraplp

from app.domain.schedules.planning.grid import Grid
from app.domain.schedules.planning.pattern import Floats
from app.domain.schedules.planning.tasks import Tasks, reach
from app.domain.schedules.requirements import Cohort, Cut, Floor, HeatDuty, StopHours

T = TypeVar("T")
Segment = tuple[int, int]
Terms = list[tuple[pywraplp.Variable, float]]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The least peak of the preferred days in t/d, and what a tonne more of each floor would add to it (peaks per tonne).

    `most_saved` is what each floor's pollutant can fall by at most in its period, in tonnes.
    """

    peak: float
    floor_prices: tuple[float, ...]


def relax(grid: Grid, tasks: Tasks) -> Relaxed | None:
    """None where even the relaxation keeps not all floors.

    The grid is the one before cohorts take turns and cuts are divided. Nobody is stopped longer than asked, cuts by less
    than a day of their largest member beyond.
    """
    return _Program(grid, tasks).solved()


class _Program:
    """Days each resource stands still in each segment, and the peak."""

    def __init__(self, grid: Grid, tasks: Tasks) -> None:
        self.grid, self.tasks = grid, tasks
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.infinity = self.solver.infinity()
        self.segments = list(_segments(grid))
        self.share = grid.followed(np.where(grid.forced, grid.left, grid.limit))
        self.cut = {grid.index[name] for one in _of(grid, Cut) if not one.by_load for name in one.weights_t_d}
        self.stops: dict[tuple[int, int], pywraplp.Variable] = {}
        self.peak = self.solver.NumVar(0.0, self.infinity, "peak")
        self.solver.Minimize(self.peak)

    def solved(self) -> Relaxed | None:
        for row, task in self.tasks.by_row.items():
            if row not in self.cut:
                self._quotas(row, [(one.start, one.end, one.days) for layer in task.layers for one in layer.quotas])
        for cut in _of(self.grid, Cut):
            if not cut.by_load:
                self._cut(cut)
        for cohort in _of(self.grid, Cohort):
            self._cohort(cohort)
            self._turns(cohort)
        for duty in _of(self.grid, HeatDuty):
            self._heat(duty)
        self._peaks()
        floors = [self._floor(one) for one in _of(self.grid, Floor)]
        if self.solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        return Relaxed(self.peak.solution_value(), tuple(max(0.0, one.dual_value()) for one in floors))

    def _row(self, low: float, high: float, terms: Terms) -> pywraplp.Constraint:
        row = self.solver.RowConstraint(low, high, "")
        for variable, weight in terms:
            row.SetCoefficient(variable, row.GetCoefficient(variable) + weight)
        return row

    def _days(self, row: int, at: int) -> pywraplp.Variable:
        """How many days a resource stands still in a segment beside those that are forced."""
        if (row, at) not in self.stops:
            start, end = self.segments[at]
            free = end - start - int(self.grid.forced[row, start:end].sum())
            self.stops[row, at] = self.solver.NumVar(0.0, float(free), "")
        return self.stops[row, at]

    def _within(self, start: int, end: int) -> list[int]:
        """The segments that have a day in common with a period."""
        return [at for at, (first, last) in enumerate(self.segments) if first < end and start < last]

    def _quotas(self, row: int, quotas: Sequence[tuple[int, int, int]]) -> None:
        """At least the days of each quota, and no more than all of them together."""
        for start, end, days in quotas:
            owed = days - int(self.grid.forced[row, start:end].sum())
            if owed > 0:
                self._row(owed, self.infinity, [(self._days(row, at), 1.0) for at in self._within(start, end)])
        reached = sorted({at for start, end, _ in quotas for at in self._within(start, end)})
        total = sum(days for _, _, days in quotas)
        self._row(-self.infinity, total, [(self._days(row, at), 1.0) for at in reached])

    def _cut(self, one: Cut) -> None:
        start, end = self.grid.span(one.period)
        load = "load" in one.methods
        rows = {self.grid.index[name]: weight for name, weight in one.weights_t_d.items()}
        whole = sum(rows.values())
        owed = whole * self.grid.length(one.period) * one.share
        for row, weight in rows.items():
            fixed = 1 - self.share[row, start:end] if load else self.grid.forced[row, start:end]
            owed -= weight * (float(fixed.sum()) + self.grid.given_before(row, one.period, load=load))
        terms = [(self._days(row, at), weight) for row, weight in rows.items() for at in self._within(start, end)]
        self._row(owed, max(owed, 0.0) + max(rows.values()), terms)

    def _cohort(self, one: Cohort) -> None:
        start, end = self.grid.span(one.period)
        inside = self._within(start, end)
        rows = [[self.grid.index[name] for name in group] for group in one.groups]
        for at in inside:
            first, last = self.segments[at]
            days = min(end, last) - max(start, first)
            standing = sum(
                int(self.grid.forced[group, max(start, first) : min(end, last)].all(axis=0).sum()) for group in rows
            )
            # A group stands still with all its resources at once.
            terms = [(self._days(group[0], at), 1.0) for group in rows]
            asked = max(0.0, one.count * days - standing)
            self._row(asked, asked, terms)
            for group in rows:
                for row in group[1:]:
                    self._row(0.0, 0.0, [(self._days(group[0], at), 1.0), (self._days(row, at), -1.0)])

    def _turns(self, one: Cohort) -> None:
        """Nobody is picked for longer than allowed."""
        inside = self._within(*self.grid.span(one.period))
        for group in one.groups if one.most_days is not None else ():
            terms = [(self._days(self.grid.index[group[0]], at), 1.0) for at in inside]
            self._row(-self.infinity, float(one.most_days or 0), terms)

    def _heat(self, one: HeatDuty) -> None:
        own = [0.0] * len(self.grid.resources)
        for name, heat in one.heat_mw.items():
            own[self.grid.index[name]] = heat
        carried = reach(self.grid, own)
        start, end = self.grid.span(one.period)
        for at in self._within(start, end):
            first, last = self.segments[at]
            if start <= first and last <= end:
                supply = float((np.array(own) @ self.share[:, first:last]).sum())
                terms = [
                    (self._days(row, at), heat) for row, heat in enumerate(carried) if heat and (row, at) in self.stops
                ]
                self._row(-self.infinity, supply - one.needed_mw * (last - first), terms)

    def _peaks(self) -> None:
        """The mean of each preferred segment lies below the peak."""
        base = self.grid.tonnes @ self.share
        for at, (start, end) in enumerate(self.segments):
            if self.grid.preferred[start]:
                terms = self._relief(at, self.tasks.reach)
                self._row(float(base[start:end].sum()), self.infinity, [*terms, (self.peak, float(end - start))])

    def _relief(self, at: int, emits: Sequence[float]) -> Terms:
        """What standing still saves in a segment, on days that run as much as any there."""
        start, end = self.segments[at]
        return [
            (variable, emits[row] * _fullest(self.share[row, start:end]))
            for (row, segment), variable in self.stops.items()
            if segment == at and emits[row]
        ]

    def _floor(self, one: Floor) -> pywraplp.Constraint:
        start, end = self.grid.span(one.period)
        past_start, past_end = self.grid.past_span(one.period)
        emits = np.array([each.emission_t_d.get(one.pollutant, 0.0) for each in self.grid.resources])
        fixed = float((emits @ (1 - self.share[:, start:end])).sum())
        fixed += float((emits @ (1 - self.grid.past[:, past_start:past_end])).sum())
        saves = reach(self.grid, emits.tolist())
        terms = [term for at in self._within(start, end) for term in self._relief(at, saves)]
        return self._row(one.tonnes - fixed, self.infinity, terms)


def _segments(grid: Grid) -> Iterator[Segment]:
    """Days between the edges of what is asked and of the preferred months."""
    edges = {0, grid.days, *(np.flatnonzero(np.diff(grid.preferred.astype(int))) + 1).tolist()}
    for one in grid.problem.requirements:
        if isinstance(one, StopHours | Cut | Cohort | HeatDuty | Floor):
            edges |= set(grid.span(one.period))
    ordered = sorted(edges)
    yield from pairwise(ordered)


def _of(grid: Grid, kind: type[T]) -> list[T]:
    return [one for one in grid.problem.requirements if isinstance(one, kind)]


def _fullest(share: Floats) -> float:
    return float(share.max()) if len(share) else 0.0

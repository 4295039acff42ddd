"""The linear program of a problem: whole segments instead of days, shares instead of blocks.

A segment is a run of days that no period and no month divides. What the program cannot do, no schedule can that stops
nobody for longer than is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from typing import TypeVar

import numpy as np
from ortools.linear_solver import pywraplp

from app.domain.schedules.planning.grid import DAY_HOURS, Grid
from app.domain.schedules.planning.pattern import Flags, Floats
from app.domain.schedules.planning.tasks import Tasks, reach
from app.domain.schedules.requirements import Cohort, Cut, Floor, HeatDuty, Requirement, StopHours, members

T = TypeVar("T", bound=Requirement)
Segment = tuple[int, int]
# A resource and a segment: the days it stands still there beside those that are forced.
Cell = tuple[int, int]
Terms = list[tuple[Cell, float]]
# The peak of all days in question, which is no resource's.
PEAK: Cell = (-1, -1)
NEGLIGIBLE = 1e-6
# Of searches for whole days, which are told as undecided beyond.
MOST_NODES = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """low <= Σ weight × days <= high."""

    low: float
    high: float
    terms: Terms


@dataclass(frozen=True, slots=True)
class Best:
    """The least value of what is minimised, and what a unit more on the lower side of each added row would add to it."""

    value: float
    prices: tuple[float, ...]


class Program:
    """Rows over the days each resource stands still in each segment.

    The grid is the one before cohorts take turns and cuts are divided.
    """

    def __init__(self, grid: Grid, tasks: Tasks) -> None:
        self.grid, self.tasks = grid, tasks
        self.segments = list(_segments(grid))
        self.emitting = grid.followed(np.where(grid.forced, grid.left, grid.limit))
        self.running = grid.followed(np.where(grid.forced, 0.0, grid.limit))
        self.floors = _of(grid, Floor)
        self.asking = _asking(grid)
        self.own = _own_days(grid)
        self.most: dict[Cell, float] = {}
        self.rows: list[Row] = []
        self._fill()

    def _fill(self) -> None:
        for row, task in self.tasks.by_row.items():
            if row not in self.asking:
                self._quotas(row, [(one.start, one.end, one.days) for layer in task.layers for one in layer.quotas])
        for cut in _of(self.grid, Cut):
            if not cut.by_load:
                self._cut(cut)
        for cohort in _of(self.grid, Cohort):
            self._cohort(cohort)
        for duty in _of(self.grid, HeatDuty):
            self._heat(duty)

    def best(self, cost: Terms, added: Sequence[Row] = (), *, whole: bool = False) -> Best | None:
        """The least of what is minimised with rows added, in whole days where asked for; None where they contradict."""
        solver = pywraplp.Solver.CreateSolver("SCIP" if whole else "GLOP")
        if whole:
            solver.SetSolverSpecificParametersAsString(f"limits/nodes = {MOST_NODES}")
        cells = {
            cell: solver.IntVar(0, most, "") if whole and cell != PEAK else solver.NumVar(0.0, most, "")
            for cell, most in {**self.most, PEAK: inf}.items()
        }
        for one in self.rows:
            _write(solver, cells, one)
        written = [_write(solver, cells, one) for one in added]
        solver.Minimize(sum(weight * cells[cell] for cell, weight in cost))
        status = solver.Solve()
        if status == pywraplp.Solver.INFEASIBLE:
            return None
        if whole:
            # Whole days tell whether, not how much.
            return Best(-inf, ())
        if status != pywraplp.Solver.OPTIMAL:
            return Best(-inf, ())
        return Best(solver.Objective().Value(), tuple(max(0.0, one.dual_value()) for one in written))

    def kept(self, stops: Flags, limit: Floats) -> bool:
        """Whether a schedule stops nobody for longer than the rows allow: only then do they say something about it.

        What load leaves out of a day counts as its part.
        """
        free = np.where(self.grid.forced, 0.0, np.where(stops, 1.0, self.grid.limit - limit))
        days = {
            (row, at): float(free[row, start:end].sum())
            for row in np.flatnonzero(free.any(axis=1)).tolist()
            for at, (start, end) in enumerate(self.segments)
        }
        if any(value and cell not in self.most for cell, value in days.items()):
            return False
        return all(
            one.low - NEGLIGIBLE
            <= sum(weight * days.get(cell, 0.0) for cell, weight in one.terms)
            <= one.high + NEGLIGIBLE
            for one in self.rows
        )

    def relief(self, at: int, emits: Sequence[float]) -> Terms:
        """What standing still saves in a segment, on days that run as much as any there."""
        start, end = self.segments[at]
        return [
            ((row, segment), emits[row] * _fullest(self.emitting[row, start:end]))
            for (row, segment) in self.most
            if segment == at and emits[row]
        ]

    def peaks(self, *, preferred: bool) -> list[Row]:
        """The mean of each segment lies below the peak of its kind."""
        base = self.grid.tonnes @ self.emitting
        return [
            Row(
                float(base[start:end].sum()),
                inf,
                [*self.relief(at, self.tasks.reach), (PEAK, float(end - start))],
            )
            for at, (start, end) in enumerate(self.segments)
            if self.grid.preferred[start] == preferred
        ]

    def least_preferred(self) -> tuple[float, Terms]:
        """What the preferred days emit without a choice, and what stops take off it."""
        base = float((self.grid.tonnes @ self.emitting)[self.grid.preferred].sum())
        inside = [at for at, (start, _) in enumerate(self.segments) if self.grid.preferred[start]]
        return base, [(cell, -weight) for at in inside for cell, weight in self.relief(at, self.tasks.reach)]

    def floor(self, one: Floor) -> Row:
        start, end = self.grid.span(one.period)
        past_start, past_end = self.grid.past_span(one.period)
        emits = np.array([each.emission_t_d.get(one.pollutant, 0.0) for each in self.grid.resources])
        fixed = float((emits @ (1 - self.emitting[:, start:end])).sum())
        fixed += float((emits @ (1 - self.grid.past[:, past_start:past_end])).sum())
        saves = reach(self.grid, emits.tolist())
        terms = [term for at in self._within(start, end) for term in self.relief(at, saves)]
        return Row(one.tonnes - fixed, inf, terms)

    def _row(self, low: float, high: float, terms: Terms) -> None:
        self.rows.append(Row(low, high, terms))

    def _days(self, row: int, at: int) -> Cell:
        start, end = self.segments[at]
        self.most.setdefault((row, at), float(end - start - int(self.grid.forced[row, start:end].sum())))
        return row, at

    def _within(self, start: int, end: int) -> list[int]:
        """The segments that have a day in common with a period."""
        return [at for at, (first, last) in enumerate(self.segments) if first < end and start < last]

    def _quotas(self, row: int, quotas: Sequence[tuple[int, int, int]]) -> None:
        """At least the days of each quota, and no more than all of them together or as long as a stop has to be."""
        for start, end, days in quotas:
            owed = days - int(self.grid.forced[row, start:end].sum())
            if owed > 0:
                self._row(owed, inf, [(self._days(row, at), 1.0) for at in self._within(start, end)])
        reached = sorted({at for start, end, _ in quotas for at in self._within(start, end)})
        shortest = self.grid.resources[row].min_stop_days
        total = sum(max(days, shortest) for _, _, days in quotas)
        self._row(-inf, total, [(self._days(row, at), 1.0) for at in reached])

    def _cut(self, one: Cut) -> None:
        start, end = self.grid.span(one.period)
        load = "load" in one.methods
        rows = {self.grid.index[name]: weight for name, weight in one.weights_t_d.items()}
        owed = sum(rows.values()) * self.grid.length(one.period) * one.share
        for row, weight in rows.items():
            fixed = 1 - self.running[row, start:end] if load else self.grid.forced[row, start:end]
            owed -= weight * (float(fixed.sum()) + self.grid.given_before(row, one.period, load=load))
        inside = self._within(start, end)
        self._row(owed, inf, [(self._days(row, at), weight) for row, weight in rows.items() for at in inside])
        if all(self._alone(row, start, end) for row in rows):
            selves = sum(weight * self.own.get(row, 0) for row, weight in rows.items())
            terms = [
                (self._days(row, at), weight * (_least(self.running[row, slice(*self.segments[at])]) if load else 1.0))
                for row, weight in rows.items()
                for at in inside
            ]
            self._row(-inf, max(owed, 0.0) + max(rows.values()) + selves, terms)

    def _cohort(self, one: Cohort) -> None:
        start, end = self.grid.span(one.period)
        groups = [[self.grid.index[name] for name in group] for group in one.groups]
        plain = all(self._plain(group, start, end) for group in groups)
        for at in self._within(start, end):
            first, last = self.segments[at]
            # A group stands still with all its resources at once.
            standing = sum(int(self.grid.forced[group[0], first:last].sum()) for group in groups)
            asked = max(0.0, one.count * (last - first) - standing)
            terms = [(self._days(group[0], at), 1.0) for group in groups]
            self._row(asked, asked if plain else inf, terms)
            for group in groups if plain else ():
                for row in group[1:]:
                    self._row(0.0, 0.0, [(self._days(group[0], at), 1.0), (self._days(row, at), -1.0)])
        if plain and one.most_days is not None:
            for group in groups:
                terms = [(self._days(group[0], at), 1.0) for at in self._within(start, end)]
                self._row(-inf, float(one.most_days), terms)

    def _alone(self, row: int, start: int, end: int) -> bool:
        """Whether only one asks a resource to stand still together with others in a period."""
        return sum(first < end and start < last for first, last in self.asking[row]) == 1

    def _plain(self, group: Sequence[int], start: int, end: int) -> bool:
        """Whether all of a group stand still on the same days, for their turn and what is forced."""
        same = bool((self.grid.forced[group] == self.grid.forced[group[0]]).all())
        return same and not any(row in self.own or not self._alone(row, start, end) for row in group)

    def _heat(self, one: HeatDuty) -> None:
        start, end = self.grid.span(one.period)
        heat = {self.grid.index[name]: mw for name, mw in one.heat_mw.items() if mw}
        for at in self._within(start, end):
            first, last = self.segments[at]
            supply = sum(mw * float(self.running[row, first:last].sum()) for row, mw in heat.items())
            terms = [
                ((row, at), mw * _least(self.running[row, first:last][~self.grid.forced[row, first:last]]))
                for row, mw in heat.items()
                if (row, at) in self.most
            ]
            self._row(-inf, supply - one.needed_mw * (last - first), terms)


def _write(solver: pywraplp.Solver, cells: Mapping[Cell, pywraplp.Variable], one: Row) -> pywraplp.Constraint:
    row = solver.RowConstraint(one.low, one.high, "")
    for cell, weight in one.terms:
        row.SetCoefficient(cells[cell], row.GetCoefficient(cells[cell]) + weight)
    return row


def _segments(grid: Grid) -> Iterator[Segment]:
    """Days between the edges of what is asked and of the preferred months."""
    edges = {0, grid.days, *(np.flatnonzero(np.diff(grid.preferred.astype(int))) + 1).tolist()}
    for one in grid.problem.requirements:
        if isinstance(one, StopHours | Cut | Cohort | HeatDuty | Floor):
            edges |= set(grid.span(one.period))
    yield from pairwise(sorted(edges))


def _asking(grid: Grid) -> Mapping[int, list[Segment]]:
    """The periods of the cuts and cohorts that ask a resource to stand still together with others."""
    found: dict[int, list[Segment]] = {}
    for one in grid.problem.requirements:
        if isinstance(one, Cohort) or (isinstance(one, Cut) and not one.by_load):
            for name in dict.fromkeys(members(one)):
                found.setdefault(grid.index[name], []).append(grid.span(one.period))
    return found


def _own_days(grid: Grid) -> Mapping[int, int]:
    """The days each resource owes for itself; a stop that is chosen lasts as long as its shortest."""
    found: dict[int, int] = {}
    for one in _of(grid, StopHours):
        row = grid.index[one.resource]
        days = max(ceil(one.hours / DAY_HOURS), grid.resources[row].min_stop_days)
        found[row] = found.get(row, 0) + days
    return found


def _of(grid: Grid, kind: type[T]) -> list[T]:
    return [one for one in grid.problem.requirements if isinstance(one, kind)]


def _fullest(share: Floats) -> float:
    return float(share.max()) if len(share) else 0.0


def _least(share: Floats) -> float:
    return float(share.min()) if len(share) else 0.0

"""What no schedule can do better than: a bound on peak_preferred by linear programming with HiGHS, none of it the planner's.

Why it holds. Take any schedule that keeps the requirements and stops nobody longer than asked (`rows.beyond` is 0), and
its stopped shares x by resource and day.

1. x keeps every row of `rows.asks`: blocks, restarts and the order of methods only forbid more, and are left out.
2. Days are put in buckets that no period of a row and no month divides. The mean of x over each bucket keeps the rows too,
   because they are linear and the same on all days of a bucket; the mean of the days' tonnes is at most their peak.
3. Lines with the same rows, the same bounds and the same mix of pollutants, in no joint row, become one: the mean of their
   shares weighted by tonnes keeps the same rows, and saves as many tonnes of each pollutant.
4. A day's remaining tonnes are at least Σ tonnes × (1 - x); a kept-hot oven emits more. So the least peak of the program
   is at most that of the schedule.
5. HiGHS is not trusted for it: from its dual values, whatever they are, the Lagrangian bound over the box of the columns
   is computed here, which holds for any multipliers of the right sign. `SAFETY` covers the rounding of these sums.
"""

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import NDArray

from app.domain.quantities import POLLUTANTS
from app.domain.schedules.problem import Problem
from bench.planning.measures import Table, days_of, preferred, span
from bench.planning.rows import Asks, Row, asks

SAFETY = 1e-9
MIX_DIGITS = 9
Buckets = Literal["days", "segments"]
# With so many lines a program by days would take longer than it tells more.
MOST_BY_DAYS = 2_000


@dataclass(frozen=True, slots=True)
class Bound:
    tonnes: float
    buckets: Buckets
    rows: int
    columns: int


def peak_bound(problem: Problem, buckets: Buckets | None = None) -> Bound:
    """The least peak_preferred in t/d that a schedule can have which stops nobody longer than asked."""
    buckets = buckets or ("days" if len(problem.resources) <= MOST_BY_DAYS else "segments")
    program = _Program(problem, asks(problem), buckets)
    program.fill()
    return Bound(program.bound(), buckets, len(program.low), program.columns)


class _Program:
    """Columns: stopped share of each class in each bucket, then the peak. Rows as one list of entries."""

    def __init__(self, problem: Problem, given: Asks, buckets: Buckets) -> None:
        self.problem, self.given = problem, given
        self.starts = _starts(problem, given, buckets)
        self.lengths = np.diff(self.starts)
        self.classes = _classes(problem, given, self.starts)
        self.class_of = {each: number for number, group in enumerate(self.classes) for each in group}
        self.columns = len(self.classes) * len(self.lengths) + 1
        self.entries: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def fill(self) -> None:
        first = {group[0] for group in self.classes}
        for row in (*self.given.asked, *self.given.ceilings):
            # The rows of the first of a class are those of all of them.
            if len(row.terms) > 1 or first.issuperset(row.terms):
                self._row(row)
        every = np.arange(len(self.classes))
        for floor in self.given.floors:
            amounts = [each.emission_t_d.get(floor.pollutant, 0.0) for each in self.problem.resources]
            self._summed(every, self._by_class(amounts), span(self.problem, floor.period), floor.tonnes, inf)
        tonnes = self._by_class([each.tonnes for each in self.problem.resources])
        relieved = preferred(self.problem)
        for bucket, start in enumerate(self.starts[:-1]):
            if relieved[start]:
                cells = np.append(self._cells(every, bucket), self.columns - 1)
                self._add(cells, np.append(tonnes, 1.0), tonnes.sum(), inf)

    def bound(self) -> float:
        lower, upper = self._box()
        cost = np.zeros(self.columns)
        cost[-1] = 1.0
        duals = self._duals(cost, lower, upper)
        low, high = np.array(self.low), np.array(self.high)
        duals = np.where(((duals > 0) & np.isinf(low)) | ((duals < 0) & np.isinf(high)), 0.0, duals)
        sizes = [len(cells) for cells, _ in self.entries]
        cells = np.concatenate([cells for cells, _ in self.entries])
        values = np.concatenate([values for _, values in self.entries])
        reduced = cost - np.bincount(cells, values * np.repeat(duals, sizes), minlength=self.columns)
        ends = np.where(duals > 0, low, high)
        held = np.where(duals == 0, 0.0, duals * np.where(duals == 0, 0.0, ends))
        spread = np.minimum(reduced * lower, reduced * upper)
        return float(held.sum() + spread.sum() - SAFETY * (np.abs(held).sum() + np.abs(spread).sum()))

    def _by_class(self, amounts: list[float]) -> NDArray[np.float64]:
        return np.array([sum(amounts[each] for each in group) for group in self.classes])

    def _cells(self, classes: NDArray[np.int64], bucket: int) -> NDArray[np.int64]:
        return classes * len(self.lengths) + bucket

    def _row(self, row: Row) -> None:
        classes = np.array([self.class_of[each] for each in row.terms])
        weights = np.array(list(row.terms.values()))
        if not row.daily:
            self._summed(classes, weights, (row.first, row.until), row.low, row.high)
            return
        for bucket in self._within(row.first, row.until):
            self._add(self._cells(classes, bucket), weights, row.low, row.high)

    def _summed(
        self, classes: NDArray[np.int64], weights: NDArray[np.float64], days: tuple[int, int], low: float, high: float
    ) -> None:
        inside = self._within(*days)
        cells = np.concatenate([self._cells(classes, bucket) for bucket in inside])
        self._add(cells, np.concatenate([weights * self.lengths[bucket] for bucket in inside]), low, high)

    def _within(self, first: int, until: int) -> range:
        return range(int(np.searchsorted(self.starts, first)), int(np.searchsorted(self.starts, until)))

    def _add(self, cells: NDArray[np.int64], values: NDArray[np.float64], low: float, high: float) -> None:
        self.entries.append((cells, values))
        self.low.append(low)
        self.high.append(high)

    def _box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        first = [group[0] for group in self.classes]
        total = sum(each.tonnes for each in self.problem.resources)
        lower = _means(self.given.lower[first], self.starts).ravel()
        upper = _means(self.given.upper[first], self.starts).ravel()
        return np.append(lower, 0.0), np.append(upper, total)

    def _duals(
        self, cost: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        lp: Any = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, len(self.low)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
        lp.row_lower_, lp.row_upper_ = np.array(self.low), np.array(self.high)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(cells) for cells, _ in self.entries)])
        lp.a_matrix_.index_ = np.concatenate([cells for cells, _ in self.entries])
        lp.a_matrix_.value_ = np.concatenate([values for _, values in self.entries])
        solver: Any = highspy.Highs()
        solver.silent()
        for option, value in (("threads", 1), ("solver", "ipm")):
            solver.setOptionValue(option, value)
        solver.passModel(lp)
        solver.run()
        return np.array(solver.getSolution().row_dual)


def _starts(problem: Problem, given: Asks, buckets: Buckets) -> NDArray[np.int64]:
    """The first day of each bucket, and the end."""
    end = days_of(problem)
    if buckets == "days":
        return np.arange(end + 1)
    borders = {0, end, (problem.from_day - problem.first).days}
    borders |= {day for row in (*given.asked, *given.ceilings) for day in (row.first, row.until)}
    borders |= {day for floor in given.floors for day in span(problem, floor.period)}
    relieved = preferred(problem)
    borders |= {day for day in range(1, end) if relieved[day] != relieved[day - 1]}
    return np.array(sorted(borders))


def _classes(problem: Problem, given: Asks, starts: NDArray[np.int64]) -> list[list[int]]:
    """Resources that are the same for the program, but for their size."""
    own: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    joint = set[int]()
    for row in (*given.asked, *given.ceilings):
        if len(row.terms) > 1:
            joint |= set(row.terms)
            continue
        ((each, weight),) = row.terms.items()
        own[each].append((weight, row.first, row.until, row.daily, row.low, row.high))
    lower, upper = _means(given.lower, starts), _means(given.upper, starts)
    found: dict[Any, list[int]] = defaultdict(list)
    for number, each in enumerate(problem.resources):
        mix = tuple(round(each.emission_t_d.get(one, 0.0) / (each.tonnes or 1.0), MIX_DIGITS) for one in POLLUTANTS)
        alike = (tuple(own[number]), lower[number].tobytes(), upper[number].tobytes(), mix)
        found[number if number in joint else alike].append(number)
    return list(found.values())


def _means(table: Table, starts: NDArray[np.int64]) -> Table:
    sums: Table = np.add.reduceat(table, starts[:-1], axis=1)
    return sums / np.diff(starts)

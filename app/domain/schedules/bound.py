"""A bound on the peak: what all stops that are asked can relieve at most on a row of preferred days."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from app.domain.schedules.grid import Grid
from app.domain.schedules.requirements import Cohort, Cut, Floor, StopHours
from app.domain.schedules.tasks import Task, Tasks

Interval = tuple[int, int]


def peak_bound(grid: Grid, tasks: Tasks) -> float:
    """No schedule that stops only what is asked stays below: the mean of what must remain, over the worst row of days.

    The grid is the one before cohorts take turns and cuts are divided. Blocks, heat and floors are left aside, so the
    truth may lie higher. A day on which somebody has to run shows at least what that one emits.
    """
    known = _Known(grid, tasks)
    means = max((known.least_mean(one) for one in _intervals(grid)), default=0.0)
    return max(means, known.someone())


def _intervals(grid: Grid) -> Iterator[Interval]:
    """Rows of preferred days between the edges of what is asked."""
    edges = {0, grid.days}
    for one in grid.problem.requirements:
        if isinstance(one, StopHours | Cut):
            edges |= set(grid.span(one.period))
    marks = np.flatnonzero(np.diff(np.concatenate(([False], grid.preferred, [False])).astype(int)))
    ordered = sorted(edges | set(marks.tolist()))
    inside = [(start, end) for start, end in pairwise(ordered) if grid.preferred[start]]
    for first, (start, _) in enumerate(inside):
        for last in range(first, len(inside)):
            end = inside[last][1]
            if end - start == sum(to - begin for begin, to in inside[first : last + 1]):
                yield start, end


class _Known:
    """What stands fixed, and who is stopped by what."""

    def __init__(self, grid: Grid, tasks: Tasks) -> None:
        self.grid, self.tasks = grid, tasks
        asked = grid.problem.requirements
        self.cut = {grid.index[name] for one in asked if isinstance(one, Cut) for name in one.weights_t_d}
        self.taking_turns = {row for turns in tasks.turns for turn in turns for row in turn.rows}
        self.share = grid.followed(np.where(grid.forced, grid.left, grid.limit))
        self.own = {row: task for row, task in tasks.by_row.items() if row not in self.cut}

    def least_mean(self, interval: Interval) -> float:
        start, end = interval
        relief = _of_cuts(self.grid, self.tasks.reach, interval) + self._of_cohorts(interval)
        for row, task in self.own.items():
            free = np.sort(self.share[row, start:end])[::-1]
            relief += self.tasks.reach[row] * float(free[: _days(task, interval)].sum())
        base = float((self.grid.tonnes @ self.share[:, start:end]).sum())
        return (base - relief) / (end - start)

    def _of_cohorts(self, interval: Interval) -> float:
        """On each day the heaviest groups, as many as are asked for."""
        found = 0.0
        for one in (each for each in self.grid.problem.requirements if isinstance(each, Cohort)):
            start, end = self.grid.span(one.period)
            days = max(0, min(end, interval[1]) - max(start, interval[0]))
            groups = [sum(self.tasks.reach[self.grid.index[name]] for name in group) for group in one.groups]
            found += days * sum(sorted(groups)[-one.count :] if one.count else [])
        return found

    def someone(self) -> float:
        """The most that one resource emits on a preferred day on which it cannot but run."""
        free = int(self.grid.preferred.sum())
        whole = (0, self.grid.days)
        return max(
            (
                float(self.grid.tonnes[row]) * float(self.share[row, self.grid.preferred].min())
                for row, task in self.own.items()
                if row not in self.taking_turns and _days(task, whole) < free - int(self.grid.forced[row].sum())
            ),
            default=0.0,
        )


def _days(task: Task, interval: Interval) -> int:
    found = 0
    for layer in task.layers:
        for quota in layer.quotas:
            found += min(quota.days, max(0, min(interval[1], quota.end) - max(interval[0], quota.start)))
    return found


def _of_cuts(grid: Grid, reach: list[float], interval: Interval) -> float:
    """However a cut is divided: first who emits most for its capacity, a day of the largest beyond what is owed."""
    found = 0.0
    for one in grid.problem.requirements:
        if not isinstance(one, Cut):
            continue
        start, end = grid.span(one.period)
        most = max(0, min(end, interval[1]) - max(start, interval[0]))
        owed = sum(one.weights_t_d.values()) * grid.length(one.period) * one.share + max(one.weights_t_d.values())
        for weight, tonnes in sorted(
            ((weight, reach[grid.index[name]]) for name, weight in one.weights_t_d.items()),
            key=lambda pair: -pair[1] / pair[0],
        ):
            days = min(float(most), owed / weight)
            owed -= days * weight
            found += days * tonnes
    return found


def most_saved(grid: Grid, tasks: Tasks, floor: Floor, saves: Sequence[float]) -> float:
    """The tonnes of a pollutant that what is asked can save at most within a floor's period, blocks and heat aside."""
    start, end = grid.span(floor.period)
    past_start, past_end = grid.past_span(floor.period)
    emits = np.array([one.emission_t_d.get(floor.pollutant, 0.0) for one in grid.resources])
    fixed = grid.followed(np.where(grid.forced, grid.left, grid.limit))[:, start:end]
    found = float((emits @ (1 - fixed)).sum() + (emits @ (1 - grid.past[:, past_start:past_end])).sum())
    for row, task in tasks.by_row.items():
        found += saves[row] * _days(task, (start, end))
    return found + _of_cuts(grid, list(saves), (start, end))

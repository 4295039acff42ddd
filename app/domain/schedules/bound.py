"""A bound on the peak: what all stops that are asked can relieve at most on a row of preferred days."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from app.domain.schedules.grid import Grid
from app.domain.schedules.requirements import Cut, Floor, StopHours
from app.domain.schedules.tasks import Task, Tasks

Interval = tuple[int, int]


def peak_bound(grid: Grid, tasks: dict[int, Task], reach: list[float]) -> float:
    """No schedule that stops only what is asked stays below: the mean of what must remain, over the worst row of days.

    Blocks, heat and floors are left aside, so the truth may lie higher. `reach` are the tonnes that stop with each
    resource.
    """
    return max((_least_mean(grid, tasks, reach, one) for one in _intervals(grid)), default=0.0)


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


def _least_mean(grid: Grid, tasks: dict[int, Task], reach: list[float], interval: Interval) -> float:
    start, end = interval
    cut = {name for one in grid.problem.requirements if isinstance(one, Cut) for name in one.weights_t_d}
    running = np.where(grid.forced, grid.left, grid.limit)[:, start:end]
    base = float((grid.tonnes @ grid.followed(np.where(grid.forced, grid.left, grid.limit))[:, start:end]).sum())
    relief = 0.0
    for row, task in tasks.items():
        if grid.resources[row].id not in cut:
            free = np.sort(running[row][~grid.forced[row, start:end]])[::-1]
            relief += reach[row] * float(free[: int(np.ceil(_days(task, interval)))].sum())
    return (base - relief - _of_cuts(grid, reach, interval)) / (end - start)


def _days(task: Task, interval: Interval) -> float:
    found = 0.0
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

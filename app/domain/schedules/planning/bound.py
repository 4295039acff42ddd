"""Bounds: what somebody emits who cannot but run, and what all stops that are asked can save at most."""

from collections.abc import Sequence

import numpy as np

from app.domain.schedules.planning.grid import Grid
from app.domain.schedules.planning.tasks import Task, Tasks
from app.domain.schedules.requirements import Cut, Floor

Interval = tuple[int, int]


def someone(grid: Grid, tasks: Tasks) -> float:
    """The most that one resource emits on a preferred day on which it cannot but run, in t/d."""
    cut = {
        grid.index[name]
        for one in grid.problem.requirements
        if isinstance(one, Cut) and not one.by_load
        for name in one.weights_t_d
    }
    taking_turns = {row for turns in tasks.turns for turn in turns for row in turn.rows}
    share = grid.followed(np.where(grid.forced, grid.left, grid.limit))[:, grid.preferred]
    found = 0.0
    for row, one in enumerate(grid.resources):
        if row not in cut | taking_turns:
            asked = _days(tasks.by_row[row], (0, grid.days)) if row in tasks.by_row else 0
            # Days that run least may be the ones that are stopped.
            left = np.sort(share[row])[asked:] if asked < share.shape[1] else np.zeros(1)
            found = max(found, one.tonnes * float(left.max(initial=0.0)))
    return found


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
        if not isinstance(one, Cut) or one.by_load:
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

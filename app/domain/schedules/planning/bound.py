"""Bounds that no program tells: what somebody emits who cannot but run."""

import numpy as np

from app.domain.schedules.planning.grid import Grid
from app.domain.schedules.planning.tasks import Task, Tasks
from app.domain.schedules.requirements import Cohort, Coupling, Cut, Floor, StopHours, members


def someone(grid: Grid, tasks: Tasks) -> float:
    """The most that one resource emits on a preferred day on which it cannot but run, in t/d.

    Whom a cut, a cohort or what it depends on may stop is left out; a stop that is chosen lasts as long as its shortest.
    """
    joint = {
        grid.index[name]
        for one in grid.problem.requirements
        if isinstance(one, Cohort | Coupling) or (isinstance(one, Cut) and not one.by_load)
        for name in members(one)
    }
    share = np.where(grid.forced, grid.left, grid.limit)[:, grid.preferred]
    found = 0.0
    for row, one in enumerate(grid.resources):
        if row not in joint:
            asked = _days(tasks.by_row[row], one.min_stop_days) if row in tasks.by_row else 0
            # Days that run most may be the ones that are stopped.
            left = np.sort(share[row])[: max(0, share.shape[1] - asked)]
            found = max(found, one.tonnes * float(left.max(initial=0.0)))
    return found


def _days(task: Task, shortest: int) -> int:
    return sum(max(quota.days, shortest) for layer in task.layers for quota in layer.quotas)


def fewest_starts(grid: Grid) -> int:
    """One stop for whoever must still stand still and did not on the eve; more where they cannot meet is not counted."""
    owing = set(np.flatnonzero(grid.forced.any(axis=1)).tolist())
    for one in grid.problem.requirements:
        if isinstance(one, StopHours):
            row = grid.index[one.resource]
            start, end = grid.past_span(one.period)
            if one.hours > float(grid.past_stop[row, start:end].sum()):
                owing.add(row)
    return sum(not grid.past_stop[row, -1:].any() for row in owing)


def most_saved(grid: Grid, floor: Floor) -> float:
    """The tonnes of a pollutant that fall away in a floor's period where everybody stands still who may be asked to."""
    open_days = grid.forced.copy()
    for one in grid.problem.requirements:
        rows = [grid.index[name] for name in members(one)]
        if isinstance(one, Cut):
            # Who cannot be interrupted is limited.
            start, end = grid.span(one.period)
            open_days[rows, start:end] = True
        if isinstance(one, Coupling):
            open_days[grid.index[one.downstream]] = True
        for row, start, end in grid.may_stop(one):
            open_days[row, start:end] = True
    share = np.where(grid.forced, grid.left, np.where(open_days, 0.0, grid.limit))
    days, before = slice(*grid.span(floor.period)), slice(*grid.past_span(floor.period))
    emits = np.array([one.emission_t_d.get(floor.pollutant, 0.0) for one in grid.resources])
    return float((emits @ (1 - share[:, days])).sum() + (emits @ (1 - grid.past[:, before])).sum())

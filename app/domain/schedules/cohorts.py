"""Cohorts: groups take turns at standing still, so that on every day enough of them do (A-GP1)."""

from math import ceil

import numpy as np

from app.domain.schedules.grid import Grid
from app.domain.schedules.requirements import Cohort


def take_turns(grid: Grid, cohort: Cohort) -> bool:
    """Write the turns of a cohort into the grid; False where there are too few groups.

    Groups that stand still anyway count. The others take their turn once in a row of segments as equal in length and
    tonnes as they can be; where a turn would be shorter than a group may stop, fewer groups stop for longer.
    """
    start, end = grid.span(cohort.period)
    if start >= end:
        return True
    rows = [[grid.index[name] for name in group] for group in cohort.groups]
    still = np.array([grid.forced[group, start:end].all(axis=0) for group in rows])
    open_groups = [number for number in range(len(rows)) if not still[number].all()]
    lacking = cohort.count - (still.sum(axis=0) if rows else np.zeros(end - start, int))
    most = int(lacking.max())
    if most <= 0:
        return True
    if most > len(open_groups):
        return False
    for number, (first, last) in _turns(grid, rows, open_groups, most, end - start):
        days = np.zeros(end - start, np.bool_)
        days[first:last] = True
        for row in rows[number]:
            grid.forced[row, start:end] |= days
    return True


def _turns(
    grid: Grid, rows: list[list[int]], groups: list[int], count: int, days: int
) -> list[tuple[int, tuple[int, int]]]:
    """(group, its days) so that each day holds `count` groups."""
    shortest = max(grid.resources[row].min_stop_days for number in groups for row in rows[number])
    segments = max(1, min(ceil(len(groups) / count), days // max(1, shortest)))
    bounds = [days * number // segments for number in range(segments + 1)]
    turns = _spread(grid, rows, groups, count, segments)
    return [(number, (bounds[at], bounds[at + 1])) for at, turn in enumerate(turns) for number in turn]


def _spread(grid: Grid, rows: list[list[int]], groups: list[int], count: int, segments: int) -> list[list[int]]:
    """Heaviest groups first, each to the segment that has the fewest tonnes and still a place (A-GP1 leaves who to the authority)."""
    tonnes = {number: float(sum(grid.tonnes[row] for row in rows[number])) for number in groups}
    ordered = sorted(groups, key=lambda number: (-tonnes[number], number))[: count * segments]
    found: list[list[int]] = [[] for _ in range(segments)]
    load = [0.0] * segments
    for number in ordered:
        at = min((each for each in range(segments) if len(found[each]) < count), key=lambda each: (load[each], each))
        found[at].append(number)
        load[at] += tonnes[number]
    return _filled(found, ordered, count)


def _filled(found: list[list[int]], ordered: list[int], count: int) -> list[list[int]]:
    """Where groups do not divide evenly, the lightest of the turn before stay for one more, so that no turn falls short."""
    for at, turn in enumerate(found):
        lightest = [number for number in reversed(ordered) if number not in turn]
        near = [number for number in lightest if at and number in found[at - 1]] or lightest
        spare = [*near, *(number for number in lightest if number not in near)]
        turn.extend(spare[: count - len(turn)])
    return found

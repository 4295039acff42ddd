"""Cohorts: groups take turns at standing still, so that on every day enough of them do (A-GP1)."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from app.domain.schedules.planning.grid import Grid
from app.domain.schedules.planning.rhythm import blocks_of
from app.domain.schedules.requirements import Cohort


@dataclass(frozen=True, slots=True)
class Turn:
    """The rows of a group, and the days of planning on which it stands still."""

    rows: tuple[int, ...]
    start: int
    end: int


def turns_of(grid: Grid, cohort: Cohort) -> list[Turn] | None:
    """The turns of a cohort; None where there are too few groups.

    Groups that stand still anyway count. The others take one turn each in a row of segments as equal in length and
    tonnes as they can be; where a turn would be shorter than a group may stop, fewer groups stop for longer. Which of
    them is the authority's to say; what is published stays where it is enough.
    """
    start, end = grid.span(cohort.period)
    if start >= end:
        return []
    groups = [tuple(grid.index[name] for name in group) for group in cohort.groups]
    still = np.array([grid.forced[list(group), start:end].all(axis=0) for group in groups])
    open_groups = [
        group
        for group, stands in zip(groups, still, strict=True)
        if not stands.all() and all(grid.resources[row].stoppable for row in group)
    ]
    lacking = int((cohort.count - still.sum(axis=0)).max())
    if lacking <= 0:
        return []
    if lacking > len(open_groups):
        return None
    return _published(grid, cohort, groups) or _turns(grid, open_groups, lacking, (start, end))


def write(grid: Grid, turns: list[Turn]) -> None:
    for turn in turns:
        grid.forced[list(turn.rows), turn.start : turn.end] = True


def _published(grid: Grid, cohort: Cohort, groups: list[tuple[int, ...]]) -> list[Turn]:
    """The turns as they were announced, unless some day has too few."""
    start, end = grid.span(cohort.period)
    stands = grid.published_stops()
    if stands is None:
        return []
    whole = np.array(
        [(stands[list(group), start:end] | grid.forced[list(group), start:end]).all(axis=0) for group in groups]
    )
    if (whole.sum(axis=0) < cohort.count).any():
        return []
    found = []
    for group, days in zip(groups, whole, strict=True):
        found += [Turn(group, start + first, start + last) for first, last in blocks_of(days)]
    return found


def _turns(grid: Grid, groups: list[tuple[int, ...]], count: int, days: tuple[int, int]) -> list[Turn]:
    start, length = days[0], days[1] - days[0]
    shortest = max(grid.resources[row].min_stop_days for group in groups for row in group)
    segments = max(1, min(ceil(len(groups) / count), length // max(1, shortest)))
    bounds = [start + length * number // segments for number in range(segments + 1)]
    spread = _spread(grid, groups, count, segments)
    return [Turn(group, bounds[at], bounds[at + 1]) for at, turn in enumerate(spread) for group in turn]


def _spread(grid: Grid, groups: list[tuple[int, ...]], count: int, segments: int) -> list[list[tuple[int, ...]]]:
    """Heaviest groups first, each to the segment that has the fewest tonnes and still a place."""
    ordered = sorted(groups, key=lambda group: (-_tonnes(grid, group), group))[: count * segments]
    found: list[list[tuple[int, ...]]] = [[] for _ in range(segments)]
    load = [0.0] * segments
    for group in ordered:
        at = min((each for each in range(segments) if len(found[each]) < count), key=lambda each: (load[each], each))
        found[at].append(group)
        load[at] += _tonnes(grid, group)
    for at, turn in enumerate(found):
        # Where groups do not divide evenly, the lightest of the turn before stay for one more.
        spare = [group for group in reversed(ordered) if group not in turn]
        spare.sort(key=lambda group: at > 0 and group not in found[at - 1])
        turn.extend(spare[: count - len(turn)])
    return found


def _tonnes(grid: Grid, group: tuple[int, ...]) -> float:
    return float(grid.tonnes[list(group)].sum())

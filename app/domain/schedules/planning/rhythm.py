"""Rhythm: whether days of standing still are blocks as long, as far apart and as few as a resource allows."""

from collections.abc import Iterator

import numpy as np

from app.domain.schedules.planning.grid import DAY_HOURS, Grid
from app.domain.schedules.planning.pattern import Flags, Rhythm
from app.domain.schedules.requirements import Cohort, StopHours

# More stops than any calendar holds.
ANY_NUMBER = 10_000


def rhythm_of(grid: Grid, row: int) -> Rhythm:
    one = grid.resources[row]
    return Rhythm(one.min_stop_days, one.min_run_days, ANY_NUMBER if one.max_stops is None else one.max_stops)


def in_rhythm(grid: Grid, row: int, days: Flags, forced: Flags, rhythm: Rhythm) -> bool:
    """Blocks of nothing but forced days are no choice, and what a forced day begins is no stop more."""
    under_way = grid.stopped_before(row)
    chosen_before, begun, last = False, 0, -grid.ran_before(row)
    for start, end in blocks_of(days):
        goes_on = start == 0 and under_way > 0
        chosen = not forced[start:end].all()
        length = end - start + (under_way if goes_on else 0)
        if chosen and length < rhythm.min_stop:
            return False
        if (chosen or chosen_before) and not goes_on and start - last < rhythm.min_run:
            return False
        begun += chosen and not goes_on and not forced[start]
        chosen_before, last = chosen, end
    return begun <= rhythm.max_stops


def blocks_of(days: Flags) -> Iterator[tuple[int, int]]:
    """First day and end of each unbroken block."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], days, [False])).astype(int)))
    yield from ((int(start), int(end)) for start, end in edges.reshape(-1, 2))


def out_of_rhythm(grid: Grid, standing: Flags, forced: Flags) -> list[str]:
    """The resources that would stop too briefly, too soon again or too often; `forced` are days without a choice."""
    exempt = forced.copy()
    for one in grid.problem.requirements:
        if isinstance(one, Cohort):
            start, end = grid.span(one.period)
            for group in ([grid.index[name] for name in group] for group in one.groups):
                # Who stands still for the whole period of a cohort has no choice of days.
                if standing[group, start:end].all():
                    exempt[group, start:end] = True
    return [
        one.id
        for row, one in enumerate(grid.resources)
        if standing[row].any() and not in_rhythm(grid, row, standing[row], exempt[row], rhythm_of(grid, row))
    ]


def interrupted(grid: Grid, standing: Flags) -> list[str]:
    """The hours that are owed in one piece and have none so long."""
    found = []
    for one in grid.problem.requirements:
        if isinstance(one, StopHours) and one.continuous:
            row, (start, end) = grid.index[one.resource], grid.span(one.period)
            past_start, past_end = grid.past_span(one.period)
            before = min(grid.stopped_before(row), past_end - past_start)
            pieces = [
                last - first + (before if start + first == 0 else 0)
                for first, last in blocks_of(standing[row, start:end])
            ]
            done = max(pieces, default=0) * DAY_HOURS >= one.hours
            if not done and not (grid.past_stop[row, past_start:past_end].sum() >= one.hours):
                found.append(one.id)
    return found

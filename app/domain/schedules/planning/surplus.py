"""Surplus: which cuts are exceeded by stops that nothing else asks for (L12-53, A-L22)."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from app.domain.schedules.planning.grid import DAY_HOURS, Grid, cycle_hours
from app.domain.schedules.planning.pattern import Flags, Floats
from app.domain.schedules.planning.stretches import Trimmed, asks
from app.domain.schedules.requirements import Coupling, Cut, Cycle, Requirement, members

# What sums of shares may be off by, relative to all that a cut weighs.
ROUNDING = 1e-9
Trims = Mapping[int, Sequence[Trimmed]]


def most_surplus(grid: Grid, cut: Cut) -> float:
    """Tonnes of capacity below which a cut's surplus is always allowed."""
    shortest = min(weight * grid.resources[grid.index[name]].min_stop_days for name, weight in cut.weights_t_d.items())
    return max(*cut.weights_t_d.values(), shortest)


def alone(grid: Grid, row: int, cuts: Collection[str]) -> Flags:
    """The days of planning on which a stop of a resource would serve none but these cuts."""
    found = np.ones(grid.days, np.bool_)
    name = grid.resources[row].id
    for one in grid.problem.requirements:
        if one.id not in cuts and name in members(one) and asks(one, "stop", name):
            start, end = _days(grid, one)
            found[start:end] = False
    return found


def exceeded(grid: Grid, stops: Flags, trims: Trims, running: Floats) -> list[str]:
    """The cuts by stops of which a day of the largest member, or more, serves nothing."""
    cuts = [one for one in grid.problem.requirements if isinstance(one, Cut) and not one.by_load]
    if not cuts:
        return []
    standing = _standing(grid, stops, trims)
    beyond = {one.id: _surplus(grid, one, 1 - running if "load" in one.methods else standing) for one in cuts}
    loose = {one.id for one in cuts if beyond[one.id] >= most_surplus(grid, one) - _slack(grid, one)}
    return [
        one.id
        for one in cuts
        if one.id in loose
        and min(beyond[one.id], _for_nothing(grid, one, standing, loose))
        >= max(one.weights_t_d.values()) - _slack(grid, one)
    ]


def _slack(grid: Grid, cut: Cut) -> float:
    return ROUNDING * (1 + sum(cut.weights_t_d.values()) * grid.length(cut.period))


def _surplus(grid: Grid, cut: Cut, stopped: Floats) -> float:
    start, end = grid.span(cut.period)
    owed = sum(cut.weights_t_d.values()) * grid.length(cut.period) * cut.share
    return -owed + sum(
        weight * (float(stopped[row, start:end].sum()) + grid.given_before(row, cut.period, load="load" in cut.methods))
        for row, weight in _weighed(grid, cut)
    )


def _for_nothing(grid: Grid, cut: Cut, standing: Floats, loose: Collection[str]) -> float:
    start, end = grid.span(cut.period)
    return sum(
        weight * float((standing[row] * alone(grid, row, loose))[start:end].sum())
        for row, weight in _weighed(grid, cut)
    )


def _weighed(grid: Grid, cut: Cut) -> Iterator[tuple[int, float]]:
    return ((grid.index[name], weight) for name, weight in cut.weights_t_d.items())


def _standing(grid: Grid, stops: Flags, trims: Trims) -> Floats:
    """What part of each day every resource stands still, cycles included."""
    found = stops.astype(np.float64)
    for row, given_back in trims.items():
        for one in given_back:
            found[row, one.day] -= one.hours / DAY_HOURS
    for row, cycles in grid.cycles.items():
        still = np.any([cycle_hours(one, grid.problem.from_day, grid.days) for one in cycles], axis=0)
        found[row] = np.maximum(found[row], still.reshape(-1, DAY_HOURS).mean(axis=1))
    return found


def _days(grid: Grid, one: Requirement) -> tuple[int, int]:
    match one:
        case Cycle():
            return grid.span_at(one.from_at, one.until_at)
        case Coupling():
            return 0, grid.days
        case _:
            return grid.span(one.period)

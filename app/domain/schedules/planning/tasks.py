"""Tasks: what each resource still has to choose, once cuts are divided and cohorts take their turns."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from app.domain.schedules.planning.blocks import Layer
from app.domain.schedules.planning.cuts import Member, divide
from app.domain.schedules.planning.grid import DAY_HOURS, Grid, cycle_hours
from app.domain.schedules.planning.pattern import Flags, Quota, Rhythm
from app.domain.schedules.planning.turns import Turn, turns_of, write
from app.domain.schedules.requirements import Cohort, Cut, HeatDuty, StopHours

# Beyond one stop for each quota, what a resource without a limit of its own may be split into.
MORE_STOPS = 2


@dataclass(frozen=True, slots=True)
class Trim:
    """The hours of the last day that a quota of hours does not need (A-FS3)."""

    start: int
    end: int
    hours: int


@dataclass(slots=True)
class Task:
    """One resource with its quotas; `tonnes` counts what depends on it, as does `heat` (duty, MW)."""

    row: int
    tonnes: float
    stopped_before: int
    ran_before: int
    must_run: Flags
    layers: tuple[Layer, ...] = ()
    trims: tuple[Trim, ...] = ()
    heat: tuple[tuple[int, float], ...] = ()


@dataclass(slots=True)
class Tasks:
    """All tasks, the turns of each cohort, the tonnes that stop with each resource, and what cannot be met (by id).

    `heating` are the rows that carry a duty to heat, directly or by what follows them.
    """

    by_row: dict[int, Task]
    turns: list[list[Turn]]
    reach: list[float]
    heating: frozenset[int]
    unmet: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Need:
    start: int
    end: int
    hours: int
    continuous: bool


def tasks_of(grid: Grid) -> Tasks:
    """The tasks of a problem; cohorts and load cuts are written into the grid on the way."""
    needs: dict[int, list[_Need]] = {}
    asked = grid.problem.requirements
    unmet: list[str] = []
    turns = []
    for cohort in (one for one in asked if isinstance(one, Cohort)):
        found = turns_of(grid, cohort)
        if found is None:
            unmet.append(cohort.id)
        else:
            write(grid, found)
            turns.append(found)
    unmet += [one.id for one in asked if isinstance(one, StopHours) and not _asked(grid, needs, one)]
    unmet += [one.id for one in asked if isinstance(one, Cut) and not one.by_load and not _divided(grid, needs, one)]
    tonnes = reach(grid, grid.tonnes.tolist())
    taken = Counter(row for found in turns for turn in found for row in turn.rows)
    by_row = {row: _task(grid, row, known, tonnes[row], taken[row]) for row, known in sorted(needs.items())}
    return Tasks(by_row, turns, tonnes, _warm(grid, by_row), unmet)


def _warm(grid: Grid, by_row: Mapping[int, Task]) -> frozenset[int]:
    """Tell each task what it carries of the duties to heat; all rows that carry any."""
    heating = set()
    for number, duty in enumerate(one for one in grid.problem.requirements if isinstance(one, HeatDuty)):
        own = [0.0] * len(grid.resources)
        for name, heat in duty.heat_mw.items():
            own[grid.index[name]] = heat
        for row, heat in enumerate(reach(grid, own)):
            if heat > 0:
                heating.add(row)
                if row in by_row:
                    by_row[row].heat = (*by_row[row].heat, (number, heat))
    return frozenset(heating)


def reach(grid: Grid, own: Sequence[float]) -> list[float]:
    """What stops with each resource: its own, and its part of what follows it."""
    found = list(own)
    for one in reversed(grid.follows):
        for row, part in one.of:
            found[row] += part * found[one.row]
    return found


def _asked(grid: Grid, needs: dict[int, list[_Need]], one: StopHours) -> bool:
    """Whether the days that are left can hold what is left to stop; if so it is added to the needs."""
    row = grid.index[one.resource]
    past_start, past_end = grid.past_span(one.period)
    start, end = grid.span(one.period)
    before = int(grid.past_stop[row, past_start:past_end].sum())
    if one.continuous and not grid.stopped_before(row):
        # What was interrupted is no part of it.
        before = 0
    cycled = 0 if one.continuous else _cycle_hours_in(grid, row, start, end)
    hours = one.hours - before - cycled
    if hours > (end - start) * DAY_HOURS:
        return False
    if hours > 0 and one.continuous and before:
        # A stop that is under way goes on.
        grid.forced[row, start : start + ceil(hours / DAY_HOURS)] = True
    elif hours > 0:
        needs.setdefault(row, []).append(_Need(start, end, hours, continuous=one.continuous))
    return True


def _cycle_hours_in(grid: Grid, row: int, start: int, end: int) -> int:
    if row not in grid.cycles:
        return 0
    hours = np.any([cycle_hours(one, grid.problem.from_day, grid.days) for one in grid.cycles[row]], axis=0)
    by_day = hours.reshape(-1, DAY_HOURS).sum(axis=1)
    return int(by_day[start:end][~grid.forced[row, start:end]].sum())


def _members(grid: Grid, cut: Cut, needs: dict[int, list[_Need]]) -> list[Member]:
    start, end = grid.span(cut.period)
    found = []
    for name, weight in cut.weights_t_d.items():
        row = grid.index[name]
        one, forced, limit = grid.resources[row], grid.forced[row, start:end], grid.limit[row, start:end]
        # Where load is a method, what caps leave out of a running day counts; a day that is stopped counts whole.
        cycled = _cycle_hours_in(grid, row, start, end) / DAY_HOURS
        by_caps = float((1 - limit)[~forced].sum()) if "load" in cut.methods else cycled
        # Beside what is forced anyway.
        asked = sum(
            max(0, ceil(need.hours / DAY_HOURS) - int(grid.forced[row, need.start : need.end].sum()))
            for need in needs.get(row, ())
            if start <= need.start < need.end <= end
        )
        standing = int(forced.sum())
        least = standing + min(asked, end - start - standing) if one.stoppable else 0
        by_force = 0 if one.stoppable else standing
        found.append(
            Member(
                name=name,
                weight_t_d=weight,
                least_days=least,
                most_days=end - start if one.stoppable else end - start - standing,
                shortest_stop=one.min_stop_days,
                tonnes=one.tonnes,
                preferred_days=int(grid.preferred[start:end].sum()),
                stoppable=one.stoppable,
                running=() if one.stoppable else tuple(limit[~forced].tolist()),
                given=grid.given_before(row, cut.period, load="load" in cut.methods) + by_caps + by_force,
            )
        )
    return found


def _entangled(grid: Grid, cut: Cut, needs: Mapping[int, Sequence[_Need]]) -> bool:
    """Cuts that share a member, stops owed by who cannot be interrupted, caps on days that may as well be stopped."""
    start, end = grid.span(cut.period)
    others = [one for one in grid.problem.requirements if isinstance(one, Cut) and not one.by_load and one is not cut]
    if any(cut.weights_t_d.keys() & one.weights_t_d.keys() for one in others):
        return True
    for row in (grid.index[name] for name in cut.weights_t_d):
        capped = (grid.limit[row, start:end] < 1) & ~grid.forced[row, start:end]
        if row in needs if not grid.resources[row].stoppable else "load" in cut.methods and bool(capped.any()):
            return True
    return False


def _divided(grid: Grid, needs: dict[int, list[_Need]], cut: Cut) -> bool:
    """Whether the members can meet a cut; their stops are added to the needs, their load limits to the grid.

    What one member gives must not depend on where another requirement puts its stops; where it does, the exact model
    decides.
    """
    if _entangled(grid, cut, needs):
        return False
    start, end = grid.span(cut.period)
    division = divide(
        _members(grid, cut, needs),
        days=grid.length(cut.period),
        share=cut.share,
        methods=cut.methods,
    )
    if division is None:
        return False
    for name in cut.weights_t_d:
        row = grid.index[name]
        days = division.days.get(name)
        if days is None:
            grid.limit[row, start:end] = np.minimum(grid.limit[row, start:end], division.load)
        elif days:
            needs.setdefault(row, []).append(_Need(start, end, days * DAY_HOURS, continuous=False))
    return True


def _just_before(grid: Grid, row: int) -> Flags:
    """Days too near before a stop that is forced: what were chosen there would run too short in between."""
    forced = grid.forced[row]
    found = np.zeros(grid.days, np.bool_)
    for start in np.flatnonzero(forced & ~np.concatenate(([False], forced[:-1]))).tolist():
        found[max(0, start - grid.resources[row].min_run_days) : start] = True
    free: Flags = found & ~forced
    return free


def _task(grid: Grid, row: int, needs: Sequence[_Need], tonnes: float, taken: int) -> Task:
    trims = [Trim(one.start, one.end, -one.hours % DAY_HOURS) for one in needs if one.hours % DAY_HOURS]
    return Task(
        row=row,
        tonnes=tonnes,
        stopped_before=grid.stopped_before(row),
        ran_before=grid.ran_before(row),
        must_run=grid.cycle_days(row) | _just_before(grid, row),
        layers=tuple(_layers(grid, row, needs, taken)),
        trims=tuple(trims),
    )


def _layers(grid: Grid, row: int, needs: Iterable[_Need], taken: int) -> list[Layer]:
    """Narrow windows first; what overlaps with them comes after and counts what they chose (A-G24)."""
    layers: list[list[_Need]] = []
    for need in sorted(needs, key=lambda one: (one.end - one.start, one.start, one.hours)):
        fitting = (
            layer
            for layer in layers
            if not (need.continuous or layer[0].continuous)
            and all(need.end <= one.start or one.end <= need.start for one in layer)
        )
        layer = next(fitting, None)
        if layer is None:
            layers.append([need])
        else:
            layer.append(need)
    return [_layer(grid, row, layer, taken) for layer in layers]


def _layer(grid: Grid, row: int, needs: Sequence[_Need], taken: int) -> Layer:
    one = grid.resources[row]
    quotas = sorted((Quota(n.start, n.end, ceil(n.hours / DAY_HOURS)) for n in needs), key=lambda quota: quota.start)
    shortest = max(one.min_stop_days, quotas[0].days) if needs[0].continuous else one.min_stop_days
    most = len(quotas) + MORE_STOPS if one.max_stops is None else max(0, one.max_stops - taken)
    return Layer(tuple(quotas), Rhythm(shortest, one.min_run_days, most))

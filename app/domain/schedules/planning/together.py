"""Giving way together: the cheapest relaxation of several requirements at once, heat last."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from ortools.sat.python import cp_model

from app.domain.schedules.planning.conflicts import Relaxation
from app.domain.schedules.planning.exact import GRAIN, WORK_LIMIT, Model
from app.domain.schedules.planning.freeing import gives_way_whole
from app.domain.schedules.planning.grid import Grid
from app.domain.schedules.planning.relaxations import dropped, measured
from app.domain.schedules.requirements import Cohort, HeatDuty, Requirement, StopHours

# Amounts and costs are counted in so many steps at most, so that sums of them stay whole numbers.
STEPS = 1_000_000
COSTS = 10**9


@dataclass(frozen=True, slots=True)
class _Way:
    """How far a requirement gives way, in steps of units of the model; without such units it is dropped or not."""

    one: Requirement
    steps: cp_model.IntVar
    short: cp_model.IntVar | None
    # Tonnes that a step does not save.
    cost: float


def cheapest(grid: Grid, model: Model, asked: Mapping[str, Requirement]) -> tuple[Relaxation, ...]:
    """What gives way so that all requirements of a component hold, least tonnes lost first; nothing where that is not proved.

    Homes stay warm: duties to heat give way only as far as nothing else helps. The rhythm of a plant and what hangs on
    others are facts of it, no plan's to relax.
    """
    together = model.model.clone()
    ways = _ways(grid, model, asked, together)
    heats = [way for way in ways if isinstance(way.one, HeatDuty)]
    if heats:
        cold = sum(way.steps for way in heats)
        found = _least(together, cold)
        if found is None:
            return ()
        together.add(cold <= round(found.objective_value))
    lost = sum(_weight(ways, way) * way.steps for way in ways)
    found = _least(together, lost)
    if found is None:
        return ()
    together.add(lost <= round(found.objective_value))
    # Of what costs the same, fewest have to give way.
    found = _least(together, sum(_used(together, way) for way in ways)) or found
    for way in ways:
        together.add(way.steps <= found.value(way.steps))
    # Of a step no more than needed.
    exact = _least(together, sum(way.short for way in ways if way.short is not None)) or found
    relaxed = [_told(grid, way, exact) for way in ways]
    return tuple(one for one in relaxed if one is not None)


def _ways(grid: Grid, model: Model, asked: Mapping[str, Requirement], together: cp_model.CpModel) -> list[_Way]:
    found = []
    together.add(together.get_bool_var_from_proto_index(model.freeing.on.index) == 1)
    for name, literal in model.assumed.items():
        holds = together.get_bool_var_from_proto_index(literal.index)
        one = asked.get(name)
        if one is not None and gives_way_whole(one):
            found.append(_dropping(grid, one, holds, together))
            continue
        together.add(holds == 1)
        if one is not None and name in model.short:
            short = together.get_int_var_from_proto_index(model.short[name].index)
            found.append(_falling_short(grid, one, short, together))
    for literal in model.wished.values():
        together.add(together.get_bool_var_from_proto_index(literal.index) == 0)
    return found


def _dropping(grid: Grid, one: Requirement, holds: cp_model.IntVar, together: cp_model.CpModel) -> _Way:
    steps = together.new_bool_var("")
    together.add(steps + holds == 1)
    lost = dropped(grid, one)
    return _Way(one, steps, None, 0.0 if lost is None else lost.lost_tonnes)


def _falling_short(grid: Grid, one: Requirement, short: cp_model.IntVar, together: cp_model.CpModel) -> _Way:
    """Days and groups are whole; capacities and heat are cut into equal steps."""
    most = short.proto.domain[1]
    size = GRAIN if isinstance(one, StopHours | Cohort) else max(1, ceil(most / STEPS))
    steps = together.new_int_var(0, ceil(most / size), "")
    together.add(short <= size * steps)
    lost = measured(grid, one, size / GRAIN)
    return _Way(one, steps, short, 0.0 if lost is None else lost.lost_tonnes)


def _weight(ways: list[_Way], way: _Way) -> int:
    """What a step costs beside all that could be lost; never nothing, so that nothing gives way in vain."""
    whole = sum(each.cost * each.steps.proto.domain[1] for each in ways)
    return 1 + round(COSTS * way.cost / whole) if whole > 0 else 1


def _used(together: cp_model.CpModel, way: _Way) -> cp_model.IntVar:
    used = together.new_bool_var("")
    together.add(way.steps == 0).only_enforce_if(~used)
    return used


def _least(together: cp_model.CpModel, what: cp_model.LinearExprT) -> cp_model.CpSolver | None:
    together.minimize(what)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = WORK_LIMIT / 2
    return solver if solver.solve(together) == cp_model.OPTIMAL else None


def _told(grid: Grid, way: _Way, found: cp_model.CpSolver) -> Relaxation | None:
    amount = found.value(way.steps if way.short is None else way.short)
    if not amount:
        return None
    return dropped(grid, way.one) if way.short is None else measured(grid, way.one, amount / GRAIN)

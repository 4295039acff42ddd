"""Cuts: how many days each member stands still, so that the cut is met with the least surplus in the plan's order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from ortools.sat.python import cp_model

from app.domain.schedules.requirements import STOPS, Method

# Capacities count in thousandths of a tonne.
GRAIN = 1000
# A cut has a handful of members; the limit is work, not time, so that every machine finds the same.
WORK_LIMIT = 2.0
HALVINGS = 50


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a cut: its weight, the days it may and must stand still (or run at less), and what a day of it emits.

    Of the days that may be chosen `preferred_days` lie in the months to be relieved first. `given` are days' worth of
    cut that it gives in any case, by caps or in the past, `running` the shares of the days that are left to limit.
    """

    name: str
    weight_t_d: float
    least_days: int
    most_days: int
    shortest_stop: int
    tonnes: float
    preferred_days: int = 0
    stoppable: bool = True
    given: float = 0.0
    running: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Division:
    """The days each member stands still, and the share the others may run at on every day (1: no limit)."""

    days: Mapping[str, int]
    load: float


def divide(members: Sequence[Member], *, days: int, share: float, methods: Sequence[Method]) -> Division | None:
    """None where the stops that are possible fall short and no load limit is allowed or can help."""
    weights = sum(one.weight_t_d for one in members)
    owed = weights * days * share - sum(one.weight_t_d * one.given for one in members)
    stopping = [one for one in members if one.stoppable]
    limited = [one for one in members if not one.stoppable]
    can = sum(one.weight_t_d * one.most_days for one in stopping)
    rest = max(0.0, owed - can)
    load = 1.0
    if rest > 1e-9 * max(1.0, weights * days):
        load = _load(limited, rest)
        # Who cannot be interrupted cannot run at nothing either.
        if load <= 1e-9 or "load" not in methods:
            return None
    found = _stops(stopping, owed - rest, methods) if stopping else {}
    return None if found is None else Division(found, load)


def _load(members: Sequence[Member], rest: float) -> float:
    """The share that leaves out just the rest, where caps leave more on some days than on others; 0 where none does."""
    least, most = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        left_out = sum(one.weight_t_d * sum(max(0.0, share - middle) for share in one.running) for one in members)
        least, most = (middle, most) if left_out >= rest else (least, middle)
    return least


def _stops(members: Sequence[Member], owed: float, methods: Sequence[Method]) -> dict[str, int] | None:
    """Whole days of each member that add up to what is owed: least surplus, then the plan's method, then the months.

    What is equal in that is divided as evenly as it can be, and then so that the most tonnes fall away.
    """
    model = cp_model.CpModel()
    stands = {one.name: _days(model, one) for one in members}
    cut = sum(round(one.weight_t_d * GRAIN) * stands[one.name] for one in members)
    model.add(cut >= ceil(owed * GRAIN - 1e-6))
    surplus = _least(model, cut)
    if surplus is None:
        return None
    model.add(cut <= surplus)
    if next((one for one in methods if one in STOPS), None) == "whole_lines":
        whole = [model.new_bool_var("") for _ in members]
        for one, flag in zip(members, whole, strict=True):
            model.add(stands[one.name] == one.most_days).only_enforce_if(flag)
        most = _least(model, -sum(whole))
        model.add(sum(whole) >= -(most or 0))
    # Nobody longer than needed: who stops for months on end cannot choose the best days.
    longest = model.new_int_var(0, max(one.most_days for one in members), "")
    model.add_max_equality(longest, [stands[one.name] for one in members])
    model.add(longest <= (_least(model, longest) or 0))
    model.minimize(-_relief(model, members, stands))
    solver = _solver()
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {one.name: int(solver.value(stands[one.name])) for one in members}


def _days(model: cp_model.CpModel, one: Member) -> cp_model.IntVar:
    shortest = max(one.least_days, min(one.shortest_stop, one.most_days))
    # What stands still anyway may be shorter than a stop that is chosen.
    allowed = [[one.least_days, one.least_days], [shortest, one.most_days]]
    return model.new_int_var_from_domain(cp_model.Domain.from_intervals(allowed), one.name)


def _relief(
    model: cp_model.CpModel, members: Sequence[Member], stands: Mapping[str, cp_model.IntVar]
) -> cp_model.LinearExprT:
    """Tonnes that fall away in the preferred months, before those of any other day."""
    found = []
    for one in members:
        tonnes = round(one.tonnes * GRAIN)
        inside = model.new_int_var(0, one.preferred_days, "")
        model.add(inside <= stands[one.name])
        found.append(GRAIN * tonnes * inside + tonnes * stands[one.name])
    return sum(found)


def _least(model: cp_model.CpModel, what: cp_model.LinearExprT) -> int | None:
    model.minimize(what)
    solver = _solver()
    solved = solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return round(solver.objective_value) if solved else None


def _solver() -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = WORK_LIMIT
    return solver

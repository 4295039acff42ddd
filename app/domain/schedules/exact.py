"""The exact model of a few resources: whether all that is asked of them can be kept at once, and by which days."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, floor

import numpy as np
from ortools.sat.python import cp_model

from app.domain.schedules.grid import DAY_HOURS, Grid
from app.domain.schedules.pattern import Flags, Floats
from app.domain.schedules.requirements import (
    Cohort,
    Coupling,
    Cut,
    Floor,
    HeatDuty,
    Requirement,
    Stop,
    StopHours,
    members,
)

# Shares count in thousandths, capacities and heat in thousandths of their unit.
GRAIN = 1000
WORK_LIMIT = 20.0
RHYTHM = "rhythm:"


@dataclass(slots=True)
class Component:
    """Resources that share requirements, directly or through others, and those requirements."""

    resources: list[str] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)


def components(grid: Grid, asked: Iterable[Requirement]) -> list[Component]:
    """In order of the first resource; floors bind everything together and are left out."""
    root = {one.id: one.id for one in grid.resources}

    def top(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    known = [one for one in asked if not isinstance(one, Floor)]
    for one in known:
        first, *others = members(one)
        for other in others:
            root[top(other)] = top(first)
    found: dict[str, Component] = {}
    for resource in grid.resources:
        found.setdefault(top(resource.id), Component()).resources.append(resource.id)
    for one in known:
        found[top(members(one)[0])].requirements.append(one)
    return list(found.values())


class Model:
    """A component in CP-SAT; every requirement, and the rhythm of every resource, holds only while it is assumed."""

    def __init__(self, grid: Grid, part: Component) -> None:
        self.grid, self.part = grid, part
        self.model = cp_model.CpModel()
        self.assumed: dict[str, cp_model.IntVar] = {}
        # What a requirement may fall short by when it is the one to give way: thousandths of its unit.
        self.short: dict[str, cp_model.IntVar] = {}
        self.stops = {name: self._days(name) for name in part.resources}
        self._shares()
        for one in part.requirements:
            self._require(one)
        for name in part.resources:
            self._rhythm(name)

    def _days(self, name: str) -> list[cp_model.IntVar]:
        return [self.model.new_bool_var(f"{name}/{day}") for day in range(self.grid.days)]

    def _literal(self, name: str) -> cp_model.IntVar:
        return self.assumed.setdefault(name, self.model.new_bool_var(name))

    def _short(self, one: Requirement, most: int) -> cp_model.IntVar:
        return self.short.setdefault(one.id, self.model.new_int_var(0, most, f"short:{one.id}"))

    def _shares(self) -> None:
        """Running shares in thousandths: what caps leave, less where a load cut or what it depends on limits it."""
        weighed = {name for one in self.part.requirements if isinstance(one, Cut) for name in one.weights_t_d}
        self.eased = {name for name in weighed if not self.grid.resources[self.grid.index[name]].stoppable}
        followers = {one.downstream for one in self.part.requirements if isinstance(one, Coupling)}
        self.share: dict[str, list[cp_model.LinearExprT]] = {}
        for name in self.part.resources:
            row = self.grid.index[name]
            limit = [floor(GRAIN * float(share) + 1e-9) for share in self.grid.limit[row]]
            if name in followers or name in self.eased:
                self.share[name] = [self._at_most(name, day, limit[day]) for day in range(self.grid.days)]
            else:
                self.share[name] = [limit[day] * (1 - stop) for day, stop in enumerate(self.stops[name])]

    def _at_most(self, name: str, day: int, limit: int) -> cp_model.IntVar:
        share = self.model.new_int_var(0, limit, f"share:{name}/{day}")
        self.model.add(share == 0).only_enforce_if(self.stops[name][day])
        return share

    def _require(self, one: Requirement) -> None:
        holds = self._literal(one.id)
        match one:
            case Stop():
                for day in range(*self.grid.span(one.period)):
                    self.model.add(self.stops[one.resource][day] == 1).only_enforce_if(holds)
            case StopHours():
                self._hours(one, holds)
            case Cut():
                self._cut(one, holds)
            case Cohort():
                self._cohort(one, holds)
            case HeatDuty():
                self._heat(one, holds)
            case Coupling():
                self._couple(one, holds)
            case _:
                # Caps and cycles are in the limits already.
                pass

    def _hours(self, one: StopHours, holds: cp_model.IntVar) -> None:
        row, (start, end) = self.grid.index[one.resource], self.grid.span(one.period)
        past_start, past_end = self.grid.past_span(one.period)
        days = ceil((one.hours - float(self.grid.past_stop[row, past_start:past_end].sum())) / DAY_HOURS)
        if days > 0:
            stands = sum(self.stops[one.resource][start:end])
            self.model.add(GRAIN * stands + self._short(one, GRAIN * days) >= GRAIN * days).only_enforce_if(holds)
        if one.continuous and days > 0:
            begins = self._begins(one.resource, start, end)
            self.model.add(sum(begins) <= 1).only_enforce_if(holds)

    def _begins(self, name: str, start: int, end: int) -> list[cp_model.IntVar]:
        found = []
        for day in range(start, end):
            begin = self.model.new_bool_var("")
            before = self.stops[name][day - 1] if day > start else 0
            self.model.add(begin >= self.stops[name][day] - before)
            found.append(begin)
        return found

    def _cut(self, one: Cut, holds: cp_model.IntVar) -> None:
        start, end = self.grid.span(one.period)
        past = self.grid.past_span(one.period)
        scaled = {name: round(weight * GRAIN) for name, weight in one.weights_t_d.items()}
        owed = sum(scaled.values()) * self.grid.length(one.period) * one.share
        owed -= sum(
            weight * float((1 - self.grid.past[self.grid.index[name], slice(*past)]).sum())
            for name, weight in scaled.items()
        )
        cut: cp_model.LinearExprT = sum(
            weight * (GRAIN - self.share[name][day]) for name, weight in scaled.items() for day in range(start, end)
        )
        need = ceil(owed * GRAIN - 1e-3)
        if need > 0:
            self.model.add(cut + self._short(one, need) >= need).only_enforce_if(holds)

    def _cohort(self, one: Cohort, holds: cp_model.IntVar) -> None:
        start, end = self.grid.span(one.period)
        short = self._short(one, GRAIN * one.count)
        for day in range(start, end):
            stands = []
            for group in one.groups:
                flag = self.model.new_bool_var("")
                for name in group:
                    self.model.add_implication(flag, self.stops[name][day])
                stands.append(flag)
            self.model.add(GRAIN * sum(stands) + short >= GRAIN * one.count).only_enforce_if(holds)

    def _heat(self, one: HeatDuty, holds: cp_model.IntVar) -> None:
        need = ceil(one.needed_mw * GRAIN * GRAIN - 1e-3)
        short = self._short(one, max(0, need))
        for day in range(*self.grid.span(one.period)):
            heat = sum(round(mw * GRAIN) * self.share[name][day] for name, mw in one.heat_mw.items())
            self.model.add(heat + short >= need).only_enforce_if(holds)

    def _couple(self, one: Coupling, holds: cp_model.IntVar) -> None:
        scaled = {name: round(weight * GRAIN) for name, weight in one.upstream_t_d.items()}
        whole = sum(scaled.values())
        for day in range(self.grid.days):
            mean = sum(weight * self.share[name][day] for name, weight in scaled.items())
            self.model.add(whole * self.share[one.downstream][day] <= mean).only_enforce_if(holds)

    def _rhythm(self, name: str) -> None:
        """Blocks of stopped days as the resource allows them; what is forced is no choice."""
        row = self.grid.index[name]
        resource, stops = self.grid.resources[row], self.stops[name]
        holds = self._literal(RHYTHM + name)
        begins = self._chosen_begins(name, row)
        if resource.max_stops is not None:
            self.model.add(sum(begins) <= resource.max_stops).only_enforce_if(holds)
        for day, begin in enumerate(begins):
            block = stops[day + 1 : day + resource.min_stop_days]
            if day + resource.min_stop_days > self.grid.days:
                self.model.add(begin == 0).only_enforce_if(holds)
            elif block:
                self.model.add_bool_and(block).only_enforce_if(begin, holds)
            gap = stops[max(0, day - resource.min_run_days) : max(0, day - 1)]
            if gap:
                self.model.add_bool_and([~stop for stop in gap]).only_enforce_if(begin, holds)

    def _chosen_begins(self, name: str, row: int) -> list[cp_model.IntVar]:
        """Whether a stop begins on each day that nothing forces."""
        before: cp_model.LinearExprT = int(self.grid.stopped_before(row) > 0)
        found = []
        for stop, forced in zip(self.stops[name], self.grid.forced[row], strict=True):
            begin = self.model.new_bool_var("")
            if forced:
                self.model.add(begin == 0)
            else:
                self.model.add(begin >= stop - before)
            found.append(begin)
            before = stop
        return found

    def solve(self, names: Collection[str], *, give_way: str | None = None) -> cp_model.CpSolver | None:
        """A solution in which these hold, one of them perhaps as little short as can be; None where there is none.

        Raises Undecided when the work allowed is not enough to tell.
        """
        model = self.model.clone()
        for name, literal in self.assumed.items():
            model.add(model.get_bool_var_from_proto_index(literal.index) == (name in names))
        for name, short in self.short.items():
            if name != give_way:
                model.add(model.get_int_var_from_proto_index(short.index) == 0)
        if give_way is not None:
            model.minimize(model.get_int_var_from_proto_index(self.short[give_way].index))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = WORK_LIMIT
        status = solver.solve(model)
        if status == cp_model.UNKNOWN:
            raise Undecided()
        return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def limits_of(self, solver: cp_model.CpSolver) -> Mapping[str, Floats]:
        """The running shares of those that a cut limits by load; followers are limited by what they follow."""
        followers = {one.downstream for one in self.part.requirements if isinstance(one, Coupling)}
        return {
            name: np.array([solver.value(day) / GRAIN for day in shares])
            for name, shares in self.share.items()
            if name in self.eased and name not in followers
        }

    def days_of(self, solver: cp_model.CpSolver) -> Mapping[str, Flags]:
        return {
            name: np.array([bool(solver.value(day)) for day in days], np.bool_) for name, days in self.stops.items()
        }


class Undecided(Exception):
    """The work that a search may do was used up before it could tell."""

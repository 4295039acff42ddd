"""The exact model of a few resources: whether all that is asked of them can be kept at once, and by which days."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, floor

import numpy as np
from ortools.sat.python import cp_model

from app.domain.periods import Period
from app.domain.schedules.planning.choosing import Choosing
from app.domain.schedules.planning.conflicts import RHYTHM
from app.domain.schedules.planning.freeing import Freeing
from app.domain.schedules.planning.grid import DAY_HOURS, Grid
from app.domain.schedules.planning.pattern import Flags, Floats
from app.domain.schedules.planning.surplus import alone, most_surplus
from app.domain.schedules.requirements import (
    Cap,
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

# Capacities, heat, what gives way and running shares count in thousandths.
GRAIN = 1000
SHARE = 1000
WORK_LIMIT = 4.0
SPARING_GAP = 1e-3
# What a day of standing still costs a sparing solution.
PREFERRED, OTHER = 100, 101


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
        self.assumed = {one.id: self.model.new_bool_var(one.id) for one in part.requirements}
        # What a requirement may fall short by when it is the one to give way: thousandths of its unit.
        self.short: dict[str, cp_model.IntVar] = {}
        self.limited: list[cp_model.IntVar] = []
        self.wished: dict[str, cp_model.IntVar] = {}
        self.cuts = {one.id for one in part.requirements if isinstance(one, Cut) and not one.by_load}
        self.stops = {name: self._days(name) for name in part.resources}
        self.freeing = Freeing(self.model, grid, part.requirements, self.assumed)
        self._shares()
        self._only_where_asked()
        for one in part.requirements:
            self._require(one)
        for name in part.resources:
            holds = self.assumed[RHYTHM + name] = self.model.new_bool_var(RHYTHM + name)
            Choosing(self.model, grid, name, self.stops[name], freeing=self.freeing, holds=holds).keep()

    def _days(self, name: str) -> list[cp_model.IntVar]:
        return [self.model.new_bool_var(f"{name}/{day}") for day in range(self.grid.days)]

    def _only_where_asked(self) -> None:
        """Nobody stands still where nothing asks for it; who cannot be interrupted only where nothing else will do."""
        asked = np.zeros_like(self.grid.forced)
        for one in self.part.requirements:
            for row, start, end in self.grid.may_stop(one):
                asked[row, start:end] = True
        allowed = self.grid.forced | asked
        for name in self.part.resources:
            row = self.grid.index[name]
            for day in np.flatnonzero(~allowed[row] | self.grid.cycle_days(row)).tolist():
                self.model.add(self.stops[name][day] == 0)
            for day in np.flatnonzero(allowed[row] & ~asked[row]).tolist():
                free = self.freeing.free(name, day)
                if free is not None:
                    self.model.add_implication(free, ~self.stops[name][day])

    def _short(self, one: Requirement, most: int) -> cp_model.IntVar:
        return self.short.setdefault(one.id, self.model.new_int_var(0, most, f"short:{one.id}"))

    def _shares(self) -> None:
        """Running shares in thousandths: what caps leave, less where a load cut or what it depends on limits it."""
        # The days on which a cut may limit those that cannot stop.
        self.eased: dict[str, set[int]] = {}
        for one in self.part.requirements:
            if isinstance(one, Cut) and "load" in one.methods and not one.by_load:
                for name in one.weights_t_d:
                    if not self.grid.resources[self.grid.index[name]].stoppable:
                        self.eased.setdefault(name, set()).update(range(*self.grid.span(one.period)))
        followers = {one.downstream for one in self.part.requirements if isinstance(one, Coupling)}
        self.share: dict[str, list[cp_model.LinearExprT]] = {}
        for name in self.part.resources:
            row = self.grid.index[name]
            limit = [floor(SHARE * float(share) + 1e-9) for share in self.grid.limit[row]]
            open_days = range(self.grid.days) if name in followers else self.eased.get(name, ())
            self.share[name] = [
                self._at_most(name, day, limit[day]) if day in open_days else limit[day] * (1 - stop)
                for day, stop in enumerate(self.stops[name])
            ]

    def _at_most(self, name: str, day: int, limit: int) -> cp_model.IntVar:
        # Who cannot be interrupted runs at something.
        least = int(name in self.eased and limit > 0)
        share = self.model.new_int_var(least, limit, f"share:{name}/{day}")
        self.limited.append(share)
        self.model.add(share == least).only_enforce_if(self.stops[name][day])
        return share

    def _require(self, one: Requirement) -> None:
        holds = self.assumed[one.id]
        match one:
            case Stop() | Cap(share=0):
                self._stand((one.resource,), one.period, holds)
            case StopHours():
                self._hours(one, holds)
            case Cut(share=1) if one.by_load:
                self._stand(one.weights_t_d, one.period, holds)
            case Cut() if not one.by_load:
                self._cut(one, holds)
            case Cohort():
                self._cohort(one, holds)
            case HeatDuty():
                self._heat(one, holds)
            case Coupling():
                self._couple(one, holds)
            case _:
                # Caps, cuts by load and cycles are in the limits already.
                pass

    def _stand(self, names: Iterable[str], period: Period, holds: cp_model.IntVar) -> None:
        for name in names:
            for day in range(*self.grid.span(period)):
                self.model.add(self.stops[name][day] == 1).only_enforce_if(holds)

    def _hours(self, one: StopHours, holds: cp_model.IntVar) -> None:
        row, (start, end) = self.grid.index[one.resource], self.grid.span(one.period)
        past_start, past_end = self.grid.past_span(one.period)
        before = float(self.grid.past_stop[row, past_start:past_end].sum())
        if one.continuous and not self.grid.stopped_before(row):
            before = 0.0
        days = ceil((one.hours - before) / DAY_HOURS)
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
        load = "load" in one.methods
        scaled = {name: round(weight * GRAIN) for name, weight in one.weights_t_d.items()}
        owed = sum(scaled.values()) * self.grid.length(one.period) * one.share
        owed -= sum(
            weight * self.grid.given_before(self.grid.index[name], one.period, load=load)
            for name, weight in scaled.items()
        )
        cut = cp_model.LinearExpr.sum(
            [
                weight * ((SHARE - self.share[name][day]) if load else SHARE * self.stops[name][day])
                for name, weight in scaled.items()
                for day in range(start, end)
            ]
        )
        need = ceil(owed * SHARE - 1e-3)
        if need > 0:
            self.model.add(cut + self._short(one, need) >= need).only_enforce_if(holds)
        self._not_exceeded(one, cut, need, scaled)

    def _not_exceeded(self, one: Cut, cut: cp_model.LinearExprT, need: int, scaled: Mapping[str, int]) -> None:
        """A wish: little surplus, or less than a day of the largest member by stops that serve nothing but cuts."""
        tight = self.wished.setdefault(one.id, self.model.new_bool_var(f"tight:{one.id}"))
        little = self.model.new_bool_var("")
        most = round(most_surplus(self.grid, one) * GRAIN) * SHARE
        self.model.add(cut <= need + most - GRAIN).only_enforce_if(tight, little)
        start, end = self.grid.span(one.period)
        for_nothing = []
        for name, weight in scaled.items():
            own = alone(self.grid, self.grid.index[name], self.cuts)
            for_nothing += [weight * self.stops[name][day] for day in range(start, end) if own[day]]
        self.model.add(cp_model.LinearExpr.sum(for_nothing) <= max(scaled.values()) - 1).only_enforce_if(tight, ~little)

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
        need = ceil(one.needed_mw * GRAIN * SHARE - 1e-3)
        short = self._short(one, max(0, need))
        for day in range(*self.grid.span(one.period)):
            heat = cp_model.LinearExpr.sum(
                [round(mw * GRAIN) * self.share[name][day] for name, mw in one.heat_mw.items()]
            )
            self.model.add(heat + short >= need).only_enforce_if(holds)

    def _couple(self, one: Coupling, holds: cp_model.IntVar) -> None:
        scaled = {name: round(weight * GRAIN) for name, weight in one.upstream_t_d.items()}
        whole = sum(scaled.values())
        for day in range(self.grid.days):
            mean = sum(weight * self.share[name][day] for name, weight in scaled.items())
            self.model.add(whole * self.share[one.downstream][day] <= mean).only_enforce_if(holds)

    def solve(
        self,
        names: Collection[str],
        *,
        give_way: str | None = None,
        within: int | None = None,
        sparing: bool = False,
        tight: bool = False,
        freeing: bool = False,
    ) -> cp_model.CpSolver | None:
        """A solution in which these hold, one of them perhaps as little short as can be; None where there is none.

        With `within` that one is short by any amount up to it, which is sooner told than the least one.
        A `sparing` one stops nobody for longer than needed, and rather in the preferred months; a `tight` one exceeds no
        cut by a day of its largest member. `freeing`, nobody stands still where only stops that do not hold ask for it.

        Raises Undecided when the work allowed is not enough to tell.
        """
        model = self._assuming(frozenset(names), give_way, tight=tight)
        model.add(model.get_bool_var_from_proto_index(self.freeing.on.index) == freeing)
        if give_way is not None:
            short = model.get_int_var_from_proto_index(self.short[give_way].index)
            if within is None:
                model.minimize(short)
            else:
                model.add(short <= within)
        if sparing:
            self._spare(model)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = WORK_LIMIT
        if give_way is not None:
            solver.parameters.max_deterministic_time = WORK_LIMIT / 4
        if sparing:
            # Sparing is a wish; what is left of it after a while is not worth the work.
            solver.parameters.max_deterministic_time = WORK_LIMIT / 4
            solver.parameters.relative_gap_limit = SPARING_GAP
        status = solver.solve(model)
        least = give_way is not None and within is None
        if status == cp_model.UNKNOWN or (least and status == cp_model.FEASIBLE):
            raise Undecided()
        return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def _assuming(self, names: frozenset[str], give_way: str | None, *, tight: bool) -> cp_model.CpModel:
        """The model in which just these requirements hold, and nothing but one of them may fall short."""
        model = self.model.clone()
        for name, literal in self.assumed.items():
            model.add(model.get_bool_var_from_proto_index(literal.index) == (name in names))
        for literal in self.wished.values():
            model.add(model.get_bool_var_from_proto_index(literal.index) == tight)
        for name, short in self.short.items():
            if name != give_way:
                model.add(model.get_int_var_from_proto_index(short.index) == 0)
        return model

    def _spare(self, model: cp_model.CpModel) -> None:
        """Few days of standing still, and among those that may be limited much running."""
        standing = cp_model.LinearExpr.sum(
            [
                self._weight(name) * dear * model.get_bool_var_from_proto_index(stop.index)
                for name, stops in self.stops.items()
                for dear, stop in zip(self._dear(), stops, strict=True)
            ]
        )
        running = cp_model.LinearExpr.sum([model.get_int_var_from_proto_index(share.index) for share in self.limited])
        model.minimize(standing - running)

    def _dear(self) -> list[int]:
        return [PREFERRED if preferred else OTHER for preferred in self.grid.preferred]

    def _weight(self, name: str) -> int:
        """What is weighed in a cut is spared by its weight, so that the surplus is small."""
        cuts = [
            one.weights_t_d[name] for one in self.part.requirements if isinstance(one, Cut) and name in one.weights_t_d
        ]
        return max(1, round(max(cuts, default=1.0)))

    def limits_of(self, solver: cp_model.CpSolver) -> Mapping[str, Floats]:
        """The running shares that cuts by load count on: what was found where it was free, else the limit rounded down."""
        weighed = {
            name
            for one in self.part.requirements
            if isinstance(one, Cut) and "load" in one.methods
            for name in one.weights_t_d
        }
        return {name: self._counted(solver, name) for name in sorted(weighed)}

    def _counted(self, solver: cp_model.CpSolver, name: str) -> Floats:
        found = np.floor(SHARE * self.grid.limit[self.grid.index[name]] + 1e-9)
        for day, (share, stop) in enumerate(zip(self.share[name], self.stops[name], strict=True)):
            if not solver.value(stop):
                found[day] = solver.value(share)
        shares: Floats = found / SHARE
        return shares

    def days_of(self, solver: cp_model.CpSolver) -> Mapping[str, Flags]:
        return {
            name: np.array([bool(solver.value(day)) for day in days], np.bool_) for name, days in self.stops.items()
        }


class Undecided(Exception):
    """The work that a search may do was used up before it could tell."""

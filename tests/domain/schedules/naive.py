"""A schedule judged hour by hour in exact fractions: a second opinion about the checker, as slow and plain as can be.

It understands stretches that begin and end on the hour, lie in the calendar and do not overlap.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import groupby, pairwise
from typing import Literal

from app.domain.periods import ONE_DAY, Period, midnight
from app.domain.schedules.problem import Plan, Problem, Stretch
from app.domain.schedules.requirements import (
    Cap,
    Cohort,
    Coupling,
    Cut,
    Cycle,
    Floor,
    HeatDuty,
    Requirement,
    Stop,
    StopHours,
)

StageName = Literal["peak_preferred", "tonnes_preferred", "peak_outside", "restarts", "changes"]
# Code, requirement, resource.
Finding = tuple[str, str | None, str | None]
SLACK = Fraction(1, 10**6)
HOUR = timedelta(hours=1)


class Hours:
    """What each resource does in each hour of the calendar, None where it runs as always."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.hours = range((problem.end - problem.first).days * 24)
        self.days = range((problem.end - problem.first).days)
        self.planned = (problem.from_day - problem.first).days
        self.resources = {one.id: one for one in problem.resources}
        self.does: dict[str, list[Stretch | None]] = {name: [None for _ in self.hours] for name in self.resources}
        for name in self.resources:
            for stretch in plan.get(name, ()):
                for hour in self.between(stretch.from_at, stretch.until_at):
                    self.does[name][hour] = stretch
        self.running = cache(self._running)

    def between(self, start: datetime, until: datetime) -> range:
        zero = midnight(self.problem.first)
        return range(max(0, (start - zero) // HOUR), min(len(self.hours), (until - zero) // HOUR))

    def inside(self, period: Period) -> list[int]:
        return [hour for hour in self.hours if self.date(hour // 24) in period]

    def ahead(self, hours: list[int]) -> list[int]:
        return [hour for hour in hours if hour >= self.planned * 24]

    def days_ahead(self, period: Period) -> list[int]:
        return [day for day in self.days if day >= self.planned and self.date(day) in period]

    def date(self, day: int) -> date:
        return self.problem.first + day * ONE_DAY

    def still(self, name: str, hour: int, kinds: tuple[str, ...] = ("stop", "stop_charging")) -> bool:
        does = self.does[name][hour]
        return does is not None and does.kind in kinds

    def still_all_day(self, name: str, day: int) -> bool:
        return all(self.still(name, hour) for hour in range(day * 24, day * 24 + 24))

    def serves_only(self, name: str, hour: int, those: set[str]) -> bool:
        does = self.does[name][hour]
        return does is not None and does.kind != "limit" and does.serves != () and set(does.serves) <= those

    def _running(self, name: str, day: int) -> Fraction:
        shares = Counter(does.share if does else 1.0 for does in self.does[name][day * 24 : day * 24 + 24])
        return sum((Fraction(share) * hours for share, hours in shares.items()), Fraction(0)) / 24

    def emitting(self, name: str, day: int) -> Fraction:
        warm = sum(self.still(name, hour, ("stop_charging",)) for hour in range(day * 24, day * 24 + 24))
        return self.running(name, day) + Fraction(self.resources[name].idle_share) * warm / 24

    def blocks(self, name: str) -> list[list[int]]:
        runs = groupby(self.hours, key=lambda hour: self.still(name, hour))
        return [list(run) for still, run in runs if still]


def stage_values(problem: Problem, plan: Plan) -> dict[StageName, Fraction]:
    """The five soft goals, day by day."""
    # Against nothing published nothing changes.
    hours, published = Hours(problem, plan), Hours(problem, problem.published or plan)
    ahead = [day for day in hours.days if day >= hours.planned]
    left = {
        day: sum((Fraction(one.tonnes) * hours.emitting(one.id, day) for one in problem.resources), Fraction(0))
        for day in ahead
    }
    preferred = [day for day in ahead if hours.date(day).month in problem.preferred_months]
    names = list(hours.resources)
    return {
        "peak_preferred": max((left[day] for day in preferred), default=Fraction(0)),
        "tonnes_preferred": sum((left[day] for day in preferred), Fraction(0)),
        "peak_outside": max((left[day] for day in ahead if day not in preferred), default=Fraction(0)),
        "restarts": Fraction(sum(run[0] >= hours.planned * 24 for name in names for run in hours.blocks(name))),
        "changes": Fraction(
            sum(abs(hours.running(name, day) - published.running(name, day)) > SLACK for name in names for day in ahead)
        ),
    }


def findings(problem: Problem, plan: Plan) -> set[Finding]:
    """Which rules of requirements and blocks are broken, whatever the numbers."""
    hours = Hours(problem, plan)
    cuts = {one.id: one for one in problem.requirements if isinstance(one, Cut)}
    loose = {
        name for name, cut in cuts.items() if surplus(hours, cut) >= max(largest(cut), shortest(hours, cut)) - SLACK
    }
    found: set[Finding] = set()
    for one in problem.requirements:
        found |= {(code, one.id, name) for code, name in of_requirement(hours, one)}
        if one.id in loose and for_nothing(hours, cuts[one.id], loose) >= largest(cuts[one.id]) - SLACK:
            found.add(("surplus", one.id, None))
    for name in hours.resources:
        found |= {(code, None, name) for code in of_resource(hours, name)}
    return found


def of_requirement(hours: Hours, one: Requirement) -> Iterator[tuple[str, str | None]]:
    match one:
        case Cycle():
            yield from ((code, one.resource) for code in of_cycle(hours, one))
        case Cut():
            yield from of_cut(hours, one)
        case Stop() | StopHours() | Floor():
            if not kept(hours, one):
                yield CODES[type(one)], getattr(one, "resource", None)
        case _:
            days = hours.days[hours.planned :] if isinstance(one, Coupling) else hours.days_ahead(one.period)
            if not all(kept_on(hours, one, day) for day in days):
                yield CODES[type(one)], one.downstream if isinstance(one, Coupling) else getattr(one, "resource", None)


CODES: dict[type[Requirement], str] = {
    Stop: "stop", StopHours: "stop_hours", Cap: "cap", Cohort: "cohort", HeatDuty: "heat_duty", Coupling: "coupling", Floor: "floor",
}  # fmt: skip


def kept(hours: Hours, one: Stop | StopHours | Floor) -> bool:
    match one:
        case Stop():
            kinds = ("stop",) if one.kind == "stop" else ("stop", "stop_charging")
            return all(hours.still(one.resource, hour, kinds) for hour in hours.ahead(hours.inside(one.period)))
        case StopHours():
            runs = groupby(hours.inside(one.period), key=lambda hour: hours.still(one.resource, hour))
            pieces = [len(list(run)) for still, run in runs if still]
            return (max(pieces, default=0) if one.continuous else sum(pieces)) >= one.hours
        case Floor():
            saved = Fraction(0)
            for day in (day for day in hours.days if hours.date(day) in one.period):
                for name, resource in hours.resources.items():
                    tonnes = Fraction(resource.emission_t_d.get(one.pollutant, 0.0))
                    saved += tonnes * (1 - hours.emitting(name, day))
            return saved >= Fraction(one.tonnes) - SLACK


def kept_on(hours: Hours, one: Cap | Cohort | HeatDuty | Coupling, day: int) -> bool:
    match one:
        case Cap():
            return hours.running(one.resource, day) <= Fraction(one.share) + SLACK
        case Cohort():
            return sum(all(hours.still_all_day(name, day) for name in group) for group in one.groups) >= one.count
        case HeatDuty():
            return weighed(hours, one.heat_mw, day) >= Fraction(one.needed_mw) - SLACK
        case Coupling():
            whole = sum(Fraction(weight) for weight in one.upstream_t_d.values())
            return hours.running(one.downstream, day) <= weighed(hours, one.upstream_t_d, day) / whole + SLACK


def weighed(hours: Hours, weights: Mapping[str, float], day: int) -> Fraction:
    return sum((Fraction(weight) * hours.running(name, day) for name, weight in weights.items()), Fraction(0))


def phase_hours(hours: Hours, one: Cycle) -> set[int]:
    cycle = range(one.stop_hours + one.run_hours)
    span = hours.between(one.from_at, one.until_at)
    return {hour for hour in span if (hour - span[0]) % len(cycle) < one.stop_hours}


def of_cycle(hours: Hours, one: Cycle) -> Iterator[str]:
    asked = phase_hours(hours, one)
    if not all(hours.still(one.resource, hour) for hour in hours.ahead(sorted(asked))):
        yield "cycle"
    rest = [hour for hour in hours.between(one.from_at, one.until_at) if hour not in asked]
    if any(hours.serves_only(one.resource, hour, {one.id}) for hour in hours.ahead(rest)):
        yield "cycle_run"


def largest(cut: Cut) -> Fraction:
    return Fraction(max(cut.weights_t_d.values()))


def shortest(hours: Hours, cut: Cut) -> Fraction:
    """The tonnes of somebody's shortest stop, where that is least."""
    return min(Fraction(weight) * hours.resources[name].min_stop_days for name, weight in cut.weights_t_d.items())


def surplus(hours: Hours, cut: Cut) -> Fraction:
    """Tonnes not made beyond what the cut asks."""
    inside = hours.inside(cut.period)
    found = Fraction(0)
    for name, weight in cut.weights_t_d.items():
        does = (hours.does[name][hour] for hour in inside)
        shares = Counter(one.share for one in does if one and (one.kind != "limit" or "load" in cut.methods))
        found += Fraction(weight) * sum((1 - Fraction(share)) * count for share, count in shares.items()) / 24
    whole = sum((Fraction(weight) for weight in cut.weights_t_d.values()), Fraction(0)) * len(inside) / 24
    return found - Fraction(cut.share) * whole


def for_nothing(hours: Hours, cut: Cut, loose: set[str]) -> Fraction:
    """Tonnes of stops for this cut that no requirement needs."""
    own = Fraction(0)
    for name, weight in cut.weights_t_d.items():
        for hour in hours.ahead(hours.inside(cut.period)):
            does = hours.does[name][hour]
            if does is not None and cut.id in does.serves and hours.serves_only(name, hour, loose):
                own += Fraction(weight) / 24
    return min(own, surplus(hours, cut))


def of_cut(hours: Hours, cut: Cut) -> Iterator[tuple[str, str | None]]:
    days = hours.days_ahead(cut.period)
    if cut.by_load and not days:
        return
    most = 1 - Fraction(cut.share) + SLACK
    capped = bool(days) and all(hours.running(name, day) <= most for name in cut.weights_t_d for day in days)
    by_load = "load" in cut.methods and capped
    by_stops = cut.methods != ("load",) and surplus(hours, cut) >= -SLACK
    if not (by_load or by_stops):
        yield "cut", None
    for name in cut.weights_t_d:
        for hour in hours.ahead(hours.inside(cut.period)):
            does = hours.does[name][hour]
            if does is not None and does.kind == "limit" and cut.id in does.serves and "load" not in cut.methods:
                yield "method", name


def of_resource(hours: Hours, name: str) -> Iterator[str]:
    resource, planned = hours.resources[name], hours.planned * 24
    past = Hours(hours.problem, hours.problem.past)
    if any(told(past, name, hour) != told(hours, name, hour) for hour in range(planned)):
        yield "past_changed"
    forced = set(range(planned)).union(*(forced_hours(hours, one, name) for one in hours.problem.requirements))
    blocks = hours.blocks(name)
    chosen = [run for run in blocks if not set(run) <= forced]
    if any(len(run) < resource.min_stop_days * 24 for run in chosen):
        yield "block_too_short"
    for before, after in pairwise(blocks):
        if (before in chosen or after in chosen) and after[0] - before[-1] - 1 < resource.min_run_days * 24:
            yield "run_too_short"
    if (
        resource.max_stops is not None
        and sum(run[0] >= planned and run[0] not in forced for run in chosen) > resource.max_stops
    ):
        yield "too_many_stops"
    if not resource.stoppable and stopped_unasked(hours, name):
        yield "not_stoppable"


def told(hours: Hours, name: str, hour: int) -> tuple[str, float]:
    does = hours.does[name][hour]
    return (does.kind, does.share) if does else ("run", 1.0)


def forced_hours(hours: Hours, one: Requirement, name: str) -> set[int]:
    match one:
        case Stop() | Cap(share=0) if one.resource == name:
            return set(hours.inside(one.period))
        case Cycle() if one.resource == name:
            return phase_hours(hours, one)
        case Cohort():
            inside = hours.inside(one.period)
            left = hours.ahead(inside)
            whole = (
                all(hours.still(each, at) for each in group for at in left) for group in one.groups if name in group
            )
            return set(inside) if any(whole) else set()
        case Coupling() if one.downstream == name:
            idle = {day for day in hours.days if weighed(hours, one.upstream_t_d, day) <= SLACK}
            return {hour for hour in hours.hours if hour // 24 in idle}
        case _:
            return set()


def stopped_unasked(hours: Hours, name: str) -> bool:
    """Whether what cannot be interrupted stops when not only a stop is asked of it."""
    wished = Hours(hours.problem, hours.problem.wished)
    for kind in ("stop", "stop_charging"):
        stopped = {hour for hour in hours.hours if hours.still(name, hour, (kind,))}
        allowed = {hour for hour in hours.hours if wished.still(name, hour) or hour < hours.planned * 24}
        for one in hours.problem.requirements:
            allowed |= asked_hours(hours, one, name, kind)
        if not stopped <= allowed:
            return True
    return False


def asked_hours(hours: Hours, one: Requirement, name: str, kind: str) -> set[int]:
    free = {each for each, resource in hours.resources.items() if resource.stoppable}
    match one:
        case Stop():
            # An oven that is only not to be charged is not to go cold.
            return forced_hours(hours, one, name) if kind == "stop_charging" or one.kind == "stop" else set()
        case Cycle() | Cap(share=0) | Coupling():
            return forced_hours(hours, one, name)
        case StopHours() if one.resource == name:
            return set(hours.inside(one.period))
        case Cohort() if any(name in group for group in one.groups):
            enough = sum(set(group) <= free for group in one.groups) >= one.count
            return set() if enough else set(hours.inside(one.period))
        case Cut() if name in one.weights_t_d and "load" not in one.methods:
            can = sum(Fraction(weight) for each, weight in one.weights_t_d.items() if each in free)
            whole = sum(Fraction(weight) for weight in one.weights_t_d.values())
            return set() if Fraction(one.share) * whole <= can + SLACK else set(hours.inside(one.period))
        case _:
            return set()

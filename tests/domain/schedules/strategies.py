"""Random planning problems of 1-8 resources over 20-60 days, and random plans for them, all on whole hours."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from app.domain.periods import ONE_DAY, Period, midnight
from app.domain.quantities import POLLUTANTS
from app.domain.schedules.problem import Plan, Problem, Resource, Schedule, Stretch, StretchKind
from app.domain.schedules.requirements import (
    Cap,
    Clause,
    Cohort,
    Coupling,
    Cut,
    Cycle,
    Floor,
    HeatDuty,
    Method,
    Requirement,
    Stop,
    StopHours,
    StopKind,
    members,
)
from tests.domain.schedules.small import scheduled

CLAUSE = Clause(pack="linfen", rule="L12-14", cites=("L12-18",))
SHARES = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 1.0])
STOPS: list[StopKind] = ["stop", "stop", "stop_charging"]
METHODS: list[tuple[Method, ...]] = [
    ("time_blocks", "whole_lines", "load"), ("rotation", "whole_lines", "load"), ("time_blocks", "whole_lines"), ("load",),
]  # fmt: skip


@st.composite
def resources(draw: st.DrawFn, number: int) -> Resource:
    """A line of one of three sizes; most can stop, some keep ovens hot, some stop seldom or long."""
    polluting = draw(st.lists(st.sampled_from(POLLUTANTS), max_size=3, unique=True))
    return Resource(
        id=f"r{number}",
        label=f"{number}号线",
        enterprise_id=f"e{number // 2}",
        site_id=f"s{number // 2}",
        line_id=f"l{number}",
        region="141000",
        industry=draw(st.sampled_from(["steel", "coking", "foundry"])),
        capacity_t_d=draw(st.sampled_from([50.0, 80.5, 120.0])),
        emission_t_d={pollutant: draw(st.sampled_from([0.0, 0.25, 1.0, 3.1])) for pollutant in polluting},
        idle_share=draw(st.sampled_from([0.0, 0.0, 0.3])),
        stoppable=draw(st.sampled_from([True, True, True, False])),
        min_stop_days=draw(st.sampled_from([1, 1, 2, 5])),
        min_run_days=draw(st.sampled_from([0, 0, 3])),
        max_stops=draw(st.sampled_from([None, None, 1, 3])),
    )


def _fitting(asked: Iterable[Requirement]) -> Iterator[Requirement]:
    """No cut weighs who runs as others let it or leaves nothing to run; who runs in a cycle is in nothing joint."""
    # Downstream comes after upstream, so that nobody depends on itself.
    known = [one for one in asked if not isinstance(one, Coupling) or max(one.upstream_t_d) < one.downstream]
    followers = {one.downstream for one in known if isinstance(one, Coupling)}
    joint = {name for one in known if isinstance(one, Cut | Cohort | Coupling) for name in members(one)}
    for one in known:
        match one:
            case Cut():
                weights = {name: weight for name, weight in one.weights_t_d.items() if name not in followers}
                if weights and not (one.by_load and one.share >= 1):
                    yield replace(one, weights_t_d=weights)
            case Cycle():
                if one.resource not in joint:
                    joint.add(one.resource)
                    yield one
            case _:
                yield one


@st.composite
def problems(draw: st.DrawFn, *, most_resources: int = 8, most_requirements: int = 6) -> Problem:
    """A problem that no row is wrong of; whether any schedule meets it is left to chance."""
    length = draw(st.integers(20, 60))
    # The calendar begins 1-19 days before the end of a month, so that every one crosses it.
    first = (
        draw(st.sampled_from([date(2026, 10, 31), date(2026, 11, 30), date(2027, 2, 28)]))
        - draw(st.integers(0, 18)) * ONE_DAY
    )
    lines = tuple(draw(resources(number)) for number in range(draw(st.integers(1, most_resources))))
    passed = draw(st.sampled_from([0, 0, 0, length // 3, length - 5]))
    asked = tuple(
        draw(draw(st.sampled_from(KINDS))(f"q{number}", first, length, lines))
        for number in range(draw(st.integers(0, most_requirements)))
    )
    asked = tuple(_fitting(asked))
    return Problem(
        first=first,
        end=first + length * ONE_DAY,
        from_day=first + passed * ONE_DAY,
        resources=lines,
        requirements=asked,
        preferred_months=draw(st.sampled_from([(12, 1, 2), (12, 1, 2), (11,), ()])),
        past=draw(plans(lines, first, 0, passed)) if passed else {},
        published=draw(st.just({}) | plans(lines, first, 0, length)),
        wished=draw(st.just({}) | plans(lines, first, passed, length, kinds=("stop",))),
    )


@st.composite
def plans(
    draw: st.DrawFn,
    lines: tuple[Resource, ...],
    first: date,
    start: int,
    until: int,
    *,
    kinds: tuple[StretchKind, ...] = ("stop", "stop", "stop", "stop_charging", "limit"),
    serves: tuple[str, ...] = (),
) -> Plan:
    """Stretches that do not overlap, most from midnight to midnight, between two day numbers."""
    found: dict[str, tuple[Stretch, ...]] = {}
    for line in lines:
        width = draw(st.sampled_from([24, 24, 24, 12, 1]))
        cuts = draw(st.lists(st.integers(start * 24 // width, until * 24 // width), max_size=6, unique=True))
        marks = [midnight(first) + timedelta(hours=mark * width) for mark in sorted(cuts)]
        made = []
        for begin, end in pairwise(marks):
            # Often the next stretch begins where this one ends.
            if draw(st.sampled_from([True, True, False])):
                kind = draw(st.sampled_from(kinds))
                share = draw(st.sampled_from([0.25, 0.5, 0.7, 1.0])) if kind == "limit" else 0.0
                those = tuple(draw(st.lists(st.sampled_from(serves), max_size=2, unique=True))) if serves else ()
                made.append(Stretch(from_at=begin, until_at=end, kind=kind, share=share, serves=those))
        if made:
            found[line.id] = tuple(made)
    return found


@st.composite
def schedules(draw: st.DrawFn, problem: Problem) -> Schedule:
    """The past as it was, anything afterwards, and true stage values."""
    passed, length = (problem.from_day - problem.first).days, (problem.end - problem.first).days
    names = tuple(one.id for one in problem.requirements)
    ahead = draw(plans(problem.resources, problem.first, passed, length, serves=names))
    whole = {one.id: (*problem.past.get(one.id, ()), *ahead.get(one.id, ())) for one in problem.resources}
    return scheduled(problem, {name: stretches for name, stretches in whole.items() if stretches})


Kind = Callable[[str, date, int, tuple[Resource, ...]], st.SearchStrategy[Requirement]]


@st.composite
def periods(draw: st.DrawFn, first: date, length: int) -> Period:
    start = draw(st.integers(0, length - 1))
    until = draw(st.integers(start + 1, length))
    whole = Period(first, first + length * ONE_DAY)
    return draw(st.sampled_from([whole, Period(first + start * ONE_DAY, first + until * ONE_DAY)]))


def some(lines: tuple[Resource, ...]) -> st.SearchStrategy[list[Resource]]:
    return st.lists(st.sampled_from(lines), min_size=1, max_size=4, unique_by=lambda one: one.id)


@st.composite
def stops(draw: st.DrawFn, name: str, first: date, length: int, lines: tuple[Resource, ...]) -> Stop:
    kind = draw(st.sampled_from(STOPS))
    resource = draw(st.sampled_from(lines)).id
    return Stop(id=name, clause=CLAUSE, resource=resource, period=draw(periods(first, length)), kind=kind)


@st.composite
def stop_hours(draw: st.DrawFn, name: str, first: date, length: int, lines: tuple[Resource, ...]) -> StopHours:
    period = draw(periods(first, length))
    most = (period.days or 0) * 24
    return StopHours(
        id=name,
        clause=CLAUSE,
        resource=draw(st.sampled_from(lines)).id,
        period=period,
        hours=draw(st.sampled_from([most, most // 2, most // 4, min(most, 36)])),
        continuous=draw(st.booleans()),
        slot="early",
    )


@st.composite
def cuts(draw: st.DrawFn, name: str, first: date, length: int, lines: tuple[Resource, ...]) -> Cut:
    weights = {one.id: one.capacity_t_d or 0.0 for one in draw(some(lines))}
    return Cut(
        id=name,
        clause=CLAUSE,
        weights_t_d=weights,
        period=draw(periods(first, length)),
        share=draw(SHARES),
        methods=draw(st.sampled_from(METHODS)),
    )


@st.composite
def caps(draw: st.DrawFn, name: str, first: date, length: int, lines: tuple[Resource, ...]) -> Cap:
    resource = draw(st.sampled_from(lines)).id
    return Cap(id=name, clause=CLAUSE, resource=resource, period=draw(periods(first, length)), share=draw(SHARES))


@st.composite
def cohorts(draw: st.DrawFn, name: str, first: date, length: int, lines: tuple[Resource, ...]) -> Cohort:
    """Enterprises as groups, each with all of its lines."""
    firms = {one.enterprise_id for one in draw(some(lines))}
    groups = tuple(tuple(one.id for one in lines if one.enterprise_id == firm) for firm in sorted(firms))
    count = draw(st.integers(0, len(groups)))
    return Cohort(id=name, clause=CLAUSE, groups=groups, period=draw(periods(first, length)), count=count)


@st.composite
def cycles(draw: st.DrawFn, name: str, first: date, length: int, lines: tuple[Resource, ...]) -> Cycle:
    period = draw(periods(first, length))
    still, running = draw(st.sampled_from([(12, 12), (24, 48), (5 * 24, 5 * 24), (8, 16)]))
    return Cycle(
        id=name,
        clause=CLAUSE,
        resource=draw(st.sampled_from(lines)).id,
        from_at=midnight(period.start) + timedelta(hours=draw(st.sampled_from([0, 0, 8]))),
        until_at=midnight(period.until or period.start),
        stop_hours=still,
        run_hours=running,
    )


@st.composite
def heat_duties(draw: st.DrawFn, name: str, first: date, length: int, lines: tuple[Resource, ...]) -> HeatDuty:
    heat = {one.id: draw(st.sampled_from([0.0, 10.0, 25.0])) for one in draw(some(lines))}
    needed = sum(heat.values()) * draw(st.sampled_from([0.25, 0.5, 1.0]))
    return HeatDuty(id=name, clause=CLAUSE, heat_mw=heat, period=draw(periods(first, length)), needed_mw=needed)


@st.composite
def couplings(draw: st.DrawFn, name: str, first: date, length: int, lines: tuple[Resource, ...]) -> Requirement:
    """Some depend on others; where there is only one line, it is capped instead."""
    if len(lines) == 1:
        return draw(caps(name, first, length, lines))
    downstream = draw(st.sampled_from(lines))
    upstream = draw(some(tuple(one for one in lines if one is not downstream)))
    weights = {one.id: one.capacity_t_d or 0.0 for one in upstream}
    return Coupling(id=name, clause=CLAUSE, upstream_t_d=weights, downstream=downstream.id)


@st.composite
def floors(draw: st.DrawFn, name: str, first: date, length: int, lines: tuple[Resource, ...]) -> Floor:
    period, pollutant = draw(periods(first, length)), draw(st.sampled_from(POLLUTANTS))
    most = sum(one.emission_t_d.get(pollutant, 0.0) for one in lines) * (period.days or 0)
    tonnes = most * draw(st.sampled_from([0.0, 0.1, 0.3, 0.6, 1.1]))
    return Floor(id=name, clause=CLAUSE, pollutant=pollutant, period=period, tonnes=tonnes)


KINDS: list[Kind] = [stops, stop_hours, cuts, cuts, caps, cohorts, cycles, heat_duties, couplings, floors]

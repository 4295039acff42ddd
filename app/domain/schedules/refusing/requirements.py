"""Wrong requirements of a planning problem: unknown members, windows outside the calendar, more than there can be."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from math import isfinite

from app.domain.errors import FieldError
from app.domain.periods import Period, midnight
from app.domain.quantities import POLLUTANTS
from app.domain.schedules.problem import Problem
from app.domain.schedules.refusing.rows import hours, negative, row, share_outside
from app.domain.schedules.requirements import (
    Cap,
    Cohort,
    Coupling,
    Cut,
    Cycle,
    Floor,
    HeatDuty,
    Requirement,
    StopHours,
    members,
)


def wrong_requirements(problem: Problem) -> Iterator[FieldError]:
    """Every row of a requirement that no schedule could be asked."""
    known = frozenset(one.id for one in problem.resources)
    times = Counter(one.id for one in problem.requirements)
    yield from _together(problem)
    for one in problem.requirements:
        if times[one.id] > 1:
            yield row("duplicate_id", "requirements", one.id, id=one.id)
        for name in sorted(set(members(one)) - known):
            yield row("unknown_resource", *_path(one, *_place_of(one, name)), id=name)
        yield from _when(problem, one)
        yield from _numbers(one)
        yield from _parts(one)


def _together(problem: Problem) -> Iterator[FieldError]:
    """What requirements cannot be asked beside each other."""
    followers = {one.downstream for one in problem.requirements if isinstance(one, Coupling)}
    cycled = Counter(one.resource for one in problem.requirements if isinstance(one, Cycle))
    joint = {name for one in problem.requirements if isinstance(one, Cut | Cohort | Coupling) for name in members(one)}
    beside = joint | {name for name, number in cycled.items() if number > 1}
    circle = _circle(problem)
    for one in problem.requirements:
        match one:
            case Coupling(downstream=name) if name in circle:
                yield row("couples_in_circle", *_path(one, "downstream"), id=name)
            case Cycle(resource=name) if name in beside:
                yield row("cycle_beside", *_path(one, "resource"), id=name)
            case Cut():
                for name in sorted(set(one.weights_t_d) & followers):
                    yield row("weighs_follower", *_path(one, "weights_t_d", name), id=name)
            case _:
                pass


def _circle(problem: Problem) -> frozenset[str]:
    """The resources that depend on themselves through others."""
    above = {
        one.downstream: set(one.upstream_t_d) - {one.downstream}
        for one in problem.requirements
        if isinstance(one, Coupling)
    }
    while True:
        free = [name for name, upstream in above.items() if not upstream & above.keys()]
        if not free:
            return frozenset(above)
        for name in free:
            del above[name]


def _path(one: Requirement, *more: str) -> tuple[str, ...]:
    return ("requirements", one.id, *more)


def _place_of(one: Requirement, name: str) -> tuple[str, ...]:
    """The field that names a resource, and the key below it where there is one."""
    match one:
        case Cut():
            return "weights_t_d", name
        case HeatDuty():
            return "heat_mw", name
        case Coupling():
            return ("upstream_t_d", name) if name in one.upstream_t_d else ("downstream",)
        case Cohort():
            return next(("groups", str(number)) for number, group in enumerate(one.groups) if name in group)
        case _:
            return ("resource",)


def _when(problem: Problem, one: Requirement) -> Iterator[FieldError]:
    match one:
        case Coupling():
            return
        case Cycle():
            yield from _instants(problem, one)
        case _:
            yield from _period(problem, one, one.period)


def _period(problem: Problem, one: Requirement, period: Period) -> Iterator[FieldError]:
    until = problem.end if period.until is None else period.until
    if period.until is not None and until <= period.start:
        yield row("period_empty", *_path(one, "period"), first=period.start, until=until)
    elif problem.first < problem.end and not problem.first <= period.start < until <= problem.end:
        yield _outside(problem, one, "period", period.start, until)
    elif isinstance(one, StopHours):
        most = hours(midnight(period.start), midnight(until))
        if one.hours > most:
            yield row("more_hours_than_period", *_path(one, "hours"), found=one.hours, most=f"{most:g}")


def _instants(problem: Problem, one: Cycle) -> Iterator[FieldError]:
    without = [name for name in ("from_at", "until_at") if getattr(one, name).tzinfo is None]
    for name in without:
        yield row("no_zone", *_path(one, name), found=getattr(one, name).isoformat())
    if without:
        return
    first, end = midnight(problem.first), midnight(problem.end)
    if one.until_at <= one.from_at:
        yield row(
            "not_later", *_path(one, "until_at"), from_at=one.from_at.isoformat(), until_at=one.until_at.isoformat()
        )
    elif first < end and not first <= one.from_at < one.until_at <= end:
        yield _outside(problem, one, "from_at" if one.from_at < first else "until_at", one.from_at, one.until_at)


def _outside(problem: Problem, one: Requirement, field: str, first: object, until: object) -> FieldError:
    told = {
        name: at.isoformat() if isinstance(at, datetime) else at for name, at in (("first", first), ("until", until))
    }
    return row("period_outside", *_path(one, field), from_day=problem.first, end=problem.end, **told)


def _numbers(one: Requirement) -> Iterator[FieldError]:
    match one:
        case StopHours():
            yield from negative(one.hours, "h", *_path(one, "hours"))
        case Cut() | Cap():
            yield from share_outside(one.share, *_path(one, "share"))
        case Cycle():
            for name in ("stop_hours", "run_hours"):
                if getattr(one, name) <= 0:
                    yield row("not_positive", *_path(one, name), found=getattr(one, name), unit="h")
        case Floor():
            yield from negative(one.tonnes, "t", *_path(one, "tonnes"))
            if one.pollutant not in POLLUTANTS:
                yield row("unknown_pollutant", *_path(one, "pollutant"), id=one.pollutant, known=", ".join(POLLUTANTS))
        case _:
            pass


def _parts(one: Requirement) -> Iterator[FieldError]:
    match one:
        case Cut():
            yield from _weights(one, "weights_t_d", one.weights_t_d)
            if one.by_load and one.methods and one.share >= 1:
                yield row("nothing_left_to_run", *_path(one, "share"))
            if not one.methods:
                yield row("no_method", *_path(one, "methods"))
        case Coupling():
            yield from _weights(one, "upstream_t_d", one.upstream_t_d)
            if one.downstream in one.upstream_t_d:
                yield row("couples_itself", *_path(one, "downstream"), id=one.downstream)
        case Cohort():
            yield from _groups(one)
        case HeatDuty():
            yield from _heat(one)
        case _:
            pass


def _weights(one: Requirement, field: str, weights: Mapping[str, float]) -> Iterator[FieldError]:
    if not weights:
        yield row("no_members", *_path(one, field))
    for name, weight in weights.items():
        if not (isfinite(weight) and weight > 0):
            yield row("not_positive", *_path(one, field, name), found=weight, unit="t/d")


def _groups(one: Cohort) -> Iterator[FieldError]:
    yield from negative(one.count, "", *_path(one, "count"))
    if one.count > len(one.groups):
        yield row("count_too_large", *_path(one, "count"), found=one.count, most=len(one.groups))
    for number, group in enumerate(one.groups):
        if not group:
            yield row("no_members", *_path(one, "groups", str(number)))


def _heat(one: HeatDuty) -> Iterator[FieldError]:
    wrong = list(negative(one.needed_mw, "MW", *_path(one, "needed_mw")))
    for name, heat in one.heat_mw.items():
        wrong += negative(heat, "MW", *_path(one, "heat_mw", name))
    yield from wrong
    most = sum(one.heat_mw.values())
    if not wrong and one.needed_mw > most:
        yield row("heat_duty_impossible", *_path(one, "needed_mw"), found=f"{one.needed_mw:g}", most=f"{most:g}")

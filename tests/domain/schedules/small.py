"""Small planning problems by hand: a few resources in November and December, told in day numbers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.periods import ONE_DAY, Period, midnight
from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.checking.check import check
from app.domain.schedules.problem import Plan, Problem, Resource, Schedule, Stage, Stretch
from app.domain.schedules.requirements import Clause, Requirement
from tests.domain.schedules.naive import stage_values

FIRST = date(2026, 11, 16)
DAYS = 30
CLAUSE = Clause(pack="linfen", rule="L12-14")


def instant(day: float) -> datetime:
    """A day number, where .5 is noon."""
    return midnight(FIRST) + timedelta(hours=round(day * 24))


def period(first: int = 0, until: int = DAYS) -> Period:
    return Period(FIRST + first * ONE_DAY, FIRST + until * ONE_DAY)


def stop(first: float, until: float, *serves: str, **more: Any) -> Stretch:
    return Stretch(from_at=instant(first), until_at=instant(until), serves=serves, **more)


def limit(first: float, until: float, share: float, *serves: str) -> Stretch:
    return stop(first, until, *serves, kind="limit", share=share)


def furnace(name: str = "a", **more: Any) -> Resource:
    given = {"capacity_t_d": 100.0, "emission_t_d": {"nox": 1.0, "so2": 0.5}, **more}
    return Resource(
        id=name, label=f"{name}号炉", enterprise_id="e", site_id="s", line_id=f"l{name}", region="141000", **given
    )


def problem(*requirements: Requirement, resources: tuple[Resource, ...] = (furnace(),), **more: Any) -> Problem:
    given = {
        "first": FIRST,
        "end": FIRST + DAYS * ONE_DAY,
        "from_day": FIRST,
        "preferred_months": (12,),
        **more,
    }
    return Problem(resources=resources, requirements=requirements, **given)


def scheduled(one: Problem, plan: Plan) -> Schedule:
    """A plan with its true stage values."""
    stages = tuple(Stage(name=name, value=float(value)) for name, value in stage_values(one, plan).items())
    return Schedule(stretches=plan, stages=stages)


def breaches(one: Problem, plan: Mapping[str, tuple[Stretch, ...]]) -> list[Breach]:
    return check(one, scheduled(one, plan))


def codes(one: Problem, plan: Mapping[str, tuple[Stretch, ...]]) -> list[str]:
    return [breach.code for breach in breaches(one, plan)]


def moved(one: Stretch, days: float) -> Stretch:
    by = timedelta(days=days)
    return replace(one, from_at=one.from_at + by, until_at=one.until_at + by)

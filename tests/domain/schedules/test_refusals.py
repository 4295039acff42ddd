"""Problems that cannot be planned are refused with every wrong row, each by pointer and code."""

import re
from dataclasses import replace
from datetime import datetime
from math import inf, nan
from typing import Any

import pytest

from app.domain.periods import ONE_DAY, Period
from app.domain.schedules.problem import Problem
from app.domain.schedules.refusing.refusals import ScheduleInvalid, refuse_wrong
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
from tests.domain.schedules.small import CLAUSE, DAYS, FIRST, furnace, instant, limit, period, problem, stop

CUT = Cut(id="q", clause=CLAUSE, weights_t_d={"a": 100.0}, period=period(), share=0.5)
COUPLING = Coupling(id="q", clause=CLAUSE, upstream_t_d={"a": 100.0}, downstream="b")
STOP = Stop(id="q", clause=CLAUSE, resource="a", period=period())
HOURS = StopHours(id="q", clause=CLAUSE, resource="a", period=period(0, 2), hours=48)
CAP = Cap(id="q", clause=CLAUSE, resource="a", period=period(), share=0.5)
COHORT = Cohort(id="q", clause=CLAUSE, groups=(("a",), ("b",)), period=period(), count=2)
CYCLE = Cycle(
    id="q", clause=CLAUSE, resource="a", from_at=instant(0), until_at=instant(DAYS), stop_hours=12, run_hours=12
)
HEAT = HeatDuty(id="q", clause=CLAUSE, heat_mw={"a": 20.0, "b": 10.0}, period=period(), needed_mw=30.0)
FLOOR = Floor(id="q", clause=CLAUSE, pollutant="nox", period=period(), tonnes=1.0)
LATER = FIRST + 10 * ONE_DAY

# What is wrong with a resource: the fields, what is asked, the pointer below the resource, the code.
RESOURCES: list[tuple[dict[str, Any], tuple[Requirement, ...], str, str]] = [
    ({"capacity_t_d": None}, (CUT,), "capacity_t_d", "capacity_missing"),
    ({"capacity_t_d": None}, (COUPLING,), "capacity_t_d", "capacity_missing"),
    ({"capacity_t_d": 0.0}, (CUT,), "capacity_t_d", "capacity_not_positive"),
    ({"capacity_t_d": -1.0}, (COUPLING,), "capacity_t_d", "capacity_not_positive"),
    ({"capacity_t_d": nan}, (CUT,), "capacity_t_d", "capacity_not_positive"),
    ({"capacity_t_d": -1.0}, (), "capacity_t_d", "negative"),
    ({"emission_t_d": {"nox": -0.1}}, (), "emission_t_d/nox", "negative"),
    ({"emission_t_d": {"nox": inf}}, (), "emission_t_d/nox", "negative"),
    ({"emission_t_d": {"co2": 1.0}}, (), "emission_t_d/co2", "unknown_pollutant"),
    ({"idle_share": 1.1}, (), "idle_share", "share_outside"),
    ({"min_stop_days": -1}, (), "min_stop_days", "negative"),
    ({"min_run_days": -1}, (), "min_run_days", "negative"),
    ({"max_stops": -1}, (), "max_stops", "negative"),
]

# A requirement that is wrong, the pointer below it, the code.
REQUIREMENTS: list[tuple[Requirement, str, str]] = [
    (replace(STOP, period=period(-1, 5)), "period", "period_outside"),
    (replace(STOP, period=period(25, DAYS + 1)), "period", "period_outside"),
    (replace(STOP, period=Period(FIRST + DAYS * ONE_DAY, None)), "period", "period_outside"),
    (replace(STOP, period=period(5, 5)), "period", "period_empty"),
    (replace(STOP, resource="z"), "resource", "unknown_resource"),
    (replace(HOURS, hours=49), "hours", "more_hours_than_period"),
    (replace(HOURS, hours=-1), "hours", "negative"),
    (replace(CUT, share=1.1), "share", "share_outside"),
    (replace(CUT, share=nan), "share", "share_outside"),
    (replace(CUT, weights_t_d={}), "weights_t_d", "no_members"),
    (replace(CUT, weights_t_d={"a": 0.0}), "weights_t_d/a", "not_positive"),
    (replace(CUT, weights_t_d={"a": 1.0, "x/~y": 1.0}), "weights_t_d/x~1~0y", "unknown_resource"),
    (replace(CUT, methods=()), "methods", "no_method"),
    (replace(CAP, share=-0.1), "share", "share_outside"),
    (replace(COHORT, count=3), "count", "count_too_large"),
    (replace(COHORT, count=-1), "count", "negative"),
    (replace(COHORT, groups=(("a",), ("z",))), "groups/1", "unknown_resource"),
    (replace(COHORT, groups=(("a",), (), ("b",))), "groups/1", "no_members"),
    (replace(CYCLE, stop_hours=0), "stop_hours", "not_positive"),
    (replace(CYCLE, run_hours=-1), "run_hours", "not_positive"),
    (replace(CYCLE, from_at=instant(-1)), "from_at", "period_outside"),
    (replace(CYCLE, until_at=instant(DAYS + 1)), "until_at", "period_outside"),
    (replace(CYCLE, until_at=instant(0)), "until_at", "not_later"),
    (replace(CYCLE, from_at=datetime(2026, 11, 16)), "from_at", "no_zone"),  # noqa: DTZ001  # just what is refused
    (replace(HEAT, needed_mw=30.5), "needed_mw", "heat_duty_impossible"),
    (replace(HEAT, needed_mw=-1.0), "needed_mw", "negative"),
    (replace(HEAT, heat_mw={"a": -5.0, "b": 40.0}), "heat_mw/a", "negative"),
    (replace(HEAT, heat_mw={"a": 5.0, "z": 40.0}), "heat_mw/z", "unknown_resource"),
    (replace(COUPLING, upstream_t_d={}), "upstream_t_d", "no_members"),
    (replace(COUPLING, upstream_t_d={"a": -1.0}), "upstream_t_d/a", "not_positive"),
    (replace(COUPLING, upstream_t_d={"z": 1.0}), "upstream_t_d/z", "unknown_resource"),
    (replace(COUPLING, downstream="z"), "downstream", "unknown_resource"),
    (replace(COUPLING, downstream="a"), "downstream", "couples_itself"),
    (replace(FLOOR, tonnes=-1.0), "tonnes", "negative"),
    (replace(FLOOR, tonnes=nan), "tonnes", "negative"),
    (replace(FLOOR, pollutant="co2"), "pollutant", "unknown_pollutant"),
]

# What is wrong with the calendar or a plan, the pointer, the code.
OTHERS: list[tuple[dict[str, Any], str, str]] = [
    ({"end": FIRST}, "/end", "end_not_after_first"),
    ({"from_day": FIRST - ONE_DAY}, "/from_day", "from_day_outside"),
    ({"from_day": FIRST + DAYS * ONE_DAY}, "/from_day", "from_day_outside"),
    ({"preferred_months": (12, 13)}, "/preferred_months/1", "unknown_month"),
    ({"from_day": LATER, "past": {"a": (stop(8, 10.5),)}}, "/past/a/0/until_at", "past_not_past"),
    ({"past": {"a": (stop(1, 2),)}}, "/past/a/0/until_at", "past_not_past"),
    ({"from_day": LATER, "past": {"a": (stop(-1, 2),)}}, "/past/a/0/from_at", "past_before_calendar"),
    ({"from_day": LATER, "past": {"z": ()}}, "/past/z", "unknown_resource"),
    ({"from_day": LATER, "past": {"a": (stop(1, 3), stop(2, 4))}}, "/past/a/1", "stretches_overlap"),
    ({"published": {"z": (stop(1, 2),)}}, "/published/z", "unknown_resource"),
    ({"published": {"a": (stop(2, 2),)}}, "/published/a/0", "not_later"),
    ({"published": {"a": (stop(1, 2, share=0.5),)}}, "/published/a/0/share", "share_of_stop"),
    ({"wished": {"a": (limit(1, 2, 1.5),)}}, "/wished/a/0/share", "share_of_stop"),
    ({"wished": {"z": ()}}, "/wished/z", "unknown_resource"),
    ({"wished": {"a": (replace(stop(1, 2), from_at=datetime(2026, 11, 17)),)}}, "/wished/a/0/from_at", "no_zone"),  # noqa: DTZ001  # just what is refused
]  # fmt: skip


def rows(one: Problem) -> list[tuple[str, str]]:
    try:
        refuse_wrong(one)
    except ScheduleInvalid as refused:
        return [(error.pointer, error.code) for error in refused.errors]
    return []


@pytest.mark.parametrize(
    "asked", [CUT, COUPLING, STOP, HOURS, CAP, COHORT, CYCLE, HEAT, FLOOR], ids=lambda one: type(one).__name__
)
def test_a_right_problem_is_not_refused(asked: Requirement) -> None:
    refuse_wrong(problem(asked, resources=(furnace(), furnace("b"))))


def test_limits_may_be_reached() -> None:
    past = {"a": (stop(0, 4), limit(4, 10, 0.5))}
    whole = (replace(CUT, id="1", share=1.0), replace(CAP, id="2", share=0.0), replace(FLOOR, id="3", tonnes=0.0))
    refuse_wrong(problem(*whole, from_day=LATER, past=past))
    refuse_wrong(problem(replace(STOP, period=Period(FIRST, None)), resources=(furnace(capacity_t_d=None),)))


@pytest.mark.parametrize(("given", "asked", "where", "code"), RESOURCES)
def test_a_wrong_resource_is_refused_by_row(
    given: dict[str, Any], asked: tuple[Requirement, ...], where: str, code: str
) -> None:
    assert rows(problem(*asked, resources=(furnace(**given), furnace("b")))) == [(f"/resources/a/{where}", code)]


@pytest.mark.parametrize(("asked", "where", "code"), REQUIREMENTS)
def test_a_wrong_requirement_is_refused_by_row(asked: Requirement, where: str, code: str) -> None:
    resources = (furnace(), furnace("b"))
    assert rows(problem(asked, resources=resources)) == [(f"/requirements/q/{where}", code)]


@pytest.mark.parametrize(("given", "pointer", "code"), OTHERS)
def test_a_wrong_calendar_or_plan_is_refused_by_row(given: dict[str, Any], pointer: str, code: str) -> None:
    assert rows(problem(**given)) == [(pointer, code)]


def test_an_id_is_given_once() -> None:
    assert rows(problem(resources=(furnace(), furnace()))) == [("/resources/a", "duplicate_id")]
    assert rows(problem(STOP, CAP)) == [("/requirements/q", "duplicate_id")]


def test_everything_wrong_is_told_in_one_refusal_in_order() -> None:
    one = problem(
        replace(HEAT, id="h", needed_mw=31.0),
        replace(CUT, id="c"),
        replace(STOP, id="s", period=period(-5, 5)),
        resources=(furnace("b", emission_t_d={"so2": -1.0}), furnace(capacity_t_d=None)),
        past={"a": (stop(1, 2),)},
    )
    with pytest.raises(ScheduleInvalid) as refused:
        refuse_wrong(one)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/past/a/0/until_at", "past_not_past"),
        ("/requirements/h/needed_mw", "heat_duty_impossible"),
        ("/requirements/s/period", "period_outside"),
        ("/resources/a/capacity_t_d", "capacity_missing"),
        ("/resources/b/emission_t_d/so2", "negative"),
    ]
    for error in refused.value.errors:
        assert re.search("[\u4e00-\u9fff]", error.zh)
        assert error.en.endswith(".")
    assert refused.value.errors[1].en == "31 MW of heat are needed; all sources give 30 MW."

"""What the checker lets pass and what it finds about each requirement, on schedules small enough to see."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.periods import ONE_DAY
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
from tests.domain.schedules.small import (
    CLAUSE,
    DAYS,
    FIRST,
    breaches,
    codes,
    furnace,
    instant,
    limit,
    moved,
    period,
    problem,
    stop,
)

THREE = (furnace("a", capacity_t_d=100.0), furnace("b", capacity_t_d=60.0), furnace("c", capacity_t_d=40.0))
WEIGHTS = {"a": 100.0, "b": 60.0, "c": 40.0}


def stopped(**more: Any) -> Stop:
    return Stop(**{"id": "q", "clause": CLAUSE, "resource": "a", "period": period(5, 10), **more})


def owed(hours: int, **more: Any) -> StopHours:
    return StopHours(**{"id": "q", "clause": CLAUSE, "resource": "a", "period": period(0, 20), "hours": hours, **more})


def cut(share: float = 0.5, **more: Any) -> Cut:
    return Cut(**{"id": "q", "clause": CLAUSE, "weights_t_d": WEIGHTS, "period": period(), "share": share, **more})


def cap(share: float, **more: Any) -> Cap:
    return Cap(**{"id": "q", "clause": CLAUSE, "resource": "a", "period": period(5, 10), "share": share, **more})


def cohort(count: int, **more: Any) -> Cohort:
    groups = (("a",), ("b",), ("c",))
    return Cohort(**{"id": "q", "clause": CLAUSE, "groups": groups, "period": period(5, 10), "count": count, **more})


def cycle(**more: Any) -> Cycle:
    given = {"from_at": instant(0), "until_at": instant(DAYS), "stop_hours": 12, "run_hours": 60, **more}
    return Cycle(id="q", clause=CLAUSE, resource="a", **given)


def heat(needed: float) -> HeatDuty:
    return HeatDuty(id="q", clause=CLAUSE, heat_mw={"a": 20.0, "b": 10.0}, period=period(5, 10), needed_mw=needed)


def coupled() -> Coupling:
    return Coupling(id="q", clause=CLAUSE, upstream_t_d={"a": 100.0, "b": 60.0}, downstream="c")


def floor(tonnes: float) -> Floor:
    return Floor(id="q", clause=CLAUSE, pollutant="nox", period=period(0, 20), tonnes=tonnes)


def by_load(share: float) -> Plan:
    return {name: (limit(0, DAYS, share, "q"),) for name in WEIGHTS}


TWELVE_OF_72 = tuple(stop(day, day + 0.5, "q") for day in range(0, DAYS, 3))
HALF_DAYS = furnace(min_stop_days=0)
ALL_DAY = period()

# Name, what is asked, of whom, and a schedule that keeps it.
KEPT: list[tuple[str, Requirement, tuple[Any, ...], Plan]] = [
    ("a stop through its window", stopped(), THREE, {"a": (stop(5, 10, "q"),)}),
    ("two stops that touch", stopped(), THREE, {"a": (stop(5, 7, "q"), stop(7, 10, "q"))}),
    ("ovens kept hot", stopped(kind="stop_charging"), THREE, {"a": (stop(5, 10, "q", kind="stop_charging"),)}),
    ("hours to the hour", owed(36), THREE, {"a": (stop(3, 4.5, "q"),)}),
    ("hours in pieces", owed(72), THREE, {"a": (stop(1, 2, "q"), stop(5, 7, "q"))}),
    ("hours in one piece", owed(48, continuous=True), THREE, {"a": (stop(1, 2, "q"), stop(5, 7, "q"))}),
    ("half of three furnaces by time", cut(), THREE, {"a": (stop(0, 30, "q"),)}),
    ("half by one and a bit", cut(), THREE, {"b": (stop(0, 30, "q"),), "c": (stop(0, 30, "q"),)}),
    ("a surplus under a day of the largest", cut(), THREE, {"a": (stop(0, 29, "q"),), "b": (stop(0, 3, "q"),)}),
    ("a cut by load", cut(0.3), THREE, by_load(0.7)),
    ("a cut by load alone", cut(0.3, methods=("load",)), THREE, by_load(0.7)),
    ("a cut by a stop and a limit", cut(), THREE, {"b": (stop(0, 30, "q"),), "a": (limit(0, 30, 0.6, "q"),)}),
    ("a load below its cap", cap(0.6), THREE, {"a": (limit(5, 10, 0.6, "q"),)}),
    ("a cap of nothing", cap(0.0), THREE, {"a": (stop(5, 10, "q"),)}),
    ("a cohort that rotates", cohort(1), THREE, {"a": (stop(5, 7, "q"),), "b": (stop(7, 10, "q"),)}),
    ("a cycle", cycle(), (HALF_DAYS,), {"a": TWELVE_OF_72}),
    (
        "a cycle that ends in a stop",
        cycle(until_at=instant(3.25)),
        (HALF_DAYS,),
        {"a": (stop(0, 0.5, "q"), stop(3, 3.25, "q"))},
    ),
    ("a heat duty", heat(20.0), THREE, {}),
    ("what follows its upstream", coupled(), THREE, {"c": ()}),
    ("tonnes saved", floor(5.0), THREE, {"a": (stop(0, 5, "q"),)}),
]

# Name, what is asked, of whom, a schedule that breaks it, the code, the first day, what is needed and what is found.
BROKEN: list[tuple[str, Requirement, tuple[Any, ...], Plan, str, int, float, float]] = [
    ("a stop that ends early", stopped(), THREE, {"a": (stop(5, 9.5, "q"),)}, "stop", 9, 120, 108),
    ("a stop a day late", stopped(), THREE, {"a": (stop(6, 11, "q"),)}, "stop", 5, 120, 96),
    ("hot ovens where all stops", stopped(), THREE, {"a": (stop(5, 10, "q", kind="stop_charging"),)}, "stop", 5, 120, 0),
    ("one hour less than owed", owed(37), THREE, {"a": (stop(3, 4.5, "q"),)}, "stop_hours", 0, 37, 36),
    ("pieces instead of one", owed(48, continuous=True), THREE, {"a": (stop(1, 2, "q"), stop(5, 6.5, "q"))}, "stop_hours", 0, 48, 36),
    ("hours beyond their window", owed(48), THREE, {"a": (stop(19, 21, "q"),)}, "stop_hours", 0, 48, 24),
    ("a limit is no stop", owed(24), THREE, {"a": (limit(1, 10, 0.1, "q"),)}, "stop_hours", 0, 24, 0),
    ("a day short of half", cut(), THREE, {"a": (stop(0, 29, "q"),)}, "cut", 0, 50, 29 / 60 * 100),
    ("one day above the load", cut(0.3), THREE, {**by_load(0.7), "b": (limit(1, DAYS, 0.7, "q"),)}, "cut", 0, 30, 29.7),
    ("stops where load is the only way", cut(methods=("load",)), THREE, {"a": (stop(0, 30, "q"),)}, "cut", 0, 50, 50),
    ("a day too many", cut(), THREE, {"a": (stop(0, 30, "q"),), "b": (stop(0, 2, "q"),)}, "surplus", 0, 100, 120),
    ("just a day too many", cut(), THREE, {"a": (stop(0, 30, "q"),), "c": (stop(0, 2.5, "q"),)}, "surplus", 0, 100, 100),
    ("a load above its cap", cap(0.6), THREE, {"a": (limit(5, 10, 0.65, "q"),)}, "cap", 5, 0.6, 0.65),
    ("a day nobody stands still", cohort(1), THREE, {"a": (stop(5, 7, "q"),), "b": (stop(8, 10, "q"),)}, "cohort", 7, 1, 0),
    ("half a day is no day of a cohort", cohort(1), THREE, {"a": (stop(5, 9.5, "q"),)}, "cohort", 9, 1, 0),
    ("a cycle that misses one stop", cycle(), (HALF_DAYS,), {"a": TWELVE_OF_72[:4] + TWELVE_OF_72[5:]}, "cycle", 12, 120, 108),
    ("too little heat", heat(20.0), THREE, {"b": (stop(6, 8),), "a": (stop(7, 8),)}, "heat_duty", 7, 20, 0),
    ("what runs on alone", coupled(), THREE, {"a": (stop(3, 5),)}, "coupling", 3, 60 / 160, 1),
    ("tonnes not saved", floor(5.0), THREE, {"a": (stop(0, 4.5, "q"),)}, "floor", 0, 5, 4.5),
    ("tonnes of hot ovens", floor(5.0), (furnace(idle_share=0.2),), {"a": (stop(0, 5, "q", kind="stop_charging"),)}, "floor", 0, 5, 4),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "resources", "plan"), [row[1:] for row in KEPT], ids=[row[0] for row in KEPT])
def test_a_right_schedule_passes(asked: Requirement, resources: tuple[Any, ...], plan: Plan) -> None:
    assert breaches(problem(asked, resources=resources), plan) == []


@pytest.mark.parametrize("row", BROKEN, ids=[row[0] for row in BROKEN])
def test_a_wrong_schedule_is_found(row: tuple[str, Requirement, tuple[Any, ...], Plan, str, int, float, float]) -> None:
    _, asked, resources, plan, code, day, needed, found = row
    said = [one for one in breaches(problem(asked, resources=resources), plan) if one.code != "serves_nothing"]
    assert [(one.code, one.requirement) for one in said] == [(code, "q")]
    assert said[0].day == FIRST + day * ONE_DAY
    assert [said[0].needed, said[0].found] == pytest.approx([needed, found])


MUTATED = [
    (name, change)
    for name, asked, resources, plan in KEPT
    for change in ("drop", "shift", "shorten")
    # Fewer hours break nothing where none are asked, or where there is room for the change.
    if any(plan.values())
    and (name, change)
    not in {
        ("hours to the hour", "shift"),
        ("hours in pieces", "shift"),
        ("hours in one piece", "shift"),
        ("hours in one piece", "drop"),
        ("a surplus under a day of the largest", "shorten"),
        ("a surplus under a day of the largest", "shift"),
        ("tonnes saved", "shift"),
    }
]  # fmt: skip


@pytest.mark.parametrize(("name", "change"), MUTATED)
def test_a_passing_schedule_with_a_stretch_dropped_shifted_or_shortened_is_found(name: str, change: str) -> None:
    _, asked, resources, plan = next(row for row in KEPT if row[0] == name)
    resource = next(each for each, stretches in plan.items() if stretches)
    first, *others = plan[resource]
    altered: dict[str, tuple[Stretch, ...]] = {
        "drop": (),
        "shift": (moved(first, -1 if first.until_at == instant(DAYS) else 1),),
        "shorten": (replace(first, until_at=first.until_at - ONE_DAY / 4),),
    }
    assert breaches(problem(asked, resources=resources), {**plan, resource: (*altered[change], *others)}) != []


def test_a_stop_that_several_requirements_share_counts_toward_each() -> None:
    asked = (stopped(id="s", period=period(0, 5)), owed(120, id="h"), cut(0.25, id="c", period=period(0, 10)))
    assert breaches(problem(*asked, resources=THREE), {"a": (stop(0, 5, "s", "h", "c"),)}) == []


def test_a_surplus_that_another_requirement_forces_is_none() -> None:
    plan = {"a": (stop(0, 30, "s"),), "b": (stop(0, 30, "s2", "q"),)}
    forcing = (stopped(id="s", period=ALL_DAY), stopped(id="s2", period=ALL_DAY, resource="b"))
    assert breaches(problem(cut(), *forcing, resources=THREE), plan) == []


def test_a_stop_for_two_cuts_is_too_much_when_neither_needs_it() -> None:
    asked = (cut(0.1, id="x"), cut(0.2, id="y"))
    plan = {"a": (stop(0, 20, "x", "y"),)}
    assert [(one.code, one.requirement) for one in breaches(problem(*asked, resources=THREE), plan)] == [
        ("surplus", "x"),
        ("surplus", "y"),
    ]
    # One of the two needs twelve days, so that the other may have more than it asks.
    assert breaches(problem(*asked, resources=THREE), {"a": (stop(0, 12, "x", "y"),)}) == []


def test_a_cut_that_allows_no_load_limit_counts_none_and_says_so() -> None:
    asked = cut(methods=("time_blocks", "whole_lines"))
    plan = {"a": (stop(0, 15, "q"), limit(15, 30, 0.1, "q")), "b": (stop(0, 24, "q"),)}
    said = breaches(problem(asked, resources=THREE), plan)
    assert [(one.code, one.resource) for one in said] == [("cut", None), ("method", "a")]
    assert said[1].found == 15 * 24


def test_a_cycle_runs_in_its_running_hours_unless_something_else_stops_it() -> None:
    longer = (stop(0, 1, "q"), *TWELVE_OF_72[1:])
    said = breaches(problem(cycle(), resources=(HALF_DAYS,)), {"a": longer})
    assert [(one.code, one.found) for one in said] == [("cycle_run", 12)]
    both = (stop(0, 1, "q", "s"), *TWELVE_OF_72[1:])
    assert breaches(problem(cycle(), stopped(id="s", period=period(0, 1)), resources=(HALF_DAYS,)), {"a": both}) == []


def test_what_binds_day_by_day_is_judged_from_the_day_of_planning_on() -> None:
    day = FIRST + 10 * ONE_DAY
    asked = (
        stopped(id="s"),
        cap(0.5, id="c"),
        cohort(1, id="g"),
        replace(heat(30.0), id="h"),
        replace(coupled(), id="k"),
    )
    one = problem(*asked, resources=THREE, from_day=day, past={"b": (stop(5, 6),)})
    assert breaches(one, {"b": (stop(5, 6),)}) == []


def test_hours_cuts_and_tonnes_count_what_was_stopped_before_the_day_of_planning() -> None:
    day = FIRST + 10 * ONE_DAY
    past = {"a": (stop(0, 10),)}
    asked = (owed(240, id="h"), cut(0.25, id="c", period=period(0, 20)), replace(floor(10.0), id="f"))
    one = problem(*asked, resources=THREE, from_day=day, past=past)
    assert breaches(one, past) == []
    fewer: Problem = replace(one, past={})
    assert codes(fewer, {}) == ["stop_hours", "floor", "cut"]


def test_load_from_the_day_of_planning_on_is_no_excuse_once_the_period_is_over() -> None:
    asked = cut(0.3, period=period(0, 10))
    assert codes(problem(asked, resources=THREE, from_day=FIRST + 10 * ONE_DAY), {}) == ["cut"]


def test_a_breach_is_told_in_numbers_with_their_unit_in_both_languages() -> None:
    said = breaches(problem(owed(37), resources=THREE), {"a": (stop(3, 4.5, "q"),)})[0]
    assert (said.unit, said.resource, said.requirement) == ("h", "a", "q")
    assert said.message("zh") == "a号炉 自 2026-11-16 应停 37 小时，仅停 36 小时（q）。"
    assert said.message("en") == "a号炉: 37 h of standing still are asked from 2026-11-16 on, 36 h planned (q)."

"""What the checker finds about the form of a schedule, its blocks and its stage values, and that it stands alone."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.periods import ONE_DAY
from app.domain.schedules.checking import breaches as told
from app.domain.schedules.checking.check import check
from app.domain.schedules.problem import Plan
from app.domain.schedules.requirements import Cap, Cohort, Coupling, Cut, Cycle, Method, Requirement, Stop, StopHours
from tests.domain.schedules.small import (
    CLAUSE,
    DAYS,
    FIRST,
    breaches,
    codes,
    furnace,
    instant,
    limit,
    period,
    problem,
    scheduled,
    stop,
)

OWED = StopHours(id="q", clause=CLAUSE, resource="a", period=period(), hours=24)
FORCED = Stop(id="s", clause=CLAUSE, resource="a", period=period(10, 11))
NOTHING = Cap(id="n", clause=CLAUSE, resource="a", period=period(10, 11), share=0.0)
LATER = FIRST + 10 * ONE_DAY

# Name, schedule, code, what is found.
MISSHAPEN: list[tuple[str, Plan, str, float]] = [
    ("two stretches at once", {"a": (stop(1, 3, "q"), stop(2, 5, "q"))}, "overlap", 24),
    ("a stretch of no time", {"a": (stop(1, 1, "q"), stop(2, 5, "q"))}, "empty_stretch", 0),
    ("stretches out of order", {"a": (stop(4, 5, "q"), stop(1, 2, "q"))}, "out_of_order", 0),
    ("a stretch beyond the calendar", {"a": (stop(28, 32, "q"),)}, "outside_calendar", 48),
    ("a stretch before the calendar", {"a": (stop(-1, 2, "q"),)}, "outside_calendar", 24),
    ("a stop that runs", {"a": (stop(1, 3, "q"), stop(5, 6, "q", share=0.5))}, "wrong_share", 0.5),
    ("a limit that stands still", {"a": (stop(1, 3, "q"), limit(5, 6, 0.0, "q"))}, "wrong_share", 0),
    ("a limit above normal", {"a": (stop(1, 3, "q"), limit(5, 6, 1.5, "q"))}, "wrong_share", 1.5),
    ("what serves nothing that is asked", {"a": (stop(1, 3, "q", "x"),)}, "serves_unknown", 0),
    ("what serves another's requirement", {"a": (stop(1, 3, "q"),), "b": (stop(1, 3, "q"),)}, "serves_other", 0),
    ("what serves nothing", {"a": (stop(1, 3, "q"), stop(5, 6))}, "serves_nothing", 24),
    ("a resource nobody knows", {"a": (stop(1, 3, "q"),), "z": (stop(1, 3, "q"),)}, "unknown_resource", 0),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "code", "found"), [row[1:] for row in MISSHAPEN], ids=[row[0] for row in MISSHAPEN])
def test_a_schedule_of_the_wrong_form_is_found(plan: Plan, code: str, found: float) -> None:
    one = problem(OWED, resources=(furnace(min_stop_days=0), furnace("b")))
    said = [each for each in breaches(one, plan) if not each.code.startswith("stage")]
    assert [(each.code, each.found) for each in said] == [(code, found)]


def test_a_stretch_serves_a_requirement_only_in_its_time() -> None:
    asked = replace(OWED, period=period(0, 10))
    assert codes(problem(asked), {"a": (stop(1, 2, "q"), stop(15, 16, "q"))}) == ["serves_other"]


def test_a_wished_window_needs_no_requirement() -> None:
    assert breaches(problem(wished={"a": (stop(5, 8),)}), {"a": (stop(5, 8),)}) == []
    assert codes(problem(wished={"a": (stop(5, 8),)}), {"a": (stop(5, 9),)}) == ["serves_nothing"]


PAST = {"a": (stop(2, 6, "old"), limit(6, 8, 0.5, "old"))}


@pytest.mark.parametrize(
    ("kept", "changed"),
    [
        ((stop(2, 6, "old"), limit(6, 8, 0.5, "old")), 0),
        ((stop(2, 4), stop(4, 6), limit(6, 8, 0.5)), 0),
        ((), 6 * 24),
        ((stop(3, 7), limit(7, 9, 0.5)), 3 * 24),
        ((stop(2, 6, kind="stop_charging"), limit(6, 8, 0.5)), 4 * 24),
        ((stop(2, 6), limit(6, 8, 0.6)), 2 * 24),
        ((stop(2, 6), limit(6, 8, 0.5), stop(9.5, 10)), 12),
    ],
)
def test_the_past_is_kept_to_the_hour(kept: tuple[Any, ...], changed: float) -> None:
    said = breaches(problem(from_day=LATER, past=PAST), {"a": kept})
    assert [(one.code, one.found) for one in said] == ([("past_changed", changed)] if changed else [])


# Name, resource, further requirements, its stretches, codes.
BLOCKS: list[tuple[str, dict[str, Any], tuple[Requirement, ...], tuple[Any, ...], list[str]]] = [
    ("long enough", {"min_stop_days": 3}, (), (stop(1, 4, "q"),), []),
    ("long enough over two stretches", {"min_stop_days": 3}, (), (stop(1, 3, "q"), stop(3, 4, "q")), []),
    ("too short by half a day", {"min_stop_days": 3}, (), (stop(1, 3.5, "q"),), ["block_too_short"]),
    ("cut short by a limit", {"min_stop_days": 3}, (), (stop(1, 2, "q"), limit(2, 4, 0.5, "q")), ["block_too_short"]),
    ("far enough apart", {"min_run_days": 4}, (), (stop(1, 2, "q"), stop(6, 8, "q")), []),
    ("too near", {"min_run_days": 4}, (), (stop(1, 2, "q"), stop(5.5, 8, "q")), ["run_too_short"]),
    ("as many as may be", {"max_stops": 2}, (), (stop(1, 2, "q"), stop(6, 8, "q")), []),
    ("one too many", {"max_stops": 1}, (), (stop(1, 2, "q"), stop(6, 8, "q")), ["too_many_stops"]),
    ("one from the first day on", {"max_stops": 0}, (), (stop(0, 1, "q"),), ["too_many_stops"]),
    ("forced by a cap of nothing", {"min_stop_days": 3}, (NOTHING,), (stop(1, 4, "q"), stop(10, 11, "n")), []),
    ("forced and short", {"min_stop_days": 3, "max_stops": 1}, (FORCED,), (stop(1, 4, "q"), stop(10, 11, "s")), []),
    ("forced and longer, but short", {"min_stop_days": 3}, (FORCED,), (stop(1, 4, "q"), stop(10, 12, "s", "q")), ["block_too_short"]),
    ("too near to a forced one", {"min_run_days": 4}, (FORCED,), (stop(7, 8, "q"), stop(10, 11, "s")), ["run_too_short"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "more", "stretches", "found"), [row[1:] for row in BLOCKS], ids=[row[0] for row in BLOCKS]
)
def test_blocks_the_planner_chooses_are_as_long_as_far_apart_and_as_many_as_they_may_be(
    given: dict[str, Any], more: tuple[Requirement, ...], stretches: tuple[Any, ...], found: list[str]
) -> None:
    assert codes(problem(OWED, *more, resources=(furnace(**given),)), {"a": stretches}) == found


def test_a_cycle_and_a_cohort_through_its_whole_period_are_no_blocks_of_the_planner() -> None:
    cycle = Cycle(
        id="y", clause=CLAUSE, resource="a", from_at=instant(0), until_at=instant(DAYS), stop_hours=12, run_hours=12
    )
    shift = tuple(stop(day, day + 0.5, "y") for day in range(DAYS))
    demanding: dict[str, Any] = {"min_stop_days": 3, "min_run_days": 3, "max_stops": 0}
    assert breaches(problem(cycle, resources=(furnace(**demanding),)), {"a": shift}) == []
    group = Cohort(id="g", clause=CLAUSE, groups=(("a",), ("b",)), period=period(4, 6), count=1)
    two = (furnace(**demanding), furnace("b", **demanding))
    assert breaches(problem(group, resources=two), {"a": (stop(4, 6, "g"),)}) == []
    turns = {"a": (stop(4, 5, "g"),), "b": (stop(5, 6, "g"),)}
    assert codes(problem(group, resources=two), turns) == ["block_too_short", "too_many_stops"] * 2


def test_a_stop_of_the_past_binds_only_as_far_as_the_planner_goes_on_with_it() -> None:
    past = {"a": (stop(9, 10),)}
    resource = furnace(min_stop_days=3, min_run_days=4, max_stops=1)
    one = problem(replace(OWED, hours=0), resources=(resource,), from_day=LATER, past=past)
    assert codes(one, past) == []
    assert codes(one, {"a": (stop(9, 11.5, "q"),)}) == ["block_too_short"]
    # What goes on with a stop of the past is no new one.
    assert codes(one, {"a": (stop(9, 12, "q"), stop(20, 23, "q"))}) == []
    assert codes(one, {"a": (stop(9, 10), stop(12, 15, "q"))}) == ["run_too_short"]


CONTINUOUS = (furnace("a", stoppable=False), furnace("b"), furnace("c"))
CUT = Cut(id="q", clause=CLAUSE, weights_t_d={"a": 100.0, "b": 100.0}, period=period(0, 10), share=0.5)
NO_LOAD: tuple[Method, ...] = ("time_blocks", "whole_lines")
GROUP = Cohort(id="q", clause=CLAUSE, groups=(("a",), ("b",)), period=period(0, 10), count=1)
WHOLE = {"a": (stop(0, 10, "q"),)}
# Name, what is asked, schedule, whether the stop of the furnace that cannot be interrupted is the planner's own.
CHOSEN: list[tuple[str, Requirement, Plan, bool]] = [
    ("a cut that load could meet", CUT, WHOLE, True),
    ("a cut that another furnace could meet", replace(CUT, methods=NO_LOAD), WHOLE, True),
    ("a cut that asks both to stop", replace(CUT, share=1.0, methods=NO_LOAD), {**WHOLE, "b": (stop(0, 10, "q"),)}, False),
    ("a cohort that others could be", GROUP, WHOLE, True),
    ("a cohort of all", replace(GROUP, count=2), {**WHOLE, "b": (stop(0, 10, "q"),)}, False),
    ("owed hours", replace(OWED, hours=240, period=period(0, 10)), WHOLE, False),
    ("a stop", replace(FORCED, id="q", period=period(0, 10)), WHOLE, False),
    ("a cap of nothing", Cap(id="q", clause=CLAUSE, resource="a", period=period(0, 10), share=0.0), WHOLE, False),
    ("a cap of half", Cap(id="q", clause=CLAUSE, resource="a", period=period(0, 10), share=0.5), WHOLE, True),
    ("no charging, and cold", replace(FORCED, id="q", kind="stop_charging", period=period(0, 10)), WHOLE, True),
    ("no charging", replace(FORCED, id="q", kind="stop_charging", period=period(0, 10)), {"a": (stop(0, 10, "q", kind="stop_charging"),)}, False),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "plan", "wrong"), [row[1:] for row in CHOSEN], ids=[row[0] for row in CHOSEN])
def test_what_cannot_be_interrupted_stops_only_where_nothing_else_is_asked(
    asked: Requirement, plan: Plan, wrong: bool
) -> None:
    said = breaches(problem(asked, resources=CONTINUOUS), plan)
    assert [(one.code, one.resource, one.found) for one in said] == ([("not_stoppable", "a", 240)] if wrong else [])


def test_what_cannot_be_interrupted_stops_with_all_it_depends_on() -> None:
    coupling = Coupling(id="q", clause=CLAUSE, upstream_t_d={"b": 100.0, "c": 100.0}, downstream="a")
    forced = tuple(replace(FORCED, id=f"s{name}", resource=name, period=period(0, 5)) for name in ("b", "c"))
    both = {"b": (stop(0, 5, "sb"),), "c": (stop(0, 5, "sc"),)}
    one = problem(coupling, *forced, resources=CONTINUOUS)
    assert breaches(one, {**both, "a": (stop(0, 5, "q"),)}) == []
    assert codes(one, {**both, "a": (stop(0, 6, "q"),)}) == ["not_stoppable"]


def test_stage_values_are_computed_anew() -> None:
    one = problem(OWED, published={"a": (stop(1, 2),)})
    right = scheduled(one, {"a": (stop(20, 21, "q"),)})
    assert {stage.name: stage.value for stage in right.stages} == {
        "peak_preferred": 1.5,
        "tonnes_preferred": 21.0,
        "peak_outside": 1.5,
        "restarts": 1.0,
        "changes": 2.0,
    }
    assert check(one, right) == []
    for number, stage in enumerate(right.stages):
        others = right.stages[:number] + right.stages[number + 1 :]
        wrong = [
            ("stage_missing", others),
            ("stage_missing", (*right.stages, stage)),
            ("stage_value", (*others, replace(stage, value=stage.value - 0.01))),
            ("stage_bound", (*others, replace(stage, bound=stage.value + 0.01))),
        ]
        for code, stages in wrong:
            said = check(one, replace(right, stages=stages))
            assert [(each.code, each.label) for each in said] == [(code, stage.name)]
    assert check(one, replace(right, stages=tuple(replace(stage, bound=0.0) for stage in right.stages))) == []


def test_hot_ovens_remain_in_the_tonnes() -> None:
    asked = replace(FORCED, kind="stop_charging", period=period(15, DAYS))
    one = problem(asked, resources=(furnace(idle_share=0.2),))
    right = scheduled(one, {"a": (stop(15, DAYS, "s", kind="stop_charging"),)})
    assert check(one, right) == []
    assert right.stages[0].value == pytest.approx(0.3)


def test_every_code_is_told_in_both_languages() -> None:
    for code in told._SAID:
        one = told.Breach(code=code, requirement="q", resource="a", label="甲", day=FIRST)
        assert one.message("zh").endswith("。")
        assert one.message("en").endswith(".")

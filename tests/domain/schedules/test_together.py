"""What is to give way together resolves everything that the same resources contradict in."""

from dataclasses import replace
from math import ceil

import pytest
from hypothesis import HealthCheck, given

from app.documents.schedules import conflict_errors
from app.domain.schedules.planning.conflicts import Conflict, Relaxation
from app.domain.schedules.planning.exact import components
from app.domain.schedules.planning.explain import conflict_of
from app.domain.schedules.planning.grid import grid_of
from app.domain.schedules.planning.plan import Impossible, NotFoundWithinWork, plan
from app.domain.schedules.problem import Problem
from app.domain.schedules.requirements import Cap, Cohort, Cut, HeatDuty, Requirement, Stop, StopHours
from tests.domain.schedules.small import CLAUSE, DAYS, furnace, period, problem
from tests.domain.schedules.strategies import problems
from tests.examples import tried


def relaxed(one: Requirement, way: Relaxation) -> list[Requirement]:
    match one:
        case StopHours():
            return [replace(one, hours=one.hours - round(way.amount))]
        case Cut():
            whole = sum(one.weights_t_d.values()) * (one.period.days or 0)
            return [replace(one, share=max(0.0, one.share - (way.amount + 1e-6) / whole))]
        case Cohort():
            return [replace(one, count=one.count - ceil(way.amount - 1e-9))]
        case HeatDuty():
            return [replace(one, needed_mw=max(0.0, one.needed_mw - way.amount - 1e-6))]
        case Stop() | Cap():
            return []
        case _:
            raise AssertionError(one)


def with_ways(given: Problem, ways: tuple[Relaxation, ...]) -> Problem:
    by_id = {way.requirement: way for way in ways}
    asked: list[Requirement] = []
    for one in given.requirements:
        asked += relaxed(one, by_id[one.id]) if one.id in by_id else [one]
    return replace(given, requirements=tuple(asked))


def left_contradicting(given: Problem, ways: tuple[Relaxation, ...]) -> list[Conflict]:
    """What the same resources contradict in after all that gives way has."""
    mended = with_ways(given, ways)
    left = {way.requirement for way in ways} & {one.id for one in mended.requirements}
    parts = components(grid_of(mended), mended.requirements)
    touched = [part for part in parts if left & {one.id for one in part.requirements}]
    found = [conflict_of(grid_of(mended), part) for part in touched]
    return [one for one in found if one is not None]


@tried(150, suppress_health_check=list(HealthCheck))
@given(problems())
def test_giving_way_together_leaves_no_contradiction_among_the_same_resources(random):
    try:
        plan(random)
    except NotFoundWithinWork:
        return
    except Impossible as refused:
        for conflict in refused.conflicts:
            assert not left_contradicting(random, conflict.together)


def test_who_cannot_be_interrupted_stands_still_for_no_cut_once_its_stop_gives_way():
    stop = Stop(id="stop", clause=CLAUSE, resource="a", period=period(), kind="stop")
    heat = HeatDuty(id="heat", clause=CLAUSE, heat_mw={"a": 10}, period=period(0, 1), needed_mw=2.5)
    cut = Cut(
        id="cut", clause=CLAUSE, weights_t_d={"a": 50}, period=period(), share=1, methods=("time_blocks", "whole_lines")
    )
    asked = problem(stop, heat, cut, resources=(furnace("a", stoppable=False),))
    with pytest.raises(Impossible) as refused:
        plan(asked)
    [conflict] = refused.value.conflicts
    # Not one day's 50 t: nothing but the stop lets the other 29 days be cut.
    assert [(way.requirement, way.amount) for way in conflict.together] == [("stop", 30), ("cut", 1500)]
    assert not left_contradicting(asked, conflict.together)


def test_days_that_a_stop_leaves_free_are_stopped_in_blocks_as_long_as_the_resource_needs():
    stop = Stop(id="stop", clause=CLAUSE, resource="a", period=period(), kind="stop")
    warm = [
        HeatDuty(id=f"heat{day}", clause=CLAUSE, heat_mw={"a": 10}, period=period(day, day + 1), needed_mw=10)
        for day in range(0, DAYS, 6)
    ]
    cut = Cut(id="cut", clause=CLAUSE, weights_t_d={"a": 50}, period=period(), share=0.8, methods=("time_blocks",))
    for shortest, short in ((5, 0), (6, 1200)):
        asked = problem(stop, *warm, cut, resources=(furnace("a", min_stop_days=shortest),))
        with pytest.raises(Impossible) as refused:
            plan(asked)
        for conflict in refused.value.conflicts:
            assert sum(way.amount for way in conflict.together if way.requirement == "cut") == short
            assert not left_contradicting(asked, conflict.together)


def test_a_stop_alone_is_no_way_out_where_others_need_its_days():
    stop = Stop(id="stop", clause=CLAUSE, resource="a", period=period(), kind="stop")
    heat = HeatDuty(id="heat", clause=CLAUSE, heat_mw={"a": 10}, period=period(0, 1), needed_mw=10)
    cut = Cut(id="cut", clause=CLAUSE, weights_t_d={"a": 50}, period=period(), share=0.5, methods=("time_blocks",))
    for stoppable, ways in ((True, ["heat", "stop"]), (False, ["heat"])):
        with pytest.raises(Impossible) as refused:
            plan(problem(stop, heat, cut, resources=(furnace("a", stoppable=stoppable),)))
        [conflict] = refused.value.conflicts
        assert sorted(way.requirement for way in conflict.relaxations) == ways


def test_furnaces_that_heat_give_way_together_the_cleanest_first():
    """Three owe 20 days each, and of the 30 there are only one may stand still at a time."""
    lines = (furnace("a", emission_t_d={"pm": 1.0}), furnace("b", emission_t_d={"pm": 2.0}))
    owed = [StopHours(id=f"q{one.id}", clause=CLAUSE, resource=one.id, period=period(), hours=480) for one in lines]
    third = furnace("c", emission_t_d={"pm": 3.0})
    more = StopHours(id="qc", clause=CLAUSE, resource="c", period=period(), hours=480)
    heat = HeatDuty(id="heat", clause=CLAUSE, heat_mw={"a": 10, "b": 10, "c": 10}, period=period(), needed_mw=20)
    asked = problem(*owed, more, heat, resources=(*lines, third))
    with pytest.raises(Impossible) as refused:
        plan(asked)
    [conflict] = refused.value.conflicts
    # Sixty days owed, thirty there are: all twenty of a, ten of b.
    assert [(way.requirement, way.amount, way.unit) for way in conflict.together] == [
        ("qa", 480, "h"),
        ("qb", 240, "h"),
    ]
    assert sum(way.lost_tonnes for way in conflict.together) == 40
    told = [one for one in conflict_errors(asked, [conflict]) if one.code == "joint_relaxation"]
    assert [one.pointer for one in told] == ["/conflicts/0/together"]
    assert told[0].zh.startswith("代价最小的办法是同时放宽 480 h：a号炉：linfen L12-14 ；240 h：b号炉")
    assert "480 h: a号炉" in told[0].en
    assert told[0].en.endswith("(40 t less are saved)")


def test_of_two_equals_one_gives_way_and_nothing_is_told_beside_it():
    lines = (furnace("a"), furnace("b"))
    owed = [StopHours(id=f"q{one.id}", clause=CLAUSE, resource=one.id, period=period(), hours=480) for one in lines]
    heat = HeatDuty(id="heat", clause=CLAUSE, heat_mw={"a": 10, "b": 10}, period=period(), needed_mw=10)
    with pytest.raises(Impossible) as refused:
        plan(problem(*owed, heat, resources=lines))
    [conflict] = refused.value.conflicts
    assert [(way.requirement, way.amount) for way in conflict.relaxations] == [("qa", 240), ("qb", 240), ("heat", 10)]
    assert conflict.together == ()

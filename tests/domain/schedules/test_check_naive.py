"""The checker against a count hour by hour in exact fractions, over random problems and random schedules."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.checking.check import check
from app.domain.schedules.problem import Problem, Schedule
from app.domain.schedules.refusing.refusals import refuse_wrong
from tests.domain.schedules.naive import findings
from tests.domain.schedules.strategies import problems, schedules

WORK = settings(max_examples=60, deadline=None)
# What the naive count does not look at: whether stretches say truly what they are for.
OF_SERVING = {"serves_unknown", "serves_other", "serves_nothing"}


@WORK
@given(st.data())
def test_the_checker_finds_what_a_count_hour_by_hour_finds(data: st.DataObject) -> None:
    problem = data.draw(problems(most_resources=5))
    schedule = data.draw(schedules(problem))
    found = {(one.code, one.requirement, one.resource) for one in check(problem, schedule)}
    assert {each for each in found if each[0] not in OF_SERVING} == findings(problem, schedule.stretches)


@WORK
@given(st.data())
def test_a_past_that_never_was_is_found_as_a_count_hour_by_hour_finds_it(data: st.DataObject) -> None:
    problem = data.draw(problems(most_resources=3))
    other = replace(problem, past={}, from_day=problem.first)
    schedule = data.draw(schedules(other))
    found = {(one.code, one.resource) for one in check(problem, schedule) if one.code == "past_changed"}
    naive = {(code, name) for code, _, name in findings(problem, schedule.stretches) if code == "past_changed"}
    assert found == naive


@WORK
@given(problems())
def test_random_problems_are_refused_for_no_row(problem: Problem) -> None:
    refuse_wrong(problem)


@WORK
@given(st.data())
def test_a_check_says_the_same_whatever_the_order_of_the_resources(data: st.DataObject) -> None:
    problem = data.draw(problems(most_resources=4))
    schedule = data.draw(schedules(problem))
    turned = replace(problem, resources=problem.resources[::-1], requirements=problem.requirements[::-1])
    around = Schedule(stretches=dict(list(schedule.stretches.items())[::-1]), stages=schedule.stages)
    assert sorted(map(_told, check(turned, around))) == sorted(map(_told, check(problem, schedule)))


def _told(one: Breach) -> str:
    """Sums of floats depend on their order in the last digits."""
    return repr(replace(one, needed=round(one.needed, 6), found=round(one.found, 6)))

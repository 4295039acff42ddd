"""Targets that the stops asked for cannot reach are told as impossible, not as undecided."""

import pytest

from app.domain.schedules.planning.plan import Impossible, plan
from app.domain.schedules.requirements import Floor, StopHours
from tests.domain.schedules.small import CLAUSE, furnace, period, problem


def ten_days(name: str = "a") -> StopHours:
    return StopHours(id=f"q{name}", clause=CLAUSE, resource=name, period=period(), hours=240)


def floor(name: str, first: int, until: int, tonnes: float) -> Floor:
    return Floor(id=name, clause=CLAUSE, pollutant="nox", period=period(first, until), tonnes=tonnes)


def test_a_target_beyond_the_days_owed_gives_way_by_what_they_fall_short():
    with pytest.raises(Impossible) as refused:
        plan(problem(ten_days(), floor("f", 0, 30, 12.0)))
    [conflict] = refused.value.conflicts
    assert conflict.requirements == ("f",)
    [way] = conflict.relaxations
    assert (way.requirement, way.unit) == ("f", "t")
    assert way.amount == pytest.approx(2.0)


def test_two_targets_that_want_the_same_days_contradict_each_other():
    with pytest.raises(Impossible) as refused:
        plan(problem(ten_days(), floor("f", 0, 10, 6.0), floor("g", 20, 30, 6.0)))
    [conflict] = refused.value.conflicts
    assert set(conflict.requirements) == {"f", "g"}
    ways = (*conflict.relaxations, *conflict.together)
    # Two tonnes would do; what is told is enough, if not the least.
    assert 2.0 - 1e-6 <= sum(way.amount for way in ways) <= 6.0 + 1e-6


def test_whole_days_that_miss_a_target_by_less_than_a_day_are_refuted_too():
    """Of ten days each at 1.0 and 0.7 t/d, 2.9 t in three days take all three of the first and leave 14.0 t, not 14.05."""
    lines = (furnace("a", emission_t_d={"nox": 1.0}), furnace("b", emission_t_d={"nox": 0.7}))
    exact = (floor("f", 0, 3, 2.9), floor("g", 3, 30, 14.05))
    with pytest.raises(Impossible) as refused:
        plan(problem(ten_days("a"), ten_days("b"), *exact, resources=lines))
    assert {name for one in refused.value.conflicts for name in one.requirements} == {"f", "g"}

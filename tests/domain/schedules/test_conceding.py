"""What an officer concedes falls short by the least that makes a schedule possible, and nothing else does."""

import pytest

from app.domain.schedules.checking.check import check
from app.domain.schedules.planning.conceding import conceding
from app.domain.schedules.planning.plan import Impossible, plan
from app.domain.schedules.requirements import Cohort, Cut, HeatDuty, Requirement, StopHours
from tests.domain.schedules.small import CLAUSE, furnace, period, problem

BOILER = HeatDuty(id="heat", clause=CLAUSE, heat_mw={"a": 10.0}, period=period(), needed_mw=10.0)
STOPS = StopHours(id="stops", clause=CLAUSE, resource="a", period=period(), hours=48)


def silent(*_: object) -> None:
    """Nobody listens."""


def of(*asked: Requirement, names: set[str]):
    return conceding(plan, problem(*asked, resources=(furnace("a"), furnace("b"))), names, silent)


def test_what_is_possible_concedes_nothing() -> None:
    found = of(STOPS, names={"stops"})
    assert found.ways == ()
    assert found.problem.requirements == (STOPS,)


def test_without_a_concession_it_stays_impossible() -> None:
    with pytest.raises(Impossible):
        of(STOPS, BOILER, names=set())
    with pytest.raises(Impossible):
        of(STOPS, BOILER, names={"something else"})


def test_stop_hours_that_contradict_a_heat_duty_give_way_altogether_and_homes_stay_warm() -> None:
    found = of(STOPS, BOILER, names={"stops"})
    assert [(way.requirement, way.amount) for way in found.ways] == [("stops", 48)]
    assert found.problem.requirements == (BOILER,)
    assert check(found.problem, found.schedule) == []
    assert not any(found.schedule.stretches.values())


def test_a_cohort_gives_way_by_the_groups_that_cannot_be_had() -> None:
    turns = Cohort(id="turns", clause=CLAUSE, groups=(("a",), ("b",)), period=period(), count=2)
    found = of(turns, BOILER, names={"turns"})
    assert [(way.requirement, way.amount) for way in found.ways] == [("turns", 1)]
    assert [one.count for one in found.problem.requirements if isinstance(one, Cohort)] == [1]
    assert check(found.problem, found.schedule) == []


def test_a_cut_gives_way_by_no_more_than_it_must() -> None:
    cut = Cut(id="cut", clause=CLAUSE, weights_t_d={"a": 100.0, "b": 100.0}, period=period(), share=0.75)
    found = of(cut, BOILER, names={"cut"})
    assert [way.requirement for way in found.ways] == ["cut"]
    (left,) = (one for one in found.problem.requirements if isinstance(one, Cut))
    assert left.share == pytest.approx(0.5, abs=0.001)
    assert check(found.problem, found.schedule) == []


def test_heat_gives_way_only_where_heat_is_conceded() -> None:
    found = of(STOPS, BOILER, names={"heat"})
    assert [way.unit for way in found.ways] == ["MW"]
    assert STOPS in found.problem.requirements

"""Heat that is kept up whatever stops, and the tonnes a region wants less."""

import pytest

from app.domain.periods import Period
from app.domain.schedules.given.prepared import RegisterInsufficient, Target
from app.domain.schedules.requirements import Floor, HeatDuty
from tests.domain.register import line, unit
from tests.domain.schedules.plants import FUSHAN, LINFEN, TWELVE, day, furnace, of, prepared, steel, works

HEATS = {"residential_heat": True, "heat_duty_mw": 40}
WINDOW = Period(day("2022-10-01"), day("2023-04-01"))


def test_a_site_that_heats_homes_keeps_its_duty_by_the_shares_of_its_furnaces() -> None:
    iron = steel(furnace("f1", 3000), furnace("f2", 1000))
    iron["facts"] |= line("x", None, {"heat_output_mw": 60})["facts"]
    [duty] = of(prepared(TWELVE, works(LINFEN, iron, facts=HEATS)), HeatDuty)
    assert (duty.heat_mw, duty.needed_mw, duty.period) == ({"f1": 45.0, "f2": 15.0}, 40.0, WINDOW)
    assert duty.clause.cites == ("L12-54", "L12-03")


def test_a_boiler_with_its_own_heat_carries_it_and_the_heating_season_may_be_given() -> None:
    boiler = unit("boiler", "boiler", {"heat_output_mw": 50})
    heating = Period(day("2022-11-01"), day("2023-04-01"))
    tree = works(LINFEN, steel(furnace("f1", 3000), more=[boiler]), facts=HEATS)
    [duty] = of(prepared(TWELVE, tree, heating=heating), HeatDuty)
    assert (duty.heat_mw, duty.period) == ({"boiler": 50.0}, heating)


def test_a_duty_nobody_stated_is_open_and_one_that_nothing_carries_is_refused() -> None:
    plain = works(LINFEN, steel(furnace("f1", 3000)), facts={"residential_heat": True})
    found = prepared(TWELVE, plain)
    assert of(found, HeatDuty) == []
    assert [(one.subject_id, one.clause.rule) for one in found.open if one.subject_id == "firm-site"] == [
        ("firm-site", "heat")
    ]
    with pytest.raises(RegisterInsufficient) as refused:
        prepared(TWELVE, works(LINFEN, steel(furnace("f1", 3000)), facts=HEATS))
    assert refused.value.errors[0].pointer == "/enterprises/firm/subjects/firm-site/facts/heat_output_mw"


def test_heat_is_kept_from_the_day_of_planning_on() -> None:
    boiler = unit("boiler", "boiler", {"heat_output_mw": 50})
    tree = works(LINFEN, steel(furnace("f1", 3000), more=[boiler]), facts=HEATS)
    [duty] = of(prepared(TWELVE, tree, from_day="2023-02-01"), HeatDuty)
    assert duty.period == Period(day("2023-02-01"), day("2023-04-01"))


def test_a_target_is_a_floor_over_its_month_or_over_the_calendar() -> None:
    why = {"zh": "大幅抵消采暖新增排放", "en": "offset the emissions that heating adds"}
    targets = (
        Target(pollutant="so2", tonnes=120.0, why=why, month=2, pack="huairen", cites=("HR-03",)),
        Target(pollutant="nox", tonnes=900.0, why=why),
    )
    tree = works(FUSHAN, line("mill", "foundry", {"performance_grade": "C"}))
    month, whole = of(prepared("fushan", tree, targets=targets), Floor)
    assert (month.pollutant, month.tonnes, month.period) == ("so2", 120.0, Period(day("2023-02-01"), day("2023-03-01")))
    assert (month.clause.cites, month.clause.says) == (("HR-03",), why)
    assert (whole.period.start, whole.period.until) == (day("2022-09-01"), day("2023-04-01"))


def test_what_nothing_is_asked_of_stays_out_of_the_reach_of_targets() -> None:
    lawful = line("lawful", "foundry", {"performance_grade": "A", "pm_emission_t_d": 0.5})
    found = prepared("fushan", works(FUSHAN, lawful, line("mill", "foundry", {"performance_grade": "D"})))
    assert [one.id for one in found.problem.resources] == ["mill"]
    assert [(one.id, one.emission_t_d) for one in found.free] == [("lawful", {"pm": 0.5})]


def test_a_line_planned_without_emission_facts_is_noted() -> None:
    found = prepared("fushan", works(FUSHAN, line("mill", "foundry", {"performance_grade": "D"})))
    assert [(note.subject_id, note.kind) for note in found.notes] == [("mill", "emission")]


def test_shortest_stops_and_runs_and_the_most_restarts_come_from_the_line_or_its_unit() -> None:
    facts = {"performance_grade": "C", "min_stop_days": 10, "min_run_days": 5, "max_stops_per_season": 2}
    [mill] = prepared("fushan", works(FUSHAN, line("mill", "foundry", facts))).problem.resources
    assert (mill.min_stop_days, mill.min_run_days, mill.max_stops) == (10, 5, 2)
    assert (mill.region, mill.industry, mill.label, mill.stoppable) == (FUSHAN, "foundry", "firm·mill", True)

"""From decisions to stops: whole ones, open ones, hot ovens, and lines that go on beside a stopped unit."""

from app.domain.periods import Period
from app.domain.schedules.requirements import Cap, Stop
from tests.domain.register import line, span, subject, unit
from tests.domain.schedules.plants import (
    FINISHED,
    FUSHAN,
    GAOPING,
    HUAIREN,
    LINFEN,
    TWELVE,
    YONGNING,
    day,
    of,
    prepared,
    works,
)

COKING = {"electricity_control_system": "accepted", "benchmark_35": "not_done", "quenching": "wet"}


def test_a_foundry_of_grade_d_stops_for_the_whole_window_of_fushan() -> None:
    found = prepared("fushan", works(FUSHAN, line("mill", "foundry", {"performance_grade": "D"})))
    [stop] = of(found, Stop)
    assert (stop.resource, stop.period, stop.clause.rule) == (
        "mill",
        Period(day("2022-10-21"), day("2023-04-01")),
        "FS-17",
    )
    assert stop.clause.cites[0] == "FS-17"
    assert stop.clause.says["en"] == "A foundry of grade D stops."


def test_a_clinker_line_of_yongning_stops_through_its_hundred_days() -> None:
    found = prepared("yongning", works(YONGNING, line("kiln", "cement", {"co_processing_waste": False})))
    assert [one.period.days for one in of(found, Stop)] == [100]


def test_a_stop_until_acceptance_reaches_to_the_end_of_the_calendar() -> None:
    tree = works(LINFEN, line("kiln", "lime", {"deep_treatment": "not_done", "electricity_control_system": "accepted"}))
    found = prepared(TWELVE, tree)
    [stop] = of(found, Stop)
    assert (stop.clause.rule, stop.period.start, stop.period.until) == ("L12-09", day("2022-10-01"), found.problem.end)


def test_acceptance_ends_the_stop_on_its_day() -> None:
    treated = [span("not_done", end="2022-11-20"), span("accepted", start="2022-11-20")]
    facts = {"deep_treatment": treated, "electricity_control_system": "accepted"}
    found = prepared(TWELVE, works(LINFEN, line("plant", "other", facts)))
    assert [(one.clause.rule, one.period.until) for one in of(found, Stop)] == [("L12-09", day("2022-11-20"))]


def test_neighbouring_stretches_of_one_rule_are_one_stop() -> None:
    soot = [span(40, end="2022-12-10"), span(50, start="2022-12-10")]
    facts = {"deep_treatment": "not_done", "electricity_control_system": "accepted", "pm_mg_m3": soot}
    found = prepared(TWELVE, works(LINFEN, line("plant", "other", facts)))
    assert [(one.period.start, one.period.until) for one in of(found, Stop)] == [(day("2022-10-01"), found.problem.end)]


def test_a_boiler_stops_while_its_line_goes_on_with_all_its_emission() -> None:
    boiler = unit("boiler", "boiler", {"boiler_fuel": "coal", "boiler_ultra_low_retrofit": False})
    facts = {"electricity_control_system": "accepted", "deep_treatment": "accepted", "so2_emission_t_d": 2.0}
    found = prepared(TWELVE, works(LINFEN, line("works", "other", facts, [boiler])))
    assert {one.resource for one in of(found, Stop)} == {"boiler"}
    assert [one.id for one in found.problem.resources] == ["boiler"]
    assert found.problem.resources[0].emission_t_d == {}
    assert [(one.id, one.emission_t_d) for one in found.free] == [("works", {"so2": 2.0})]


def test_a_rule_that_binds_site_line_and_units_stops_each_once() -> None:
    kiln = unit("kiln", "rotary_kiln", {"catalogue_class": "restricted"})
    tree = works(
        HUAIREN,
        line("l1", "refractory", None, [kiln]),
        line("l2", "refractory"),
        facts={"residential_heat": False, "residential_gas": False},
    )
    tree["facts"] |= works(HUAIREN)["facts"] | {"annual_task": [span("not_done")]}
    stops = of(prepared("huairen", tree), Stop)
    assert sorted(one.resource for one in stops) == ["kiln", "l2"]
    assert {one.clause.rule for one in stops} == {"HR-04"}


def test_ovens_without_coal_stay_hot_and_keep_the_emission_of_the_load_that_holds_them() -> None:
    facts = {**COKING, "full_reduction_35": "not_done", "coking_special_limit_stable": False}
    found = prepared(
        TWELVE, works(LINFEN, line("oven", "coking", {**facts, "safe_holding_load_pct": 15, "pm_emission_t_d": 1}))
    )
    [stop] = of(found, Stop)
    assert (stop.kind, stop.clause.rule) == ("stop_charging", "L12-23")
    assert found.problem.resources[0].idle_share == 0.15
    unknown = prepared(TWELVE, works(LINFEN, line("oven", "coking", facts)))
    assert unknown.problem.resources[0].idle_share == 0.0
    assert "holding" in {note.kind for note in unknown.notes}


def test_what_is_past_is_planned_no_more() -> None:
    tree = works(FUSHAN, line("mill", "foundry", {"performance_grade": "D"}))
    [stop] = of(prepared("fushan", tree, from_day="2023-01-10"), Stop)
    assert stop.period == Period(day("2023-01-10"), day("2023-04-01"))


def test_a_stop_after_the_calendar_is_told_of_until_the_calendar_is_longer() -> None:
    facts = {"electricity_control_system": "accepted", "deep_treatment": "accepted"}
    heat = {"residential_heat": True, "wash_platform": False, "trucks_national_5_sealed": False}
    mountain = works(FUSHAN, line("plant", "thermal_power", facts), facts=heat)
    found = prepared(TWELVE, mountain)
    assert of(found, Stop) == []
    assert [one.clause.rule for one in found.open if one.kind == "calendar"] == ["L12-25"]
    longer = prepared(TWELVE, mountain, end=day("2023-05-01"))
    assert [one.period for one in of(longer, Stop)] == [Period(day("2023-03-16"), day("2023-05-01"))]


def test_longer_coking_time_is_a_cap_of_normal_over_required_hours() -> None:
    facts = {**COKING, "full_reduction_35": "accepted", "quenching": "dry", "coke_oven_type": "conventional"}
    found = prepared(TWELVE, works(LINFEN, line("oven", "coking", {**facts, "coking_hours_normal": 24})))
    assert [(one.resource, one.share, one.clause.rule) for one in of(found, Cap)] == [("oven", 24 / 36, "L12-21")]
    assert of(prepared(TWELVE, works(LINFEN, line("oven", "coking", {**facts, "coking_hours_normal": 40}))), Cap) == []
    unknown = prepared(TWELVE, works(LINFEN, line("oven", "coking", facts)))
    assert [(one.kind, one.clause.rule) for one in unknown.open] == [("insufficient_facts", "L12-21")]


def test_a_melting_unit_stops_and_the_rest_of_the_foundry_keeps_its_share_of_the_emission() -> None:
    melting = {"fuel": "coke", "meets_emission_standard": True, "flue_gas_monitoring_installed": False}
    melting |= {"online_monitoring_stable": False, "catalogue_class": "permitted"}
    cupola = unit("cupola", "cupola", {**melting, "unit_capacity_t_d": 30})
    drier = unit("drier", "dryer", {"unit_capacity_t_d": 10, "catalogue_class": "permitted"})
    found = prepared(
        "gaoping", works(GAOPING, line("foundry", "foundry", {**FINISHED, "pm_emission_t_d": 4.0}, [cupola, drier]))
    )
    assert {one.resource for one in of(found, Stop)} == {"cupola"}
    shares = {one.id: one.emission_t_d["pm"] for one in (*found.problem.resources, *found.free)}
    assert shares == {"cupola": 3.0, "foundry": 1.0}


def test_what_waits_for_an_answer_or_for_facts_is_listed_by_line_and_clause() -> None:
    tree = subject(
        "enterprise",
        "firm",
        None,
        works(FUSHAN, line("steel", "steel", {"performance_grade": "B"}), line("mill", "foundry"))["children"],
    )
    found = prepared("fushan", tree)
    kinds = {(one.subject_id, one.kind) for one in found.open}
    assert {("steel", "authority_decides"), ("mill", "insufficient_facts")} <= kinds
    assert all(one.says["zh"] and one.says["en"] for one in found.open)
    assert "performance grade" in next(one.says["en"] for one in found.open if one.subject_id == "mill")

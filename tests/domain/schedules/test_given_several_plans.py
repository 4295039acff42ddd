"""Several plans at once: what prevails by itself is planned, what waits for a word is listed (A-G15)."""

from app.domain.periods import Period
from app.domain.schedules.given.prepared import Prepared
from app.domain.schedules.requirements import Cut, Stop
from tests.domain.register import line
from tests.domain.schedules.plants import ENCOURAGED, HUAIREN, LINFEN, TWELVE, day, of, prepared, works

CLINKER = {"clinker_from_carbide_slag": False, "clinker_line_heats_homes": False}
FIRST_CLASS = {
    "electricity_control_system": "accepted",
    "deep_treatment": "accepted",
    "ultra_low_retrofit": "accepted",
    "pm_o2_10_mg_m3": 8,
    "so2_o2_10_mg_m3": 30,
    "nox_o2_10_mg_m3": 90,
    "online_monitoring_connected": True,
}


def clinker(region: str, plan: str, **facts: object) -> Prepared:
    trucks = {"wash_platform": True, "trucks_national_5_sealed": True}
    tree = works(region, line("kiln", "cement", {**CLINKER, **facts}), facts=trucks)
    return prepared([plan, "national-clinker"], tree)


def test_a_stricter_national_window_waits_where_the_citys_plan_is_silent() -> None:
    found = clinker(LINFEN, TWELVE, **FIRST_CLASS)
    winter = Period(day("2022-12-01"), day("2023-02-01"))
    assert {(one.clause.rule, one.period) for one in of(found, Stop)} == {("L12-27", winter), ("NC-04", winter)}
    waiting = [one for one in found.open if one.kind == "other_plan"]
    assert [(one.subject_id, one.clause.pack, one.period.start) for one in waiting] == [
        ("kiln", TWELVE, day("2022-11-15"))
    ]
    assert "从严" in waiting[0].says["zh"]


def test_where_the_national_requirement_prevails_both_are_planned() -> None:
    tree = works(HUAIREN, line("kiln", "cement", {**CLINKER, **ENCOURAGED}), facts=ENCOURAGED)
    found = prepared(["huairen", "national-clinker"], tree)
    assert {one.clause.rule for one in of(found, Stop)} == {"NC-04"}
    assert {one.clause.rule for one in of(found, Cut)} == {"HR-09"}
    assert [one for one in found.open if one.kind == "other_plan"] == []


def test_a_warning_of_the_day_is_left_to_orders_and_noted() -> None:
    facts = {"warning_level": "orange", "performance_grade": "C"}
    tree = works(LINFEN, line("kiln", "cement", facts))
    found = prepared("national-grades", tree)
    assert found.problem.requirements == ()
    assert "warning" in {note.kind for note in found.notes}


def test_rules_for_warnings_do_not_lengthen_the_calendar() -> None:
    tree = works(HUAIREN, line("kiln", "cement", {**CLINKER, **ENCOURAGED}), facts=ENCOURAGED)
    alone, beside = (prepared(packs, tree).problem for packs in ("huairen", ["huairen", "national-grades"]))
    assert (alone.first, alone.end) == (beside.first, beside.end) == (day("2022-09-01"), day("2023-04-01"))

"""From percentages to cuts: members and their weights, the time they are reckoned over, and what stops along."""

from uuid import UUID

import pytest

from app.domain.enterprises.structure import Coupling as Registered
from app.domain.periods import Period
from app.domain.schedules.given.prepared import RegisterInsufficient
from app.domain.schedules.requirements import Cap, Coupling, Cut
from tests.domain.register import line, span, unit
from tests.domain.schedules.plants import (
    CLASS_III,
    ENCOURAGED,
    FINISHED,
    FUSHAN,
    GAOPING,
    HUAIREN,
    LINFEN,
    TWELVE,
    day,
    furnace,
    of,
    prepared,
    steel,
    works,
)

THREE = (furnace("f1", 3000), furnace("f2", 2000), furnace("f3", 1000))
SINTER = unit("sinter", "sintering_machine", {"catalogue_class": "permitted"})
GRADED = {
    "performance_grade": "C",
    "capacity_eia": 365_000,
    "capacity_permit": 730_000,
    "output_previous_year": 438_000,
}


def test_steel_of_the_third_class_is_cut_by_half_of_its_furnaces_capacity_and_the_rest_follows() -> None:
    mill = unit("mill", "rolling_mill", {"catalogue_class": "permitted"})
    found = prepared(TWELVE, works(LINFEN, steel(*THREE, more=[SINTER, mill], facts={"pm_emission_t_d": 12.0})))
    [cut] = of(found, Cut)
    assert (cut.weights_t_d, cut.share) == ({"f1": 3000.0, "f2": 2000.0, "f3": 1000.0}, 0.5)
    assert cut.period == Period(day("2022-10-01"), day("2023-04-01"))
    assert cut.methods == ("time_blocks", "whole_lines", "load")
    assert cut.clause.rule == "L12-15"
    assert {(one.downstream, tuple(one.upstream_t_d)) for one in of(found, Coupling)} == {
        ("sinter", ("f1", "f2", "f3")),
        ("mill", ("f1", "f2", "f3")),
    }
    emission = {one.id: one.emission_t_d.get("pm", 0.0) for one in found.problem.resources}
    assert emission == {"f1": 6.0, "f2": 4.0, "f3": 2.0, "sinter": 0.0, "mill": 0.0}


def test_a_registered_match_stands_before_all_furnaces_of_the_line() -> None:
    ids = [UUID(int=number) for number in range(1, 4)]
    furnaces = [furnace(str(ids[0]), 3000), furnace(str(ids[1]), 2000)]
    sinter = unit(str(ids[2]), "sintering_machine", {"catalogue_class": "permitted"})
    match = Registered(id=UUID(int=9), kind="matches", from_level="unit", from_id=ids[0], to_level="unit", to_id=ids[2])
    found = prepared(TWELVE, works(LINFEN, steel(*furnaces, more=[sinter])), couplings=[match])
    assert [(one.upstream_t_d, one.downstream) for one in of(found, Coupling)] == [({str(ids[0]): 3000.0}, str(ids[2]))]


def test_a_rolling_line_of_the_same_works_follows_as_a_whole_and_keeps_its_emission() -> None:
    rolling = line(
        "rolling",
        "steel",
        {**CLASS_III, "nox_emission_t_d": 1.5},
        [unit("r1", "rolling_mill", {"catalogue_class": "permitted"})],
    )
    found = prepared(TWELVE, works(LINFEN, steel(*THREE), rolling))
    [cut] = of(found, Cut)
    assert set(cut.weights_t_d) == {"f1", "f2", "f3"}
    assert [one.downstream for one in of(found, Coupling)] == ["rolling"]
    assert {one.id: one.emission_t_d for one in found.problem.resources}["rolling"] == {"nox": 1.5}


def test_a_furnace_without_capacity_is_refused_by_name_where_it_has_to_be_weighed() -> None:
    with pytest.raises(RegisterInsufficient) as refused:
        prepared(TWELVE, works(LINFEN, steel(furnace("f1", 3000), furnace("f2", None))))
    [row] = refused.value.errors
    assert row.pointer == "/enterprises/firm/subjects/f2/facts/blast_furnace_capacity_t_d"
    assert "高炉日产能" in row.zh
    assert of(prepared(TWELVE, works(LINFEN, steel(furnace("f1", None)))), Cut)[0].weights_t_d == {"f1": 1.0}


def test_a_number_below_zero_is_refused() -> None:
    with pytest.raises(RegisterInsufficient) as refused:
        prepared(
            "fushan", works(FUSHAN, line("iron", "foundry_pig_iron", {"performance_grade": "C", "pm_emission_t_d": -1}))
        )
    assert [row.pointer.rsplit("/", 1)[-1] for row in refused.value.errors] == ["pm_emission_t_d"]


def test_fushan_counts_a_percentage_over_each_phase_and_over_the_works() -> None:
    iron = [line(name, "foundry_pig_iron", GRADED) for name in ("i1", "i2")]
    found = prepared("fushan", works(FUSHAN, *iron))
    assert [(one.period.start, one.period.until, one.weights_t_d) for one in of(found, Cut)] == [
        (day("2022-10-21"), day("2023-01-01"), {"i1": 1000.0, "i2": 1000.0}),
        (day("2023-01-01"), day("2023-04-01"), {"i1": 1000.0, "i2": 1000.0}),
    ]
    baselines = [note.says["en"] for note in found.notes if note.kind == "baseline"]
    assert "FS-11: the base is the capacity approved in the impact assessment, 1000 t/d." in baselines


def test_what_cannot_be_interrupted_is_cut_by_load_beside_the_rest() -> None:
    lines = [line("i1", "foundry_pig_iron", GRADED), line("i2", "foundry_pig_iron", {**GRADED, "stoppable": False})]
    found = of(prepared("fushan", works(FUSHAN, *lines)), Cut)
    phase1 = [(tuple(one.weights_t_d), one.methods[-1:], len(one.methods)) for one in found[:2]]
    assert phase1 == [(("i1",), ("load",), 4), (("i2",), ("load",), 1)]


def test_gaoping_counts_coking_by_the_month() -> None:
    oven = unit("oven", "coke_oven", {"catalogue_class": "permitted"})
    facts = {**FINISHED, "special_limit_met": False, "residential_heat": True}
    cuts = of(prepared("gaoping", works(GAOPING, line("coke", "coking", facts, [oven]))), Cut)
    assert [one.period.start for one in cuts] == [
        day(f"{month}-01") for month in ("2022-10", "2022-11", "2022-12", "2023-01", "2023-02", "2023-03")
    ]
    assert cuts[-1].period.until == day("2023-03-16")
    assert {one.methods for one in cuts} == {("whole_lines", "time_blocks", "load")}


def test_a_restricted_unit_of_huairen_has_its_own_cut_and_the_works_the_rest() -> None:
    restricted = unit("old", "blast_furnace", {"catalogue_class": "restricted", "blast_furnace_capacity_t_d": 100})
    modern = unit("new", "blast_furnace", {"catalogue_class": "permitted", "blast_furnace_capacity_t_d": 300})
    facts = {**ENCOURAGED, "capacity_eia": 146_000}
    found = of(
        prepared("huairen", works(HUAIREN, line("iron", "steel", facts, [restricted, modern]), facts=ENCOURAGED)), Cut
    )
    january = {one.clause.rule: one for one in found if one.period.start == day("2023-01-01")}
    assert (january["HR-06"].weights_t_d, january["HR-06"].share) == ({"old": 100.0}, 0.4)
    assert january["HR-09"].weights_t_d == {"iron": 300.0}
    assert january["HR-09"].period == Period(day("2023-01-01"), day("2023-02-01"))


def test_a_load_below_what_the_ratio_leaves_is_a_cap_and_the_ratio_is_met_by_it() -> None:
    facts = {**ENCOURAGED, "load_before_1101_pct": 50.0, "pm_emission_before_1101_t_d": 0.4, "pm_emission_t_d": 1.0}
    found = prepared("huairen", works(HUAIREN, line("iron", "steel", facts), facts=facts))
    assert {(one.clause.rule, one.share) for one in of(found, Cap)} == {("HR-11.enterprise_20", 0.4)}
    assert {one.methods for one in of(found, Cut)} == {("load",)}


def test_a_percentage_changes_from_the_day_the_class_does() -> None:
    full = [span("not_done", end="2022-12-10"), span("accepted", start="2022-12-10")]
    cuts = of(prepared(TWELVE, works(LINFEN, steel(*THREE, facts={"full_reduction_35": full}))), Cut)
    assert [(one.clause.rule, one.period.start, one.period.until, one.share) for one in cuts] == [
        ("L12-15", day("2022-10-01"), day("2022-12-10"), 0.5),
        ("L12-14", day("2022-12-10"), day("2023-04-01"), 0.3),
    ]


def test_in_mid_season_the_stops_of_the_past_count_in_the_window_and_a_load_cut_only_ahead() -> None:
    found = prepared(TWELVE, works(LINFEN, steel(*THREE)), from_day="2023-01-10")
    assert of(found, Cut)[0].period.start == day("2022-10-01")
    held = prepared(
        "fushan", works(FUSHAN, line("i", "foundry_pig_iron", {**GRADED, "stoppable": False})), from_day="2023-01-10"
    )
    assert [one.period.start for one in of(held, Cut)] == [day("2023-01-10")]

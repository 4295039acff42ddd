"""What an authority's answer does to the measures of a class: it stands instead of them, or beside them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.documents.trace import summary
from app.domain.access import Person
from app.domain.acts.effects import Determination
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.stack import stack
from app.domain.decisions.subjects import Subject
from tests.domain.plans import invented, ladder, row
from tests.domain.register import MOUNTAIN, enterprise, firm, line, site, span, unit
from tests.scenarios.plans_read import evaluator_of_plan

DAY = date(2022, 12, 10)
LISTED = {
    "exemption_listed": True,
    "annual_task": "accepted",
    "fugitive_treatment": "accepted",
    "meets_industry_limit": True,
    "residential_heat": False,
    "residential_gas": False,
    "distance_to_built_up_km": 15,
    "industrial_policy_encouraged": True,
    "green_factory": False,
    "ultra_low_standing": "not_met",
    "clean_transport": False,
    "load_before_1101_pct": 100,
    "key_vehicle_user": False,
    "rail_available": False,
}


def answer(rule: str, choice: int, number: float | None = None, *, subject: str = "line") -> Determination:
    return Determination(
        id=rule,
        subject_id=subject,
        rule_id=rule,
        choice=choice,
        number=number,
        valid_from=date(2022, 10, 1),
        valid_to=None,
        person=Person(name="甲", office="局"),
        basis="纪要",
    )


def said(evaluator: Evaluator, tree: Subject, *acts: Determination, subject: str = "line") -> Decision:
    found = evaluator.evaluate(tree, season=2022, day=DAY, acts=acts)
    return next(one for one in found if one.bound.subject["id"] == subject)


def effective(decision: Decision) -> list[tuple[str, str, Any]]:
    """What of a decision holds on the day, as rules with kinds and percentages."""
    [laid] = stack([decision])
    held = [one.applied for one in laid.on(DAY).effective]
    return [(one.rule.id, one.constraint.kind, one.constraint.params.get("pct")) for one in held]


def listed_firm() -> Subject:
    furnace = unit("furnace", "blast_furnace", {"catalogue_class": "permitted"})
    return enterprise([site([line("line", "steel", None, [furnace])], region="140681")], LISTED)


def test_a_firm_that_stays_on_the_list_is_not_staggered_though_its_class_has_a_ratio() -> None:
    """HR-36: the ratio binds only where the authority says so."""
    huairen = evaluator_of_plan("huairen")
    as_classed = said(huairen, listed_firm(), answer("HR-36", 0, subject="site"), subject="site")
    assert effective(as_classed) == [("HR-09", "cut", 20.0)]
    free = said(huairen, listed_firm(), answer("HR-36", 1, subject="site"), subject="site")
    assert effective(free) == []
    assert not free.in_force
    assert free.status == "decided"
    assert "HR-09" not in {one.rule.id for one in free.applied}
    assert "HR-09" in free.outcomes.certain_ids


BENCHMARK = {"performance_grade": "B", "benchmark_recognised": True, "ultra_low_retrofit": "accepted"}


def test_a_benchmarks_suitable_ratio_may_be_less_than_its_grades() -> None:
    """LN-08 stands instead of LN-07; answered as classed, the grade's own ratio binds."""
    city, tree = evaluator_of_plan("linfen-city"), firm("foundry", BENCHMARK, region=MOUNTAIN)
    grade = answer("LN-07", 0, 60)
    assert effective(said(city, tree, grade, answer("LN-08", 1, 30))) == [("LN-08", "cut", 30)]
    assert effective(said(city, tree, grade, answer("LN-08", 0))) == [("LN-07", "cut", 60)]


def test_what_an_answer_stands_instead_of_needs_no_answer_of_its_own() -> None:
    city, tree = evaluator_of_plan("linfen-city"), firm("foundry", BENCHMARK, region=MOUNTAIN)
    assert said(city, tree, answer("LN-08", 1, 30)).status == "decided"
    assert said(city, tree, answer("LN-08", 0)).status == "authority_decides"


CUT = {"cut": {"pct": 50, "basis": "x"}}


def asking(*alternatives: object) -> dict[str, object]:
    question = {"zh": "？", "en": "?"}
    return {"authority_decides": {"authority": "局", "question": question, "alternatives": list(alternatives)}}


@pytest.mark.parametrize(
    ("alternative", "held"),
    [
        ("as_classed", ["R"]),
        ({"cut": {"pct_range": [0, 100], "at_least": True, "basis": "x"}}, ["R"]),
        ({"cut": {"pct_range": [0, 100], "above": True, "basis": "x"}}, ["R"]),
        ({"load_cap": {"pct": 100, "basis": "x"}}, ["R", "A"]),
        ({"cut": {"pct_range": [0, 100], "basis": "x"}}, ["A"]),
        ("normal", []),
    ],
)
def test_what_tightens_and_a_load_stand_beside_the_class_and_other_adjustments_instead(
    alternative: object, held: list[str]
) -> None:
    pack = invented(rules=[ladder(row("R", None, CUT))], adjustments=[row("A", None, asking(alternative, "stop"))])
    number = 30 if isinstance(alternative, dict) and "cut" in alternative else None
    decision = said(Evaluator(pack), firm("mill", {}), answer("A", 0, number))
    assert [rule for rule, _, _ in effective(decision)] == held


@pytest.mark.parametrize(
    ("alternative", "held"),
    [("as_classed", ["R"]), ({"load_cap": {"pct": 100, "basis": "x"}}, ["G"]), ("stop", ["G"]), ("normal", [])],
)
def test_a_gate_answered_otherwise_than_as_classed_frees_of_the_class(alternative: object, held: list[str]) -> None:
    pack = invented(rules=[ladder(row("R", None, CUT))], gates=[row("G", None, asking(alternative, "as_classed"))])
    decision = said(Evaluator(pack), firm("mill", {}), answer("G", 0))
    assert [rule for rule, _, _ in effective(decision)] == held


def test_a_penalty_binds_who_was_freed() -> None:
    """A-G16."""
    pack = invented(
        rules=[ladder(row("R", "p", "normal"), row("S", None, CUT))],
        gates=[row("G", None, asking("normal", "as_classed"))],
        penalties=[row("P", "event", "lowest_class")],
    )
    lowered = said(Evaluator(pack), firm("mill", {"p": True, "event": True}), answer("G", 0))
    assert [rule for rule, _, _ in effective(lowered)] == ["S"]


FINISHED = {
    "special_limit_retrofit": "accepted",
    "fugitive_treatment": "accepted",
    "residential_heat": False,
    "co_processing_waste": False,
    "key_project_supply": False,
    "benchmark_level": "none",
    "fuel": "coke",
}


@pytest.mark.parametrize("day", [date(2022, 12, 1), date(2022, 12, 10), date(2022, 12, 31)])
def test_a_stop_that_an_act_names_begins_with_the_act_whatever_day_is_asked(day: date) -> None:
    """GP-20, A-GP2: nothing but the ranking makes a mixing plant the last one."""
    gaoping = evaluator_of_plan("gaoping")
    worst = replace(answer("GP-20", 0), valid_from=date(2022, 12, 1), valid_to=date(2023, 1, 1))
    mixer = unit("mixer", "mixer", {"catalogue_class": "permitted"})
    tree = firm("concrete_mixing", FINISHED, [mixer], region="140581")
    found = next(
        one for one in gaoping.evaluate(tree, season=2022, day=day, acts=[worst]) if one.bound.subject["id"] == "line"
    )
    [stop] = [one.constraint for one in found.applied if one.rule.id == "GP-20"]
    assert (stop.kind, stop.period.start) == ("stop", date(2022, 12, 1))


def test_a_raised_cut_frees_nobody_of_the_stop_of_the_last_in_the_ranking() -> None:
    """GP-05 beside GP-20."""
    mixer = unit("mixer", "mixer", {"catalogue_class": "restricted"})
    tree = firm("concrete_mixing", FINISHED, [mixer], region="140581")
    found = said(evaluator_of_plan("gaoping"), tree, answer("GP-20", 0), answer("GP-05", 0, 10))
    assert effective(found) == [("GP-20", "stop", None)]


def test_an_order_of_so_many_days_is_over_when_they_are() -> None:
    """FS-22, A-FS9."""
    tree = firm("concrete_mixing", {"gas_violation_winter": [span(True, start="2022-11-01")]}, region=MOUNTAIN)
    fushan = evaluator_of_plan("fushan")
    for day, held in ((date(2023, 2, 28), True), (date(2023, 3, 1), False)):
        [found] = [one for one in fushan.evaluate(tree, season=2022, day=day) if one.bound.subject["id"] == "line"]
        assert found.in_force is held
        [laid] = stack([found])
        assert [one.applied.rule.id for one in laid.on(day).effective] == (["FS-22"] if held else [])
        assert "2022-11-01 to 2023-02-28 (120 days)" in summary(found, "en")

"""The stages of a plan beside its ladders: livelihood, exemptions, adjustments, penalties, transport, other levels."""

from datetime import date
from typing import Any

import pytest

from app.documents.pack import PackRefused
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.given import GivenLine, GivenPart, Scenario, tree_of
from app.domain.policies.measures import parts_of
from tests.domain.plans import SAYS, invented, ladder, row

DAY = date(2019, 12, 10)
SPLIT = {
    "periods": {"first": {"from": "10-01", "to": "12-31"}, "second": {"from": "01-01", "to": "03-31"}},
}


def decided(sections: dict[str, Any], *, subject: Any = "line", day: Any = DAY, **given: Any) -> Decision:
    """The decision on the subject of a small register under an invented plan."""
    evaluator = Evaluator(invented(**sections))
    case = Scenario(name="x", season=2019, day=day, region="141002", subject=subject, **{"industry": "mill", **given})
    levels = {name: fact.subject for name, fact in evaluator.pack.catalogue.facts.items()}
    found = evaluator.evaluate(tree_of(case, levels), season=2019, day=day)
    return next(one for one in found if one.bound.subject["id"] == subject)


def rules(decision: Decision) -> list[str]:
    return [applied.rule.id for applied in decision.applied]


def exemption(**more: Any) -> dict[str, Any]:
    return row("E", "p", "not_controlled", granted_by="event", **more)


LADDERED = {"rules": [ladder(row("A", "q", "normal"), row("B"))]}


def test_who_meets_the_criteria_is_eligible_and_the_ladder_stands_until_the_authority_lists_it() -> None:
    plan = {**LADDERED, "exemptions": [exemption()]}
    eligible = decided(plan, facts={"p": True, "q": False})
    assert rules(eligible) == ["E.eligible", "B"]
    listed = decided(plan, facts={"p": True, "q": False, "event": True})
    assert rules(listed) == ["E"]
    assert rules(decided(plan, facts={"p": False, "q": False, "event": True})) == ["B"]


def test_a_list_that_must_hold_everyone_eligible_is_flagged_when_it_does_not() -> None:
    plan = {**LADDERED, "exemptions": [exemption(basis="sufficient")]}
    missed = decided(plan, facts={"p": True, "q": False})
    assert [len(applied.rule.flags) for applied in missed.applied] == [1, 0]


def test_a_stopping_gate_comes_before_any_exemption() -> None:
    plan = {**LADDERED, "exemptions": [exemption()], "gates": [row("G", "r", "stop")]}
    assert rules(decided(plan, facts={"p": True, "q": False, "r": True, "event": True})) == ["G"]


def test_a_penalty_reaches_the_exempt() -> None:
    up = {"one_level_up": {"of": "fuel", "levels": {"gas": "coal", "coal": "stop"}}}
    plan = {
        "rules": [ladder(row("A", "fuel is gas", "normal"), row("B", "fuel is coal", {"stop": {"during": "season"}}))],
        "exemptions": [exemption()],
        "penalties": [row("P", "retrofit is not_done", up)],
    }
    exempt = {"p": True, "event": True, "fuel": "gas"}
    assert rules(decided(plan, facts={**exempt, "retrofit": "accepted"})) == ["E"]
    assert rules(decided(plan, facts={**exempt, "retrofit": "not_done"})) == ["E", "B", "P"]


@pytest.mark.parametrize(("fuel", "kind"), [("gas", "remediate"), ("coal", "stop")])
def test_one_level_up_reads_the_ladder_as_if_the_rating_were_the_next_one(fuel: str, kind: str) -> None:
    up = {"one_level_up": {"of": "fuel", "levels": {"gas": "coal", "coal": "stop"}}}
    plan = {
        "rules": [ladder(row("A", "fuel is gas", "normal"), row("B", "fuel is coal", "remediate"), row("C"))],
        "penalties": [row("P", "event", up)],
    }
    decision = decided(plan, facts={"fuel": fuel, "event": True})
    assert kind in [applied.constraint.kind for applied in decision.applied]
    assert decision.status == "decided"


def test_two_grounds_raise_by_one_level_and_both_are_named() -> None:
    up = {"one_level_up": {"of": "fuel", "levels": {"gas": "coal", "coal": "other"}}}
    plan = {
        "rules": [ladder(row("A", "fuel is gas", "normal"), row("B", "fuel is coal", "remediate"), row("C"))],
        "penalties": [row("P", "event", up), row("Q", "q", up)],
    }
    assert rules(decided(plan, facts={"fuel": "gas", "event": True, "q": True})) == ["B", "P", "Q"]


def test_one_level_up_of_an_unknown_rating_is_unknown() -> None:
    up = {"one_level_up": {"of": "fuel", "levels": {"gas": "coal", "coal": "stop"}}}
    plan = {
        "rules": [ladder(row("A", "fuel is gas", "normal"), row("B", "fuel is coal", "remediate"), row("C"))],
        "penalties": [row("P", "event", up)],
    }
    assert decided(plan, facts={"event": True}).status == "insufficient_facts"


def days_plan() -> dict[str, Any]:
    days = {"stop_days": {"days": 60, "max_days": 80, "split": {"equally": ["first", "second"]}}}
    return {
        **SPLIT,
        "rules": [ladder(row("A", "q", "normal"), row("B", None, days))],
        "adjustments": [
            row("L", "p", {"add": {"days": -15}}, to=["B"]),
            row("M", "r", {"add": {"days": 30}}),
        ],
    }


@pytest.mark.parametrize(
    ("p", "r", "days"), [(False, False, 60), (True, False, 45), (True, True, 75), (False, True, 80)]
)
def test_days_are_added_and_taken_off_by_fact_within_their_bounds(p: bool, r: bool, days: float) -> None:
    decision = decided(days_plan(), facts={"q": False, "p": p, "r": r})
    constraint = decision.applied[0].constraint
    assert constraint.params["days"] == days
    parts = parts_of(constraint, season=2019)
    assert [(part.name, part.days, part.hours) for part in parts] == [
        ("first", days / 2, days * 12),
        ("second", days / 2, days * 12),
    ]


def test_an_adjustment_without_its_row_says_nothing() -> None:
    assert rules(decided(days_plan(), facts={"q": True, "p": True, "r": False})) == ["A"]


def test_what_changes_a_number_is_asked_and_what_changes_nothing_is_not() -> None:
    open_ = decided(days_plan(), facts={"q": False, "p": True})
    assert open_.status == "insufficient_facts"
    assert {outcome.measure(outcome.rules[0]).params["days"] for outcome in open_.outcomes.possible} == {45, 75}
    assert decided(days_plan(), facts={"q": True}).status == "decided"


def test_the_state_on_a_day_is_not_mended_by_what_comes_later() -> None:
    plan = {
        "rules": [
            {
                "industry": "mill",
                "lowest": "II",
                "ladder": [
                    row("A", {"if": "retrofit is accepted", "at": "10-01"}, "normal", **{"class": "I"}),
                    row("B", None, "stop", **{"class": "II"}),
                ],
            }
        ]
    }
    late = [{"value": "not_done", "from": None, "to": "2019-10-01"}, {"value": "accepted", "from": "2019-10-01"}]
    in_time = [{"value": "not_done", "from": None, "to": "2019-09-30"}, {"value": "accepted", "from": "2019-09-30"}]
    assert rules(decided(plan, facts={"retrofit": late})) == ["B"]
    assert rules(decided(plan, facts={"retrofit": in_time})) == ["A"]
    assert decided(plan, facts={}).status == "insufficient_facts"


def test_a_place_whose_list_is_not_confirmed_is_unknown_outside_it() -> None:
    def plan(regions: list[str], *, complete: bool) -> dict[str, Any]:
        place = {"name": {"zh": "重点", "en": "key"}, "regions": regions, "complete": complete}
        return {"places": {"key": place}, "rules": [ladder(row("A", "place in key"), row("B", None, "normal"))]}

    assert rules(decided(plan(["141002"], complete=False))) == ["A"]
    assert rules(decided(plan(["141027"], complete=True))) == ["B"]
    assert decided(plan(["141027"], complete=False)).status == "insufficient_facts"


def test_rules_bind_sites_and_processes_of_the_industries_they_name() -> None:
    plan = {
        "gates": [row("G", "p", "remediate", binds="process", kinds=["casting"], industries=["forge"])],
        "transport": [row("T", None, {"transport": {"do": "stagger"}}, binds="site", industries=["mill"])],
    }
    assert rules(decided(plan, subject="site")) == ["T"]
    assert rules(decided(plan, subject="site", industry="forge")) == []
    bound = {"subject": "process", "process_kind": "casting", "facts": {"p": True}}
    assert rules(decided(plan, industry="forge", **bound)) == ["G"]
    assert rules(decided(plan, industry="mill", **bound)) == []


def test_one_rule_may_bind_several_levels() -> None:
    plan = {"gates": [row("G", "r", "stop", binds=["line", "unit", "site"])]}
    for subject, more in (("line", {}), ("unit", {"unit_kind": "oven"}), ("site", {})):
        assert rules(decided(plan, subject=subject, facts={"r": True}, **more)) == ["G"]


def test_a_group_of_lines_makes_a_condition_on_the_rest_of_the_site() -> None:
    mills = {"mills": {"zh": "轧机线", "level": "line", "within": "site", "kinds": ["mill"]}}
    plan = {"groups": mills, "rules": [ladder(row("A", {"some": "mills"}), row("B", None, "normal"), industry="forge")]}
    assert rules(decided(plan, industry="forge", lines=(GivenLine(industry="mill"),))) == ["A"]
    assert rules(decided(plan, industry="forge")) == ["B"]


def test_a_ladder_may_bind_units_of_some_kinds_on_lines_of_an_industry() -> None:
    plan = {
        "rules": [
            {**ladder(row("A", "height > 6", "stop"), row("B", None, "normal")), "binds": "unit", "kinds": ["oven"]}
        ]
    }
    unit = {"subject": "unit", "unit_kind": "oven", "facts": {"height": 7}}
    assert rules(decided(plan, **unit)) == ["A"]
    assert rules(decided(plan, industry="forge", **unit)) == []


def test_what_nobody_recorded_of_a_member_did_not_happen_there_either() -> None:
    mills = {"mills": {"zh": "轧机线", "level": "line", "within": "site", "kinds": ["mill"]}}
    plan = {"groups": mills, "penalties": [row("P", {"some": "mills", "if": "event"}, "stop", binds="site")]}
    assert rules(decided(plan, subject="site")) == []
    assert decided(plan, subject="site").status == "decided"
    struck = GivenLine(industry="mill", facts={"event": True})
    assert rules(decided(plan, subject="site", lines=(struck,))) == ["P"]


def test_industries_are_not_excepted_from_what_binds_sites() -> None:
    with pytest.raises(PackRefused, match="cannot except industries"):
        invented(gates=[row("G", "q", "stop", binds=["line", "site"], industries={"except": ["mill"]})])


def test_two_outcomes_may_stand_side_by_side() -> None:
    plan = {"rules": [ladder(row("A", "p", ["self_directed", "not_staggered"]), row("B"))]}
    constraint = decided(plan, facts={"p": True}).applied[0].constraint
    assert (constraint.kind, constraint.params["also"]) == ("self_directed", ("not_staggered",))


def test_a_measure_during_a_warning_begins_with_it_and_may_wait_some_hours() -> None:
    warning = [{"value": False, "to": "2019-12-05"}, {"value": True, "from": "2019-12-05", "to": "2019-12-20"}]
    plan = {
        "warnings": [
            row("W", "event", {"stop": {"during": "warning"}}),
            row("V", "event", {"stop": {"from": "finding", "after_hours": 120, "until": "warning_lifted"}}),
        ]
    }
    periods = [one.constraint.period for one in decided(plan, facts={"event": warning}).applied]
    assert [period.start for period in periods] == [date(2019, 12, 5), date(2019, 12, 10)]
    assert rules(decided(plan, facts={"event": warning}, day=date(2019, 12, 20))) == []


def test_a_cohort_is_open_until_the_authority_names_who_stops() -> None:
    cohort = {"cohort": {"of": "enterprises", "share_pct": 30, "rounding": "up", "authority": "甲局", "then": "stop"}}
    decision = decided({"gates": [row("G", "p", cohort)]}, facts={"p": True})
    assert decision.status == "authority_decides"
    assert [getattr(one, "kind", one) for one in decision.applied[0].rule.then.alternatives] == ["stop", "normal"]


def test_transport_outlives_an_exemption_and_a_stop() -> None:
    plan = {
        **LADDERED,
        "gates": [row("G", "r", "stop")],
        "exemptions": [exemption()],
        "transport": [row("T", None, {"transport": {"do": "seal_high_emitters"}})],
    }
    assert rules(decided(plan, facts={"p": True, "q": False, "r": False, "event": True})) == ["E", "T"]
    assert rules(decided(plan, facts={"r": True})) == ["G", "T"]


def test_what_the_text_allows_instead_stays_with_the_rule() -> None:
    instead = [{"then": "stop", "cites": ["X-01"], "needs": SAYS}]
    plan = {"rules": [ladder(row("A", "p", "normal", may_instead=instead), row("B"))]}
    allowed = decided(plan, facts={"p": True}).applied[0].rule.may_instead
    assert [(one.then.kind, one.cites) for one in allowed] == [("stop", ("X-01",))]


def test_processes_stand_between_a_line_and_its_units() -> None:
    plan = {
        "gates": [row("G", {"some": "castings", "if": "p"}, "stop")],
        "groups": {"castings": {"zh": "铸造工序", "level": "process", "within": "line", "kinds": ["casting"]}},
    }
    assert rules(decided(plan, processes=(GivenPart(kind="casting", facts={"p": True}),))) == ["G"]
    assert rules(decided(plan, processes=(GivenPart(kind="casting", facts={"p": False}),))) == []

"""What a plan asks of whoever is granted something, judged as if it were granted: by rule, by subject, with what is lacking."""

from datetime import date
from typing import Any

import pytest

from app.documents.published import evaluator_of
from app.domain.decisions.criteria import Criterion, criteria, verdict
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.gaps import gaps
from app.domain.decisions.subjects import Subject
from tests.api import packs
from tests.domain.plans import SAYS, invented, ladder, row
from tests.domain.register import enterprise, line, site, span, unit

DAY = date(2019, 12, 10)
HUAIREN, CHANGZHI, GAOPING = "140681", "140402", "140581"
TASK = {"annual_task": "accepted", "fugitive_treatment": "accepted"}
CLEAN = {"ultra_low_standing": "met", "clean_transport": True}
BELOW = {"ultra_low_standing": "no_standard", "below_special_limit_pct": 20.0, "clean_transport": True}


def shipped(name: str) -> Evaluator:
    pack = packs.shipped(name)
    return evaluator_of(pack.document, pack.hash)


def firm(region: str, own: dict[str, Any], of_site: dict[str, Any] | None = None, *below: Subject) -> Subject:
    return enterprise([site(below or [line("line", "lime")], of_site, region=region)], own)


def judged(found: list[Criterion]) -> dict[str, bool | None]:
    return {f"{one.rule.id} {one.bound.subject['id']}": one.truth for one in found}


def listed(pack: str, tree: Subject, subject: str = "firm", fact: str = "exemption_listed") -> list[Criterion]:
    return criteria(shipped(pack), tree, day=DAY, fact=fact, subject_id=subject)


@pytest.mark.parametrize(
    ("own", "of_site", "green", "clean"),
    [
        ({**TASK, "green_factory": True}, {}, True, None),
        ({**TASK, "green_factory": False}, {}, False, None),
        (TASK, {}, None, None),
        ({"green_factory": False}, CLEAN, False, True),
        ({"green_factory": False}, BELOW, False, True),
        ({"green_factory": False}, BELOW | {"below_special_limit_pct": 19.9}, False, False),
        ({"green_factory": False}, {"ultra_low_standing": "met"}, False, None),
        ({"green_factory": False}, {"clean_transport": False}, False, False),
    ],
)
def test_huairen_asks_one_of_two_things_of_a_listed_firm(
    own: dict[str, Any], of_site: dict[str, Any], green: bool | None, clean: bool | None
) -> None:
    found = listed("huairen", firm(HUAIREN, own, of_site))
    assert judged(found) == {"HR-20 site": green, "HR-21 site": clean}
    either = [green, clean]
    assert verdict(found).standing == ("met" if True in either else "unknown" if None in either else "failed")


def test_what_is_lacking_is_named_with_what_is_only_unknown() -> None:
    (green,) = [one for one in listed("huairen", firm(HUAIREN, {"annual_task": "not_done"})) if one.rule.id == "HR-20"]
    assert [(item.text, known) for item, known in green.lacking if not hasattr(item, "group")] == [
        ("annual_task in accepted_or_not_applicable", True),
        ("fugitive_treatment in accepted_or_not_applicable", False),
        ("green_factory", False),
    ]
    assert green.lacking_facts == ("annual_task", "fugitive_treatment", "green_factory")


def test_a_verdict_lacks_what_could_still_open_a_door_and_all_of_it_once_every_door_is_shut() -> None:
    open_ = verdict(listed("huairen", firm(HUAIREN, {"green_factory": False})))
    assert (open_.standing, open_.lacking) == (
        "unknown",
        ("ultra_low_standing", "below_special_limit_pct", "clean_transport"),
    )
    shut = verdict(listed("huairen", firm(HUAIREN, {**TASK, "green_factory": False}, {"clean_transport": False})))
    assert (shut.standing, set(shut.lacking) >= {"green_factory", "clean_transport"}) == ("failed", True)
    met = verdict(listed("huairen", firm(HUAIREN, {**TASK, "green_factory": True})))
    assert (met.standing, met.lacking) == ("met", ())
    assert verdict([]).standing == "failed"


def test_an_unverified_acceptance_of_the_task_meets_no_criterion() -> None:
    own = {**TASK, "annual_task": [span("accepted", verified=False)], "green_factory": True}
    assert judged(listed("huairen", firm(HUAIREN, own)))["HR-20 site"] is False


def test_restricted_equipment_is_judged_for_itself() -> None:
    furnaces = line(
        "line",
        "steel",
        {},
        [
            unit("old", "blast_furnace", {"catalogue_class": "restricted"}),
            unit("new", "blast_furnace", {"catalogue_class": "permitted"}),
        ],
    )
    tree = firm(HUAIREN, {**TASK, "green_factory": True}, {"clean_transport": False}, furnaces)
    found = listed("huairen", tree)
    judgements = judged(found)
    assert (judgements["HR-20.restricted old"], judgements["HR-20.restricted new"]) == (True, False)
    assert {one.bound.subject["id"] for one in listed("huairen", tree, "new")} == {"new"}


def test_changzhi_asks_the_same_of_lines() -> None:
    tree = firm(
        "140402", {**TASK, "green_factory": True}, {}, line("a", "cement"), line("b", "lime", {"green_factory": False})
    )
    assert judged(listed("changzhi", tree)) == {
        "CZ-10 a": True,
        "CZ-11 a": None,
        "CZ-10 b": False,
        "CZ-11 b": None,
    }


def coke(region: str = GAOPING, **facts: Any) -> Subject:
    own = line("line", "coking", facts, [unit("oven", "coke_oven", {"catalogue_class": "permitted"})])
    return firm(region, {}, {}, own)


BEFORE = [span("accepted", start="2019-09-30")]
AFTER = [span("accepted", start="2019-10-01")]
LIMIT = [span(True, start="2019-09-01")]


@pytest.mark.parametrize(
    ("facts", "truth"),
    [
        ({"special_limit_met": LIMIT, "fugitive_treatment": BEFORE}, True),
        ({"special_limit_met": LIMIT, "fugitive_treatment": [span("not_done", end="2019-10-01"), *AFTER]}, False),
        (
            {
                "special_limit_met": LIMIT,
                "fugitive_treatment": [span("not_done", end="2019-10-01"), *AFTER],
                "list_change_filed": True,
            },
            True,
        ),
        ({"special_limit_met": LIMIT}, None),
    ],
)
def test_gaoping_judges_coking_as_it_stood_on_the_first_of_october_unless_the_list_is_filed_again(
    facts: dict[str, Any], truth: bool | None
) -> None:
    found = listed("gaoping", coke(**facts), "line", "not_limited_granted")
    assert judged(found) == {"GP-11 line": truth}


def test_a_rule_for_another_industry_or_kind_is_no_criterion() -> None:
    furnace = unit("furnace", "induction_furnace", {"meets_emission_standard": True, "catalogue_class": "permitted"})
    foundry = judged(
        listed("gaoping", firm(GAOPING, {}, {}, line("l", "foundry", {}, [furnace])), "l", "not_limited_granted")
    )
    assert foundry["GP-13 furnace"] is True
    assert "GP-13.natural_gas furnace" not in foundry
    lime = judged(
        listed("gaoping", firm(GAOPING, {}, {}, line("l", "lime", {}, [furnace])), "l", "not_limited_granted")
    )
    assert lime == {}
    unsaid = judged(
        listed("gaoping", firm(GAOPING, {}, {}, line("l", None, {}, [furnace])), "l", "not_limited_granted")
    )
    assert unsaid["GP-13 furnace"] is None


def test_a_special_load_in_changzhi_needs_the_limit_and_the_filing() -> None:
    task = {"residential_heat": True, "special_limit_met": True}
    tree = firm(CHANGZHI, {}, {}, line("line", "thermal_power", task))
    found = listed("changzhi", tree, "line", "special_load_approved")
    # What waits for the approval is not asked again once it is assumed.
    assert judged(found) == {"CZ-04 line": None}
    assert verdict(found).lacking == ("environmental_record_filed",)
    met = firm(CHANGZHI, {"environmental_record_filed": True}, {}, line("line", "thermal_power", task))
    assert verdict(listed("changzhi", met, "line", "special_load_approved")).standing == "met"
    unfiled = firm(CHANGZHI, {"environmental_record_filed": False}, {}, line("line", "thermal_power", task))
    assert verdict(listed("changzhi", unfiled, "line", "special_load_approved")).standing == "failed"


def test_a_value_other_than_true_can_be_assumed_and_rows_of_ladders_count() -> None:
    asks = {"all": [{"if": "rank is good"}, {"if": "p"}]}
    of_units = {**ladder(row("R1", asks), row("R2")), "binds": "unit", "kinds": ["oven"]}
    evaluator = Evaluator(invented(rules=[of_units]))
    tree = enterprise([site([line("line", "mill", {"p": True}, [unit("oven", "oven")])])])

    def of(value: str) -> dict[str, bool | None]:
        return judged(criteria(evaluator, tree, day=DAY, fact="rank", value=value, subject_id="line"))

    assert (of("good"), of("bad")) == ({"R1 oven": True}, {})


def test_what_nobody_recorded_of_an_event_is_known_not_to_have_happened() -> None:
    exempt = {
        "id": "X",
        "cites": ["X-01"],
        "binds": "line",
        "when": {"all": [{"if": "not event"}, {"if": "q"}]},
        "granted_by": "p",
        "then": "normal",
    }
    pack = invented(
        exemptions=[exempt],
        rules=[ladder(row("R"))],
        readings=[],
        industries={"mill": {"name": SAYS, "tags": ["mill"]}},
    )
    tree = enterprise([site([line("line", "mill", {"q": True})])])
    assert judged(criteria(Evaluator(pack), tree, day=DAY, fact="p", subject_id="line")) == {"X line": True}


def test_a_unit_of_unknown_kind_may_or_may_not_be_meant() -> None:
    exempt = {"id": "X", "cites": ["X-01"], "binds": "unit", "kinds": ["oven"], "granted_by": "p", "then": "normal"}
    of_all = {**ladder(row("R")), "binds": "unit", "industry": None}
    pack = invented(exemptions=[{**exempt, "when": {"if": "q"}}], rules=[of_all])
    tree = enterprise([site([line("line", "mill", {"q": True}, [unit("oven", "oven"), unit("thing", None)])])])
    found = criteria(Evaluator(pack), tree, day=DAY, fact="p", subject_id="firm")
    assert judged(found) == {"X oven": True, "X thing": None}
    assert found[1].lacking_facts == ("unit_kind",)


def test_gaps_are_defects_only_where_the_plan_leaves_no_choice() -> None:
    green = {**TASK, "green_factory": True}

    def found(pack: str, tree: Subject) -> list[tuple[str, str, bool]]:
        return [(gap.kind, gap.standing, gap.defect) for gap in gaps(shipped(pack), tree, day=DAY)]

    assert found("huairen", firm(HUAIREN, green)) == [("unlisted", "met", False)]
    assert found("changzhi", firm(CHANGZHI, green)) == [("unlisted", "met", True)]
    assert found("changzhi", firm(CHANGZHI, green, {"exemption_listed": True})) == []
    lost = {**TASK, "green_factory": False}
    assert found("huairen", firm(HUAIREN, lost, {"exemption_listed": True})) == [("unfounded", "unknown", False)]
    shut = {"exemption_listed": True, "clean_transport": False}
    assert found("huairen", firm(HUAIREN, lost, shut)) == [("unfounded", "failed", True)]
    assert found("huairen", firm(HUAIREN, lost)) == []


def test_whoever_is_listed_stops_in_a_warning_all_the_same() -> None:
    standard = {"meets_emission_standard": True, "catalogue_class": "permitted", "not_limited_granted": True}
    done = {"special_limit_retrofit": "accepted", "fugitive_treatment": "accepted", "benchmark_level": "none"}
    needs = {"residential_heat": False, "co_processing_waste": False, "key_project_supply": False}
    furnace = unit("furnace", "induction_furnace", standard)

    def stops(**warning: Any) -> list[str]:
        tree = firm(GAOPING, done | needs | warning, {}, line("l", "foundry", {}, [furnace]))
        decisions = shipped("gaoping").evaluate(tree, season=2019, day=DAY)
        own = next(one for one in decisions if one.bound.subject["id"] == "furnace")
        return [one.rule.id for one in own.applied]

    assert stops() == ["GP-13"]
    assert stops(warning_level="orange") == ["GP-13", "GP-15"]

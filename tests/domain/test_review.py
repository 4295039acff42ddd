"""A look back over a register: gaps both ways, cohorts by number, and the alike who are not treated alike."""

from datetime import date
from typing import Any

import pytest

from app.domain.access import Person
from app.domain.acts.effects import Determination
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.given import Scenario, tree_of
from app.domain.decisions.review import Review, wanted_of
from app.domain.decisions.subjects import Subject
from app.domain.policies.measures import Measure
from tests.domain.plans import SAYS, invented, ladder, row

DAY = date(2019, 12, 10)
ASKED = {"authority_decides": {"authority": "甲局", "question": SAYS, "alternatives": ["stop", "normal"]}}
COHORT = {"cohort": {"of": "enterprises", "share_pct": 30, "rounding": "up", "authority": "甲局", "then": "stop"}}


def works(evaluator: Evaluator, number: int, industry: str | None = "mill", **facts: Any) -> Subject:
    levels = {name: fact.subject for name, fact in evaluator.pack.catalogue.facts.items()}
    case = Scenario(name="x", season=2019, day=DAY, region="141002", industry=industry, facts=facts)
    tree = tree_of(case, levels)
    tree["id"] = tree["code"] = f"E{number}"
    tree["children"][0]["children"][0]["id"] = f"L{number}"
    return tree


def picked(number: int, choice: int, rule: str) -> Determination:
    return Determination(
        id=f"act{number}",
        subject_id=f"L{number}",
        rule_id=rule,
        choice=choice,
        valid_from=DAY,
        valid_to=None,
        person=Person(name="甲", office="局"),
        basis="纪要",
    )


def reviewed(evaluator: Evaluator, trees: list[Subject], acts: tuple[Determination, ...] = ()) -> Review:
    review = Review(evaluator.pack)
    for tree in trees:
        review.add(evaluator.evaluate(tree, season=2019, day=DAY, acts=acts), evaluator)
    return review


def test_whom_no_rule_reaches_and_which_rule_meets_nobody_are_both_named() -> None:
    evaluator = Evaluator(invented(rules=[ladder(row("A", "p", "normal"), row("B"))]))
    review = reviewed(evaluator, [works(evaluator, 1, p=True), works(evaluator, 2, "shop", p=True)])
    assert [one.enterprise_code for one in review.unreached] == ["E2"]
    assert review.unmet() == ["B"]
    assert review.subjects == 2


def test_a_rule_that_may_yet_be_met_is_not_called_idle() -> None:
    evaluator = Evaluator(invented(rules=[ladder(row("A", "p", "normal"), row("B"))]))
    assert reviewed(evaluator, [works(evaluator, 1)]).unmet() == []


def test_the_alike_who_are_treated_differently_are_shown_with_the_act_behind_it() -> None:
    evaluator = Evaluator(invented(rules=[ladder(row("A", "p", ASKED), row("B"))]))
    trees = [works(evaluator, number, p=True) for number in (1, 2, 3)]
    acts = (picked(1, 0, "A"), picked(2, 1, "A"), picked(3, 1, "A"))
    (found,) = reviewed(evaluator, trees, acts).unequal()
    assert found.facts == {"industry": "big_mill", "p": True}
    told = {tuple(sorted(one.enterprise_code for one in each.members)) for each in found.treatments}
    assert told == {("E1",), ("E2", "E3")}
    assert {act for each in found.treatments for one in each.members for act in one.acts} == {
        "determination act1",
        "determination act2",
        "determination act3",
    }


def test_equal_acts_on_equals_and_different_facts_are_no_unequal_treatment() -> None:
    evaluator = Evaluator(invented(rules=[ladder(row("A", "p", ASKED), row("B"))]))
    acts = (picked(1, 0, "A"), picked(2, 0, "A"))
    trees = [works(evaluator, 1, p=True), works(evaluator, 2, p=True), works(evaluator, 3, p=False)]
    assert list(reviewed(evaluator, trees, acts).unequal()) == []


def test_a_listing_counts_as_an_act_and_not_as_a_difference_in_fact() -> None:
    evaluator = Evaluator(
        invented(
            rules=[ladder(row("A", "q", "normal"), row("B"))],
            exemptions=[row("E", "p", "not_controlled", granted_by="event")],
        )
    )
    trees = [works(evaluator, 1, p=True, q=False, event=True), works(evaluator, 2, p=True, q=False)]
    (found,) = reviewed(evaluator, trees).unequal()
    assert {one.acts for each in found.treatments for one in each.members} == {("event event",), ()}


def test_facts_no_condition_can_tell_apart_do_not_excuse_a_difference() -> None:
    evaluator = Evaluator(invented(rules=[ladder(row("A", "dust <= 30", ASKED), row("B"))]))
    trees = [works(evaluator, 1, dust=10), works(evaluator, 2, dust=29)]
    acts = (picked(1, 0, "A"), picked(2, 1, "A"))
    assert len(list(reviewed(evaluator, trees, acts).unequal())) == 1


def test_a_cohort_counts_enterprises_and_says_how_many_the_text_wants() -> None:
    evaluator = Evaluator(invented(rules=[ladder(row("A", None, COHORT))]))
    trees = [works(evaluator, number) for number in range(7)]
    (found,) = reviewed(evaluator, trees, (picked(1, 0, "A"), picked(2, 1, "A"))).cohorts()
    assert (found.rule, found.members, found.wanted) == ("A", 7, 3)
    assert [one.enterprise_code for one in found.picked] == ["E1"]


@pytest.mark.parametrize(
    ("params", "members", "wanted"),
    [
        ({"share_pct": 30.0}, 7, 3),
        ({"share_pct": 30.0}, 10, 3),
        ({"share_pct": 30.0, "rounding": "down"}, 7, 2),
        ({"share_pct": 30.0}, 1, 1),
        ({"share_pct": 30.0}, 0, 0),
        ({"worst": 1}, 9, 1),
        ({"worst": 2}, 1, 1),
    ],
)
def test_how_many_a_cohort_stops(params: dict[str, object], members: int, wanted: int) -> None:
    assert wanted_of(Measure(kind="cohort", params=params), members) == wanted

"""What an authority may choose under the shipped plans: each choice belongs to a workflow, and one level up is recorded."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from app.domain.policies.conditions import leaves
from app.domain.policies.measures import ONE_LEVEL_UP
from app.domain.policies.pack import Pack, Rule
from app.services.determinations import Checked, Choice, NumberOutsideBracket, check
from tests.scenarios.plans_read import PLANS, evaluator_of_plan

RAISED = {
    ("fushan", "FS-08"): "level_raised",
    ("fushan", "FS-08.casting"): "casting_level_raised",
    ("fushan", "FS-43.foundry_iron"): "level_raised",
    ("fushan", "FS-43.days"): "level_raised",
    ("fushan", "FS-43.casting"): "casting_level_raised",
    ("linfen-city", "LN-09"): "city_level_raised",
    ("linfen-city", "LN-09.power"): "city_level_raised",
    ("linfen-city", "LN-13"): "city_level_raised",
    ("linfen-city", "LN-13.power"): "city_level_raised",
}


def chosen(pack: Pack, rule: Rule, alternative: int, number: Decimal | None = None) -> Checked:
    choice = Choice(
        subject_id=UUID(int=1),
        pack_name=pack.name,
        season=2022,
        rule_id=rule.id,
        alternative=alternative,
        number=number,
        valid_from=date(2022, 12, 1),
        valid_to=None,
        basis="会议纪要第1号",
    )
    return check(pack, choice)


def offering(name: str) -> list[Rule]:
    return [rule for rule in evaluator_of_plan(name).pack.rules() if ONE_LEVEL_UP in rule.then.alternatives]


def test_wherever_a_plan_offers_one_level_up_the_choice_records_a_fact() -> None:
    found = {
        (name, rule.id): chosen(evaluator_of_plan(name).pack, rule, rule.then.alternatives.index(ONE_LEVEL_UP)).records
        for name in PLANS
        for rule in offering(name)
    }
    assert found == RAISED


@pytest.mark.parametrize(("name", "rule_id"), RAISED)
def test_the_recorded_fact_raises_the_subjects_that_the_question_is_about(name: str, rule_id: str) -> None:
    pack = evaluator_of_plan(name).pack
    [asking] = [scoped for scoped in pack.scoped if scoped.rule.id == rule_id]
    raised = [
        scoped
        for scoped in pack.scoped
        if scoped.rule.then.kind == ONE_LEVEL_UP
        and scoped.rule.when is not None
        and RAISED[name, rule_id] in {leaf.fact for leaf in leaves(scoped.rule.when)}
    ]
    assert {scoped.binds for scoped in raised} == {asking.binds}
    assert asking.tags is not None
    assert asking.tags <= frozenset().union(*(scoped.tags or frozenset() for scoped in raised))


@pytest.mark.parametrize(
    ("name", "rule_id", "workflow"),
    [
        ("fushan", "A-FS5.foundry_iron", "wf-determination"),
        ("fushan", "A-FS5.casting", "wf-determination"),
        ("fushan", "FS-43.casting", "wf-casting-level"),
        ("gaoping", "GP-19", "wf-lime-cohort"),
        ("gaoping", "GP-20", "wf-concrete-ranking"),
    ],
)
def test_a_choice_is_made_under_the_workflow_of_its_own_clauses(name: str, rule_id: str, workflow: str) -> None:
    pack = evaluator_of_plan(name).pack
    found = pack.workflow_for("determination", pack.rule(rule_id).cites)
    assert found is not None
    assert found.id == workflow


@pytest.mark.parametrize(
    ("name", "rule_id", "alternative", "least"),
    [
        ("gaoping", "GP-05.coking", 0, 30),
        ("fushan", "FS-43.foundry_iron", 1, 20),
        ("linfen-city", "LN-13", 1, 0),
        ("changzhi", "CZ-03.steel", 1, 0),
    ],
)
def test_more_than_a_number_is_not_that_number(name: str, rule_id: str, alternative: int, least: int) -> None:
    pack = evaluator_of_plan(name).pack
    with pytest.raises(NumberOutsideBracket):
        chosen(pack, pack.rule(rule_id), alternative, Decimal(least))
    found = chosen(pack, pack.rule(rule_id), alternative, least + Decimal("0.5"))
    assert found.exceeding == pack.rule(rule_id).then.alternatives[alternative]


@pytest.mark.parametrize(
    ("rule_id", "least", "most"), [("A-FS5.casting", 30, 90), ("A-FS5.foundry_iron", 20, 50), ("A-FS5.brick", 75, 90)]
)
def test_a_bracket_without_more_than_holds_both_its_ends_and_nothing_beyond(
    rule_id: str, least: int, most: int
) -> None:
    pack = evaluator_of_plan("fushan").pack
    for number in (least, most):
        assert chosen(pack, pack.rule(rule_id), 0, Decimal(number)).exceeding is None
    for number in (least - 1, most + 1):
        with pytest.raises(NumberOutsideBracket):
            chosen(pack, pack.rule(rule_id), 0, Decimal(number))

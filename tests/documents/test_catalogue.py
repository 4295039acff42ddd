"""The shipped catalogue and vocabulary: every fact of the plans, named once, usable in a condition."""

import pytest

from app.documents.catalogue import base_catalogue, read_facts, shipped_catalogue, vocabulary
from app.domain.policies.facts import PROGRAMME_VALUES, FactSpec, normal
from tests.scenarios.plans_read import PLANS, evaluator_of_plan

FACTS = base_catalogue().facts


def test_chinese_names_are_unique_and_already_in_one_spelling() -> None:
    names = [fact.zh for fact in FACTS.values()]
    assert len(set(names)) == len(names)
    assert [name for name in names if name != normal(name) or not name.isidentifier()] == []


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: fact.name)
def test_a_fact_asks_in_both_languages_and_says_what_silence_means(fact: FactSpec) -> None:
    assert fact.question.endswith("？")
    assert fact.question_en.endswith("?")
    assert (fact.absent is None) == (not fact.absent_reason)
    assert (fact.type == "enum") == bool(fact.values)
    assert (fact.type == "number") == bool(fact.unit)


def test_silence_means_something_only_for_what_an_authority_records() -> None:
    closed = {name for name, fact in FACTS.items() if fact.absent is not None}
    assert closed == {
        "long_idle",
        "environmental_violation",
        "violation_kind",
        "exceedance_days",
        "emissions_unstable",
        "emergency_response_weak",
        "measure_not_executed",
        "found_unlisted",
        "warning_level",
        "exemption_listed",
    }


def test_programme_states_are_labelled_alike_in_code_and_vocabulary() -> None:
    assert {code: label.zh for code, label in vocabulary()["programme_states"].items()} == dict(PROGRAMME_VALUES)


def test_labels_within_a_list_are_unique() -> None:
    for name, entries in vocabulary().items():
        labels = [label.zh for label in entries.values()]
        assert len(set(labels)) == len(labels), name


def test_packs_add_their_own_facts() -> None:
    own = {fact.name for fact in shipped_catalogue().facts.values() if fact.name not in FACTS}
    declared = {name for plan in PLANS for name in evaluator_of_plan(plan).pack.local_facts}
    assert own == declared - set(FACTS) != set()


def test_plans_that_declare_the_same_fact_mean_the_same_by_it() -> None:
    declared = [
        plan.catalogue[name] for plan in (evaluator_of_plan(one).pack for one in PLANS) for name in plan.local_facts
    ]
    meanings = {(fact.name, fact.zh, fact.type, fact.subject, str(fact.values), fact.absent) for fact in declared}
    assert len({fact.name for fact in declared}) == len({fact.zh for fact in declared}) == len(meanings)


def test_an_unknown_key_of_a_fact_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        read_facts(
            "facts:\n  a_fact: {zh: 甲, en: a, type: boolean, subject: line, question: 甲？, question_en: a?, colour: red}"
        )

"""A decision explained: every condition with what it saw, what is lacking for each better class, in two languages."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.trace import decision_document
from app.domain.decisions.analysis import cases
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.explain import better_rows, lacking, readings_of
from app.domain.decisions.trace import NodeTrace
from app.domain.errors import Language
from app.domain.policies.conditions import Leaf, Node, Quantified, kleene
from app.domain.policies.facts import Value
from tests.domain import brute_force
from tests.domain.plans import invented, ladder, linfen, linfen_evaluator, row
from tests.domain.register import firm, span, unit
from tests.domain.strategies import records
from tests.domain.test_evaluate import DAY, TAGS, decision_of
from tests.examples import tried

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RECORDS = st.sampled_from(TAGS).flatmap(lambda tag: records(linfen(), "line", tag=tag, missing=0.2, most=10**9))


def ends(trace: NodeTrace) -> Iterator[tuple[Leaf | Quantified, bool | None, Value | None]]:
    node, truth, value, parts = trace
    if isinstance(node, Leaf | Quantified):
        yield node, truth, value
    for part in parts:
        yield from ends(part)


def ends_of(node: Node | None) -> list[Leaf | Quantified]:
    if node is None:
        return []
    if isinstance(node, Leaf | Quantified):
        return [node]
    parts = node.parts if hasattr(node, "parts") else (node.part,)
    return [end for part in parts for end in ends_of(part)]


@tried(80, SLOW)
@given(record=RECORDS)
def test_every_condition_of_every_rule_that_can_reach_the_line_is_traced(record: dict[str, Value]) -> None:
    decision = decision_of(linfen_evaluator(), record)
    trace = linfen_evaluator().trace(decision)
    near = [one for one in linfen().scoped if one.binds == "line" and brute_force.reaches(one, record["industry"])]
    rows = [row for one in linfen().ladders if record["industry"] in one.industry.tags for row in one.rows]
    before, after = ([one.rule for one in near if (one.rule.stage == "gate") == first] for first in (True, False))
    assert [entry[0] for entry in trace] == [*before, *rows, *after]
    known = {**brute_force.absent(linfen()), **record}
    for rule, truth, node in trace:
        seen = list(ends(node)) if node else []
        assert [end[0] for end in seen] == ends_of(rule.when)
        assert [end[2] for end in seen] == [known.get(end[0].key) for end in seen]
        assert truth is (True if rule.when is None else kleene(rule.when, known.get))


@tried(80, SLOW)
@given(record=RECORDS)
def test_the_trace_replays_to_the_outcome(record: dict[str, Value]) -> None:
    decision = decision_of(linfen_evaluator(), record)
    trace = linfen_evaluator().trace(decision)
    truths = {rule.id: truth for rule, truth, _ in trace}
    ladder_ids = [rule.id for rule, _, _ in trace if rule.stage == "rule"]
    lowered = any(rule.then.kind == "lowest_class" and truth for rule, truth, _ in trace)
    for outcome in decision.outcomes.possible:
        assert all(truths[rule.id] is not False or (lowered and rule.stage == "rule") for rule in outcome.rules)
        assert {rule.id for rule, truth, _ in trace if truth and rule.stage != "rule"} <= set(outcome.rule_ids)
    if len(decision.outcomes.possible) == 1 and not lowered:
        for row_id in set(decision.outcomes.possible[0].rule_ids) & set(ladder_ids):
            assert truths[row_id] is not False
            assert all(truths[better] is not True for better in ladder_ids[: ladder_ids.index(row_id)])


def test_a_decided_case_has_a_true_row_and_no_better_one() -> None:
    """Every case of every industry, completely known and without events."""
    evaluator = linfen_evaluator()
    for tag in evaluator.programs["line"].tags:
        for case in cases(evaluator.programs["line"], tag):
            complete = next(brute_force.completions(linfen(), {**case.facts, "zone": "plains"}))
            decision = decision_of(evaluator, complete)
            truths = [(rule, truth) for rule, truth, _ in evaluator.trace(decision) if rule.stage == "rule"]
            won = [rule for rule in case.outcome.rules if rule.stage == "rule"]
            first = next((rule for rule, truth in truths if truth is True), None)
            stopped = any(rule.stage == "gate" and rule.then.kind == "stop" for rule in case.outcome.rules)
            assert won == ([] if first is None or stopped else [first])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_case_of_the_plan_can_be_written_out(language: Language) -> None:
    evaluator = linfen_evaluator()
    for level, program in evaluator.programs.items():
        for tag in program.tags:
            for case in cases(program, tag):
                document = decision_document(decision_of(evaluator, case.facts, level=level), evaluator, language)
                texts = [document["summary"], *(each["text"] for each in document["measures"])]
                assert all(texts)
                assert not any("None" in text or "{" in text for text in texts)


@pytest.mark.parametrize(
    ("language", "start"),
    [("zh", "可能结果；2019-10-01 至"), ("en", "possible; the authority decides (市大气办): A steel")],
)
def test_a_summary_of_what_is_open_goes_on_with_what_is_sure_in_its_language(language: Language, start: str) -> None:
    evaluator = linfen_evaluator()
    facts: dict[str, Value] = {"industry": "coking", "zone": "plains", "electricity_control_system": "not_done"}
    decision = decision_of(evaluator, {**facts, "long_idle": False, "environmental_violation": False})
    assert start in decision_document(decision, evaluator, language)["summary"]


def mill(*rows: dict[str, object], **more: Any) -> Evaluator:
    return Evaluator(invented(rules=[ladder(*rows)], **more))


def lacks(evaluator: Evaluator, facts: dict[str, Any]) -> dict[str, list[str]]:
    [decision] = evaluator.evaluate(firm("mill", facts), season=2019, day=DAY)
    return lacking(decision, evaluator.trace(decision), evaluator)


LADDER = (
    row("A", {"all": [{"if": "p"}, {"if": "dust <= 30"}, {"any": [{"if": "q"}, {"if": "r"}]}]}, "normal"),
    row("B", {"all": [{"if": "p"}, {"not": {"if": "fuel is coal"}}]}, "remediate"),
    row("C", "dust <= 50", "self_directed"),
    row("D"),
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"p": True, "dust": 30.0, "q": True}, {}),
        ({"p": True, "dust": 31.0, "q": True, "r": False, "fuel": "gas"}, {"C1": ["dust"]}),
        ({"p": True, "dust": 30.0, "q": False, "r": False, "fuel": "gas"}, {"C1": ["q", "r"]}),
        ({"p": True, "dust": 30.0, "q": False, "fuel": "gas"}, {"C1": ["r"]}),
        (
            {"p": False, "dust": 60.0, "fuel": "coal"},
            {"C1": ["p", "dust", "q", "r"], "C2": ["p", "fuel"], "C3": ["dust"]},
        ),
        ({"p": False, "dust": 40.0, "fuel": "gas"}, {"C1": ["p", "dust", "q", "r"], "C2": ["p"]}),
        ({}, {"C1": ["p", "dust", "q", "r"], "C2": ["p", "fuel"], "C3": ["dust"]}),
    ],
)
def test_what_is_lacking_for_each_better_class_is_what_fails_or_is_unknown(
    facts: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    assert lacks(mill(*LADDER), facts) == expected


def test_of_two_rows_of_one_class_the_more_favourable_counts() -> None:
    rows = [row("A", {"all": [{"if": "p"}, {"if": "q"}, {"if": "r"}]}, "normal"), row("B", "r", "normal"), row("C")]
    for each in rows[:2]:
        each["class"] = "best"
    assert lacks(mill(*rows), {"p": False}) == {"best": ["r"]}


def test_a_gated_line_is_told_what_every_class_of_its_ladder_lacks() -> None:
    gated = mill(row("A", "p", "normal"), row("B"), gates=[row("G", "q", "stop")])
    assert lacks(gated, {"q": True, "p": False}) == {"C1": ["p"]}


def test_a_lowered_line_is_told_that_the_penalty_keeps_it_low() -> None:
    lowered = mill(row("A", "p", "normal"), row("B"), penalties=[row("P", "event", "lowest_class")])
    assert lacks(lowered, {"p": True, "event": True}) == {"C1": ["event"]}


def test_a_class_that_fails_for_a_group_lacks_something() -> None:
    none = {"not": {"some": "ovens", "all": []}}
    evaluator = mill(row("A", {"all": [{"if": "p"}, none]}, "normal"), row("B"))
    tree = firm("mill", {"p": True}, [unit("u", "oven")])
    decision = evaluator.evaluate(tree, season=2019, day=DAY)[0]
    assert lacking(decision, evaluator.trace(decision), evaluator)["C1"]


def explained(facts: dict[str, Any], language: Language = "en") -> tuple[Decision, dict[str, Any]]:
    evaluator = mill(*LADDER)
    [decision] = evaluator.evaluate(firm("mill", facts), season=2019, day=DAY)
    return decision, decision_document(decision, evaluator, language)


def test_a_condition_shows_what_it_saw_and_on_which_evidence() -> None:
    _, document = explained({"p": True, "dust": [span(31.0, start="2019-11-01", assertion="a7", verified=False)]})
    shown = {each["text"]: each for each in document["rules_examined"][0]["conditions"]}
    assert shown["dust ≤ 30 mg/m3"] == {
        "depth": 1,
        "kind": "fact",
        "text": "dust ≤ 30 mg/m3",
        "cite": "",
        "fact": "dust",
        "truth": "false",
        "seen": "31 mg/m3",
        "evidence": {
            "assertion_id": "a7",
            "subject_id": "line",
            "valid_from": "2019-11-01",
            "verified": False,
            "document": None,
        },
    }
    assert (shown["q: yes"]["truth"], shown["q: yes"]["seen"], shown["q: yes"]["evidence"]) == ("unknown", None, None)


def test_a_rule_is_shown_with_its_place_in_the_plan() -> None:
    decision, document = explained({"p": True, "dust": 10.0, "q": True})
    assert decision.outcomes.codes == ("A",)
    assert document["measures"][0]["citations"] == [{"provision": "X-01", "place": "一", "says": "x"}]
    assert [(each["rule"], each["truth"]) for each in document["rules_examined"]] == [
        ("A", "true"), ("B", "unknown"), ("C", "true"), ("D", "true"),
    ]  # fmt: skip


def test_both_languages_say_the_same_of_everything_but_words() -> None:
    facts: dict[str, Any] = {"p": True, "dust": 31.0}
    _, chinese = explained(facts, "zh")
    _, english = explained(facts, "en")
    wordless = ("status", "stagger_class", "in_force", "season", "day", "evaluator_version")
    assert [chinese[key] for key in wordless] == [english[key] for key in wordless]
    assert [each["fact"] for each in chinese["deciding_facts"]] == [each["fact"] for each in english["deciding_facts"]]


def test_better_classes_stop_above_the_class_that_applies() -> None:
    evaluator = mill(*LADDER)
    [decision] = evaluator.evaluate(firm("mill", {"p": False, "dust": 40.0}), season=2019, day=DAY)
    assert [rule.id for rule, _, _ in better_rows(decision, evaluator.trace(decision), evaluator)] == ["A", "B"]


def test_the_readings_relied_on_are_those_of_rule_zone_facts_and_chapter() -> None:
    record: dict[str, Value] = {"industry": "steel", "zone": "plains", "electricity_control_system": "accepted"}
    record |= {"benchmark_35": "accepted", "gas_flaring_treatment": "accepted"}
    record["every main_units: catalogue_class not in restricted_or_eliminated"] = True
    decision = decision_of(linfen_evaluator(), record)
    assert decision.outcomes.codes == ("L12-13@plains",)
    wanted = {*linfen().rule("L12-13").readings, *linfen().zones[0].readings, "A-L7", "A-L23", "A-L5"}
    assert set(readings_of(decision)) == wanted


def test_a_large_number_is_written_in_full() -> None:
    _, document = explained({"dust": 1234567.0})
    seen = {each["fact"]: each["seen"] for each in document["rules_examined"][0]["conditions"]}
    assert seen["dust"] == "1234567 mg/m3"

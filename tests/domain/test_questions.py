"""The questions a pack asks: each once, the pressing ones first, inputs instead of what follows from them."""

from app.documents.pack_questions import questions_document
from app.domain.decisions.evaluate import Evaluator
from app.domain.policies.conditions import leaves
from app.domain.policies.questions import questions, registered
from tests.domain.plans import invented, ladder, linfen, row


def test_what_gates_read_comes_before_what_ladders_read_and_that_by_how_many_read_it() -> None:
    pack = invented(
        gates=[row("G", "q")],
        rules=[ladder(row("A", {"all": [{"if": "dust <= 10"}, {"if": "p"}]}), row("B", "p"), row("C"))],
        penalties=[row("P", "event", "lowest_class")],
    )
    assert [one.fact.name for one in questions(pack, "mill")] == ["q", "p", "dust", "event"]


def test_other_industries_ask_other_things() -> None:
    pack = invented(rules=[ladder(row("A", "p"), row("B")), ladder(row("C", "q"), row("D"), industry="forge")])
    assert [one.fact.name for one in questions(pack, "forge")] == ["q"]
    assert [one.fact.name for one in questions(pack, None)] == ["p", "q"]


def test_a_derived_fact_asks_for_its_inputs() -> None:
    found = {one.fact.name: one for one in questions(linfen(), "thermal_power")}
    derived = [one for one in found.values() if one.fact.derive]
    assert derived
    for one in derived:
        assert one.fact.derive is not None
        for name in one.fact.derive.inputs:
            assert one.fact.name in found[name].needed_for
            assert set(one.rules) <= set(found[name].rules)


def test_groups_and_bound_units_are_to_be_registered() -> None:
    pack = invented(
        gates=[row("G", "height <= 30", binds="unit", kinds=["boiler"])],
        rules=[ladder(row("A", {"every": "ovens", "if": "rank is good"}), row("B"))],
    )
    found = [
        (one.level, one.group.name if one.group else "", sorted(one.kinds or ())) for one in registered(pack, "mill")
    ]
    assert found == [("unit", "ovens", ["kiln", "oven"]), ("unit", "", ["boiler"])]
    asked = {one.fact.name: one.groups for one in questions(pack, "mill")}
    assert asked == {"height": [], "rank": ["ovens"]}


def test_nobody_is_asked_where_a_region_lies() -> None:
    places = {"key": {"name": {"zh": "重点", "en": "key"}, "regions": ["141025"]}}
    pack = invented(places=places, rules=[ladder(row("A", {"all": [{"if": "place in key"}, {"if": "p"}]}), row("B"))])
    assert [one.fact.name for one in questions(pack, "mill")] == ["p"]


def test_whatever_can_reach_a_line_is_asked_about() -> None:
    """The programme that decides, and the questions told beforehand, speak of the same facts."""
    pack = linfen()
    for tag in ("steel", "coking", "lime", "thermal_power"):
        rules = Evaluator(pack).programs["line"].section(tag).rules()
        read = {leaf.fact for rule in rules if rule.when for leaf in leaves(rule.when)}
        asked = {name for name in read if not name.startswith("place:")}
        assert asked <= {one.fact.name for one in questions(pack, tag)}


def test_the_document_holds_what_a_form_needs() -> None:
    for language in ("zh", "en"):
        document = questions_document(linfen(), "steel", language)
        for one in document["questions"]:
            assert one["label"]
            assert one["question"].endswith(("？", "?"))
            assert (one["type"] in {"enum", "programme"}) == bool(one["options"])
            assert all(option["label"] for option in one["options"])
            assert all(reader["conditions"] and reader["citations"] for reader in one["read_by"])

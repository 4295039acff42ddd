"""The diff of two packs: nothing where nothing differs, everything that does, and order only where order is law."""

from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.catalogue import base_catalogue
from app.documents.pack import read_pack
from app.documents.pack_diff import diff_document
from app.domain.decisions.mutations import mutants
from app.domain.policies.condition_diff import condition_changes
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified
from app.domain.policies.diff import diff
from app.domain.policies.pack import Pack
from tests.domain.plans import SAYS, invented, ladder, linfen, linfen_text, row


def pack(*rows: dict[str, object], **sections: Any) -> Pack:
    return invented(**({"rules": [ladder(*rows)]} if rows else {}), **sections)


def changed(before: Pack, after: Pack) -> list[tuple[str, str, str, list[str]]]:
    found = diff(before, after).items
    return [(one.section, one.key, one.kind, [change.aspect for change in one.changes]) for one in found]


def test_a_pack_does_not_differ_from_itself() -> None:
    assert diff(linfen(), linfen()).items == ()


def test_a_pack_read_twice_does_not_differ() -> None:
    assert diff(linfen(), read_pack(linfen_text(), base_catalogue()).pack).items == ()


def test_every_mutant_is_seen_and_named_by_its_rule() -> None:
    for mutant in mutants(linfen()):
        found = diff(linfen(), mutant.pack)
        assert found.items, mutant.what
        assert not mutant.rule or mutant.rule in {item.key for item in found.rules}, mutant.what


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_difference_can_be_said(language: Any) -> None:
    for mutant in islice(mutants(linfen()), 0, None, 5):
        said = diff_document(diff(linfen(), mutant.pack), language)
        for item in [*said["rules"], *said["sections"]]:
            assert item["changes"] or item["before"] or item["after"], mutant.what
            assert all(change["before"] != change["after"] for change in item["changes"]), mutant.what


def test_a_limit_is_shown_before_and_after() -> None:
    before, after = pack(row("A", "dust <= 30"), row("B")), pack(row("A", "dust <= 20"), row("B"))
    (item,) = diff_document(diff(before, after), "zh")["rules"]
    assert (item["key"], item["change"]) == ("A", "changed")
    assert [change["says"] for change in item["changes"]] == ["条件：粉尘 ≤ 30 mg/m3 → 粉尘 ≤ 20 mg/m3"]


def test_an_item_is_named_as_it_is_printed() -> None:
    def limits(dust: int) -> Pack:
        return pack(row("A", {"all": [{"cite": "⑴", "if": "p"}, {"cite": "⑵", "if": f"dust <= {dust}"}]}), row("B"))

    (item,) = diff_document(diff(limits(30), limits(20)), "en")["rules"]
    (change,) = item["changes"]
    assert (change["item"], change["before"], change["after"]) == ("⑵", "dust ≤ 30 mg/m3", "dust ≤ 20 mg/m3")
    assert item["citations"] == [{"provision": "X-01", "place": "一", "says": "x"}]


def test_rules_are_added_and_removed_whole() -> None:
    before, after = pack(row("A", "p"), row("B")), pack(row("A", "p"), row("C", "q"), row("B"))
    assert changed(before, after) == [
        ("ladders", "mill", "changed", ["lowest"]),
        ("facts", "q", "added", []),
        ("rules", "C", "added", []),
        ("rules", "B", "changed", ["class_"]),
    ]
    (item,) = [one for one in diff_document(diff(before, after), "zh")["rules"] if one["change"] == "added"]
    assert (item["before"], item["after"]) == (None, "乙: 是 ⇒ 停产（整个错峰期）")


def test_the_order_of_rows_is_law_and_the_order_of_keys_is_not() -> None:
    def rows(*names: str) -> Pack:
        made = {name: row(name, "p", **{"class": "C"}) for name in names}
        return invented(rules=[{"industry": "mill", "lowest": "C", "ladder": [made[name] for name in names]}])

    assert changed(rows("A", "B", "C"), rows("A", "C", "B")) in (
        [("rules", "B", "changed", ["position"])],
        [("rules", "C", "changed", ["position"])],
    )
    sets = {
        "clean": {"zh": "清洁", "of": "fuel", "values": ["gas"]},
        "d": {"zh": "丁", "of": "fuel", "values": ["coal"]},
    }
    turned = dict(reversed(sets.items()))
    assert changed(pack(sets=sets), pack(sets=turned)) == []


def test_gates_may_stand_in_any_order() -> None:
    gates = [row("A", "p"), row("B", "q")]
    assert changed(pack(gates=gates), pack(gates=gates[::-1])) == []


def test_the_parts_of_a_condition_turned_round_are_said_once() -> None:
    before = pack(row("A", {"all": [{"if": "p"}, {"if": "q"}]}), row("B"))
    after = pack(row("A", {"all": [{"if": "q"}, {"if": "p"}]}), row("B"))
    assert changed(before, after) == [("rules", "A", "changed", ["order"])]


@pytest.mark.parametrize(
    ("sections", "section"),
    [
        ({"season": [{"from": "11-01", "to": "03-31", "cites": ["X-01"]}]}, "windows"),
        ({"title": {"zh": "乙", "en": "y"}}, "head"),
        ({"effective": {"from": "2019-10-01"}}, "head"),
        ({"provisions": [{"id": "X-01", "place": "二", "kind": "M", "says": "甲", "says_en": "x"}]}, "provisions"),
        ({"readings": [{"id": "A-X1", "says": "甲", "says_en": "x", "confirm": "乙"}]}, "readings"),
        ({"duties": [{"id": "D", "cites": ["X-01"], "who": "county", "what": SAYS}]}, "duties"),
        ({"relations": [{"to": "higher_level", "when_stricter": "unsaid"}]}, "relations"),
        ({"placement": {"methods": ["whole_lines"]}}, "placement"),
        ({"periods": {"deep": {"from": "12-01", "to": "01-31"}}}, "periods"),
        ({"places": {"key": {"name": SAYS, "regions": ["141025"]}}}, "places"),
    ],
)
def test_every_section_is_compared(sections: dict[str, Any], section: str) -> None:
    found = diff(pack(), pack(**sections))
    assert section in {item.section for item in found.items}
    for language in ("zh", "en"):
        assert diff_document(found, language)


def test_a_provision_that_changes_is_found_by_its_place_with_the_rules_that_cite_it() -> None:
    def plan(place: str, dust: int) -> Pack:
        provisions = [{"id": "X-01", "place": place, "kind": "M", "says": "甲", "says_en": "x"}]
        return pack(row("A", f"dust <= {dust}"), row("B"), provisions=provisions)

    (place,) = diff_document(diff(plan("一", 30), plan("二", 20)), "zh")["provisions"]
    assert (place["provision"], place["place"], place["rules"]) == ("X-01", "二", ["A"])
    assert [change["says"] for change in place["changes"]] == ["印刷位置：一 → 二"]


LEAVES = st.builds(
    lambda fact, number: Leaf(fact=fact, op="le", operand=float(number)),
    st.sampled_from(["dust", "soot"]),
    st.integers(1, 4),
)
NODES: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(parts=tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(parts=tuple(parts))),
        inner.map(lambda part: Not(part=part)),
        inner.map(lambda part: Quantified(every=True, group="ovens", part=part)),
    ),
    max_leaves=6,
)


@given(NODES, NODES)
def test_two_conditions_differ_exactly_when_a_change_is_told(before: Node, after: Node) -> None:
    assert bool(list(condition_changes(before, after))) == (before != after)


@given(NODES)
def test_another_item_is_a_change(node: Node) -> None:
    assert [one.aspect for one in condition_changes(node, replace(node, cite="⑴"))] in (["cite"], ["condition"])

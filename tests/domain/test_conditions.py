"""Three-valued truth: unknown unless the known facts settle it, and never in contradiction with what they settle."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.policies.conditions import (
    All,
    AnyOf,
    Leaf,
    Node,
    Not,
    Quantified,
    Truth,
    conjunction,
    disjunction,
    kleene,
    leaves,
    quantified,
    text_of,
)

FACTS = ("a", "b", "c", "d", "e")
TRUTHS: tuple[Truth, ...] = (True, False, None)
KNOWN = st.fixed_dictionaries(dict.fromkeys(FACTS, st.sampled_from(TRUTHS)))


def fact(name: str) -> Leaf:
    return Leaf(fact=name, op="is", operand=True)


def junctions(part: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    parts = st.lists(part, max_size=3).map(tuple)
    return st.one_of(
        parts.map(lambda items: All(parts=items)),
        parts.map(lambda items: AnyOf(parts=items)),
        part.map(lambda item: Not(part=item)),
    )


FORMULAS: st.SearchStrategy[Node] = st.recursive(st.sampled_from(FACTS).map(fact), junctions, max_leaves=8)


@st.composite
def once(draw: st.DrawFn) -> Node:
    """A formula in which no fact stands twice."""
    pool: list[Node] = [fact(name) for name in draw(st.permutations(FACTS))]
    while len(pool) > 1:
        taken = draw(st.integers(2, len(pool)))
        parts, pool = tuple(pool[:taken]), pool[taken:]
        joined: Node = All(parts=parts) if draw(st.booleans()) else AnyOf(parts=parts)
        pool.append(Not(part=joined) if draw(st.booleans()) else joined)
    return pool[0]


def settled(node: Node, known: dict[str, Truth]) -> Truth:
    """The truth by enumeration: unknown when two completions disagree."""
    missing = [name for name in FACTS if known[name] is None]
    seen = {
        holds(node, {**known, **dict(zip(missing, values, strict=True))})
        for values in product((True, False), repeat=len(missing))
    }
    return seen.pop() if len(seen) == 1 else None


def holds(node: Node, facts: dict[str, Truth]) -> bool:
    if isinstance(node, Leaf):
        return facts[node.fact] is True
    if isinstance(node, Not):
        return not holds(node.part, facts)
    assert isinstance(node, All | AnyOf)
    seen = [holds(part, facts) for part in node.parts]
    return all(seen) if isinstance(node, All) else any(seen)


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_and_and_or_are_kleenes(left: Truth, right: Truth, both: Truth, either: Truth) -> None:
    assert (conjunction([left, right]), conjunction([right, left])) == (both, both)
    assert (disjunction([left, right]), disjunction([right, left])) == (either, either)


def test_an_empty_all_holds_and_an_empty_any_does_not() -> None:
    nothing: dict[str, Truth] = {}
    assert (kleene(All(parts=()), nothing.get), kleene(AnyOf(parts=()), nothing.get)) == (True, False)


@pytest.mark.parametrize(("inner", "outer"), [(True, False), (False, True), (None, None)])
def test_not_keeps_the_unknown(inner: Truth, outer: Truth) -> None:
    assert kleene(Not(part=fact("a")), {"a": inner}.get) is outer


@given(once(), KNOWN)
def test_where_no_fact_stands_twice_truth_is_what_all_completions_share(node: Node, known: dict[str, Truth]) -> None:
    assert kleene(node, known.get) is settled(node, known)


@given(FORMULAS, KNOWN)
def test_truth_never_contradicts_the_completions(node: Node, known: dict[str, Truth]) -> None:
    assert kleene(node, known.get) in (settled(node, known), None)


@given(FORMULAS, st.fixed_dictionaries(dict.fromkeys(FACTS, st.booleans())))
def test_with_every_fact_known_truth_is_classical(node: Node, known: dict[str, bool]) -> None:
    assert kleene(node, known.get) is holds(node, dict(known))


@given(FORMULAS, FORMULAS, KNOWN)
def test_de_morgan_holds_with_unknowns(one: Node, other: Node, known: dict[str, Truth]) -> None:
    read = known.get
    neither = Not(part=AnyOf(parts=(one, other)))
    not_both = Not(part=All(parts=(one, other)))
    each_not = (Not(part=one), Not(part=other))
    assert kleene(neither, read) is kleene(All(parts=each_not), read)
    assert kleene(not_both, read) is kleene(AnyOf(parts=each_not), read)
    assert kleene(Not(part=Not(part=one)), read) is kleene(one, read)


@given(FORMULAS, KNOWN, st.sampled_from(FACTS), st.booleans())
def test_learning_a_fact_never_unsettles_a_truth(node: Node, known: dict[str, Truth], name: str, value: bool) -> None:
    before = kleene(node, known.get)
    learnt = kleene(node, {**known, name: value if known[name] is None else known[name]}.get)
    assert before is None or learnt is before


def test_a_quantified_node_is_read_under_its_own_name() -> None:
    every = Quantified(every=True, group="ovens", part=fact("a"))
    some = Quantified(every=False, group="ovens", part=Not(part=fact("a")))
    assert (every.key, some.key) == ("every ovens: a", "some ovens: not (a)")
    assert [kleene(every, {every.key: truth}.get) for truth in TRUTHS] == list(TRUTHS)


def test_leaves_are_listed_in_reading_order_with_those_under_quantifiers() -> None:
    every = Quantified(every=True, group="ovens", part=AnyOf(parts=(fact("b"), Not(part=fact("c")))))
    node = All(parts=(fact("a"), every, fact("d")))
    assert [leaf.fact for leaf in leaves(node)] == ["a", "b", "c", "d"]
    assert list(quantified(node)) == [every]
    assert text_of(node) == "(a and every ovens: (b or not (c)) and d)"


def test_two_different_limits_have_two_keys() -> None:
    one, other = (Leaf(fact="area", op="le", operand=limit) for limit in (1_000_001.0, 1_000_002.0))
    assert Quantified(every=True, group="g", part=one).key != Quantified(every=True, group="g", part=other).key


def test_an_empty_all_and_an_empty_any_have_two_keys() -> None:
    one, other = All(parts=()), AnyOf(parts=())
    assert Quantified(every=False, group="g", part=one).key != Quantified(every=False, group="g", part=other).key

"""One line of a condition: what can be read, what is refused, and with which single reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.policies import conditions
from app.domain.policies.conditions import OPPOSITE, Leaf
from app.domain.policies.facts import Value
from app.domain.policies.leaves import LeafError, NamedSet, parse_leaf
from tests.domain.plans import CATALOGUE

SETS = [
    NamedSet("clean", "清洁燃料", "fuel", frozenset({"gas"})),
    NamedSet("settled", "已验收或不适用", "programme", frozenset({"accepted", "not_applicable"})),
]
SIGNS = {"le": "<=", "lt": "<", "ge": ">=", "gt": ">"}
GAS = frozenset({"gas"})
SETTLED = frozenset({"accepted", "not_applicable"})


def read(text: str) -> Leaf:
    return parse_leaf(text, CATALOGUE, SETS)


def refusal(text: str) -> str:
    with pytest.raises(LeafError) as refused:
        read(text)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "leaf"),
    [
        ("p", Leaf(fact="p", op="is", operand=True)),
        ("not p", Leaf(fact="p", op="is", operand=False)),
        ("fuel is coal", Leaf(fact="fuel", op="is", operand="coal")),
        ("fuel is not coal", Leaf(fact="fuel", op="is_not", operand="coal")),
        ("retrofit is accepted", Leaf(fact="retrofit", op="is", operand="accepted")),
        ("dust <= 30", Leaf(fact="dust", op="le", operand=30.0)),
        ("dust < 30", Leaf(fact="dust", op="lt", operand=30.0)),
        ("dust >= 0.5", Leaf(fact="dust", op="ge", operand=0.5)),
        ("dust > 30", Leaf(fact="dust", op="gt", operand=30.0)),
        ("dust == 30", Leaf(fact="dust", op="eq", operand=30.0)),
        ("dust <= -5", Leaf(fact="dust", op="le", operand=-5.0)),
        ("fuel in clean", Leaf(fact="fuel", op="in", operand=GAS, set_name="clean")),
        ("fuel not in clean", Leaf(fact="fuel", op="not_in", operand=GAS, set_name="clean")),
        ("retrofit in settled", Leaf(fact="retrofit", op="in", operand=SETTLED, set_name="settled")),
    ],
)
def test_a_leaf_is_one_fact_one_operator_and_one_literal_or_set(text: str, leaf: Leaf) -> None:
    assert read(text) == leaf


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("粉尘 <= 30", "dust <= 30"),
        ("燃料 is 煤", "fuel is coal"),
        ("燃料 in 清洁燃料", "fuel in clean"),
        ("燃料 not in clean", "fuel not in clean"),
        ("改造 is not 已验收", "retrofit is not accepted"),
        ("改造 in 已验收或不适用", "retrofit in settled"),
        ("not 甲", "not p"),
        ("ｄｕｓｔ <= 30", "dust <= 30"),
    ],
)
def test_chinese_names_and_wide_letters_read_as_the_canonical_leaf(chinese: str, english: str) -> None:
    assert read(chinese) == read(english)


@pytest.mark.parametrize(
    "text", ["p", "not p", "fuel is coal", "fuel is not gas", "dust <= 30", "dust > 0.25", "fuel not in clean"]
)
def test_a_leaf_is_written_as_it_is_read(text: str) -> None:
    assert read(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", " p", "p()", "p.q", "p[0]", "lambda: 1", "f'{p}'", "(p := 1)", "p and q", "p or q", "p if q else r", "not not p",
        "await p", "yield", "*p", "p; q", "p, q", "[p]", "{p}", "{p: 1}", "1", "'p'", "None", "True", "...", "-p", "p + 1",
        "30 >= dust", "10 < dust < 30", "dust <= 30 <= 40", "dust != 30", "dust ≤ 30", "dust = 30", "dust <= ３０", "粉尘 ＜= 30",
        "__import__('os')", "p.__class__", "[x for x in p]", "p\0", "\ud800", "-" * 180 + "1", "(" * 99 + "p" + ")" * 98, "import os",
        "exec('p')", "p\nq", "not p()", "dust() <= 3", "dust.x <= 3",
    ],
)  # fmt: skip
def test_any_other_syntax_is_refused_in_one_sentence(text: str) -> None:
    assert refusal(text) == f"{text!r} is not of the form: fact, operator, literal or set"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dust", "dust is a number, so it needs an operator and a value"),
        ("not fuel", "fuel is a enum, so it needs an operator and a value"),
        ("dust is 3", "dust is compared with a name here, not with 3"),
        ("dust is coal", "dust is a number; `is` needs a fact with named values"),
        ("p is True", "p is compared with a name here, not with True"),
        ("p == True", "p is a boolean; numbers compare with numbers only"),
        ("p <= 3", "p is a boolean; numbers compare with numbers only"),
        ("fuel == coal", "fuel is a enum; numbers compare with numbers only"),
        ("opened_on <= 3", "opened_on is a date; numbers compare with numbers only"),
        ("remark is x", "remark is a text; `is` needs a fact with named values"),
        ("dust <= soot", "dust is compared with a number, not with soot"),
        ("dust <= '30'", "dust is compared with a number, not with '30'"),
        ("dust <= True", "dust is compared with a number, not with True"),
        ("dust <= 3j", "dust is compared with a number, not with 3j"),
        ("dust <= +5", "dust is compared with a number, not with +5"),
        ("dust <= --5", "dust is compared with a number, not with --5"),
        ("dust <= 10**9", "dust is compared with a number, not with 10 ** 9"),
        ("dust <= max(1, 2)", "dust is compared with a number, not with max(1, 2)"),
        ("dust <= (x := 3)", "dust is compared with a number, not with (x := 3)"),
        ("fuel is 'coal'", "fuel is compared with a name here, not with 'coal'"),
        ("fuel in [coal]", "fuel is compared with a name here, not with [coal]"),
        ("fuel in {'coal'}", "fuel is compared with a name here, not with {'coal'}"),
        ("fuel is oil", "oil is not a value of fuel; it takes coal, gas, other"),
        ("fuel in dirty", "no set is named dirty; declare it under `sets`"),
        ("dust in clean", "the set clean holds values of fuel, not of dust"),
        ("retrofit in clean", "the set clean holds values of fuel, not of retrofit"),
        ("fuel in settled", "the set settled holds values of programme, not of fuel"),
    ],
)
def test_a_mismatch_of_types_says_what_does_not_fit(text: str, reason: str) -> None:
    assert refusal(text) == reason


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("dsut <= 3", "no fact is named dsut; did you mean dust?"),
        ("retrofitt is done", "no fact is named retrofitt; did you mean retrofit?"),
        ("投产 <= 3", "no fact is named 投产; did you mean 投产日?"),
        ("zzz", "no fact is named zzz; declare it under `facts`"),
    ],
)
def test_an_unknown_fact_is_answered_with_the_nearest_name(text: str, hint: str) -> None:
    assert refusal(text) == hint


def test_a_leaf_longer_than_any_comparison_is_refused_unread() -> None:
    assert refusal("p" * 201) == "a condition is at most 200 characters"


def test_an_integer_of_a_hundred_and_fifty_digits_is_only_a_large_number() -> None:
    assert read("dust <= " + "9" * 150) == Leaf(fact="dust", op="le", operand=1e150)


def test_a_number_beyond_all_numbers_is_refused() -> None:
    refusal("dust <= 1e400")


@given(st.text(max_size=60))
def test_whatever_is_written_is_read_or_refused_but_never_breaks(text: str) -> None:
    fact = ""
    try:
        fact = read(text).fact
    except LeafError as refused:
        fact = "p" if str(refused) else ""
    assert fact in CATALOGUE


@given(st.sampled_from(["le", "lt", "ge", "gt"]), st.floats(-50, 50), st.floats(-50, 50))
def test_the_opposite_of_a_comparison_holds_where_it_does_not(op: str, limit: float, value: float) -> None:
    leaf = read(f"dust {SIGNS[op]} {limit!r}")
    opposite = Leaf(fact="dust", op=OPPOSITE[leaf.op], operand=limit)
    assert conditions.test_of(leaf)(value) != conditions.test_of(opposite)(value)


@pytest.mark.parametrize(
    ("text", "truths"),
    [
        ("dust <= 30", {29.999: True, 30.0: True, 30.001: False}),
        ("dust < 30", {29.999: True, 30.0: False, 30.001: False}),
        ("dust >= 30", {29.999: False, 30.0: True, 30.001: True}),
        ("dust > 30", {29.999: False, 30.0: False, 30.001: True}),
        ("dust == 30", {29.999: False, 30.0: True, 30.001: False}),
        ("fuel is coal", {"coal": True, "gas": False}),
        ("fuel is not coal", {"coal": False, "gas": True}),
        ("fuel in clean", {"coal": False, "gas": True}),
        ("fuel not in clean", {"coal": True, "gas": False}),
        ("p", {True: True, False: False}),
        ("not p", {True: False, False: True}),
    ],
)
def test_a_leaf_holds_for_exactly_the_values_it_names(text: str, truths: dict[Value, bool]) -> None:
    assert {value: conditions.test_of(read(text))(value) for value in truths} == truths

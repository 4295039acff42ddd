"""Values of facts: many ways of writing, one canonical text, and a reason for everything refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.catalogue import base_catalogue
from app.domain.facts.derivations import at_reference_oxygen, derived_value
from app.domain.facts.values import ValueRefused, canonical, decimal_text, value_of
from app.domain.policies.facts import Derivation, FactSpec

NUMBER = FactSpec(name="n", zh="数", en="n", type="number", subject="line", unit="mg/m3")
PLAIN_NUMBER = FactSpec(name="n", zh="数", en="n", type="number", subject="line")
YES = FactSpec(name="b", zh="是否", en="b", type="boolean", subject="line")
FUEL = FactSpec(
    name="f", zh="燃料", en="f", type="enum", subject="line", values={"coal": "煤", "natural_gas": "天然气"}
)
TASK = FactSpec(name="t", zh="任务", en="t", type="programme", subject="line")
DAY = FactSpec(name="d", zh="日期", en="d", type="date", subject="line")
WORDS = FactSpec(name="w", zh="文字", en="w", type="text", subject="line")


@pytest.mark.parametrize(
    ("spec", "raw", "text"),
    [
        (NUMBER, "30", "30"),
        (NUMBER, " 30.50 ", "30.5"),
        (NUMBER, "３０", "30"),
        (NUMBER, 0.1, "0.1"),
        (NUMBER, 100000.0, "100000"),
        (NUMBER, "1e3", "1000"),
        (NUMBER, "-0", "0"),
        (NUMBER, 7, "7"),
        (YES, "是", "true"),
        (YES, False, "false"),
        (YES, " TRUE ", "true"),
        (FUEL, "天然气", "natural_gas"),
        (FUEL, "COAL", "coal"),
        (TASK, "已验收", "accepted"),
        (TASK, "not_applicable", "not_applicable"),
        (DAY, "2019-09-30", "2019-09-30"),
        (DAY, "2019/9/30", "2019-09-30"),
        (DAY, "2019年9月30日", "2019-09-30"),
        (DAY, datetime(2019, 9, 30, 8, tzinfo=UTC), "2019-09-30"),
        (DAY, date(2019, 9, 30), "2019-09-30"),
        (WORDS, " 晋环 〔2019〕1号 ", "晋环 〔2019〕1号"),
    ],
)
def test_what_people_write_becomes_one_text(spec: FactSpec, raw: object, text: str) -> None:
    assert canonical(spec, raw) == text


@pytest.mark.parametrize(
    ("spec", "raw", "code"),
    [
        (NUMBER, "NaN", "not_a_number"),
        (NUMBER, float("inf"), "not_a_number"),
        (NUMBER, "≤30", "not_a_number"),
        (NUMBER, "1_000", "not_a_number"),
        (NUMBER, "1,000", "not_a_number"),
        (NUMBER, "30mg", "not_a_number"),
        (NUMBER, True, "not_a_number"),
        (NUMBER, "-1", "negative"),
        (NUMBER, "1234567890.1234567", "too_many_digits"),
        (NUMBER, "1e99", "too_many_digits"),
        (NUMBER, "1e-40", "too_many_digits"),
        (YES, "也许", "not_a_boolean"),
        (YES, 1, "not_a_boolean"),
        (FUEL, "柴油", "unknown_option"),
        (TASK, "完成", "unknown_option"),
        (DAY, "2019-02-30", "not_a_day"),
        (DAY, "30.09.2019", "not_a_day"),
        (DAY, "0001-01-01", "not_a_day"),
        (WORDS, "   ", "not_plain_text"),
        (WORDS, "a\0b", "not_plain_text"),
        (WORDS, "\ud800", "not_plain_text"),
        (WORDS, "x" * 501, "not_plain_text"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(spec: FactSpec, raw: object, code: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        canonical(spec, raw)
    assert refused.value.code == code
    assert refused.value.zh != refused.value.en != ""


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=5, allow_nan=False))
def test_a_canonical_number_is_its_own_canonical_form(number: Decimal) -> None:
    text = canonical(PLAIN_NUMBER, str(number))
    assert canonical(PLAIN_NUMBER, text) == text
    assert Decimal(text) == number


@given(st.decimals(min_value=0, max_value=10**9, places=5, allow_nan=False))
def test_a_number_survives_the_way_through_a_snapshot(number: Decimal) -> None:
    text = canonical(NUMBER, str(number))
    assert Decimal(repr(value_of("number", text))) == number


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=1e12))
def test_a_float_is_kept_or_refused_but_never_changed(number: float) -> None:
    assert outcome(NUMBER, number) in {"too_many_digits", number}


def outcome(spec: FactSpec, raw: object) -> float | str:
    try:
        return float(canonical(spec, raw))
    except ValueRefused as refused:
        return refused.code


@given(st.text())
def test_no_text_makes_a_reader_fail_otherwise_than_by_refusing(text: str) -> None:
    for spec in (NUMBER, YES, FUEL, TASK, DAY, WORDS):
        try:
            once = canonical(spec, text)
        except ValueRefused:
            continue
        assert canonical(spec, once) == once


def test_plain_decimals_have_no_exponent() -> None:
    assert [decimal_text(Decimal(text)) for text in ("1E+3", "0.500", "0E-9", "10")] == ["1000", "0.5", "0", "10"]


def test_a_reading_at_the_reference_oxygen_is_unchanged() -> None:
    assert at_reference_oxygen(Decimal(35), oxygen_pct=Decimal(6), reference_pct=Decimal(6)) == 35


@given(
    st.decimals(min_value=0, max_value=10000, places=2),
    st.decimals(min_value=0, max_value=Decimal("20.9"), places=1),
)
def test_more_air_in_the_flue_means_more_pollutant_at_the_reference(concentration: Decimal, oxygen: Decimal) -> None:
    found = at_reference_oxygen(concentration, oxygen_pct=oxygen, reference_pct=Decimal(6))
    assert abs(found * (21 - oxygen) - concentration * 15) <= Decimal("0.00002")
    assert (found >= concentration) == (oxygen >= 6 or concentration == found)


@pytest.mark.parametrize("oxygen", ["21", "20.95e1", "-1"])
def test_a_flue_full_of_air_has_no_converted_reading(oxygen: str) -> None:
    with pytest.raises(ValueRefused, match="oxygen"):
        at_reference_oxygen(Decimal(1), oxygen_pct=Decimal(oxygen), reference_pct=Decimal(6))


def test_a_derived_fact_is_unknown_while_an_input_is() -> None:
    derivation = Derivation(by="at_reference_oxygen", of="c", oxygen="o", reference_pct=10)
    assert derived_value(derivation, {"c": 10.0}) is None
    assert derived_value(derivation, {"c": 10.0, "o": 21.0}) is None
    assert derived_value(derivation, {"c": 10.0, "o": 15.5}) == 20.0


def test_the_catalogue_derives_only_from_facts_it_has() -> None:
    catalogue = base_catalogue()
    inputs = {name for fact in catalogue.facts.values() if fact.derive for name in fact.derive.inputs}
    assert inputs - set(catalogue.facts) == set()

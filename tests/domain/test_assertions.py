"""Assertions: what may be claimed where, which claim holds on a day, and who may confirm it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.catalogue import base_catalogue
from app.domain.access import Origin
from app.domain.facts.assertions import (
    Assertion,
    AssertionRetracted,
    AssertionVerified,
    Claim,
    FactUnknown,
    Mark,
    VerificationRetroactive,
    VerificationWithoutBasis,
    VerifierIsAsserter,
    claim,
    counting_from,
    fact_named,
    holding_on,
)
from app.domain.facts.values import ValueRefused
from app.domain.policies.facts import Level

CATALOGUE = base_catalogue()
NOON = datetime(2019, 12, 10, 4, tzinfo=UTC)
ONE = Origin(client_id="one", person=None)


def an_assertion(
    number: int = 1, *, begins: date | None = None, ends: date | None = None, known_at: datetime = NOON, **more: object
) -> Assertion:
    given_fields: dict[str, object] = {"asserted_by": ONE, **more}
    return Assertion(
        id=UUID(int=number),
        enterprise_id=UUID(int=1),
        level="line",
        subject_id=UUID(int=2),
        claim=Claim(fact="fuel", type="enum", value="coal", valid_from=begins, valid_to=ends),
        known_at=known_at,
        **given_fields,  # type: ignore[arg-type]  # a builder passes through what the test says
    )


@pytest.mark.parametrize("level", ["enterprise", "site", "line"])
def test_a_fact_is_claimed_at_its_level_or_above(level: Level) -> None:
    assert claim(CATALOGUE["fuel"], "煤", level=level, catalogue=CATALOGUE).value == "coal"


@pytest.mark.parametrize("level", ["process", "unit"])
def test_a_fact_is_not_claimed_below_its_level(level: Level) -> None:
    with pytest.raises(ValueRefused) as refused:
        claim(CATALOGUE["fuel"], "煤", level=level, catalogue=CATALOGUE)
    assert refused.value.code == "fact_subject_mismatch"


@pytest.mark.parametrize(
    ("fact", "value", "code"),
    [
        ("pm_o2_6_mg_m3", "5", "fact_is_derived"),
        ("distance_to_built_up_km", "5", "fact_is_derived"),
        ("flue_oxygen_pct", "21", "oxygen_out_of_range"),
    ],
)
def test_what_is_computed_or_impossible_cannot_be_claimed(fact: str, value: str, code: str) -> None:
    level = CATALOGUE[fact].subject
    with pytest.raises(ValueRefused) as refused:
        claim(CATALOGUE[fact], value, level=level, catalogue=CATALOGUE)
    assert refused.value.code == code


def test_a_period_must_have_days() -> None:
    day = date(2019, 10, 1)
    with pytest.raises(ValueRefused, match="after"):
        claim(CATALOGUE["fuel"], "煤", level="line", catalogue=CATALOGUE, valid_from=day, valid_to=day)


def test_a_fact_is_found_by_either_name_and_a_near_miss_is_named() -> None:
    assert fact_named("颗粒物", CATALOGUE).name == "pm_mg_m3"
    with pytest.raises(FactUnknown) as unknown:
        fact_named("pm_mg_m4", CATALOGUE)
    assert "pm_mg_m3" in unknown.value.message("en")
    assert "pm_mg_m3" in unknown.value.message("zh")


def test_a_state_holds_until_a_later_one_begins() -> None:
    first, second = an_assertion(1), an_assertion(2, begins=date(2019, 11, 1))
    assert holding_on(date(2019, 10, 31), [second, first]) == first
    assert holding_on(date(2019, 11, 1), [second, first]) == second


def test_of_two_with_the_same_beginning_the_later_known_holds() -> None:
    first = an_assertion(2)
    second = an_assertion(1, known_at=NOON + timedelta(seconds=1))
    assert holding_on(date(2019, 10, 31), [second, first]) == second


def test_an_ended_or_retracted_state_does_not_hold() -> None:
    ended = an_assertion(1, ends=date(2019, 11, 1))
    retracted = an_assertion(2, retraction=Mark(at=NOON, by=ONE, note=None))
    assert holding_on(date(2019, 11, 1), [ended, retracted]) is None
    assert holding_on(date(2019, 10, 31), [ended, retracted]) == ended


DAYS = st.none() | st.dates(date(2019, 10, 1), date(2019, 10, 9))
ASSERTIONS = st.lists(
    st.builds(
        lambda number, begins, ends, seconds: an_assertion(
            number, begins=begins, ends=ends, known_at=NOON + timedelta(seconds=seconds)
        ),
        st.integers(1, 10**6),
        DAYS,
        DAYS,
        st.integers(0, 3),
    ),
    unique_by=lambda one: one.id,
)


@given(ASSERTIONS, st.dates(date(2019, 10, 1), date(2019, 10, 9)), st.randoms())
def test_what_holds_does_not_depend_on_the_order_of_reading(made: list[Assertion], day: date, random: object) -> None:
    shuffled = sorted(made, key=lambda one: one.id)
    assert holding_on(day, made) == holding_on(day, shuffled)


def test_another_client_may_verify_and_the_same_may_not() -> None:
    an_assertion().can_be_verified_by(Origin(client_id="two", person=None))
    with pytest.raises(VerifierIsAsserter):
        an_assertion().can_be_verified_by(ONE)


def test_two_named_people_behind_one_client_are_two() -> None:
    by_zhang = an_assertion(asserted_by=Origin(client_id="one", person="张三"))
    by_zhang.can_be_verified_by(Origin(client_id="one", person="李四"))
    for verifier in ("张三", None):
        with pytest.raises(VerifierIsAsserter):
            by_zhang.can_be_verified_by(Origin(client_id="one", person=verifier))


def test_what_is_retracted_or_verified_stays_so() -> None:
    mark = Mark(at=NOON, by=ONE, note=None)
    other = Origin(client_id="two", person=None)
    with pytest.raises(AssertionRetracted):
        an_assertion(retraction=mark).can_be_verified_by(other)
    with pytest.raises(AssertionRetracted):
        an_assertion(retraction=mark).can_be_retracted()
    with pytest.raises(AssertionVerified):
        an_assertion(verification=mark).can_be_verified_by(other)


def test_a_verification_counts_from_today_or_from_a_day_of_an_earlier_season() -> None:
    today, season_begins = date(2019, 12, 5), date(2019, 7, 1)
    given_days = {"today": today, "season_begins": season_begins}
    assert counting_from(None, note=None, **given_days) == today
    assert counting_from(date(2019, 6, 30), note="验收意见", **given_days) == date(2019, 6, 30)
    for day in (season_begins, today, date(2020, 1, 1)):
        with pytest.raises(VerificationRetroactive):
            counting_from(day, note="验收意见", **given_days)
    with pytest.raises(VerificationWithoutBasis):
        counting_from(date(2019, 6, 30), note=None, **given_days)

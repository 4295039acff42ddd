"""What a measure says in its numbers and words, read by type."""

from decimal import Decimal

from app.domain.policies.measures import Measure


def test_numbers_are_read_as_they_are_needed() -> None:
    one = Measure(kind="cycle", params={"stop_hours": 12.0, "days": 7.5, "units": ["kiln", "mill"]})
    assert (one.given("stop_hours"), one.whole("stop_hours"), one.exact("days")) == (12.0, 12, Decimal("7.5"))
    assert one.listed("units") == ("kiln", "mill")


def test_what_a_measure_does_not_say_is_none_or_the_default() -> None:
    one = Measure(kind="stop")
    assert one.given("pct") is None
    assert [one.number("pct"), one.number("pct", 100), one.whole("run_hours")] == [0, 100, 0]
    assert one.exact("times", 1) == 1
    assert (one.words("question"), one.listed("units"), one.split) == ({}, (), ())


def test_words_are_read_in_both_languages() -> None:
    asked = {"zh": "怎么办？", "en": "What now?"}
    assert Measure(kind="authority_decides", params={"question": asked}).words("question") == asked

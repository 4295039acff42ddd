"""Warnings: what may be said after what, which days lie under which colour, and how that stands beside other facts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.access import Origin, region_prefix
from app.domain.decisions.subjects import FactSpan, span_at
from app.domain.decisions.warned import warned
from app.domain.errors import Refusal
from app.domain.periods import SHANGHAI
from app.domain.states import TransitionRefused
from app.domain.warnings import (
    RANKS,
    WARNINGS,
    Colour,
    ColourUnchanged,
    PollutionWarning,
    WarningAction,
    WarningChange,
    WarningRunsBackwards,
    WarningState,
    covering,
    spells,
)
from tests.domain.register import span

BY = Origin(client_id="bureau", person="李四", office="大气办")
START = datetime(2019, 12, 9, 16, tzinfo=UTC)  # 10 December, 00:00 in China
FIRST = date(2019, 12, 10)
Said = Sequence[tuple[Colour | None, int]]


def change(number: int, colour: Colour | None, hours: int) -> WarningChange:
    return WarningChange(
        number=number,
        colour=colour,
        from_at=START + timedelta(hours=hours),
        known_at=START,
        by=BY,
        basis="通知",
        operation_id=UUID(int=number),
    )


def warning(*said: tuple[Colour | None, int], region: str = "141000", number: int = 1) -> PollutionWarning:
    """Colours with the hours after the beginning of 10 December at which they take effect."""
    first, *later = [change(index, *one) for index, one in enumerate(said)]
    found = PollutionWarning(
        id=UUID(int=number), region=region, acknowledge_within=timedelta(hours=2), changes=(first,)
    )
    for one in later:
        found = found.changed(one)
    return found


@pytest.mark.parametrize("state", WarningState)
@pytest.mark.parametrize("action", WarningAction)
def test_only_a_warning_that_stands_is_changed_or_lifted(state: WarningState, action: WarningAction) -> None:
    legal = {
        (WarningState.ISSUED, WarningAction.CHANGE): WarningState.ISSUED,
        (WarningState.ISSUED, WarningAction.LIFT): WarningState.LIFTED,
    }
    if (state, action) in legal:
        assert WARNINGS.after(state, action) is legal[state, action]
    else:
        with pytest.raises(TransitionRefused):
            WARNINGS.after(state, action)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ([(Colour.ORANGE, 8), (Colour.ORANGE, 9)], ColourUnchanged),
        ([(Colour.ORANGE, 8), (Colour.RED, 7)], WarningRunsBackwards),
        ([(Colour.ORANGE, 8), (None, 7)], WarningRunsBackwards),
        ([(Colour.ORANGE, 8), (None, 9), (None, 10)], TransitionRefused),
        ([(Colour.ORANGE, 8), (None, 9), (Colour.RED, 10)], TransitionRefused),
    ],
)
def test_what_makes_no_sense_is_not_said_of_a_warning(said: Said, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        warning(*said)


def days(*warnings: PollutionWarning) -> list[tuple[str, str, str | None]]:
    return [(one.colour.value, str(one.first), None if one.end is None else str(one.end)) for one in spells(warnings)]


def test_a_warning_counts_for_every_day_it_touches() -> None:
    assert days(warning((Colour.ORANGE, 23), (None, 48))) == [("orange", "2019-12-10", "2019-12-12")]
    assert days(warning((Colour.YELLOW, 8))) == [("yellow", "2019-12-10", None)]


def test_a_warning_lifted_at_the_instant_it_begins_never_was() -> None:
    assert days(warning((Colour.ORANGE, 8), (None, 8))) == []


def test_the_strictest_of_two_warnings_holds_and_the_milder_one_comes_back() -> None:
    province = warning((Colour.ORANGE, 0), (None, 24 * 6), region="140000")
    city = warning((Colour.RED, 30), (None, 60), number=2)
    assert days(province, city) == [
        ("orange", "2019-12-10", "2019-12-11"),
        ("red", "2019-12-11", "2019-12-13"),
        ("orange", "2019-12-13", "2019-12-16"),
    ]


def test_a_colour_that_another_warning_carries_on_is_one_spell_that_names_both() -> None:
    province = warning((Colour.ORANGE, 0), (None, 48), region="140000")
    city = warning((Colour.ORANGE, 24), (None, 96), number=2)
    (spell,) = spells([province, city])
    assert (spell.first, spell.end) == (FIRST, date(2019, 12, 14))
    assert [one.warning.region for one in spell.causes] == ["140000", "141000"]


WARNING = st.lists(st.tuples(st.sampled_from([*Colour]), st.integers(0, 30)), min_size=1, max_size=4).flatmap(
    lambda steps: st.tuples(st.just(steps), st.one_of(st.none(), st.integers(0, 40)))
)


def made(steps: list[tuple[Colour, int]], ends: int | None, number: int) -> PollutionWarning:
    said: list[tuple[Colour | None, int]] = []
    at = 0
    for colour, wait in steps:
        at += wait
        if not said or said[-1][0] is not colour:
            said.append((colour, at))
    if ends is not None:
        said.append((None, at + ends))
    return warning(*said, number=number)


def colour_on(day: date, warnings: Sequence[PollutionWarning]) -> Colour | None:
    """Hour by hour of one day: changes fall on full hours here."""
    midnight = datetime.combine(day, time(), SHANGHAI)
    found = set[Colour]()
    for one in warnings:
        for hour in range(24):
            said = [each for each in one.changes if each.from_at <= midnight + timedelta(hours=hour)]
            if said and said[-1].colour is not None:
                found.add(said[-1].colour)
    return max(found, key=RANKS.__getitem__, default=None)


@settings(max_examples=120)
@given(st.lists(WARNING, min_size=1, max_size=3))
def test_the_days_are_those_of_a_search_hour_by_hour(given_: list[tuple[list[tuple[Colour, int]], int | None]]) -> None:
    warnings = [made(steps, ends, number) for number, (steps, ends) in enumerate(given_, start=1)]
    found = spells(warnings)
    for offset in range(-1, 10):
        day = FIRST + timedelta(days=offset)
        holding = [one.colour for one in found if one.first <= day and (one.end is None or day < one.end)]
        assert holding == [colour for colour in [colour_on(day, warnings)] if colour is not None]
    assert all((one.end, one.colour) != (two.first, two.colour) for one, two in pairwise(found))


LEVELS = st.sampled_from(["none", "yellow", "orange", "red"])
DAYS = st.integers(-2, 8)


@settings(max_examples=120)
@given(st.lists(st.tuples(LEVELS, DAYS, DAYS), max_size=3), st.lists(WARNING, min_size=1, max_size=2))
def test_beside_what_was_said_by_hand_the_stricter_holds_on_each_day(
    by_hand: list[tuple[str, int, int]], given_: list[tuple[list[tuple[Colour, int]], int | None]]
) -> None:
    asserted: list[FactSpan] = [
        span(level, start=str(FIRST + timedelta(days=first)), end=str(FIRST + timedelta(days=first + 1 + length % 5)))
        for level, first, length in sorted(by_hand, key=lambda one: one[1])
    ]
    found = spells([made(steps, ends, number) for number, (steps, ends) in enumerate(given_, start=1)])
    together = [*asserted, *warned(asserted, found)]
    for offset in range(-3, 12):
        day = FIRST + timedelta(days=offset)
        said = span_at(asserted, str(day))
        holding = [one.colour for one in found if one.first <= day and (one.end is None or day < one.end)]
        levels = [*([said["value"]] if said else []), *holding]
        now = span_at(together, str(day))
        assert (now["value"] if now else None) == max(levels, key=RANKS.__getitem__, default=None)


def test_the_evidence_names_the_warning() -> None:
    (found,) = warned([], spells([warning((Colour.ORANGE, 10), (None, 30))]))
    assert found == {
        "value": "orange",
        "from": "2019-12-10",
        "to": "2019-12-12",
        "assertion": f"derived:warning:{UUID(int=1)}",
        "verified": True,
        "document": "重污染天气橙色预警（地区 141000，2019-12-10 10:00 起；通知）",
    }


@pytest.mark.parametrize("region", ["141027", "141000", "140000", "000000"])
def test_the_codes_above_a_region_are_those_whose_subtree_it_lies_in(region: str) -> None:
    codes = {"141027", "141028", "141000", "140000", "130000", "000000"}
    assert codes & {*covering(region)} == {one for one in codes if region.startswith(region_prefix(one))}

"""Registers become energy: never negative, never invented, and over a gap the sum even where the shape is lost."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.feed.channels import Channel, Multiplier, Replacement
from app.domain.feed.curves import Quality
from app.domain.feed.registers import Energies, Note, Reading, Span, energy_of

ZONE = "Asia/Shanghai"
DAY = date(2024, 1, 5)
NONE = None
METER = Channel(
    id=UUID(int=1), enterprise_id=UUID(int=2), meter_id=UUID(int=3), source="grid", key="M1",
    kind="register", interval_minutes=360, decimals=2, digits=4,
)  # fmt: skip
HUNDRED = [Multiplier(from_day=date(2020, 1, 1), factor=Decimal(100))]


def energies(shown: list[list[int | None]], **given: Any) -> Energies:
    """Four registers a day (in hundredths), from the fifth of January on; before them 100.00."""
    values = np.array([[value or 0 for value in row] for row in shown], dtype=np.int32)
    quality = np.array(
        [[Quality.ABSENT if value is None else Quality.ACTUAL for value in row] for row in shown], dtype=np.uint8
    )
    days = np.array([np.datetime64(DAY) + n for n in range(len(shown))], dtype="datetime64[D]")
    told: dict[str, Any] = {
        "before": Reading(DAY - timedelta(days=1), 3, 10_000),
        "channel": METER,
        "multipliers": HUNDRED,
        "replacements": [],
        "most_per_interval": 500.0,
        "zone": ZONE,
    }
    return energy_of(values, quality, days, **(told | given))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 1, 5, hour, minute, tzinfo=ZoneInfo(ZONE))


def unknown(kwh: np.ndarray[Any, np.dtype[np.float64]]) -> list[bool]:
    return [bool(one) for one in np.isnan(kwh).ravel()]


def test_energy_is_the_difference_of_registers_times_the_multiplier() -> None:
    found = energies([[10_010, 10_010, 10_035, 10_100]])
    assert found.kwh.tolist() == [[10.0, 0.0, 25.0, 65.0]]
    assert (found.totals.tolist(), found.notes, found.spans) == ([100.0], (), ())


def test_without_a_register_before_the_first_slot_is_unknown() -> None:
    found = energies([[10_010, 10_010, 10_035, 10_100]], before=None)
    assert unknown(found.kwh) == [True, False, False, False]
    assert unknown(found.totals) == [True]


def test_a_register_that_rolls_over_goes_on() -> None:
    found = energies([[999_990, 10, 20, 20]], before=Reading(DAY - timedelta(days=1), 3, 999_980))
    assert found.kwh.tolist() == [[10.0, 20.0, 10.0, 0.0]]


def test_a_register_that_falls_by_more_than_a_turn_explains_is_a_fault() -> None:
    found = energies([[10_010, 5_000, 5_010, 5_010]])
    assert unknown(found.kwh) == [False, True, False, False]
    assert found.notes == (Note(DAY, 1, "register_regress"),)
    blind = energies(
        [[999_990, 10, 20, 20]], channel=METER_WITHOUT_DIGITS, before=Reading(DAY - timedelta(days=1), 3, 999_980)
    )
    assert blind.notes == (Note(DAY, 1, "register_regress"),)


METER_WITHOUT_DIGITS = Channel(
    id=UUID(int=1), enterprise_id=UUID(int=2), meter_id=UUID(int=3), source="grid", key="M1",
    kind="register", interval_minutes=360, decimals=2,
)  # fmt: skip


def test_a_leap_no_supply_could_deliver_is_no_energy() -> None:
    found = energies([[0, 10_010, 10_020, 10_020]])
    assert found.notes == (Note(DAY, 0, "register_regress"), Note(DAY, 1, "register_jump"))
    assert unknown(found.kwh) == [True, True, False, False]


def test_over_a_gap_the_sum_is_known_and_the_shape_is_not() -> None:
    found = energies([[10_010, NONE, NONE, 10_100], [NONE, 10_110, 10_120, 10_130]])
    assert unknown(found.kwh) == [False, True, True, True, True, True, False, False]
    following = DAY + timedelta(days=1)
    assert found.spans == (Span(DAY, 1, DAY, 3, 90.0), Span(following, 0, following, 1, 10.0))
    assert found.totals.tolist() == [100.0, 30.0]


def test_a_sum_over_midnight_belongs_to_neither_day() -> None:
    found = energies([[10_010, 10_020, 10_030, NONE], [10_050, 10_060, 10_070, 10_080]])
    assert found.spans == (Span(DAY, 3, DAY + timedelta(days=1), 0, 20.0),)
    assert unknown(found.totals) == [True, True]


def test_a_replaced_meter_is_counted_to_its_last_register_and_the_new_one_from_its_first() -> None:
    swap = Replacement(at=at(7, 30), final_old=Decimal("100.15"), initial_new=Decimal("3.00"))
    doubled = [*HUNDRED, Multiplier(from_day=DAY, factor=Decimal(200))]
    found = energies([[10_010, 310, 320, 320]], replacements=[swap], multipliers=doubled)
    # 10 before the day's new multiplier takes over with the new meter, then 5 x 100 / 100 + 10 x 200 / 100.
    assert found.kwh.tolist() == [[10.0, 25.0, 20.0, 0.0]]
    assert found.notes == ()


def test_two_replacements_in_one_gap_chain() -> None:
    swaps = [
        Replacement(at=at(7), final_old=Decimal("100.20"), initial_new=Decimal(0)),
        Replacement(at=at(13), final_old=Decimal("0.30"), initial_new=Decimal(50)),
    ]
    found = energies([[10_010, NONE, 5_005, 5_005]], replacements=swaps)
    assert [span.kwh for span in found.spans] == [pytest.approx(10 + 30 + 5)]
    assert found.kwh[0, 3] == 0


def test_a_register_read_at_the_instant_of_a_replacement_is_the_new_meters() -> None:
    swap = Replacement(at=at(12), final_old=Decimal("100.30"), initial_new=Decimal(2))
    assert energies([[10_010, 200, 210, 210]], replacements=[swap]).kwh.tolist() == [[10.0, 20.0, 10.0, 0.0]]


def test_a_multiplier_that_changes_within_a_gap_leaves_even_the_sum_unknown() -> None:
    changed = [*HUNDRED, Multiplier(from_day=DAY + timedelta(days=1), factor=Decimal(50))]
    found = energies([[10_010, 10_020, 10_030, NONE], [10_050, 10_060, 10_070, 10_080]], multipliers=changed)
    assert found.notes == (Note(DAY + timedelta(days=1), 0, "multiplier_changed_in_gap"),)
    assert found.kwh[1].tolist()[1:] == [5.0, 5.0, 5.0]


def test_before_the_first_multiplier_nothing_is_known() -> None:
    late = [Multiplier(from_day=DAY + timedelta(days=1), factor=Decimal(50))]
    found = energies([[10_010, 10_020, 10_030, 10_040], [10_050, 10_060, 10_070, 10_080]], multipliers=late)
    assert unknown(found.totals) == [True, False]
    assert {note.code for note in found.notes} == {"multiplier_missing"}
    assert energies([[10_010, 10_020, 10_030, 10_040]], multipliers=[]).totals.tolist() == [pytest.approx(0.4)]


def test_days_between_others_may_be_missing() -> None:
    values = np.array([[10_010, 10_020, 10_030, 10_040], [10_050, 10_060, 10_070, 10_080]], dtype=np.int32)
    days = np.array([DAY, DAY + timedelta(days=3)], dtype="datetime64[D]")
    found = energy_of(
        values, np.full((2, 4), Quality.ACTUAL, dtype=np.uint8), days, before=None, channel=METER,
        multipliers=HUNDRED, replacements=[], most_per_interval=500, zone=ZONE,
    )  # fmt: skip
    assert found.spans == (Span(DAY + timedelta(days=1), 0, DAY + timedelta(days=3), 0, 10.0),)


@given(
    st.lists(st.integers(0, 400), min_size=8, max_size=8),
    st.sets(st.integers(0, 7)),
    st.integers(0, 999_999),
)
def test_what_flowed_is_what_is_counted_whatever_is_missing(flowed: list[int], missing: set[int], start: int) -> None:
    shown = [(start + sum(flowed[: n + 1])) % 1_000_000 for n in range(8)]
    gappy = [None if n in missing else value for n, value in enumerate(shown)]
    found = energies([gappy[:4], gappy[4:]], before=Reading(DAY - timedelta(days=1), 3, start))
    counted = np.nansum(found.kwh) + sum(span.kwh for span in found.spans)
    last = max((n for n in range(8) if n not in missing), default=-1)
    assert counted == pytest.approx(sum(flowed[: last + 1]))
    assert found.notes == ()

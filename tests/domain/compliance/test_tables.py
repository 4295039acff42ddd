"""The month as the power supplier reports it (HR-29), and the curve of a day beside what is allowed."""

from decimal import Decimal

import numpy as np
import pytest

from app.domain.compliance.energy import watt_hours
from app.domain.compliance.nights import night_slots
from app.domain.compliance.tables import allowed_curve, month_rows
from app.domain.compliance.thresholds import PUBLISHED
from app.domain.feed.channels import Multiplier
from app.domain.feed.curves import Quality
from tests.domain.compliance.made import FIRST, Curve, block, demand, flat, judged, meter


def test_a_month_is_the_sum_of_what_was_read_and_says_how_much_that_is():
    days: list[Curve] = [flat(1_000)] * 31 + [flat(2_000)] * 2
    days[4] = [None] * 96
    days[5] = [*flat(3_000)[:95], None]
    given = block([days])
    given.quality[0, 6, 0] = Quality.ESTIMATED
    december, january = month_rows(given, night=night_slots(96, PUBLISHED).tolist())
    assert (december.month, december.days, december.whole_days) == ("2025-12", 31, 28)
    assert (december.slots, december.known_slots) == (31 * 96, 29 * 96 + 95 - 1)
    assert december.total_wh == 28 * 96_000 + 96_000 - 1_000 + 95 * 3_000
    assert (december.peak_day, december.peak_wh) == (given.day(5), 95 * 3_000)
    assert december.estimated_wh == 1_000
    assert december.night_wh == 28 * 32_000 + 32_000 - 1_000 + 31 * 3_000
    assert (january.month, january.total_wh, january.usual_wh) == ("2026-01", 2 * 192_000, None)


def test_a_month_stands_beside_what_is_usual_where_that_is_known():
    found = judged([[flat(125_000)] * 3], [demand()])
    (row,) = month_rows(found.block, found.yard)
    assert (row.total_wh, row.usual_wh) == (3 * 96 * 125_000, 3 * 96 * 250_000)
    few = judged([[flat()]], [demand()], base=[[flat()] * 9])
    assert month_rows(few.block, few.yard)[0].usual_wh is None


def test_a_month_without_a_reading_has_no_peak():
    (row,) = month_rows(block([[[None] * 96]]))
    assert (row.known_slots, row.total_wh, row.peak_day) == (0, 0, None)


def test_the_allowed_curve_is_what_is_usual_a_share_of_it_or_what_a_standing_plant_takes():
    asked = [demand(hour=12, days=0.5), demand("cut", keep=70.0)]
    found = judged([[flat(), flat()]], asked)
    curve = allowed_curve(found.block, found.spans, found.yard, 0, 0)
    assert curve.limit_wh is not None
    # A cut until noon, two hours to run down, then the stop; the next day is free.
    assert set(curve.limit_wh[:48]) == {175_000}
    assert set(curve.limit_wh[48:56]) == {250_000}
    assert set(curve.limit_wh[56:]) == {62_500}
    assert curve.judged == (True,) * 48 + (False,) * 8 + (True,) * 40
    free = allowed_curve(found.block, found.spans, found.yard, 0, 1)
    assert (set(free.limit_wh or ()), any(free.judged)) == ({250_000}, False)


def test_a_holding_load_is_allowed_through_a_stop():
    found = judged([[flat()]], [demand()], meters=[meter(holding_kw=400.0)])
    assert set(allowed_curve(found.block, found.spans, found.yard, 0, 0).limit_wh or ()) == {100_000}


@pytest.mark.parametrize(
    ("decimals", "factor", "value", "wh"),
    [
        (3, "1", 1234, 1234),
        (2, "1", 1234, 12340),
        (0, "1", 5, 5000),
        (4, "1", 15, 2),
        (4, "1", 14, 1),
        (2, "1.5", 1, 15),
    ],
)
def test_stored_numbers_are_watt_hours_by_decimals_and_multiplier(decimals, factor, value, wh):
    days = np.array([np.datetime64(FIRST)])
    known = [Multiplier(from_day=FIRST, factor=Decimal(factor))]
    found = watt_hours(np.array([[value]], dtype=np.int32), days, decimals=decimals, multipliers=known)
    assert found.tolist() == [[wh]]


def test_a_multiplier_holds_from_its_day_on():
    days = np.arange(np.datetime64(FIRST), np.datetime64(FIRST) + 3)
    known = [Multiplier(from_day=FIRST.replace(day=2), factor=Decimal(4000))]
    found = watt_hours(np.full((3, 1), 1000, dtype=np.int32), days, decimals=3, multipliers=known)
    assert found.tolist() == [[1000], [4_000_000], [4_000_000]]

"""Energy: what a channel's stored numbers are in whole watt-hours, by the multiplier of each day (倍率)."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from app.domain.feed.channels import Multiplier
from app.domain.feed.curves import Days

# Of kWh: a channel of three decimals stores watt-hours.
WH_DECIMALS = 3


def watt_hours(
    values: NDArray[np.int32] | NDArray[np.int64], days: Days, *, decimals: int, multipliers: Sequence[Multiplier] = ()
) -> NDArray[np.int64]:
    """Interval energy of one channel (days x slots) in Wh, rounded to the nearest; before the first multiplier it is 1."""
    found = np.empty(values.shape, dtype=np.int64)
    for row, day in enumerate(days):
        ratio = factor_on(date.fromisoformat(str(day)), multipliers) * Fraction(10) ** (WH_DECIMALS - decimals)
        up, down = ratio.numerator, ratio.denominator
        found[row] = (values[row].astype(np.int64) * (2 * up) + down) // (2 * down)
    return found


def factor_on(day: date, multipliers: Sequence[Multiplier]) -> Fraction:
    """The multiplier in force on a civil day."""
    begun = [one for one in multipliers if one.from_day <= day]
    return Fraction(max(begun, key=lambda one: one.from_day).factor) if begun else Fraction(1)

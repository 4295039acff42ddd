"""Values as scaled integers: exactly what was sent, or the reason why a channel cannot keep it."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Ints
from app.domain.feed.rejections import Code

MOST = int(np.iinfo(np.int32).max)
# Up to so many characters a decimal text and the double nearest to it tell the same.
SURE_CHARACTERS = 15
# What decides which values a channel keeps; of thousands of channels most are alike.
_KEPT = attrgetter("decimals", "quantity", "kind", "digits")
# So many columns are looked at in one go that they stay in the processor's cache.
_COLUMNS = 8
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Of every row, what its channel keeps: the scale (10^decimals), the least and the largest scaled integer."""

    scale: Floats
    least: Floats
    most: Floats

    @classmethod
    def of(cls, channels: list[Channel]) -> "Bounds":
        alike = list(map(_KEPT, channels))
        known = {key: _bounds(channel) for key, channel in dict(zip(alike, channels, strict=True)).items()}
        table = np.array([known[key] for key in alike], dtype=np.float64).reshape(-1, 3)
        return cls(table[:, 0], table[:, 1], table[:, 2])

    def rows(self, chosen: Ints) -> "Bounds":
        return Bounds(self.scale[chosen], self.least[chosen], self.most[chosen])


def _bounds(channel: Channel) -> tuple[float, float, float]:
    most = float(_most(channel))
    return 10.0**channel.decimals, 0.0 if never_negative(channel) else -most, most


def never_negative(channel: Channel) -> bool:
    return channel.quantity == "energy_kwh" or channel.kind == "register"


def scaled(values: Floats, present: Flags | None, bounds: Bounds) -> tuple[Ints, Flags]:
    """Rows x slots of scaled integers (0 where absent) and which cells hold nothing that can be kept.

    A double is kept if it is the one nearest to some k / 10^decimals, which decides exactly up to 15 digits.
    """
    found, bad = np.zeros(values.shape, dtype=np.int32), np.zeros(values.shape, dtype=bool)
    for start in range(0, values.shape[1], _COLUMNS):
        block = np.s_[:, start : start + _COLUMNS]
        whole, kept = _scaled(values[block], bounds)
        if not kept.all():
            bad[block] = ~kept if present is None else ~kept & present[block]
            whole[~kept] = 0.0
        found[block] = whole
    return found, bad


def _scaled(values: Floats, bounds: Bounds) -> tuple[Floats, Flags]:
    scale, least, most = (column[:, None] for column in (bounds.scale, bounds.least, bounds.most))
    with np.errstate(invalid="ignore", over="ignore"):
        whole = values * scale
        np.rint(whole, out=whole)
        kept = whole >= least
        kept &= whole <= most
        kept &= whole / scale == values
    return whole, kept


def reason(value: float, text: str | None, channel: Channel) -> Code | None:
    """Why one value cannot be kept, from its text where there is one; None if it can."""
    exact = _exact(value, text)
    if exact is None:
        return "value_invalid"
    if exact < 0 and never_negative(channel):
        return "negative_value"
    if abs(exact) * 10**channel.decimals > _most(channel):
        return "value_out_of_range"
    shifted = exact.scaleb(channel.decimals)
    return None if shifted == shifted.to_integral_value() else "too_precise"


def _exact(value: float, text: str | None) -> Decimal | None:
    try:
        exact = Decimal(text.strip() if text is not None else repr(float(value)))
    except InvalidOperation:
        return None
    # Decimal reads 1_000 and full-width digits, a column of numbers does not.
    plain = text is None or (text.isascii() and "_" not in text)
    return exact if exact.is_finite() and plain else None


def _most(channel: Channel) -> int:
    if channel.kind == "register" and channel.digits is not None:
        return min(MOST, int(10 ** (channel.digits + channel.decimals)) - 1)
    return MOST

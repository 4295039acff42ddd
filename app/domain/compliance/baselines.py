"""Baselines: what a meter usually takes, by slot of the day, from days that nothing held back; named and versioned."""

from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.calendar import DayType

MethodName = Literal["eligible-days-mean/1", "plan-named/1"]
# The days a baseline is the mean of: those of one type, or all of them.
Group = Literal["workday", "rest_day", "any"]
GROUPS: tuple[Group, ...] = ("workday", "rest_day", "any")
Wh = NDArray[np.int64]


class Excluded(IntEnum):
    """Why a day is no base; the first that applies is named."""

    USED = 0
    INCOMPLETE = 1
    CONTROLLED = 2
    WARNING = 3
    HOLIDAY = 4
    MAINTENANCE = 5
    OUTLIER = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a baseline is made: from the eligible days of `from_day` until `until_day` (exclusive).

    `plan-named/1` is the mean load of days the plan itself names (A-YN3); it knows one group, `any`.
    """

    name: MethodName
    from_day: date
    until_day: date


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baselines:
    """The baselines of the meters of a block, in the order of its meters.

    `curve` is the mean of each slot in whole watt-hours (rounded down), zeros where there is no baseline; `used`
    counts the days behind it. `reasons` holds an `Excluded` for each meter and day looked at. `enough` is false where
    fewer days than `least_days` were eligible, or some slot was never read.
    """

    method: Method
    thresholds: str
    calendar: str
    days: NDArray[np.datetime64]
    day_types: tuple[DayType, ...]
    curve: Wh  # m x groups x slots
    used: NDArray[np.int64]  # m x groups
    enough: NDArray[np.bool_]  # m x groups
    reasons: NDArray[np.uint8]  # m x d
    least_days: int

    def of(self, rows: NDArray[np.intp]) -> "Baselines":
        """Those of some meters alone."""
        by_meter = {name: getattr(self, name)[rows] for name in ("curve", "used", "enough", "reasons")}
        return replace(self, **by_meter)

    @property
    def any_curve(self) -> Wh:
        """What a stop is measured against: it is a stop on a Sunday too."""
        return self.curve[:, GROUPS.index("any")]

    def group_of(self, day_type: DayType) -> int:
        """The place of the group that a day of this type is compared with."""
        return GROUPS.index("any" if self.method.name == "plan-named/1" else day_type)

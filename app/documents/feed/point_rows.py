"""Rows of single values: each stamp becomes a day and a slot of its channel, checked by columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.documents.feed.cells import cells_of
from app.documents.feed.rows import EPOCH_DAY, Examined, Rows
from app.domain.feed.curves import Points, Quality
from app.domain.feed.rejections import Code
from app.domain.feed.repeats import newest
from app.domain.feed.stamps import Stamp, begin_of, stamp_of

# A stamp that falls nowhere has a code instead of a day and a slot.
_NOWHERE = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Of every row the civil day since 1970 and the slot in it."""

    day: NDArray[np.int64]
    slot: NDArray[np.int32]


def points_of(examined: Examined) -> Points | None:
    """All single values that are sound; None if there are none."""
    places = _places(examined)
    rows = _present(examined, examined.rows())
    place = examined.place[examined.channel[rows]]
    cells = cells_of(examined.table.frame.select("value")[rows], examined.directory, place)
    for row, (_, code, raw) in cells.wrong.items():
        examined.reject(int(rows[row]), "value", code, raw)
    quality = examined.qualities(rows, 1)[:, 0]
    if cells.null is not None:
        quality[cells.null[:, 0]] = Quality.NULL
    kept = examined.sound[rows]
    rows, quality, value = rows[kept], quality[kept], cells.values[kept, 0]
    if not len(rows):
        return None
    value[quality <= Quality.NULL] = 0
    return Points(
        line=examined.table.line[rows],
        channel=examined.channel[rows],
        day=places.day[rows].astype("datetime64[D]"),
        slot=places.slot[rows],
        value=value,
        quality=quality,
        version=examined.version[rows],
    )


def without_repeats(points: Points) -> tuple[Points, list[int]]:
    """One value per channel, day and slot, and the lines of the others."""
    stands = newest(
        [points.channel.astype(np.int64), points.day.view(np.int64), points.slot.astype(np.int64)],
        points.version,
        points.line,
    )
    if stands.all():
        return points, []
    return points[np.flatnonzero(stands)], points.line[~stands].tolist()


def _places(examined: Examined) -> _Places:
    """The place of every row; rows that have none are rejected."""
    spelled = examined.told("at")
    rows = len(examined.table.line)
    places = _Places(np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int32))
    interval, register = examined.of_rows(examined.directory.interval), examined.of_rows(examined.directory.register)
    sound = examined.rows()
    for minutes, counts in sorted(set(zip(interval[sound].tolist(), register[sound].tolist(), strict=True))):
        chosen = sound[(interval[sound] == minutes) & (register[sound] == counts)]
        told = spelled.understood(_Placing(examined, minutes, register=counts))
        index = spelled.index[chosen]
        found = np.array([_NOWHERE if isinstance(place, str) else place for place in told], dtype=np.int64)
        places.day[chosen], places.slot[chosen] = found[index, 0], found[index, 1]
        for code in sorted({place for place in told if isinstance(place, str)}):
            wrong = np.array([place == code for place in told])
            examined.reject_all(chosen[wrong[index]], "at", code)
    return places


class _Placing:
    """Where stamps fall for channels of one interval."""

    def __init__(self, examined: Examined, interval_minutes: int, *, register: bool) -> None:
        self.examined, self.interval, self.register = examined, interval_minutes, register

    def __call__(self, text: str | None) -> tuple[int, int] | Code:
        examined = self.examined
        stamp = stamp_of(text or "", examined.profile, examined.offset)
        if not isinstance(stamp, Stamp):
            return stamp
        began = begin_of(stamp, examined.profile, self.interval, register=self.register)
        if began is None:
            return "stamp_misaligned"
        day, slot = (began[0] - EPOCH_DAY).days, began[1]
        if day < examined.earliest:
            return "day_out_of_range"
        closes = self.register or examined.profile.stamps == "end"
        if (day, (slot + closes) * self.interval * 60) > examined.latest:
            return "stamp_future"
        return day, slot


def _present(examined: Examined, rows: Rows) -> Rows:
    absent = examined.table.absent
    if absent is not None:
        examined.reject_all(rows[absent[rows, 0]], "value", "value_missing")
    return rows[examined.sound[rows]]

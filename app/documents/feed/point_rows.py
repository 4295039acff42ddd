"""Rows of single values: each stamp becomes a day and a slot of its channel, checked by columns."""

from dataclasses import dataclass

import numpy as np

from app.documents.feed.cells import cells_of
from app.documents.feed.rows import EPOCH_DAY, Examined, Rows
from app.domain.feed.curves import Points, Quality
from app.domain.feed.gathering import newest
from app.domain.feed.qualities import qualities_of
from app.domain.feed.rejections import Code
from app.domain.feed.stamps import Stamp, begin_of, stamp_of


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a stamp falls: a civil day since 1970 and a slot in it, or why nowhere."""

    day: int = 0
    slot: int = 0
    code: Code | None = None


def points_of(examined: Examined) -> Points | None:
    """All single values that are sound; None if there are none."""
    places = _places(examined)
    rows = _present(examined, examined.rows())
    cells = cells_of(examined.table.frame.select("value")[rows], examined.channels, examined.channel[rows])
    for row, (_, code, raw) in cells.wrong.items():
        examined.reject(int(rows[row]), "value", code, raw)
    quality = _quality(examined, rows)
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
        day=np.array([places[row].day for row in rows.tolist()], dtype=np.int64).astype("datetime64[D]"),
        slot=np.array([places[row].slot for row in rows.tolist()], dtype=np.int32),
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
    return _chosen(points, np.flatnonzero(stands)), points.line[~stands].tolist()


def _places(examined: Examined) -> list[_Place]:
    """The place of every row; rows that have none are rejected."""
    kinds = {(channel.interval_minutes, channel.kind == "register") for channel in examined.channels}
    told = {kind: examined.meant("at", _Placing(examined, *kind)) or [] for kind in kinds}
    of_channel = [told[channel.interval_minutes, channel.kind == "register"] for channel in examined.channels]
    nowhere = _Place()
    places = [
        of_channel[channel][row] if channel >= 0 else nowhere for row, channel in enumerate(examined.channel.tolist())
    ]
    codes = {row: place.code for row, place in enumerate(places) if place.code is not None}
    examined.reject_all(codes, "at", codes.__getitem__)
    return places


class _Placing:
    """Where stamps fall for channels of one interval."""

    def __init__(self, examined: Examined, interval_minutes: int, register: bool) -> None:
        self.examined, self.interval, self.register = examined, interval_minutes, register
        self.earliest, self.latest = examined.earliest(), examined.latest()

    def __call__(self, text: str | None) -> _Place:
        stamp = stamp_of(text or "", self.examined.profile, self.examined.offset)
        if not isinstance(stamp, Stamp):
            return _Place(code=stamp)
        began = begin_of(stamp, self.examined.profile, self.interval, register=self.register)
        if began is None:
            return _Place(code="stamp_misaligned")
        day, slot = (began[0] - EPOCH_DAY).days, began[1]
        if day < self.earliest:
            return _Place(code="day_out_of_range")
        closes = self.register or self.examined.profile.stamps == "end"
        if (day, (slot + closes) * self.interval * 60) > self.latest:
            return _Place(code="stamp_future")
        return _Place(day, slot)


def _present(examined: Examined, rows: Rows) -> Rows:
    absent = examined.table.absent
    if absent is not None:
        examined.reject_all(rows[absent[rows, 0]].tolist(), "value", lambda _: "value_missing")
    return rows[examined.sound[rows]]


def _quality(examined: Examined, rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    told = examined.meant("quality", lambda text: qualities_of(text, examined.profile, 1))
    if told is None:
        return np.full(len(rows), Quality.ACTUAL, dtype=np.uint8)
    wrong = [row for row in rows.tolist() if told[row] is None]
    examined.reject_all(wrong, "quality", lambda _: "quality_invalid")
    return np.array([(told[row] or [Quality.ABSENT])[0] for row in rows.tolist()], dtype=np.uint8)


def _chosen(points: Points, rows: Rows) -> Points:
    return Points(
        line=points.line[rows],
        channel=points.channel[rows],
        day=points.day[rows],
        slot=points.slot[rows],
        value=points.value[rows],
        quality=points.quality[rows],
        version=points.version[rows],
    )

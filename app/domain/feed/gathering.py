"""Gathering: single readings as sparse curves of their civil days."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.domain.feed.curves import Codes, Days, Ints, Points
from app.domain.feed.merging import Slots


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """Channel-days with the same number of slots; `row` says in which of them each of the chosen points went."""

    chosen: Ints  # which points
    row: Ints
    channel: Ints
    day: Days
    slots: Slots


def gathered(points: Points, width: Ints) -> Iterator[Gathered]:
    """`width` is the number of slots of each channel's day, by the index of the channel."""
    own = width[points.channel]
    for slots in np.unique(own):
        yield _gather(points, np.flatnonzero(own == slots).astype(np.int32), int(slots))


def _gather(points: Points, mine: Ints, slots: int) -> Gathered:
    channel, day = points.channel[mine], points.day[mine]
    keys = np.stack([day.astype("datetime64[D]").astype(np.int64), channel.astype(np.int64)], axis=1)
    pairs, row = np.unique(keys, axis=0, return_inverse=True)
    row = row.ravel()
    values = np.zeros((len(pairs), slots), dtype=np.int32)
    quality: Codes = np.zeros((len(pairs), slots), dtype=np.uint8)
    values[row, points.slot[mine]], quality[row, points.slot[mine]] = points.value[mine], points.quality[mine]
    version = np.full(values.shape, np.datetime64("NaT", "us"))
    version[row, points.slot[mine]] = points.version[mine]
    return Gathered(
        chosen=mine,
        row=row.astype(np.int32),
        channel=pairs[:, 1].astype(np.int32),
        day=pairs[:, 0].astype("datetime64[D]"),
        slots=Slots(values=values, quality=quality, version=version),
    )

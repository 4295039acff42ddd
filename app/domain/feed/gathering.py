"""Single values gathered into days: sparse curves in which every slot nobody spoke of is absent."""

from collections.abc import Sequence

import numpy as np

from app.domain.feed.channels import Channel
from app.domain.feed.curves import Codes, Curves, Ints, Points, Quality

Instants = np.ndarray[tuple[int], np.dtype[np.datetime64]]
Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


def gathered(points: Points, channels: Sequence[Channel]) -> list[Curves]:
    """Sparse curves, each block with one row per channel and day and one number of slots; to be merged in their order.

    `channels` are those of the batch's keys. A curve bears the last line that speaks of it. Values of several versions
    of one day are curves of their own, older ones in an earlier block, since what is stale is decided by the version.
    """
    slots = np.array([channel.slots for channel in channels], dtype=np.int32)[points.channel]
    return [
        block for width in np.unique(slots).tolist() for block in _layers(points, np.flatnonzero(slots == width), width)
    ]


def _layers(points: Points, chosen: Numbers, width: int) -> list[Curves]:
    channel, day, told = points.channel[chosen], points.day[chosen], _order_of(points.version[chosen])
    order = np.lexsort((told, day, channel))
    chosen, channel, day, told = chosen[order], channel[order], day[order], told[order]
    new_day = _differs(channel) | _differs(day)
    new_curve = new_day | _differs(told)
    curve = np.cumsum(new_curve) - 1
    # The first curve of each day lies in layer 0, its next version in layer 1, and so on.
    layer = curve - np.maximum.accumulate(np.where(new_day, curve, 0))
    return [_sparse(points, chosen[layer == one], new_curve[layer == one], width) for one in range(layer.max() + 1)]


def _sparse(points: Points, chosen: Numbers, first: Flags, width: int) -> Curves:
    row = np.cumsum(first) - 1
    starts = np.flatnonzero(first)
    values: Ints = np.zeros((len(starts), width), dtype=np.int32)
    quality: Codes = np.full(values.shape, Quality.ABSENT, dtype=np.uint8)
    values[row, points.slot[chosen]] = points.value[chosen]
    quality[row, points.slot[chosen]] = points.quality[chosen]
    return Curves(
        line=np.maximum.reduceat(points.line[chosen], starts),
        channel=points.channel[chosen][starts],
        day=points.day[chosen][starts],
        values=values,
        quality=quality,
        version=points.version[chosen][starts],
    )


def newest(keys: Sequence[Numbers], version: Instants, line: Ints) -> Flags:
    """Which rows stand where several have equal `keys`: the newest version, of equal ones the last line."""
    order = np.lexsort(np.stack([line.astype(np.int64), _order_of(version), *reversed(keys)]))
    standing = np.zeros(len(order), dtype=bool)
    standing[order[np.roll(_any_differs([key[order] for key in keys]), -1)]] = True
    return standing


def _any_differs(keys: Sequence[Numbers]) -> Flags:
    differs: Flags = np.logical_or.reduce([_differs(key) for key in keys])
    return differs


def _differs(ordered: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Flags:
    """Where an ordered column begins another value; the first always does."""
    begins = np.ones(len(ordered), dtype=bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    return begins


def _order_of(version: Instants) -> Numbers:
    """Versions as numbers; a missing one (NaT) is older than every other."""
    return version.view(np.int64)

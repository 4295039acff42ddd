"""Blocks: the common patterns found quickly, one stop for each quota, or two where that relieves more."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.domain.schedules.planning.pattern import Flags, Floats, Quota, Rhythm

# Dearer than any price of a day, so that no block lies on a day that must run.
NEVER = 1e12


@dataclass(frozen=True, slots=True)
class Layer:
    """Quotas that share no day, in order, and the rhythm in which they are filled."""

    quotas: tuple[Quota, ...]
    rhythm: Rhythm


@dataclass(frozen=True, slots=True)
class _Option:
    """Blocks (start, end) that fill one quota, and their price."""

    price: float
    blocks: tuple[tuple[int, int], ...]


def blocks(price: Floats, must_run: Flags, layer: Layer) -> Flags | None:
    """One or two stops for each quota at a low price; None where a slower look is needed, or there is none.

    Quotas are filled without regard to each other; where that brings stops too close together, None.
    """
    rhythm = layer.rhythm
    if len(layer.quotas) > rhythm.max_stops:
        return _in_one(must_run, layer)
    sums = np.concatenate(([0.0], np.cumsum(np.where(must_run, NEVER, price))))
    single = [_single(sums, quota, rhythm) for quota in layer.quotas]
    chosen = [one for one in single if one is not None]
    if len(chosen) < len(single):
        return None
    spare = rhythm.max_stops - len(chosen)
    if spare:
        double = [_double(sums, quota, rhythm) for quota in layer.quotas]
        gains = [
            (two.price - one.price, at)
            for at, (one, two) in enumerate(zip(chosen, double, strict=True))
            if two is not None and two.price < one.price
        ]
        split = dict.fromkeys(at for _, at in sorted(gains)[:spare])
        better = [double[at] if at in split else one for at, one in enumerate(chosen)]
        found = _pattern([one for one in better if one is not None], rhythm, len(price))
        if found is not None:
            return found
    return _pattern(chosen, rhythm, len(price))


def _single(sums: Floats, quota: Quota, rhythm: Rhythm) -> _Option | None:
    if quota.days < rhythm.min_stop or quota.end - quota.start < quota.days:
        return None
    costs = sums[quota.start + quota.days : quota.end + 1] - sums[quota.start : quota.end + 1 - quota.days]
    at = int(np.argmin(costs))
    start = quota.start + at
    return None if costs[at] > NEVER / 2 else _Option(float(costs[at]), ((start, start + quota.days),))


def _double(sums: Floats, quota: Quota, rhythm: Rhythm) -> _Option | None:
    """The best two blocks: every length of the first, every place of the second, the best place of the first before it."""
    lengths = np.arange(rhythm.min_stop, quota.days - rhythm.min_stop + 1)
    room = quota.end - quota.start
    free = room - quota.days - rhythm.min_run
    if len(lengths) == 0 or free < 0:
        return None
    # Both blocks shift by what is free beside the gap between them: rows are lengths, columns shifts.
    shifts = np.arange(free + 1)
    first = quota.start + shifts[None, :]
    costs_first = sums[first + lengths[:, None]] - sums[first]
    second = first + lengths[:, None] + rhythm.min_run
    costs_second = sums[second + (quota.days - lengths)[:, None]] - sums[second]
    best = np.minimum.accumulate(costs_first, axis=1)
    total = best + costs_second
    row, column = np.unravel_index(int(np.argmin(total)), total.shape)
    price = float(total[row, column])
    if price > NEVER / 2:
        return None
    length = int(lengths[row])
    start = quota.start + int(np.argmin(costs_first[row, : int(column) + 1]))
    other = quota.start + int(column) + length + rhythm.min_run
    return _Option(price, ((start, start + length), (other, other + quota.days - length)))


def _pattern(options: list[_Option], rhythm: Rhythm, days: int) -> Flags | None:
    """The days of all blocks, unless the gap between two is shorter than the resource has to run."""
    found = np.zeros(days, np.bool_)
    last = -days
    for start, end in (block for one in options for block in one.blocks):
        if 0 < start - last < rhythm.min_run:
            return None
        found[start:end] = True
        last = end
    return found


def _in_one(must_run: Flags, layer: Layer) -> Flags | None:
    """Two quotas in a single stop leave no choice: it lies across the edge between them."""
    if layer.rhythm.max_stops != 1 or len(layer.quotas) != 2:
        return None
    found = joined(np.zeros(len(must_run), np.bool_), layer)
    return None if found is None or (found & must_run).any() else found


def joined(own: Flags, layer: Layer) -> Flags | None:
    """The first two neighbours that do not meet yet, with their stops moved up to the edge between them."""
    for first, second in pairwise(layer.quotas):
        edge = first.end
        room = first.end - first.start >= first.days and second.end - second.start >= second.days
        if edge == second.start and first.days and second.days and room and not (own[edge - 1] and own[edge]):
            found = own.copy()
            found[first.start : second.end] = False
            found[edge - first.days : edge + second.days] = True
            return found
    return None

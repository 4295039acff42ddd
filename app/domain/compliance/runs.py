"""runs: how long something goes on without a break, slot by slot."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.metering import Known

Counts = NDArray[np.int64]


def longest(flags: Known) -> Counts:
    """The longest run of true slots along the last axis; a run ends with its day."""
    shape = flags.shape[:-1]
    current: NDArray[np.int16] = np.zeros(shape, dtype=np.int16)
    best: NDArray[np.int16] = np.zeros(shape, dtype=np.int16)
    for slot in range(flags.shape[-1]):
        current += 1
        current *= flags[..., slot]
        np.maximum(best, current, out=best)
    return best.astype(np.int64)


def counted(flags: Known) -> Counts:
    """How many slots are true."""
    return np.asarray(flags.sum(axis=-1, dtype=np.int64))


def leading(flags: Known, among: Known) -> Counts:
    """How many of the slots `among` that come first are true without a break, other slots left aside."""
    unbroken: Known = np.logical_and.accumulate(flags | ~among, axis=-1)
    return counted(unbroken & among)


def trailing(flags: Known, among: Known) -> Counts:
    """The same from the last slot backwards."""
    return leading(flags[..., ::-1], among[..., ::-1])


def slots_for(minutes: int, interval_minutes: int) -> int:
    """The least number of slots that last at least so many minutes."""
    return max(1, ceil(minutes / interval_minutes))


def weighed(weights: Known | NDArray[np.int32], curve: NDArray[np.int64]) -> Counts:
    """By meter and day the sum of a meter's usual curve (m x slots), each slot as often as it weighs (m x d x slots).

    Reckoned in doubles, which hold whole watt-hours exactly far beyond any day's energy.
    """
    summed: NDArray[np.float64] = np.matmul(weights.astype(np.float64), curve.astype(np.float64)[:, :, None])[..., 0]
    return np.asarray(summed, dtype=np.int64)

"""Repeats: of rows that speak of the same thing, the one that stands."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.feed.curves import Instants, Ints

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def newest(keys: Sequence[Numbers], version: Instants, line: Ints) -> Flags:
    """Which rows stand where several have equal `keys`: the newest version, of equal ones the last line."""
    # A missing version (NaT) is the least of numbers: older than every other.
    order = np.lexsort(np.stack([line.astype(np.int64), version.view(np.int64), *reversed(keys)]))
    standing = np.zeros(len(order), dtype=bool)
    standing[order[np.roll(_begins([key[order] for key in keys]), -1)]] = True
    return standing


def _begins(ordered: Sequence[Numbers]) -> Flags:
    """Where ordered columns begin another value; the first row always does."""
    begins = np.zeros(len(ordered[0]), dtype=bool)
    begins[:1] = True
    for column in ordered:
        begins[1:] |= column[1:] != column[:-1]
    return begins

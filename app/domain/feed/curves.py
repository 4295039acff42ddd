"""Readings as the columns of a batch: whole days, or single values, always of a civil day and a slot in it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Codes = NDArray[np.uint8]
# Which of several: a mask, or places.
Chosen = NDArray[np.bool_] | NDArray[np.intp] | Ints
# datetime64[D] and datetime64[us]; a missing version is NaT.
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]


class Quality(IntEnum):
    """What is known of a slot; a higher one is never replaced by a lower one unless the sender forces it.

    Absent was never sent; null was sent as "no value"; zero is a value like any other.
    """

    ABSENT = 0
    NULL = 1
    ESTIMATED = 2
    SUBSTITUTED = 3
    ACTUAL = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rejection:
    """One row that did not land, by its line in the file (the first row of data is line 2 of a CSV, 1 of NDJSON)."""

    line: int
    column: str
    code: str
    zh: str
    en: str
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """Whole rows of channel-days, all with the same number of slots.

    An interval's value is the amount within its slot, a register's what it shows at the end of its slot, whatever the
    source stamps.

    `channel` is an index into the batch's `keys`; `values` are scaled integers of the channel's decimals, 0 where
    `quality` says absent or null.
    """

    line: Ints  # n
    channel: Ints  # n
    day: Days  # n
    values: Ints  # n x slots
    quality: Codes  # n x slots
    version: Instants  # n

    def __getitem__(self, chosen: Chosen) -> "Curves":
        """Some of the rows."""
        return Curves(**{one.name: getattr(self, one.name)[chosen] for one in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Single values, each of the slot that begins at `slot` x interval of `day`."""

    line: Ints
    channel: Ints
    day: Days
    slot: Ints
    value: Ints
    quality: Codes
    version: Instants

    def __getitem__(self, chosen: Chosen) -> "Points":
        """Some of the values."""
        return Points(**{one.name: getattr(self, one.name)[chosen] for one in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """What a file says: readings by channel key, and every row that says nothing usable.

    Of each channel and day there is one row in `curves` at most, of each channel, day and slot one in `points`.
    """

    keys: Sequence[str]
    # Rows of data in the file: each is accepted, superseded, rejected or unknown.
    received: int
    curves: Sequence[Curves]
    points: Points | None
    rejected: Sequence[Rejection]
    # Keys nobody has registered, with the lines they came in, where the profile parks them; else they are in `rejected`.
    unknown: Sequence[tuple[str, int]]
    # Lines that a later line (or one of a newer version) of the same file says again.
    superseded: Sequence[int] = ()

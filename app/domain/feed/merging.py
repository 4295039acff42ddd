"""Merging: what a reading that arrives does to the one that is there, slot by slot."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.feed.curves import Codes, Instants, Ints, Quality

Flags = NDArray[np.bool_]


class Verdict(IntEnum):
    """What became of a slot or a row; the highest of its slots is the verdict of a row."""

    NOTHING = 0
    UNCHANGED = 1
    STALE = 2
    CHANGED = 3
    NEW = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slots:
    """Readings of n channel-days; `version` is the source's own instant, NaT where it tells none.

    A row that was sent as a whole has one version, one that was gathered has one for each slot.
    """

    values: Ints  # n x slots
    quality: Codes  # n x slots
    version: Instants  # n x 1, or n x slots

    def __getitem__(self, chosen: Any) -> "Slots":
        return Slots(values=self.values[chosen], quality=self.quality[chosen], version=self.version[chosen])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Merged:
    """What is to be stored, and what became of every slot that was sent."""

    slots: Slots
    verdicts: Codes  # n x slots
    # Rows that say nothing else but with a newer version: they are believed against versions in between.
    dated: Flags  # n


def merge(kept: Slots, sent: Slots, *, later: Flags, force: bool = False) -> Merged:
    """An absent slot gives way to anything; a value gives way to a newer one of no lower quality.

    `later` marks the rows whose kept readings arrived after the sent ones, which then lose.
    `force` lets a lower quality replace a higher one.
    """
    told = sent.quality != Quality.ABSENT
    empty = kept.quality == Quality.ABSENT
    same = (kept.values == sent.values) & (kept.quality == sent.quality)
    # A comparison with NaT is false: who tells no version counts by arrival.
    behind = (kept.version > sent.version) | later[:, None]
    lower = False if force else sent.quality < kept.quality
    stale = told & ~empty & ~same & (behind | lower)
    new = told & empty
    changed = told & ~empty & ~same & ~stale
    verdicts = np.zeros(sent.quality.shape, dtype=np.uint8)
    for mask, verdict in (
        (told & same & ~empty, Verdict.UNCHANGED),
        (stale, Verdict.STALE),
        (changed, Verdict.CHANGED),
        (new, Verdict.NEW),
    ):
        verdicts[mask] = verdict
    taken = new | changed
    newer = (sent.version > kept.version) | (np.isnat(kept.version) & ~np.isnat(sent.version))
    fresh = told & same & ~empty & newer
    slots = Slots(
        values=np.where(taken, sent.values, kept.values),
        quality=np.where(taken, sent.quality, kept.quality),
        version=np.where(taken | fresh, sent.version, kept.version),
    )
    return Merged(slots=slots, verdicts=verdicts, dated=fresh.any(axis=1) & ~taken.any(axis=1))


def of_rows(verdicts: Codes) -> Codes:
    """The verdict of each row that met one already there: a filled slot changes it."""
    if not verdicts.shape[1]:
        return np.zeros(len(verdicts), dtype=np.uint8)
    highest: Codes = verdicts.max(axis=1)
    return np.minimum(highest, np.uint8(Verdict.CHANGED))


def counted(verdicts: Codes) -> dict[str, int]:
    """How many of each verdict there are."""
    return {one.name.lower(): int(np.count_nonzero(verdicts == one)) for one in Verdict if one is not Verdict.NOTHING}

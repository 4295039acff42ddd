"""Limits: how much one batch may hold, and which days and instants it may speak of."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a batch may hold at most.

    `decompressed_bytes` count after opening the compression. `skew` is how far a sender's clock may be ahead of ours.
    No day before `earliest` is taken.
    """

    decompressed_bytes: int = 64 * 1024 * 1024
    rows: int = 200_000
    skew: timedelta = timedelta(minutes=15)
    earliest: date = date(2000, 1, 1)

"""Reconciling: how far the readings of a source reach, what of them is missing, and fingerprints of what is there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from app.domain.feed.channels import Channel, ChannelUnknown
from app.domain.feed.resends import refuse_upside_down
from app.domain.feed.sources import Source
from app.persistence.feed.channels import ChannelRepository
from app.persistence.feed.reconciling import Checksum, Coverage, ReconciliationReader
from app.persistence.unit_of_work import UnitOfWork

# A month and the days of grace around it.
MOST_DAYS = 62
# How far back an unbroken row of days is looked for.
LOOKED_BACK = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """How far a source has told: `complete_to` is the last day up to which nothing is missing."""

    source: str
    channels: int
    complete_to: date | None
    seen_to: date | None
    closed_to: date
    lag_days: int | None


async def channels_of(uow: UnitOfWork, source: Source, key: str | None = None) -> list[Channel]:
    """The channels of a source the caller has been allowed to see, in order of their keys; or the one with this key.

    Raises ChannelUnknown where it has no channel of this key.
    """
    found = await ChannelRepository(uow.session).of_source(source.name)
    if key is not None and key not in found:
        raise ChannelUnknown()
    return [found[one] for one in sorted(found) if key is None or one == key]


async def watermark(uow: UnitOfWork, source: Source) -> Watermark:
    """Looked for in the month before the day that is open now."""
    channels = await channels_of(uow, source)
    open_day = source.first_open_day(uow.now)
    today = source.last_day(uow.now)
    coverage = await coverage_of(uow, channels, open_day - timedelta(days=LOOKED_BACK), today)
    told = coverage.measured + coverage.estimated
    seen = [day for at, day in enumerate(coverage.days) if told[:, at].any()]
    whole = [bool(len(channels)) and not coverage.missing[:, at].any() for at in range(len(coverage.days))]
    complete = _unbroken(coverage.days, whole, [bool(told[:, at].any()) for at in range(len(coverage.days))])
    return Watermark(
        source=source.name,
        channels=len(channels),
        complete_to=complete,
        seen_to=seen[-1] if seen else None,
        closed_to=open_day - timedelta(days=1),
        lag_days=None if complete is None else max(0, (open_day - timedelta(days=1) - complete).days),
    )


def _unbroken(days: Sequence[date], whole: Sequence[bool], told: Sequence[bool]) -> date | None:
    """The last of the whole days that follow each other from the first one that told anything."""
    last = None
    for day, good, any_ in zip(days, whole, told, strict=True):
        if good:
            last = day
        elif any_ or last is not None:
            break
    return last


async def coverage_of(uow: UnitOfWork, channels: Sequence[Channel], first: date, last: date) -> Coverage:
    """By channel and day, both days included."""
    refuse_upside_down(first, last, most=MOST_DAYS)
    return await ReconciliationReader(uow.session).coverage(channels, first, last)


def gaps(coverage: Coverage) -> Iterator[tuple[Channel, date, int]]:
    """Channel, day and number of missing readings, in order of channels and days."""
    missing = coverage.missing
    for row, column in zip(*np.nonzero(missing > 0), strict=True):
        yield coverage.channels[row], coverage.days[column], int(missing[row, column])


async def checksums(uow: UnitOfWork, channels: Sequence[Channel], first: date, last: date) -> list[Checksum]:
    """Of every channel-day that has a curve, day by day."""
    refuse_upside_down(first, last, most=MOST_DAYS)
    found: list[Checksum] = []
    for day in range((last - first).days + 1):
        found += await ReconciliationReader(uow.session).checksums(channels, first + timedelta(days=day))
    return found


def closed_range(source: Source, first: date | None, last: date | None, *, now: datetime) -> tuple[date, date]:
    """The days asked for; left out, the last week that is closed."""
    end = last or source.first_open_day(now) - timedelta(days=1)
    return first or end - timedelta(days=6), end

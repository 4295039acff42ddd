"""Closing days: single readings of a day that is over become its curve, and what is missing is asked for again."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from app.domain.access import Actor
from app.domain.events import Event
from app.domain.feed.channels import Channel
from app.domain.feed.directory import Directory
from app.domain.feed.gathering import gathered
from app.domain.feed.sources import Source
from app.persistence.feed.channels import ChannelRepository
from app.persistence.feed.landing import Arrival
from app.persistence.feed.points import PointRepository
from app.persistence.feed.reconciling import ReconciliationReader
from app.persistence.feed.resends import ResendRepository
from app.persistence.feed.sources import SourceRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.feed.landing import land_gathered
from app.services.feed.resending import ask_for

# Channel-days folded in one transaction: others of the source wait for it.
PORTION = 5_000
# A channel that has told something on one of so many days before is expected to go on.
EXPECTED_AFTER = 7
MOST_ASKED = 1_000


async def fold(uow: UnitOfWork, source: Source, *, by: Actor) -> int:
    """Move a portion of the readings of closed days into their curves; how many readings, 0 when none is left.

    Reading, curve and the end of the point are one transaction, so that a crash leaves either all or nothing of it.
    """
    sources = SourceRepository(uow.session)
    await sources.hold(source.name)
    known = await ChannelRepository(uow.session).of_source(source.name)
    directory = Directory(known)
    points = PointRepository(uow.session)
    day = await points.oldest_day(directory.channels, before=source.first_open_day(uow.now))
    if day is None:
        return 0
    at = await sources.landing_at(source.name, now=uow.now)
    taken = await points.take(directory, day, limit=PORTION, at=at)
    for part in gathered(taken.points, directory.slots):
        await land_gathered(uow, directory, part, Arrival(batch=taken.batch, at=at, late=True))
    data = {"source": source.name, "day": str(day), "readings": len(taken.points.line)}
    event = Event(type="feed.day_closed", subject=source.name, region=source.region, data=data)
    await uow.record(event, by=by)
    return len(taken.points.line)


async def ask_for_gaps(uow: UnitOfWork, source: Source, *, by: Actor) -> int:
    """Ask once for what the day that closed last lacks, of channels that have been telling."""
    await SourceRepository(uow.session).hold(source.name)
    channels = list((await ChannelRepository(uow.session).of_source(source.name)).values())
    day = source.first_open_day(uow.now) - timedelta(days=1)
    if not channels:
        return 0
    asked = {
        one.channel_id
        for one in await ResendRepository(uow.session).open_of(source.name)
        if one.first <= day <= one.last
    }
    wanted = [one for one in await _lacking(uow, channels, day) if one.id not in asked][:MOST_ASKED]
    return len(await ask_for(uow, source, [(one, day, day) for one in wanted], "gap", by=by))


async def _lacking(uow: UnitOfWork, channels: Sequence[Channel], day: date) -> list[Channel]:
    reader = ReconciliationReader(uow.session)
    coverage = await reader.coverage(channels, day - timedelta(days=EXPECTED_AFTER), day)
    told = (coverage.measured + coverage.estimated).any(axis=1)
    return [coverage.channels[at] for at in np.flatnonzero(told & (coverage.missing[:, -1] > 0)).tolist()]

"""reductions: the tonnes that published schedules keep back in a region, as known at an instant."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.access import Actor, region_prefix
from app.domain.decisions.season import season_bounds
from app.domain.reports.asked import check_as_of
from app.domain.reports.reductions import RegionTally, TargetMet, targets_met
from app.domain.schedules.versions import StoredSchedule
from app.persistence.regions import RegionRepository
from app.persistence.reports.published import PublishedReader
from app.persistence.schedules.repository import LinesWanted
from app.persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonAsked:
    """A season of a region, until a day (exclusive; None: to its end), as it was known at an instant."""

    region: str
    season: int
    as_of: datetime
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """What the schedules of a region come to, with the targets they were computed with."""

    asked: SeasonAsked
    schedules: Sequence[StoredSchedule]
    tally: RegionTally
    targets: Sequence[TargetMet]


async def in_force(uow: UnitOfWork, asked: SeasonAsked, *, by: Actor) -> list[StoredSchedule]:
    """The published schedules a report of a season stands on; raises what is wrong with the request."""
    check_as_of(asked.as_of, first=date(2000, 1, 1), now=uow.now)
    await RegionRepository(uow.session).get(asked.region)
    return await PublishedReader(uow.session).of(asked.season, asked.region, at=asked.as_of, visible_to=by)


def calendar(schedules: Sequence[StoredSchedule], season: int) -> tuple[date, date]:
    """From the first day of these schedules until their end (exclusive); without any, the year of the season."""
    if not schedules:
        return season_bounds(season)
    return min(one.first for one in schedules), max(one.end for one in schedules)


async def reduced(uow: UnitOfWork, asked: SeasonAsked, *, by: Actor) -> Reduced:
    """Of the lines a reader sees. A target is told where the whole scope it was set for lies in the region."""
    reader, wanted = PublishedReader(uow.session), LinesWanted(region=asked.region)
    schedules = await in_force(uow, asked, by=by)
    first, end = calendar(schedules, asked.season)
    tally = RegionTally(first=first, end=end)
    for one in schedules:
        async for lines in reader.lines(one, wanted, visible_to=by):
            await asyncio.to_thread(tally.add_all, one.id, lines)
    targets = [
        target
        for one in schedules
        if one.asked.scope.region.startswith(region_prefix(asked.region)) and one.id in tally.by_schedule
        for target in targets_met(one.id, one.asked.options.floors, tally.by_schedule[one.id])
    ]
    return Reduced(asked=asked, schedules=schedules, tally=tally, targets=targets)

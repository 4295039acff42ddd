"""What a schedule comes to in the eyes of a reader: tonnes kept back, and two schedules beside each other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.access import Actor
from app.domain.policies.pack import Pack
from app.domain.schedules.lines import Difference, ScheduledLine, Tally
from app.domain.schedules.versions import StoredSchedule
from app.persistence.schedules.repository import LinesWanted, ScheduleRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.schedules.registered import pinned

# Lines of one query: two of them side by side are some megabytes.
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One of some schedules: what it comes to, and what it plans otherwise than the first of them."""

    schedule: StoredSchedule
    tally: Tally
    difference: Difference = field(default_factory=Difference)


async def packs_of(uow: UnitOfWork, schedule: StoredSchedule) -> dict[str, Pack]:
    """The plans a schedule cites, as they were, by name."""
    return {one.pack.name: one.pack for one in await pinned(uow, schedule.asked)}


async def portions(
    uow: UnitOfWork, schedule: StoredSchedule, wanted: LinesWanted, *, by: Actor, limit: int = AT_ONCE
) -> AsyncIterator[list[ScheduledLine]]:
    """The lines a reader sees, some at a time and in order."""
    repository, after = ScheduleRepository(uow.session), -1
    while found := await repository.lines(schedule, wanted, visible_to=by, after=after, limit=limit):
        yield found
        after = found[-1].position


async def tally(uow: UnitOfWork, schedule: StoredSchedule, wanted: LinesWanted, *, by: Actor) -> Tally:
    """The tonnes of the lines a reader sees."""
    counted = Tally(first=schedule.first, end=schedule.end)
    async for lines in portions(uow, schedule, wanted, by=by):
        await asyncio.to_thread(counted.add_all, lines)
    return counted


async def compare(uow: UnitOfWork, ids: Sequence[UUID], *, by: Actor) -> list[Compared]:
    """In the order asked for; whoever may not see one of them sees none."""
    schedules = [await ScheduleRepository(uow.session).get(one, visible_to=by) for one in ids]
    return [await _compared(uow, schedules[0], one, by=by) for one in schedules]


async def _compared(uow: UnitOfWork, first: StoredSchedule, one: StoredSchedule, *, by: Actor) -> Compared:
    found = Compared(schedule=one, tally=await tally(uow, one, LinesWanted(), by=by))
    if one is not first:
        async for pairs in _side_by_side(uow, first, one, by=by):
            await asyncio.to_thread(found.difference.add_all, pairs)
    return found


async def _side_by_side(
    uow: UnitOfWork, first: StoredSchedule, second: StoredSchedule, *, by: Actor
) -> AsyncIterator[list[tuple[ScheduledLine | None, ScheduledLine | None]]]:
    """The lines of two schedules that a reader sees, resource by resource, some at a time."""
    repository, after = ScheduleRepository(uow.session), ""
    both = [first.id, second.id]
    while found := await repository.resources(both, visible_to=by, after=after, limit=AT_ONCE):
        before, now = [await repository.of_resources(one, found) for one in both]
        yield [(before.get(resource), now.get(resource)) for resource in found]
        after = found[-1]

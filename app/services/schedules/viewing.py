"""What a schedule comes to in the eyes of a reader: tonnes kept back, and two schedules beside each other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.policies.pack import Pack
from app.domain.schedules.lines import Difference, ScheduledLine, Tally
from app.domain.schedules.versions import StoredSchedule
from app.persistence.policies import PackRepository
from app.persistence.schedules.repository import LinesWanted, ScheduleRepository
from app.persistence.unit_of_work import UnitOfWork

# Lines of one query: some megabytes.
AT_ONCE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One of some schedules: what it comes to, and what it plans otherwise than the first of them."""

    schedule: StoredSchedule
    tally: Tally
    difference: Difference = field(default_factory=Difference)


async def packs_of(uow: UnitOfWork, schedule: StoredSchedule) -> dict[str, Pack]:
    """The plans a schedule cites, as they were, by name."""
    stored = [await PackRepository(uow.session).find(pack.hash) for pack in schedule.asked.packs]
    packs = [evaluator_of(one.document, one.hash).pack for one in stored if one is not None]
    return {pack.name: pack for pack in packs}


async def portions(
    uow: UnitOfWork, schedule: StoredSchedule, wanted: LinesWanted, *, by: Actor
) -> AsyncIterator[list[ScheduledLine]]:
    """The lines a reader sees, some at a time and in order."""
    repository, after = ScheduleRepository(uow.session), -1
    while found := await repository.lines(schedule, wanted, visible_to=by, after=after, limit=AT_ONCE):
        yield found
        after = found[-1].position


async def tally(uow: UnitOfWork, schedule: StoredSchedule, wanted: LinesWanted, *, by: Actor) -> Tally:
    """The tonnes of the lines a reader sees."""
    counted = Tally(first=schedule.first, end=schedule.end)
    async for lines in portions(uow, schedule, wanted, by=by):
        await asyncio.to_thread(_count, counted, lines)
    return counted


def _count(counted: Tally, lines: Sequence[ScheduledLine]) -> None:
    for line in lines:
        counted.add(line)


async def compare(uow: UnitOfWork, ids: Sequence[UUID], *, by: Actor) -> list[Compared]:
    """In the order asked for; whoever may not see one of them sees none."""
    schedules = [await ScheduleRepository(uow.session).get(one, visible_to=by) for one in ids]
    first: dict[str, ScheduledLine] = {}
    found: list[Compared] = []
    for schedule in schedules:
        lines: dict[str, ScheduledLine] = {}
        async for some in portions(uow, schedule, LinesWanted(), by=by):
            lines |= {line.resource.id: line for line in some}
        first = first or lines
        found.append(await asyncio.to_thread(_compared, schedule, first, lines))
    return found


def _compared(schedule: StoredSchedule, first: dict[str, ScheduledLine], lines: dict[str, ScheduledLine]) -> Compared:
    one = Compared(schedule=schedule, tally=Tally(first=schedule.first, end=schedule.end))
    _count(one.tally, list(lines.values()))
    if lines is not first:
        for name in first.keys() | lines.keys():
            one.difference.add(first.get(name), lines.get(name))
    return one

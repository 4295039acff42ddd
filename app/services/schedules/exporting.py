"""A schedule as rows of a sheet, read some lines at a time through the eyes of who asks."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from app.documents.schedule_sheet import Registered, Sheet
from app.domain.access import Actor
from app.domain.errors import Language
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.versions import StoredSchedule
from app.integrations.geometry import BuiltUpRuler
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.known_facts import known_facts
from app.persistence.schedules.repository import LinesWanted
from app.persistence.unit_of_work import UnitOfWork
from app.services.schedules.viewing import packs_of, portions


async def rows(
    uow: UnitOfWork, schedule: StoredSchedule, wanted: LinesWanted, *, by: Actor, language: Language
) -> AsyncIterator[list[list[object]]]:
    """In the order of the schedule, with the register as it was known to it."""
    catalogue = await known_facts(uow.session)
    packs = await packs_of(uow, schedule)
    sheet = Sheet(schedule=schedule, packs=packs, catalogue=catalogue, language=language)
    async for lines in portions(uow, schedule, wanted, by=by):
        known = await _registered(uow, schedule, lines, by=by)
        yield await asyncio.to_thread(_rows, sheet, lines, known)


async def _registered(
    uow: UnitOfWork, schedule: StoredSchedule, lines: Sequence[ScheduledLine], *, by: Actor
) -> dict[str, Registered]:
    ids = sorted({UUID(one.resource.enterprise_id) for one in lines})
    reader = SnapshotReader(uow.session, ruler=BuiltUpRuler)
    trees = {one["id"]: one for one in await reader.of(ids, known_at=schedule.known_at, visible_to=by)}
    whole = await EnterpriseReader(uow.session).whole(ids, visible_to=by)
    return {
        str(one.head.id): Registered(enterprise=one, tree=trees[str(one.head.id)])
        for one in whole
        if str(one.head.id) in trees
    }


def _rows(sheet: Sheet, lines: Sequence[ScheduledLine], known: Mapping[str, Registered]) -> list[list[object]]:
    return [
        sheet.row(line, known[line.resource.enterprise_id]) for line in lines if line.resource.enterprise_id in known
    ]

"""A schedule as rows of a sheet, read some lines at a time through the eyes of who asks."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.documents.described import Registered
from app.documents.schedule_channels import Said, said_of
from app.documents.schedule_listed import Book, Listed
from app.documents.schedule_sheet import EXEMPTIONS, Sheet
from app.domain.access import Actor
from app.domain.decisions.evaluate import Evaluator
from app.domain.errors import Language
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.versions import StoredSchedule
from app.persistence.known_facts import known_facts
from app.persistence.schedules.repository import LinesWanted, ScheduleRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.schedules.registered import pinned, registered
from app.services.schedules.viewing import portions

# Lines whose enterprises are read and decided together: their trees are a hundred times what stands in a row.
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """A sheet in the making."""

    sheet: Sheet
    book: Book
    evaluators: Sequence[Evaluator]

    def rows(
        self, lines: Sequence[ScheduledLine], known: Mapping[str, Registered], apart: Collection[str]
    ) -> list[list[object]]:
        said: dict[str, Said] = {}
        found: list[list[object]] = []
        for line in lines:
            one = known.get(line.resource.enterprise_id)
            if one is not None:
                if one.tree["id"] not in said:
                    said[one.tree["id"]] = self._said(one)
                listed = Listed(book=self.book, line=line, known=one, said=said[one.tree["id"]], apart=apart)
                found.append(self.sheet.row(listed))
        return found

    def _said(self, one: Registered) -> Said:
        asked = self.book.schedule.asked
        language = self.book.language
        return said_of(self.evaluators, one.tree, one.acts, season=asked.season, day=asked.from_day, language=language)


async def rows(
    uow: UnitOfWork, schedule: StoredSchedule, wanted: LinesWanted, *, by: Actor, language: Language
) -> AsyncIterator[list[list[object]]]:
    """The header, then in the order of the schedule, with the register as it was known to it."""
    evaluators = await pinned(uow, schedule.asked)
    book = Book(
        schedule=schedule,
        day=schedule.asked.from_day,
        packs={one.pack.name: one.pack for one in evaluators},
        catalogue=await known_facts(uow.session),
        language=language,
    )
    making = Making(sheet=Sheet.for_reader(by.scopes, language), book=book, evaluators=evaluators)
    yield [making.sheet.header]
    async for lines in portions(uow, schedule, wanted, by=by, limit=AT_ONCE):
        ids = sorted({UUID(one.resource.enterprise_id) for one in lines})
        known = await _known(uow, making, ids, by=by)
        apart = await ScheduleRepository(uow.session).planned_apart(schedule.id, ids)
        yield await asyncio.to_thread(making.rows, lines, known, apart)


async def _known(uow: UnitOfWork, making: Making, ids: Sequence[UUID], *, by: Actor) -> dict[str, Registered]:
    schedule = making.book.schedule
    found = await registered(
        uow,
        ids,
        making.book.packs,
        schedule.asked.season,
        known_at=schedule.known_at,
        by=by,
        listed=EXEMPTIONS in by.scopes,
    )
    return {one.tree["id"]: one for one in found}

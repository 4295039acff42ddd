"""Published schedules as they stood at an instant: of each scope and season the newest version there was."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor, region_prefix
from app.domain.enterprises.structure import Enterprise
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.versions import StoredSchedule
from app.persistence.schedules.repository import LinesWanted, ScheduleRepository
from app.persistence.schedules.rows import ScheduleLineRow, SchedulePublicationRow, ScheduleRow

# Lines of one query.
AT_ONCE = 500


class PublishedReader:
    """Schedules are seen as everywhere: lines by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def of(self, season: int, region: str, *, at: datetime, visible_to: Actor) -> list[StoredSchedule]:
        """Every schedule in force at an instant that has a line in a region and the actor sees, in order of ids."""
        inside = ScheduleLineRow.region.startswith(region_prefix(region), autoescape=True)
        query = (
            select(SchedulePublicationRow.schedule_id)
            .join(ScheduleRow, ScheduleRow.id == SchedulePublicationRow.schedule_id)
            .where(ScheduleRow.season == season, SchedulePublicationRow.known_at <= at)
            .ext(distinct_on(SchedulePublicationRow.series_id))
            .order_by(SchedulePublicationRow.series_id, SchedulePublicationRow.number.desc())
            .subquery()
        )
        touching = exists().where(ScheduleLineRow.schedule_id == query.c.schedule_id, inside)
        ids = list(await self.session.scalars(select(query.c.schedule_id).where(touching)))
        return await ScheduleRepository(self.session).several(ids, visible_to=visible_to)

    async def lines(
        self, schedule: StoredSchedule, wanted: LinesWanted, *, visible_to: Actor
    ) -> AsyncIterator[list[ScheduledLine]]:
        """The lines of a schedule that a reader sees, some at a time."""
        repository, after = ScheduleRepository(self.session), -1
        while found := await repository.lines(schedule, wanted, visible_to=visible_to, after=after, limit=AT_ONCE):
            yield found
            after = found[-1].position

    async def of_enterprise(
        self, enterprise: Enterprise, season: int, *, at: datetime, visible_to: Actor
    ) -> list[tuple[StoredSchedule, list[ScheduledLine]]]:
        """The schedules in force with the lines of one enterprise the caller has been allowed to see."""
        repository, own = ScheduleRepository(self.session), enterprise.head.id
        found: dict[UUID, tuple[StoredSchedule, list[ScheduledLine]]] = {}
        for region in dict.fromkeys(site.region for site in enterprise.sites):
            for one in await self.of(season, region, at=at, visible_to=visible_to):
                lines = (await repository.lines_of(one.id, [own])).get(own)
                if lines:
                    found[one.id] = one, lines
        return [found[one] for one in sorted(found)]

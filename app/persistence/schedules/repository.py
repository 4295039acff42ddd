"""Schedules and their lines, read through the eyes of an actor: a schedule appears with all its lines at once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.access import Actor, region_prefix
from app.domain.schedules.computation import Computation
from app.domain.schedules.lines import ScheduledLine, clause_of, stretch_of
from app.domain.schedules.problem import Resource, Stage
from app.domain.schedules.versions import Publication, ScheduleState, ScheduleUnknown, StoredSchedule
from app.persistence.clients import in_regions
from app.persistence.engine import one_of
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.schedules.rows import (
    ScheduleLineRow,
    SchedulePublicationRow,
    ScheduleRow,
    ScheduleSeriesRow,
)
from app.persistence.signed import signature

ONE, LINE, PUBLISHED, SERIES = ScheduleRow, ScheduleLineRow, SchedulePublicationRow, ScheduleSeriesRow
RESOURCE = ("region", "industry", "kind", "label", "capacity_t_d", "emission_t_d", "idle_share")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSearch:
    """What the schedules may be narrowed by; a region means its subtree."""

    region: str | None = None
    enterprise_id: UUID | None = None
    season: int | None = None
    state: ScheduleState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesWanted:
    """Which lines of a schedule a reader wants; `standing_on` only those that stand still or are limited on a day."""

    region: str | None = None
    industry: str | None = None
    enterprise_id: UUID | None = None
    line_id: UUID | None = None


class ScheduleRepository:
    """A draft is seen by who asked for it and by whoever looks after its whole region; a published one also by whoever
    sees one of its enterprises. Lines are seen by whoever sees the enterprise.
    """

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, schedule: StoredSchedule, lines: Sequence[ScheduledLine]) -> None:
        asked = schedule.asked
        await self.session.execute(
            insert(ONE).values(
                id=schedule.id,
                scope=asked.scope.key,
                region=asked.scope.region,
                enterprise_id=asked.scope.enterprise_id,
                season=asked.season,
                from_day=asked.from_day,
                first=schedule.first,
                end=schedule.end,
                asked=asked.as_json(),
                preferred_months=list(schedule.preferred_months),
                problem_hash=schedule.problem_hash,
                hash=schedule.hash,
                stages=[asdict(one) for one in schedule.stages],
                open=[dict(one) for one in schedule.open],
                notes=[dict(one) for one in schedule.notes],
                lines=schedule.lines,
                enterprises=schedule.enterprises,
                **signature(schedule.created_by),
                known_at=schedule.known_at,
            )
        )
        if lines:
            await self.session.execute(insert(LINE), [_line_values(schedule.id, one) for one in lines])

    async def find(self, schedule_id: UUID, *, visible_to: Actor) -> StoredSchedule | None:
        row = (await self.session.execute(_schedules().where(ONE.id == schedule_id, _visible(visible_to)))).first()
        return None if row is None else _schedule(row)

    async def get(self, schedule_id: UUID, *, visible_to: Actor) -> StoredSchedule:
        found = await self.find(schedule_id, visible_to=visible_to)
        if found is None:
            raise ScheduleUnknown()
        return found

    async def several(self, ids: Sequence[UUID], *, visible_to: Actor) -> list[StoredSchedule]:
        """Those of a list that the actor may see, in order of ids."""
        query = _schedules().where(one_of(ONE.id, ids), _visible(visible_to)).order_by(ONE.id)
        return [_schedule(row) for row in await self.session.execute(query)]

    async def newest(
        self, search: ScheduleSearch, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[StoredSchedule]:
        query = _schedules().where(_visible(visible_to), *_narrowed(search))
        if after is not None:
            query = query.where(ONE.id < UUID(after[0]))
        return [_schedule(row) for row in await self.session.execute(query.order_by(ONE.id.desc()).limit(limit))]

    async def lines(
        self, schedule: StoredSchedule, wanted: LinesWanted, *, visible_to: Actor, after: int = -1, limit: int
    ) -> list[ScheduledLine]:
        """The next lines in their order; `after` is a position, -1 before the first."""
        query = (
            select(LINE)
            .join(EnterpriseRow, EnterpriseRow.id == LINE.enterprise_id)
            .where(LINE.schedule_id == schedule.id, LINE.position > after, visible(visible_to), *_wanted(wanted))
        )
        return [_line(row) for row in await self.session.scalars(query.order_by(LINE.position).limit(limit))]

    async def resources(self, ids: Sequence[UUID], *, visible_to: Actor, after: str = "", limit: int) -> list[str]:
        """The next resources that stand in any of some schedules, in the order of their ids."""
        query = (
            select(LINE.resource)
            .join(EnterpriseRow, EnterpriseRow.id == LINE.enterprise_id)
            .where(one_of(LINE.schedule_id, ids), LINE.resource > after, visible(visible_to))
            .distinct()
        )
        return list(await self.session.scalars(query.order_by(LINE.resource).limit(limit)))

    async def planned_apart(self, schedule_id: UUID, ids: Sequence[UUID]) -> frozenset[str]:
        """Every resource of some enterprises in it; only for work that has settled who may see them."""
        query = select(LINE.resource).where(LINE.schedule_id == schedule_id, one_of(LINE.enterprise_id, ids))
        return frozenset(await self.session.scalars(query))

    async def of_resources(self, schedule_id: UUID, resources: Sequence[str]) -> dict[str, ScheduledLine]:
        """The lines of some resources, where they stand in the schedule; for work that has settled who may see them."""
        query = select(LINE).where(LINE.schedule_id == schedule_id, LINE.resource.in_(resources))
        return {row.resource: _line(row) for row in await self.session.scalars(query)}

    async def known(self, schedule_id: UUID) -> StoredSchedule:
        """Only for work that has settled who may see it."""
        row = (await self.session.execute(_schedules().where(ONE.id == schedule_id))).first()
        if row is None:
            raise ScheduleUnknown()
        return _schedule(row)

    async def lines_of(self, schedule_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[ScheduledLine]]:
        """The lines of some enterprises; only for work that has settled who may see them."""
        query = select(LINE).where(LINE.schedule_id == schedule_id, one_of(LINE.enterprise_id, ids))
        found: dict[UUID, list[ScheduledLine]] = {}
        for row in await self.session.scalars(query.order_by(LINE.position)):
            found.setdefault(row.enterprise_id, []).append(_line(row))
        return found

    async def enterprises(self, schedule_id: UUID) -> list[UUID]:
        """Every enterprise with a line in it, in order of ids; only for work that has settled who may see them."""
        query = select(LINE.enterprise_id).where(LINE.schedule_id == schedule_id).distinct()
        return list(await self.session.scalars(query.order_by(LINE.enterprise_id)))

    async def standing_of(self, enterprise_id: UUID) -> list[tuple[StoredSchedule, list[ScheduledLine]]]:
        """The published schedules an enterprise stands in, with its lines; for work that has settled who may see it."""
        inside = exists().where(LINE.schedule_id == ONE.id, LINE.enterprise_id == enterprise_id)
        query = _schedules().where(PUBLISHED.number == SERIES.newest, inside).order_by(ONE.season, ONE.id)
        found = [_schedule(row) for row in await self.session.execute(query)]
        return [(one, (await self.lines_of(one.id, [enterprise_id]))[enterprise_id]) for one in found]

    async def standing_lines(self, ids: Sequence[UUID], season: int) -> list[tuple[UUID, ScheduledLine]]:
        """The lines of some enterprises in the published schedules of a season, each with its schedule's id.

        Only for work that has settled who may see them.
        """
        query = select(LINE).join(SERIES, SERIES.published == LINE.schedule_id)
        query = query.where(SERIES.season == season, one_of(LINE.enterprise_id, ids))
        query = query.order_by(LINE.enterprise_id, LINE.schedule_id, LINE.position)
        return [(row.schedule_id, _line(row)) for row in await self.session.scalars(query)]

    async def any_since(self, region: str, season: int, *, since: datetime) -> bool:
        """Whether a schedule with a line in a region's subtree was published after an instant."""
        inside = LINE.region.startswith(region_prefix(region), autoescape=True)
        later = select(LINE.resource).join(PUBLISHED, PUBLISHED.schedule_id == LINE.schedule_id)
        later = later.join(SERIES, SERIES.id == PUBLISHED.series_id)
        later = later.where(inside, SERIES.season == season, PUBLISHED.known_at > since)
        return bool(await self.session.scalar(select(later.exists())))

    async def in_other_scopes(self, schedule: StoredSchedule) -> UUID | None:
        """A published schedule of another scope and the same season that has a line of this one, if there is any."""
        other = aliased(LINE, name="other")
        return await self.session.scalar(
            select(SERIES.published)
            .join(other, other.schedule_id == SERIES.published)
            .join(LINE, (LINE.enterprise_id == other.enterprise_id) & (LINE.resource == other.resource))
            .where(
                LINE.schedule_id == schedule.id,
                SERIES.season == schedule.asked.season,
                SERIES.scope != schedule.asked.scope.key,
            )
            .limit(1)
        )

    async def counted(self) -> int:
        return await self.session.scalar(select(func.count()).select_from(ONE)) or 0

    async def everything(self) -> list[StoredSchedule]:
        """All schedules in order, for verification."""
        return [_schedule(row) for row in await self.session.execute(_schedules().order_by(ONE.id))]

    async def all_lines(self, schedule_id: UUID) -> list[ScheduledLine]:
        """For verification."""
        query = select(LINE).where(LINE.schedule_id == schedule_id).order_by(LINE.position)
        return [_line(row) for row in await self.session.scalars(query)]


def _schedules() -> Select[*tuple[Any, ...]]:
    return (
        select(ONE, PUBLISHED, SERIES.newest)
        .outerjoin(PUBLISHED, PUBLISHED.schedule_id == ONE.id)
        .outerjoin(SERIES, SERIES.id == PUBLISHED.series_id)
    )


def _visible(actor: Actor) -> ColumnElement[bool]:
    inside = (
        select(LINE.resource)
        .join(EnterpriseRow, EnterpriseRow.id == LINE.enterprise_id)
        .where(LINE.schedule_id == ONE.id, visible(actor))
    )
    return or_(
        ONE.client_id == actor.client_id,
        in_regions(ONE.region, actor) & ONE.enterprise_id.is_(None),
        ONE.enterprise_id.in_(select(EnterpriseRow.id).where(visible(actor))),
        PUBLISHED.number.is_not(None) & inside.exists(),
    )


def _narrowed(search: ScheduleSearch) -> list[ColumnElement[bool]]:
    terms: list[ColumnElement[bool]] = []
    if search.region is not None:
        terms.append(ONE.region.startswith(region_prefix(search.region), autoescape=True))
    if search.enterprise_id is not None:
        terms.append(exists().where(LINE.schedule_id == ONE.id, LINE.enterprise_id == search.enterprise_id))
    if search.season is not None:
        terms.append(ONE.season == search.season)
    if search.state is not None:
        terms.append(_IN_STATE[search.state])
    return terms


_IN_STATE: dict[ScheduleState, ColumnElement[bool]] = {
    ScheduleState.DRAFT: PUBLISHED.number.is_(None),
    ScheduleState.PUBLISHED: PUBLISHED.number == SERIES.newest,
    ScheduleState.SUPERSEDED: PUBLISHED.number < SERIES.newest,
}


def _wanted(wanted: LinesWanted) -> list[ColumnElement[bool]]:
    terms: list[ColumnElement[bool]] = []
    if wanted.region is not None:
        terms.append(LINE.region.startswith(region_prefix(wanted.region), autoescape=True))
    if wanted.industry is not None:
        terms.append(LINE.industry == wanted.industry)
    if wanted.enterprise_id is not None:
        terms.append(LINE.enterprise_id == wanted.enterprise_id)
    if wanted.line_id is not None:
        terms.append(LINE.line_id == wanted.line_id)
    return terms


def _line_values(schedule_id: UUID, one: ScheduledLine) -> dict[str, Any]:
    resource, said = one.resource, one.as_json()
    return {
        "enterprise_id": UUID(resource.enterprise_id),
        "schedule_id": schedule_id,
        "resource": resource.id,
        "position": one.position,
        "site_id": UUID(resource.site_id),
        "line_id": UUID(resource.line_id),
        **{name: getattr(resource, name) for name in RESOURCE},
        "emission_t_d": dict(resource.emission_t_d),
        "stretches": said["stretches"],
        "clauses": said["clauses"],
    }


def _line(row: ScheduleLineRow) -> ScheduledLine:
    return ScheduledLine(
        position=row.position,
        resource=Resource(
            id=row.resource,
            enterprise_id=str(row.enterprise_id),
            site_id=str(row.site_id),
            line_id=str(row.line_id),
            **{name: getattr(row, name) for name in RESOURCE},
        ),
        stretches=tuple(stretch_of(one) for one in row.stretches),
        clauses={name: clause_of(one) for name, one in row.clauses.items()},
    )


def _schedule(found: Any) -> StoredSchedule:
    row, published, newest = found
    return StoredSchedule(
        id=row.id,
        asked=Computation.of_json(row.asked),
        first=cast("date", row.first),
        end=row.end,
        preferred_months=tuple(row.preferred_months),
        problem_hash=row.problem_hash,
        hash=row.hash,
        stages=tuple(Stage(**one) for one in row.stages),
        open=tuple(row.open),
        notes=tuple(row.notes),
        lines=row.lines,
        enterprises=row.enterprises,
        created_by=row.origin,
        known_at=row.known_at,
        publication=None if published is None else publication_of(published),
        newest=newest or 0,
    )


def publication_of(row: SchedulePublicationRow) -> Publication:
    return Publication(
        series_id=row.series_id,
        number=row.number,
        schedule_id=row.schedule_id,
        supersedes=row.supersedes,
        basis=row.basis,
        acknowledge_within_hours=row.acknowledge_within_hours,
        hash=row.hash,
        previous_hash=row.previous_hash,
        published_by=row.origin,
        known_at=row.known_at,
        operation_id=row.operation_id,
    )

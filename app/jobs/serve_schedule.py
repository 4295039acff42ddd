"""Serving a published schedule: every enterprise in it is told what it stops when, and its ledger shows what is planned."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.documents.schedules import Named, order_items
from app.domain.access import Actor
from app.domain.enterprises.structure import Enterprise
from app.domain.ledger.standing import Hours
from app.domain.orders import Demand, Occasion
from app.domain.periods import midnight
from app.domain.policies.pack import Pack
from app.domain.schedules.lines import ScheduledLine, stops_by_subject
from app.domain.schedules.versions import Publication, StoredSchedule
from app.jobs.context import JobContext
from app.jobs.runner import SYSTEM
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.orders import OrderRepository
from app.persistence.schedules.repository import ScheduleRepository
from app.persistence.schedules.series import SeriesRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import ledger, orders
from app.services.decisions import deciding
from app.services.schedules.viewing import packs_of

# Enterprises stay locked while a batch is posted and served: no writer should wait longer than for a second.
BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """One publication under way: the schedule, every earlier one of its series, and the plans it cites."""

    schedule: StoredSchedule
    publication: Publication
    former: tuple[UUID, ...]
    packs: Mapping[str, Pack] = field(repr=False)

    @property
    def from_at(self) -> datetime:
        """Nobody is told to stop in the past."""
        return max(self.publication.known_at, self.begins)

    @property
    def begins(self) -> datetime:
        return midnight(self.schedule.asked.from_day)


async def serve_schedule(job: JobContext) -> dict[str, Any]:
    """Running again serves nobody twice; a schedule that has been superseded meanwhile is left to the next one's job."""
    schedule_id = UUID(str(job.payload["schedule_id"]))
    async with job.unit() as unit:
        serving = await _serving(unit, schedule_id)
        ids = await _reached(unit, serving)
    await job.progress(0, len(ids))
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        async with job.unit() as unit:
            # Nobody publishes the next one until this batch is through.
            series = await SeriesRepository(unit.session).get(serving.publication.series_id, steady=True)
            if series.newest != serving.publication.number:
                break
            await _serve(unit, serving, part, by=job.actor)
        await job.progress(start + len(part), len(ids))
    async with job.unit() as unit:
        return await _result(unit, serving, len(ids))


async def _serving(unit: UnitOfWork, schedule_id: UUID) -> Serving:
    schedule = await ScheduleRepository(unit.session).known(schedule_id)
    publication = schedule.publication
    if publication is None:
        raise ValueError(f"schedule {schedule_id} is not published")
    published = await SeriesRepository(unit.session).publications(publication.series_id)
    return Serving(
        schedule=schedule,
        publication=publication,
        former=tuple(one.schedule_id for one in published if one.number < publication.number),
        packs=await packs_of(unit, schedule),
    )


async def _reached(unit: UnitOfWork, serving: Serving) -> list[UUID]:
    """Who has a line in it, and who was served an earlier one of the series."""
    ids = set(await ScheduleRepository(unit.session).enterprises(serving.schedule.id))
    ids |= set(await OrderRepository(unit.session).reached("schedule", serving.publication.series_id))
    return sorted(ids)


async def _serve(unit: UnitOfWork, serving: Serving, ids: Sequence[UUID], *, by: Actor) -> None:
    reader = EnterpriseReader(unit.session)
    heads = {one.id: one for one in await reader.locked(ids, visible_to=SYSTEM)}
    works = {one.head.id: one for one in await reader.below(list(heads.values()))}
    lines = await ScheduleRepository(unit.session).lines_of(serving.schedule.id, ids)
    # A ledger stands on a decision that is kept; a schedule may be the first to ask about its season.
    season = serving.schedule.asked.season
    await deciding.redecide(unit, list(heads), by=SYSTEM, default=[(pack, season) for pack in serving.packs])
    demands: list[Demand] = []
    for enterprise_id, head in heads.items():
        own = lines.get(enterprise_id, [])
        await ledger.post_schedule(unit, head, _planned(serving, own), by=by)
        names = dict(_names(works[enterprise_id]))
        items = [
            item
            for line in own
            for item in order_items(line, _named(line, names), serving.packs, from_at=serving.begins)
        ]
        demands.append(Demand(enterprise_id=enterprise_id, items=tuple(items)))
    occasion = Occasion(
        kind="schedule",
        id=serving.publication.series_id,
        number=serving.publication.number,
        from_at=serving.from_at,
        acknowledge_within=timedelta(hours=serving.publication.acknowledge_within_hours),
    )
    await orders.serve(unit, occasion, demands, heads=heads, by=by)


def _planned(serving: Serving, lines: Sequence[ScheduledLine]) -> ledger.Planned:
    stops = {
        subject: [Hours(start, until) for start, until in found] for subject, found in stops_by_subject(lines).items()
    }
    return ledger.Planned(
        schedule_id=serving.schedule.id,
        former=serving.former,
        packs=tuple(serving.packs),
        season=serving.schedule.asked.season,
        stops=stops,
    )


def _names(one: Enterprise) -> Iterator[tuple[str, Named]]:
    """What every line, process and unit is called."""
    sites = {site.id: site.code for site in one.sites}
    site_of = {line.id: sites[line.site] for line in one.lines}
    for line in one.lines:
        yield _name(str(line.id), "line", line.code, line.name, site_of[line.id])
    for process in one.processes:
        yield _name(str(process.id), "process", process.code, process.name, site_of[process.line])
    for unit in one.units:
        yield _name(str(unit.id), "unit", unit.code, unit.name, site_of[unit.line])


def _name(subject: str, level: Any, code: str, name: str, site: str) -> tuple[str, Named]:
    return subject, Named(subject_id=subject, level=level, code=code, name=name, site_code=site)


def _named(line: ScheduledLine, names: Mapping[str, Named]) -> Named:
    """A part of the register that has gone since is still called by its line's id."""
    resource = line.resource
    gone = Named(subject_id=resource.line_id, level="line", code="", name=resource.label, site_code="")
    return names.get(resource.id) or names.get(resource.line_id) or gone


async def _result(unit: UnitOfWork, serving: Serving, enterprises: int) -> dict[str, Any]:
    """Counted from what is stored, so that a job which ran in two halves tells of both."""
    published = serving.publication
    counted = await OrderRepository(unit.session).counted("schedule", published.series_id, published.number)
    return {
        "schedule_id": str(serving.schedule.id),
        "number": published.number,
        "enterprises": enterprises,
        "commands": counted.get("command", 0),
        "lifts": counted.get("lift", 0),
    }

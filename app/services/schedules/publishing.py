"""Publishing a schedule: a person's word that locks it, after which every enterprise is told and its ledger planned."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.events import Event
from app.domain.periods import civil_day
from app.domain.schedules.versions import (
    Publication,
    ScheduleStale,
    ScopesOverlap,
    Series,
    StoredSchedule,
    chained,
    check_publication,
)
from app.integrations.ids import new_id
from app.persistence.schedules.repository import ScheduleRepository
from app.persistence.schedules.series import SeriesRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations

SERVING = "serve_schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The state of the schedule somebody has seen, the decision it is published on, and how soon to acknowledge."""

    version: int
    basis: str
    acknowledge_within_hours: int


async def publish(uow: UnitOfWork, schedule_id: UUID, wanted: Wanted, *, by: Actor) -> StoredSchedule:
    """The next version of its scope and season, locked, in place of the one before; the operation serves it."""
    by.named_person()
    schedules, all_series = ScheduleRepository(uow.session), SeriesRepository(uow.session)
    asked = (await schedules.get(schedule_id, visible_to=by)).asked
    by.must_look_after(asked.scope.region)
    series = await all_series.taken(asked.scope, asked.season, new_id=new_id())
    # Read again now that nobody else publishes.
    one = await schedules.known(schedule_id)
    if one.version != wanted.version:
        raise ScheduleStale()
    check_publication(one, series, today=civil_day(uow.now))
    other = await schedules.in_other_scopes(one)
    if other is not None:
        raise ScopesOverlap(schedule=other)
    payload = {"schedule_id": str(one.id)}
    operation = await operations.start(uow, kind=SERVING, payload=payload, by=by, now=uow.now)
    before = await all_series.publications(series.id)
    previous = before[-1].hash if before else ""
    publication = Publication(
        series_id=series.id,
        number=series.newest + 1,
        schedule_id=one.id,
        supersedes=series.published,
        basis=wanted.basis,
        acknowledge_within_hours=wanted.acknowledge_within_hours,
        hash=chained(previous, one.hash),
        previous_hash=previous,
        published_by=Origin.of(by),
        known_at=uow.now,
        operation_id=operation.id,
    )
    await all_series.append(publication)
    await uow.record_all(_events(one, series, publication), by=by)
    return await schedules.known(one.id)


def _events(one: StoredSchedule, series: Series, publication: Publication) -> list[Event]:
    scope = one.asked.scope
    enterprise = None if scope.enterprise_id is None else str(scope.enterprise_id)
    data = {"season": one.asked.season, "number": publication.number, "hash": publication.hash}
    told = [("schedule.published", one.id)]
    if series.published is not None:
        told.append(("schedule.superseded", series.published))
    return [
        Event(type=kind, subject=str(subject), enterprise_id=enterprise, region=scope.region, data=data)
        for kind, subject in told
    ]

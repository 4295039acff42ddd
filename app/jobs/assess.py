"""Assessing in the background: a region on request, and whatever late readings touched, every minute."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.access import Actor
from app.domain.clients import SCOPES
from app.domain.compliance.dossier import Terms
from app.domain.events import Event
from app.domain.periods import Period
from app.domain.schedules.requirements import Requirement
from app.domain.schedules.versions import StoredSchedule
from app.jobs.context import JobContext
from app.persistence.compliance.arrivals import Touched
from app.persistence.compliance.settling import SettlingRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import reassessing
from app.services.compliance.asking import Plans, plans
from app.services.compliance.assessing import Overtaken, Tally, assess_some
from app.services.compliance.judging import Yard
from app.services.compliance.running import days_of
from app.services.compliance.yards import yard_of
from app.services.schedules.preparing import prepared

# Some hundred meters: a season of their readings is some ten megabytes.
BATCH = 30
# While one portion is read by the server, one is judged on each of two cores.
AT_ONCE = 3
# Published schedules are everybody's who stands in them, whoever asked for the assessment.
EVERYWHERE = Actor(client_id="system", scopes=frozenset(SCOPES), regions=("000000",))


async def requirements_of(uow: UnitOfWork, one: StoredSchedule) -> Sequence[Requirement]:
    """What a schedule had to meet, as known when it was computed."""
    ready = await prepared(uow, one.asked, known_at=one.known_at, by=EVERYWHERE)
    return ready.prepared.problem.requirements


async def assess_region(job: JobContext) -> dict[str, Any]:
    """Running twice changes nothing: verdicts from the same inputs are not told again."""
    payload = job.payload
    days, terms = days_of(payload), Terms.of_json(payload["terms"])
    async with job.unit() as unit:
        ids = await _ids(unit.session, payload, job.actor)
        yard = await yard_of(unit, terms)
        whole = Period(min(terms.method.from_day, days.start), days.until)
        known = await plans(unit, whole, terms.packs, by=EVERYWHERE, prepare=requirements_of)
    total = Tally()
    async for done, part in _portions(job, ids, known, yard, days):
        total.add(part)
        await job.progress(done, len(ids))
    await job.progress(len(ids), len(ids))
    async with job.unit() as unit:
        event = Event(
            type="compliance.assessed",
            subject=str(job.operation.id),
            enterprise_id=payload["enterprise_id"],
            region=payload["region"],
            data={"from_day": payload["from_day"], "until_day": payload["until_day"]} | total.as_json(),
        )
        await unit.record(event, by=job.actor)
    return total.as_json() | {"terms": yard.digest.hex()}


async def _ids(session: Any, payload: Any, actor: Actor) -> list[UUID]:
    reader = EnterpriseReader(session)
    if payload["enterprise_id"] is not None:
        return [UUID(payload["enterprise_id"])]
    return await reader.ids(payload["region"], visible_to=actor)


async def _portions(job: JobContext, ids: Sequence[UUID], known: Plans, yard: Yard, days: Period) -> Any:
    """Portions one after another, a few under way at a time; what is under way when something fails is given up."""
    under_way: list[asyncio.Task[Tally]] = []
    done = 0
    try:
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            under_way.append(asyncio.create_task(_assess(job, part, known, yard, days)))
            if len(under_way) == AT_ONCE:
                done += BATCH
                yield min(done, len(ids)), await under_way.pop(0)
        while under_way:
            done += BATCH
            yield min(done, len(ids)), await under_way.pop(0)
    finally:
        for left in under_way:
            left.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _assess(job: JobContext, ids: Sequence[UUID], known: Plans, yard: Yard, days: Period) -> Tally:
    return await _settled(job, ids, lambda unit: assess_some(unit, ids, known, yard, days, by=job.actor))


async def _settled(job: JobContext, ids: Sequence[UUID], work: Callable[[UnitOfWork], Awaitable[Tally]]) -> Tally:
    """Work at an instant as of which the readings of some enterprises are settled, so that it can be replayed."""
    while True:
        try:
            async with job.unit(at=await settle(job, ids)) as unit:
                return await work(unit)
        except Overtaken:
            continue


async def settle(job: JobContext, ids: Sequence[UUID]) -> datetime:
    """The instant as of which the readings of some enterprises will not change any more.

    Each source is held for a moment, one after another: what is landing is waited for, and what lands afterwards lands
    later. Nobody waits for the work itself.
    """
    async with job.unit() as unit:
        sought = await SettlingRepository(unit.session).sought(ids, now=unit.now)
    for source in sought.sources:
        async with job.unit() as unit:
            await SettlingRepository(unit.session).settle(source, sought.at)
    return sought.at


def _reassess(enterprise: UUID, touched: Sequence[Touched], by: Actor) -> Callable[[UnitOfWork], Awaitable[Tally]]:
    return lambda unit: reassessing.reassess(unit, enterprise, touched, by=by)


async def reassess_dirty(job: JobContext) -> dict[str, Any]:
    """Look at what arrived since, enterprise by enterprise; an arrival counts as looked at once all are done."""
    total, arrivals, touched = Tally(), 0, 0
    while True:
        async with job.unit() as unit:
            turn = await reassessing.waiting(unit)
        if turn is None:
            break
        for enterprise, some in turn.touched.items():
            total.add(await _settled(job, [enterprise], _reassess(enterprise, some, job.actor)))
            touched += len(some)
            await job.progress(touched)
        async with job.unit() as unit:
            await reassessing.looked_at(unit, turn)
        arrivals += len(turn.arrivals)
    return total.as_json() | {"arrivals": arrivals, "touched": touched}

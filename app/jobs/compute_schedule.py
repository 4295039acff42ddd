"""Computing a schedule in the background: as known when it was asked for, checked before it is kept, stopped on request."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.documents.schedules import conceded_notes, conflict_errors, stage_document
from app.documents.wording import number_text
from app.domain.schedules.checking.check import check
from app.domain.schedules.computation import Computation
from app.domain.schedules.planning.conceding import Conceded, conceding
from app.domain.schedules.planning.plan import Impossible
from app.domain.schedules.problem import Problem, Schedule
from app.domain.schedules.versions import StoredSchedule
from app.jobs.context import JobCancelled, JobContext
from app.persistence.schedules.repository import ScheduleRepository
from app.services.schedules import computing
from app.services.schedules.preparing import Ready, prepared

# Told each step of a planner, how many there are and the gap so far in percent; raises when nobody wants the result.
Heard = Callable[[str, int, int, float | None], None]
Planner = Callable[[Problem, Heard], Schedule]
# How often it is told how far the planner is, and asked whether anybody still waits.
ASKED_EVERY = timedelta(seconds=1)
# Prepared, planned, checked, kept.
STEPS = 4


class NobodyWaits(Exception):
    """Told to a planner whose result is no longer wanted."""


@dataclass(slots=True)
class Ear:
    """What a planner says from its own thread; it may say as much as it likes and is never told anything but to stop."""

    stage: dict[str, Any] | None = None
    deaf: bool = False

    def hear(self, name: str, done: int, of: int, gap_pct: float | None = None) -> None:
        if self.deaf:
            raise NobodyWaits
        gap = None if gap_pct is None else number_text(round(gap_pct, 4))
        self.stage = {"name": name, "done": done, "of": of, "gap_pct": gap}


async def compute_schedule(job: JobContext, *, plan: Planner) -> dict[str, Any]:
    """Running again begins anew, unless the schedule already stands: until its last transaction there is nothing of it."""
    schedule_id = UUID(str(job.payload["schedule_id"]))
    asked = Computation.of_json(job.payload["asked"])
    known_at = job.operation.created_at
    async with job.unit() as unit:
        known = await ScheduleRepository(unit.session).find(schedule_id, visible_to=job.actor)
        if known is not None:
            return answer(known)
        ready = await prepared(unit, asked, known_at=known_at, by=job.actor)
    why = {one.requirement: one.why for one in asked.options.concessions}
    await job.progress(1, STEPS)
    found = await _planned(job, plan, ready.prepared.problem, why)
    job.stage = None
    await job.progress(2, STEPS)
    breaches = await asyncio.to_thread(check, found.problem, found.schedule)
    computing.refuse_breaches(breaches)
    await job.progress(3, STEPS)
    async with job.unit() as unit:
        left = given_way(ready, found, why)
        kept = await computing.keep(unit, schedule_id, asked, left, found.schedule, known_at=known_at, by=job.actor)
    # It stands now, so nobody can cancel it any more.
    job.done = STEPS
    return answer(kept)


async def _planned(job: JobContext, plan: Planner, problem: Problem, concessions: Collection[str]) -> Conceded:
    """The planner works in a thread; its lease is kept here, and who cancels does not wait for it."""
    ear = Ear()
    work = asyncio.create_task(asyncio.to_thread(conceding, plan, problem, concessions, ear.hear))
    # A planner that is told to stop says so where nobody listens.
    work.add_done_callback(lambda done: None if done.cancelled() else done.exception())
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=ASKED_EVERY.total_seconds())
            job.stage = ear.stage
            await job.renew()
            if job.cancelled:
                raise JobCancelled
        return await work
    except Impossible as refused:
        # What contradicts what is told by ids; a reader wants lines and clauses.
        refused.errors = tuple(conflict_errors(problem, refused.conflicts))
        raise
    finally:
        ear.deaf = True


def given_way(ready: Ready, found: Conceded, why: Mapping[str, str]) -> Ready:
    """What was prepared as it was planned in the end, with a note on whatever had to give way."""
    before = ready.prepared
    notes = conceded_notes(before.problem, found.ways, why)
    return replace(ready, prepared=replace(before, problem=found.problem, notes=(*before.notes, *notes)))


def answer(one: StoredSchedule) -> dict[str, Any]:
    return {
        "schedule_id": str(one.id),
        "schedule_url": f"/v1/schedules/{one.id}",
        "hash": one.hash,
        "lines": one.lines,
        "stages": [stage_document(each) for each in one.stages],
    }

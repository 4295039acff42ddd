"""Drafting a public list in the background, some enterprises at a time."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.decisions.evaluate import Decision
from app.domain.disclosures.lists import Disclosure, Wanted
from app.jobs.context import JobContext
from app.persistence.decisions.runs import Run
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions import reading
from app.services.disclosures import drafting, gathering

# Replaying a decision takes some milliseconds, and progress should move.
BATCH = 100


async def draft_disclosure(job: JobContext) -> dict[str, Any]:
    """Running again begins anew, unless the draft already stands: until its last transaction there is nothing of it."""
    disclosure_id = UUID(str(job.payload["disclosure_id"]))
    asked = Wanted.of_json(job.payload["asked"])
    async with job.unit() as unit:
        known = await drafting.kept(unit, disclosure_id, by=job.actor)
        if known is not None:
            return answer(known)
        work = await gathering.begin(unit, asked, decided, known_at=job.operation.created_at, by=job.actor)
    for start in range(0, len(work.ids), BATCH):
        part = work.ids[start : start + BATCH]
        async with job.unit() as unit:
            await gathering.gather(unit, work, part, by=job.actor)
        await job.progress(start + len(part), len(work.ids))
    async with job.unit() as unit:
        kept = await drafting.keep(unit, disclosure_id, work.making, work.made, work.sources, by=job.actor)
    return answer(kept)


async def decided(uow: UnitOfWork, run: Run, day: date) -> Sequence[Decision]:
    """What a run said, replayed."""
    return (await reading.explained(uow, run, day)).decisions


def answer(one: Disclosure) -> dict[str, Any]:
    return {
        "disclosure_id": str(one.id),
        "disclosure_url": f"/v1/disclosures/{one.id}",
        "rows": one.rows,
        "enterprises": one.enterprises,
        "lacking": len(one.lacking),
    }

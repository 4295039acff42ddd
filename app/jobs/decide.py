"""Deciding a whole region in the background, on request."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.jobs.context import JobContext
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions import deciding
from app.services.decisions.deciding import Known, Task

# Big enough that queries cost little beside the work, small enough that progress moves and cancelling is quick.
SNAPSHOT_BATCH = 300
DECIDE_BATCH = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some enterprises of a region: what deciding them stands on, and which snapshots were out of date."""

    ids: Sequence[UUID]
    known: Known
    out_of_date: Sequence[UUID]


async def decide_region(job: JobContext) -> dict[str, Any]:
    """Decide every enterprise of a region, on snapshots that are up to date; running twice changes nothing."""
    with old_objects_left_alone():
        return await _decide_region(job)


async def _decide_region(job: JobContext) -> dict[str, Any]:
    async with job.unit() as unit:
        ids = await EnterpriseReader(unit.session).ids(str(job.payload["region"]), visible_to=job.actor)
    # Taking a snapshot and deciding it are one step of progress each.
    total = 2 * len(ids)
    done = decided = changed = taken = 0
    work: Task | None = None
    async with aclosing(_read_ahead(job, ids)) as batches:
        async for batch in batches:
            known = batch.known
            if batch.out_of_date:
                # Rare, for whatever changes is decided soon by itself: so what was read ahead may go to waste.
                taken += await _take_snapshots(job, batch.out_of_date, done=done, total=total)
                known = (await _read(job, batch.ids)).known
            async with job.unit() as unit:
                work = await deciding.task(unit, str(job.payload["pack"]), int(job.payload["season"]), last=work)
                changed += await deciding.store(unit, work, known, by=job.actor)
            decided += len(known.heads)
            done += 2 * len(batch.ids)
            await job.progress(done, total)
            # Cycles of others who share this process mostly die young.
            gc.collect(1)
    await job.progress(total, total)
    return {"enterprises": decided, "changed": changed, "snapshots_taken": taken}


async def _read_ahead(job: JobContext, ids: Sequence[UUID]) -> AsyncGenerator[Batch]:
    """A region in batches; while one is decided, the server already reads the next."""
    ahead: list[asyncio.Task[Batch]] = []
    try:
        for start in range(0, len(ids), DECIDE_BATCH):
            ahead.append(asyncio.create_task(_read(job, ids[start : start + DECIDE_BATCH])))
            if len(ahead) > 1:
                yield await ahead.pop(0)
        for last in ahead:
            yield await last
    finally:
        for left in ahead:
            left.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)


async def _read(job: JobContext, ids: Sequence[UUID]) -> Batch:
    async with job.unit() as unit:
        heads, out_of_date = await SnapshotRepository(unit.session).newest(ids)
        pack, season = str(job.payload["pack"]), int(job.payload["season"])
        known = await deciding.known(unit, pack, season, heads, known_at=unit.now)
    return Batch(ids=ids, known=known, out_of_date=sorted(out_of_date))


async def _take_snapshots(job: JobContext, ids: Sequence[UUID], *, done: int, total: int) -> int:
    for start in range(0, len(ids), SNAPSHOT_BATCH):
        part = ids[start : start + SNAPSHOT_BATCH]
        async with job.unit() as unit:
            await deciding.take_snapshots(unit, part, by=job.actor)
        await job.progress(done + start + len(part), total)
    return len(ids)


@contextmanager
def old_objects_left_alone() -> Iterator[None]:
    """No search for cycles but those asked for: each full one would walk through everything the process holds."""
    resting = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not resting:
            gc.enable()


async def packs_in_force(unit: UnitOfWork, season: int) -> list[tuple[str, int]]:
    """The plans that decide enterprises of a season nobody has decided before."""
    return [(name, season) for name in await PackRepository(unit.session).in_force(season)]

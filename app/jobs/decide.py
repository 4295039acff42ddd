"""Deciding in the background: a whole region on request, and whatever became stale."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.access import region_prefix
from app.domain.periods import civil_day, season_of
from app.jobs.context import JobContext
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions import deciding

# Big enough that queries cost little beside the work, small enough that progress moves and cancelling is quick.
SNAPSHOT_BATCH = 300
DECIDE_BATCH = 1500
STALE_BATCH = 200


async def decide_region(job: JobContext) -> dict[str, Any]:
    """Bring the region's snapshots up to date, then decide every enterprise; running twice changes nothing."""
    prefix = region_prefix(str(job.payload["region"]))
    async with job.unit() as unit:
        total = await SnapshotRepository(unit.session).count(prefix, visible_to=job.actor)
    # Taking a snapshot and deciding it are one step of progress each.
    taken = await bring_up_to_date(job, prefix, 2 * total)
    decided = changed = 0
    after: UUID | None = None
    while True:
        async with job.unit() as unit:
            snapshots = await SnapshotRepository(unit.session).newest(
                prefix, visible_to=job.actor, after=after, limit=DECIDE_BATCH
            )
            if snapshots:
                work = await deciding.task(unit, str(job.payload["pack"]), int(job.payload["season"]))
                changed += await deciding.decide(unit, work, snapshots, known_at=unit.now)
        if not snapshots:
            break
        after = snapshots[-1].enterprise_id
        decided += len(snapshots)
        await job.progress(min(total + decided, 2 * total), 2 * total)
    await job.progress(2 * total, 2 * total)
    return {"enterprises": decided, "changed": changed, "snapshots_taken": taken}


async def bring_up_to_date(job: JobContext, prefix: str, total: int) -> int:
    """Take the snapshots that are missing or older than what is known; returns how many."""
    taken = 0
    after: UUID | None = None
    while True:
        async with job.unit() as unit:
            ids = await SnapshotRepository(unit.session).out_of_date(
                prefix, visible_to=job.actor, after=after, limit=SNAPSHOT_BATCH
            )
            await deciding.take_snapshots(unit, ids, by=job.actor)
        if not ids:
            return taken
        after = ids[-1]
        taken += len(ids)
        await job.progress(min(taken, total // 2), total)


async def redecide_stale(job: JobContext) -> dict[str, Any]:
    """Decide again every enterprise about which something new is known."""
    redecided = 0
    while True:
        async with job.unit() as unit:
            default = await _packs_in_force(unit, job.clock())
            count = await deciding.redecide_stale(unit, limit=STALE_BATCH, by=job.actor, default=default)
        if not count:
            return {"redecided": redecided}
        redecided += count
        await job.progress(redecided)


async def _packs_in_force(unit: UnitOfWork, now: datetime) -> list[tuple[str, int]]:
    season = season_of(civil_day(now))
    return [(name, season) for name in await PackRepository(unit.session).in_force(season)]

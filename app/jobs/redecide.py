"""Deciding again whatever became stale, and what follows: doubts about listed entries, orders that say something else."""

from typing import Any

from app.domain.periods import civil_day, season_of
from app.jobs.context import JobContext
from app.jobs.decide import packs_in_force
from app.jobs.serve_orders import serve_again
from app.services.decisions import deciding
from app.services.exemptions import doubting

STALE_BATCH = 200


async def redecide_stale(job: JobContext) -> dict[str, Any]:
    """Decide again every enterprise about which something new is known."""
    redecided = 0
    while True:
        async with job.unit() as unit:
            default = await packs_in_force(unit, season_of(civil_day(job.clock())))
            ids = await deciding.redecide_stale(unit, limit=STALE_BATCH, by=job.actor, default=default)
            await doubting.doubt(unit, ids, by=job.actor)
            await serve_again(unit, ids, by=job.actor)
        if not ids:
            return {"redecided": redecided}
        redecided += len(ids)
        await job.progress(redecided)

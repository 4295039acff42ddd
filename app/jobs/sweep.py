"""Sweeping: keys of requests and the service's own finished jobs are forgotten after a day and a margin."""

from datetime import timedelta
from typing import Any

from app.jobs.context import JobContext
from app.persistence.idempotency import IdempotencyRepository
from app.persistence.operations import LeaseRepository

KEYS_KEPT = timedelta(hours=26)


async def sweep_idempotency_keys(job: JobContext) -> dict[str, Any]:
    async with job.unit() as unit:
        forgotten = await IdempotencyRepository(unit.session).forget_before(unit.now - KEYS_KEPT)
        removed = await LeaseRepository(unit.session).remove_finished(job.actor, before=unit.now - KEYS_KEPT)
    return {"forgotten": forgotten, "removed": removed}

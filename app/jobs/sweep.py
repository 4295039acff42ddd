"""Sweeping: keys of requests older than a day, with a margin for callers whose clock is wrong, are forgotten."""

from datetime import timedelta
from typing import Any

from app.jobs.context import JobContext
from app.persistence.idempotency import IdempotencyRepository

KEYS_KEPT = timedelta(hours=26)


async def sweep_idempotency_keys(job: JobContext) -> dict[str, Any]:
    async with job.unit() as unit:
        forgotten = await IdempotencyRepository(unit.session).forget_before(unit.now - KEYS_KEPT)
    return {"forgotten": forgotten}

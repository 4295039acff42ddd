"""Sweeping: keys of requests and the service's own jobs are forgotten after a day, events after ninety."""

from datetime import timedelta
from typing import Any

from app.jobs.context import JobContext
from app.persistence.idempotency import IdempotencyRepository
from app.persistence.operations import LeaseRepository
from app.services import events

KEYS_KEPT = timedelta(hours=26)


async def sweep_idempotency_keys(job: JobContext) -> dict[str, Any]:
    async with job.unit() as unit:
        forgotten = await IdempotencyRepository(unit.session).forget_before(unit.now - KEYS_KEPT)
        removed = await LeaseRepository(unit.session).remove_finished(job.actor, before=unit.now - KEYS_KEPT)
    return {"forgotten": forgotten, "removed": removed}


async def sweep_events(job: JobContext) -> dict[str, Any]:
    """Events older than readers were promised, with their deliveries, portion by portion."""
    forgotten = 0
    while True:
        async with job.unit() as unit:
            portion = await events.sweep(unit)
        forgotten += portion
        if not portion:
            break
        await job.progress(forgotten)
    async with job.unit() as unit:
        queues = await events.sweep_queues(unit)
    return {"forgotten": forgotten, "queues": queues}

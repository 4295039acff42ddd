"""Recurring jobs: queued once per interval whoever looks first, and swept when nobody needs them any more."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from app.jobs.registry import HANDLERS, RECURRING
from app.jobs.runner import Worker
from app.persistence.engine import Sessions
from tests.conftest import Clock
from tests.jobs.work import a_worker, double_nothing, queue


async def test_a_recurring_job_is_queued_once_per_interval_by_whoever_comes_first(
    shared: Sessions, clock: Clock
) -> None:
    workers = [a_worker(shared, clock, double_nothing, recurring={"trial": timedelta(hours=1)}) for _ in range(5)]
    queued = []
    for minutes in (0, 59, 1):
        clock.advance(minutes=minutes)
        await asyncio.gather(*(worker.queue_due() for worker in workers))
        async with shared() as session:
            queued.append(await session.scalar(text("SELECT count(*) FROM operations")))
    assert queued == [1, 1, 2]


async def test_keys_of_requests_are_kept_a_day_and_then_swept(shared: Sessions, clock: Clock) -> None:
    insert = text(
        "INSERT INTO idempotency_keys (client_id, route, key, fingerprint, created_at) VALUES ('a','b',:k,'',:at)"
    )
    async with shared() as session, session.begin():
        for hours in (0, 24, 25, 27):
            await session.execute(insert, {"k": str(hours), "at": clock() - timedelta(hours=hours)})
    worker = Worker(sessions=shared, clock=clock, handlers=HANDLERS, recurring=RECURRING)
    await worker.queue_due()
    await worker.drain()
    async with shared() as session:
        left = list(await session.scalars(text("SELECT key FROM idempotency_keys ORDER BY key")))
    assert left == ["0", "24", "25"]


async def test_the_services_own_finished_jobs_are_swept_and_never_audited(shared: Sessions, clock: Clock) -> None:
    worker = a_worker(shared, clock, double_nothing, recurring={"trial": timedelta(hours=1)})
    await worker.queue_due()
    await worker.drain()
    kept = await queue(shared, clock)
    await worker.drain()
    clock.advance(hours=27)
    sweeper = Worker(sessions=shared, clock=clock, handlers=HANDLERS, recurring=RECURRING)
    await sweeper.queue_due()
    await sweeper.drain()
    async with shared() as session:
        left = list(await session.scalars(text("SELECT id FROM operations WHERE kind = 'trial'")))
        audited = await session.scalar(text("SELECT count(*) FROM audit WHERE client_id = 'system'"))
    assert (left, audited) == ([kept.id], 0)


def test_every_recurring_job_has_a_handler() -> None:
    assert set(RECURRING) <= set(HANDLERS)

"""A worker told to stop by its signal gives its work back within seconds, and another one goes on with it."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app.clock import utc_now
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.engine import Sessions

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "import sys; sys.argv = ['cuofeng', 'worker']; from app.cli import main; main()"
STANDS = text("SELECT state, attempts, lease_until FROM operations WHERE kind = 'sweep_idempotency_keys'")


@pytest.mark.timeout(300)
async def test_a_worker_process_gives_back_what_it_works_on(shared: Sessions, jobs_url: str) -> None:
    """Its job waits for a lock, as it might for a slow statement."""
    async with shared() as holding, holding.begin():
        await holding.execute(text("LOCK TABLE idempotency_keys IN ACCESS EXCLUSIVE MODE"))
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-c", COMMAND, cwd=ROOT,
            env=os.environ | {"CUOFENG_DATABASE_URL": jobs_url, "CUOFENG_LOG_LEVEL": "error"},
        )  # fmt: skip
        async with asyncio.timeout(150):
            while await stands(shared) != ("running", 1):  # noqa: ASYNC110  the database is what is watched
                await asyncio.sleep(0.1)
        told = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 30) == 0
        assert time.monotonic() - told < 10
        assert await stands(shared) == ("queued", 0)
    await Worker(sessions=shared, clock=utc_now, handlers=HANDLERS).drain()
    assert await stands(shared) == ("succeeded", 1)


async def stands(sessions: Sessions) -> tuple[str, int] | None:
    async with sessions() as session:
        found = (await session.execute(STANDS)).one_or_none()
    return None if found is None else (found.state, found.attempts)

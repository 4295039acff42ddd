"""A worker that takes one operation, says so in the middle of a transaction, and waits to be killed."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from app.jobs.context import JobContext
from app.jobs.runner import Worker
from app.persistence.engine import create_engine, create_sessions


async def hang(job: JobContext) -> dict[str, Any]:
    async with job.unit() as unit:
        await unit.session.execute(text("INSERT INTO trial_notes VALUES (NULL, 'never committed')"))
        print("working", flush=True)  # noqa: T201  its way of talking to the story
        await asyncio.Event().wait()
    return {}


async def main(url: str) -> None:
    # The stories' clock stands in 2019.
    now = datetime(2019, 12, 10, 2, tzinfo=UTC)
    worker = Worker(sessions=create_sessions(create_engine(url)), clock=lambda: now, handlers={"trial": hang})
    await worker.run_once()


asyncio.run(main(sys.argv[1]))

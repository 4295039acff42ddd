"""Servers and workers to be killed: a process that has everything imported and forks one of them for each line it reads.

Each works as usual until a transaction has written everything and is about to commit; then it says so and waits.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr
from sqlalchemy import text

from app import logs
from app.api import transactions
from app.clock import utc_now
from app.jobs import redecide, serve_orders, serve_schedule, settle
from app.jobs.context import JobContext
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.main import create_app
from app.persistence.engine import create_engine, create_sessions
from app.persistence.known_facts import known_facts
from app.persistence.unit_of_work import UnitOfWork
from app.services.ratings import importing
from app.settings import Settings

KEY = "a key for tests that is long enough"
# Only operations of this kind are for workers that will be killed, whatever else waits.
TRIAL = "trial"
# How far a server comes before it waits to be killed.
WRITTEN, COMMITTED = "written", "committed"
BATCHES = {
    serve_orders: "BATCH",
    serve_schedule: "BATCH",
    settle: "BATCH",
    redecide: "STALE_BATCH",
    importing: "ROWS_AT_ONCE",
}
# Kinds of work that keep what they found in one transaction.
IN_ONE = {"compute_schedule", "draft_disclosure"}
ROWS_WRITTEN = text(
    "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables"
    " WHERE relname <> 'idempotency_keys'"
)


def say(word: str) -> None:
    print(word, flush=True)  # noqa: T201  its way of talking to the story


async def stop_halfway(request: Request, *_: Any) -> None:
    """Everything has been written: say how many rows that is, and wait to be killed."""
    say(f"halfway {await rows_written(request.state.unit)}")
    await asyncio.Event().wait()


def stop_unheard(*_: Any) -> Response:
    """Everything is committed and nothing answered: say so, and wait to be killed."""
    say("halfway 1")
    signal.pause()
    raise AssertionError("a killed server went on")


def serve(app: FastAPI, *, now: datetime, listening: socket.socket, until: str) -> None:
    if until == COMMITTED:
        vars(transactions)["unless_known"] = stop_unheard
    else:
        vars(transactions)["keep_answer"] = stop_halfway
    app.state.clock = lambda: now
    uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).run(sockets=[listening])


def work(url: str, *, now: datetime, kind: str) -> None:
    """One operation, a batch of one at a time, as far as the end of the second batch, or of the only one there is."""
    last = 1 if kind in IN_ONE else 2
    for module, size in BATCHES.items():
        vars(module)[size] = 1
    unit = JobContext.unit
    batches = count(1)

    @asynccontextmanager
    async def unit_until_halfway(job: JobContext) -> AsyncIterator[UnitOfWork]:
        async with unit(job) as opened:
            earlier = await rows_written(opened)
            yield opened
            written = await rows_written(opened) - earlier
            if written and next(batches) == last:
                say(f"halfway {written}")
                await asyncio.Event().wait()

    setattr(JobContext, "unit", unit_until_halfway)  # noqa: B010  a plain assignment to a method is no type
    handlers = {TRIAL: HANDLERS[kind]}
    worker = Worker(sessions=create_sessions(create_engine(url)), clock=lambda: now, handlers=handlers)
    asyncio.run(worker.drain())


async def rows_written(unit: UnitOfWork) -> int:
    """How many rows this connection wrote of late, keys of requests aside; a new connection has written none."""
    await unit.session.flush()
    return int(await unit.session.scalar(ROWS_WRITTEN) or 0)


async def warm(app: FastAPI, url: str) -> None:
    """Know what a server that has run for a while knows: its routes, made with the first request, and the packs."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cuofeng.test") as client:
        await client.get("/v1/nothing")
    engine = create_engine(url)
    async with create_sessions(engine)() as session:
        await known_facts(session)
    await engine.dispose()


def main(url: str) -> None:
    logs.configure(level="critical")
    settings = Settings(signing_key=SecretStr(KEY), log_level="error")
    # Made once and never used here: what a fork inherits it does not have to make, and no connection is open yet.
    app = create_app(sessions=create_sessions(create_engine(url, pool_size=1)), clock=utc_now, settings=settings)
    asyncio.run(warm(app, url))
    # A search for cycles would touch every page a fork shares with its parent.
    gc.freeze()
    say("ready")
    for line in sys.stdin:
        now, what = line.split()
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        child = os.fork()
        if child == 0:
            if what in HANDLERS:
                work(url, now=datetime.fromisoformat(now), kind=what)
            else:
                serve(app, now=datetime.fromisoformat(now), listening=listening, until=what)
            os._exit(0)
        say(f"{child} {listening.getsockname()[1]}")
        listening.close()
        os.waitpid(child, 0)
        say("gone")


if __name__ == "__main__":
    main(sys.argv[1])

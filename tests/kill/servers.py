"""Servers to be killed: a process that has everything imported and forks one server for each line it reads.

Each server answers as usual until a request has written everything and is about to commit; then it says so and waits.
"""

import asyncio
import os
import socket
import sys
from datetime import datetime
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from app import logs
from app.api import transactions
from app.main import create_app, utc_now
from app.persistence.engine import create_engine, create_sessions
from app.settings import Settings

KEY = "a key for tests that is long enough"


def say(word: str) -> None:
    print(word, flush=True)  # noqa: T201  its way of talking to the story


async def stop_halfway(*_: Any) -> None:
    say("halfway")
    await asyncio.Event().wait()


def serve(app: FastAPI, now: datetime, listening: socket.socket) -> None:
    vars(transactions)["keep_answer"] = stop_halfway
    app.state.clock = lambda: now
    uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).run(sockets=[listening])


async def warm(app: FastAPI) -> None:
    """Routes are made with the first request; this one reaches no database."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cuofeng.test") as client:
        await client.get("/v1/nothing")


def main(url: str) -> None:
    logs.configure(level="critical")
    settings = Settings(signing_key=SecretStr(KEY), log_level="error")
    # Made once and never used here: what a fork inherits it does not have to make, and no connection is open yet.
    app = create_app(sessions=create_sessions(create_engine(url, pool_size=1)), clock=utc_now, settings=settings)
    asyncio.run(warm(app))
    say("ready")
    for line in sys.stdin:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        child = os.fork()
        if child == 0:
            serve(app, datetime.fromisoformat(line.strip()), listening)
            os._exit(0)
        say(f"{child} {listening.getsockname()[1]}")
        listening.close()
        os.waitpid(child, 0)
        say("gone")


main(sys.argv[1])

"""A worker that decides a region, says so in the middle of a COPY, and waits to be killed."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from app.jobs import decide
from app.jobs.runner import Worker
from app.persistence.engine import create_engine, create_sessions
from app.services.decisions import deciding

DECIDED = deciding._decided_fast  # the story stops it on its way


def hanging(*args: Any) -> Iterator[bytes]:
    for chunk in DECIDED(*args):
        # Enough for the server to have stored some of it.
        yield chunk
        print("copying", flush=True)  # noqa: T201  its way of talking to the story
        sys.stdin.read()


async def main(url: str) -> None:
    vars(deciding)["_decided_fast"] = hanging
    vars(deciding)["CHUNK"] = 2
    # The stories' clock stands in 2019.
    now = datetime(2019, 12, 10, 2, tzinfo=UTC)
    sessions = create_sessions(create_engine(url))
    await Worker(sessions=sessions, clock=lambda: now, handlers={"trial": decide.decide_region}).run_once()


asyncio.run(main(sys.argv[1]))

"""Builders for stories about long work: a worker, a queued operation, and a handler that does nothing."""

from collections.abc import Mapping
from typing import Any

from app.domain.access import Actor
from app.domain.operations import Operation
from app.jobs.context import Handler, JobContext
from app.jobs.runner import Worker
from app.persistence.engine import Sessions
from app.persistence.unit_of_work import open_unit
from app.services import operations
from tests.conftest import Clock

OFFICER = Actor(client_id="officer", scopes=frozenset({"facts:write"}), regions=("141000",))


def a_worker(sessions: Sessions, clock: Clock, handler: Handler, **options: Any) -> Worker:
    return Worker(sessions=sessions, clock=clock, handlers={"trial": handler}, **options)


async def queue(sessions: Sessions, clock: Clock, payload: Mapping[str, Any] | None = None, **more: Any) -> Operation:
    async with open_unit(sessions, now=clock()) as unit:
        return await operations.start(unit, kind="trial", payload=payload or {}, by=OFFICER, now=clock(), **more)


async def double_nothing(job: JobContext) -> dict[str, Any]:
    return {}

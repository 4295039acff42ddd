"""A region is decided once, in whole batches, whatever happens to the worker on the way."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.domain.operations import Operation, OperationState
from app.jobs import decide
from app.jobs.decide import decide_region
from app.persistence.engine import Sessions
from app.persistence.operations import LeaseRepository, OperationRepository
from app.persistence.unit_of_work import open_unit
from app.services.decisions import deciding, verifying
from tests.api.packs import LINFEN
from tests.conftest import Clock
from tests.jobs.province import decided, settle
from tests.jobs.work import OFFICER, a_worker, queue

ROOT = Path(__file__).resolve().parents[2]
ASKED = {"region": "141000", "pack": LINFEN, "season": 2019}
COUNT = 8


@pytest.fixture
async def province(committed_sessions: Sessions) -> list[UUID]:
    return await settle(committed_sessions, COUNT)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "DECIDE_BATCH", 3)
    monkeypatch.setattr(deciding, "CHUNK", 2)


async def look(sessions: Sessions, operation: Operation) -> Operation:
    async with sessions() as session:
        return await OperationRepository(session).get(operation.id, visible_to=OFFICER)


async def run(sessions: Sessions, clock: Clock) -> Operation:
    operation = await queue(sessions, clock, ASKED)
    await a_worker(sessions, clock, decide_region).drain()
    return await look(sessions, operation)


async def test_every_enterprise_is_decided_once_in_several_batches(
    committed_sessions: Sessions, clock: Clock, province: list[UUID]
) -> None:
    first = await run(committed_sessions, clock)
    assert first.result == {"enterprises": COUNT, "changed": COUNT, "snapshots_taken": 0}
    assert (first.done, first.total) == (2 * COUNT, 2 * COUNT)
    found = await decided(committed_sessions)
    assert sorted(found) == province
    assert set(found.values()) <= {3, 4, 5}
    clock.advance(hours=1)
    again = await run(committed_sessions, clock)
    assert again.result == {"enterprises": COUNT, "changed": 0, "snapshots_taken": 0}
    assert await decided(committed_sessions) == found
    assert gc.isenabled()


async def test_what_was_decided_in_bulk_replays(
    committed_sessions: Sessions, clock: Clock, province: list[UUID]
) -> None:
    await run(committed_sessions, clock)
    async with open_unit(committed_sessions, now=clock()) as unit:
        replayed = [found async for found in verifying.verify_runs(unit, by=OFFICER, batch=5)]
    assert replayed == [(5, []), (len(province), [])]


@pytest.fixture
async def during(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Any]]:
    """What happens when the second batch is about to be stored."""
    happens: list[Any] = []
    stored = deciding.store
    calls = 0

    async def store(*args: Any, **named: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            for one in happens:
                await one()
        return await stored(*args, **named)

    monkeypatch.setattr(deciding, "store", store)
    yield happens
    assert gc.isenabled()


async def test_a_cancelled_region_keeps_whole_batches(
    committed_sessions: Sessions, clock: Clock, province: list[UUID], during: list[Any]
) -> None:
    operation = await queue(committed_sessions, clock, ASKED)

    async def cancel() -> None:
        clock.advance(seconds=2)
        async with open_unit(committed_sessions, now=clock()) as unit:
            await OperationRepository(unit.session).cancel(await look(committed_sessions, operation), at=clock())

    during.append(cancel)
    await a_worker(committed_sessions, clock, decide_region).drain()
    assert (await look(committed_sessions, operation)).state is OperationState.CANCELLED
    found = await decided(committed_sessions)
    assert sorted(found) == province[:6]
    assert 0 not in found.values()


async def test_a_region_taken_over_is_finished_by_the_other_worker(
    committed_sessions: Sessions, clock: Clock, province: list[UUID], during: list[Any]
) -> None:
    """The batch under way still counts, for nobody could claim the operation while it lasted; the next is refused."""
    operation = await queue(committed_sessions, clock, ASKED)
    taken: list[Any] = []

    async def take_over() -> None:
        clock.advance(seconds=61)
        now = clock()

        async def claim() -> None:
            while not taken:
                async with open_unit(committed_sessions, now=now) as unit:
                    claimed = await LeaseRepository(unit.session).claim(
                        ["trial"], now=now, until=now + timedelta(seconds=60)
                    )
                    taken.extend([claimed] if claimed else [])

        tasks.append(asyncio.create_task(claim()))

    tasks: list[asyncio.Task[None]] = []
    during.append(take_over)
    worker = a_worker(committed_sessions, clock, decide_region)
    await worker.run_once()
    if not taken:
        # The first worker was quicker than the claim: it simply finished.
        tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    clock.advance(seconds=61)
    await worker.drain()
    assert (await look(committed_sessions, operation)).state is OperationState.SUCCEEDED
    found = await decided(committed_sessions)
    assert sorted(found) == province
    assert 0 not in found.values()


async def test_what_fails_in_the_middle_leaves_no_half_batch(
    committed_sessions: Sessions, clock: Clock, province: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    fully = deciding._decided_fully
    failing = [True]

    def once(*args: Any) -> Any:
        yield from fully(*args)
        if failing.pop() if failing else False:
            raise ZeroDivisionError

    monkeypatch.setattr(deciding, "_decided_fully", once)
    operation = await queue(committed_sessions, clock, ASKED)
    worker = a_worker(committed_sessions, clock, decide_region)
    await worker.run_once()
    assert (await look(committed_sessions, operation)).state is OperationState.QUEUED
    assert await decided(committed_sessions) == {}
    clock.advance(minutes=1)
    await worker.drain()
    assert sorted(await decided(committed_sessions)) == province


async def test_a_worker_killed_while_copying_leaves_nothing_behind(
    committed_sessions: Sessions, own_database_url: str, clock: Clock, province: list[UUID]
) -> None:
    operation = await queue(committed_sessions, clock, ASKED)
    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.jobs.halfway", own_database_url,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert victim.stdout is not None
    assert await victim.stdout.readline() == b"copying\n"
    os.kill(victim.pid, signal.SIGKILL)
    await victim.wait()
    assert await decided(committed_sessions) == {}
    clock.advance(seconds=61)
    worker = a_worker(committed_sessions, clock, decide_region)
    while not await worker.drain():  # noqa: ASYNC110  so says the server, not an event
        # The server needs a moment to notice that the victim's connection is gone.
        await asyncio.sleep(0.01)
    after = await look(committed_sessions, operation)
    assert (after.state, after.fence) == (OperationState.SUCCEEDED, 2)
    assert sorted(await decided(committed_sessions)) == province

"""Long work: done once although workers die, never finished twice, stopped when asked."""

import asyncio
import contextlib
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.domain.access import Actor
from app.domain.operations import Operation, OperationState, OperationUnknown
from app.domain.periods import MonthDay
from app.jobs import runner
from app.jobs.context import JobContext
from app.jobs.runner import MAX_ATTEMPTS
from app.jobs.steady import Pulse, Step
from app.persistence.engine import Sessions
from app.persistence.operations import LeaseLost, LeaseRepository, OperationRepository
from app.persistence.recurring_jobs import RecurringJob, RecurringJobRepository
from app.persistence.unit_of_work import open_unit
from app.services import operations
from tests.conftest import Clock
from tests.jobs.work import OFFICER, a_worker, double_nothing, queue

ROOT = Path(__file__).resolve().parents[2]


async def look(sessions: Sessions, operation: Operation, *, by: Actor = OFFICER) -> Operation:
    async with sessions() as session:
        return await OperationRepository(session).get(operation.id, visible_to=by)


async def note(job: JobContext, word: str) -> None:
    """Something a job keeps: a row in a table of its own."""
    async with job.unit() as unit:
        await unit.session.execute(
            text("INSERT INTO trial_notes VALUES (:id, :word)"), {"id": job.operation.id, "word": word}
        )


@pytest.fixture
async def notes(shared: Sessions) -> Sessions:
    async with shared() as session, session.begin():
        await session.execute(text("CREATE TABLE IF NOT EXISTS trial_notes (id uuid, word text)"))
        await session.execute(text("TRUNCATE trial_notes"))
    return shared


async def words(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(text("SELECT word FROM trial_notes ORDER BY word")))


async def double(job: JobContext) -> dict[str, Any]:
    return {"twice": job.payload["number"] * 2}


async def test_a_job_runs_and_its_result_is_kept(shared: Sessions, clock: Clock) -> None:
    operation = await queue(shared, clock, {"number": 21})
    assert await a_worker(shared, clock, double).drain() == 1
    after = await look(shared, operation)
    assert (after.state, after.result, after.attempts) == (OperationState.SUCCEEDED, {"twice": 42}, 1)
    assert (after.started_at, after.finished_at) == (clock(), clock())


async def test_a_job_sees_with_the_eyes_of_whoever_asked(shared: Sessions, clock: Clock) -> None:
    seen: list[Actor] = []

    async def peek(job: JobContext) -> dict[str, Any]:
        seen.append(job.actor)
        return {}

    await queue(shared, clock)
    await a_worker(shared, clock, peek).drain()
    assert seen == [OFFICER]


async def test_an_operation_is_seen_only_by_whoever_started_it(shared: Sessions, clock: Clock) -> None:
    operation = await queue(shared, clock)
    with pytest.raises(OperationUnknown):
        await look(shared, operation, by=Actor(client_id="another", regions=("000000",)))


async def test_a_refusal_ends_the_operation_with_its_problem_and_without_another_try(
    shared: Sessions, clock: Clock
) -> None:
    async def refuse(job: JobContext) -> dict[str, Any]:
        raise OperationUnknown()

    operation = await queue(shared, clock)
    await a_worker(shared, clock, refuse).drain()
    after = await look(shared, operation)
    assert (after.state, after.attempts) == (OperationState.FAILED, 1)
    assert after.problem == {
        "code": "operation_unknown",
        "zh": OperationUnknown.zh,
        "en": OperationUnknown.en,
        "errors": [],
    }


async def test_a_crash_is_tried_again_later_and_given_up_in_the_end(shared: Sessions, clock: Clock) -> None:
    async def crash(job: JobContext) -> dict[str, Any]:
        MonthDay.parse("the password is swordfish")
        return {}

    operation = await queue(shared, clock)
    worker = a_worker(shared, clock, crash)
    tries = []
    for seconds in (0, 9, 1, 39, 1):
        clock.advance(seconds=seconds)
        tries.append(await worker.drain())
    after = await look(shared, operation)
    assert tries == [1, 0, 1, 0, 1]
    assert (after.state, after.attempts) == (OperationState.FAILED, MAX_ATTEMPTS)
    assert after.problem is not None
    assert after.problem["code"] == "job_failed"
    assert "swordfish" not in str(after.problem)


async def test_progress_is_published_about_once_a_second(shared: Sessions, clock: Clock) -> None:
    seen: list[tuple[int, int | None]] = []

    async def count(job: JobContext) -> dict[str, Any]:
        for done in range(1, 4):
            await job.progress(done, 10)
            after = await look(shared, job.operation)
            seen.append((after.done, after.total))
        clock.advance(seconds=1)
        await job.progress(4)
        after = await look(shared, job.operation)
        seen.append((after.done, after.total))
        return {}

    await queue(shared, clock)
    await a_worker(shared, clock, count).drain()
    assert seen == [(1, 10), (1, 10), (1, 10), (4, 10)]


async def test_a_running_job_stops_at_its_next_progress_when_cancelled(notes: Sessions, clock: Clock) -> None:
    async def work(job: JobContext) -> dict[str, Any]:
        await note(job, "before")
        async with open_unit(notes, now=clock()) as unit:
            await operations.cancel(unit, job.operation.id, by=OFFICER, now=clock())
        await job.progress(1, 2)
        await note(job, "after")
        return {}

    operation = await queue(notes, clock)
    await a_worker(notes, clock, work).drain()
    assert ((await look(notes, operation)).state, await words(notes)) == (OperationState.CANCELLED, ["before"])


async def test_a_queued_operation_is_cancelled_at_once(shared: Sessions, clock: Clock) -> None:
    operation = await queue(shared, clock, {"number": 1})
    async with open_unit(shared, now=clock()) as unit:
        await operations.cancel(unit, operation.id, by=OFFICER, now=clock())
    assert await a_worker(shared, clock, double).drain() == 0
    assert (await look(shared, operation)).state is OperationState.CANCELLED


async def test_a_worker_that_was_taken_over_cannot_write_nor_finish(notes: Sessions, clock: Clock) -> None:
    """The first worker falls silent; when it wakes, the second has the operation."""
    silent, woken = asyncio.Event(), asyncio.Event()

    async def sleepy(job: JobContext) -> dict[str, Any]:
        await note(job, "first")
        silent.set()
        await woken.wait()
        await note(job, "too late")
        return {"by": "first"}

    async def brisk(job: JobContext) -> dict[str, Any]:
        await note(job, "second")
        return {"by": "second"}

    operation = await queue(notes, clock)
    first = asyncio.create_task(a_worker(notes, clock, sleepy).run_once())
    await silent.wait()
    clock.advance(seconds=61)
    assert await a_worker(notes, clock, brisk).drain() == 1
    woken.set()
    await first
    after = await look(notes, operation)
    assert (after.state, after.result, after.fence) == (OperationState.SUCCEEDED, {"by": "second"}, 2)
    assert await words(notes) == ["first", "second"]


async def test_only_the_newest_fence_may_renew_finish_or_put_back(shared: Sessions, clock: Clock) -> None:
    await queue(shared, clock)
    claims = []
    for _ in range(2):
        async with open_unit(shared, now=clock()) as unit:
            until = clock() + timedelta(seconds=60)
            claims.append(await LeaseRepository(unit.session).claim(["trial"], now=clock(), until=until))
        clock.advance(seconds=61)
    old, new = claims
    assert old is not None
    assert new is not None
    assert (old.id, old.fence, new.fence) == (new.id, 1, 2)
    async with shared() as session:
        leases = LeaseRepository(session)
        for stale in (
            leases.hold(old),
            leases.renew(old, until=clock(), done=1, total=None),
            leases.finish(old, state=OperationState.SUCCEEDED, at=clock()),
            leases.put_back(old, run_after=clock(), attempts=0),
        ):
            with pytest.raises(LeaseLost):
                await stale
        await leases.hold(new)


async def test_an_operation_held_by_a_transaction_is_not_taken_over_even_when_its_lease_ran_out(
    shared: Sessions, clock: Clock
) -> None:
    """Otherwise two workers could both commit: the fence is checked before the work, not at its commit."""
    await queue(shared, clock)
    async with open_unit(shared, now=clock()) as unit:
        first = await LeaseRepository(unit.session).claim(["trial"], now=clock(), until=clock())
    assert first is not None
    clock.advance(seconds=61)

    async def claimed() -> Operation | None:
        async with open_unit(shared, now=clock()) as unit:
            return await LeaseRepository(unit.session).claim(["trial"], now=clock(), until=clock())

    async with open_unit(shared, now=clock()) as holding:
        await LeaseRepository(holding.session).hold(first)
        assert await claimed() is None
        # A heartbeat passes all the while.
        async with open_unit(shared, now=clock()) as beating:
            await LeaseRepository(beating.session).renew(first, until=clock(), done=1, total=None)
    clock.advance(seconds=1)
    assert await claimed() is not None


async def test_many_workers_run_each_operation_once(notes: Sessions, clock: Clock) -> None:
    async def work(job: JobContext) -> dict[str, Any]:
        await note(job, str(job.payload["number"]))
        return {}

    for number in range(20):
        await queue(notes, clock, {"number": number})
    ran = await asyncio.gather(*(a_worker(notes, clock, work).drain() for _ in range(5)))
    assert sum(ran) == 20
    assert sorted(map(int, await words(notes))) == list(range(20))


async def test_a_worker_told_to_stop_gives_its_job_back(shared: Sessions, clock: Clock) -> None:
    begun = asyncio.Event()

    async def endless(job: JobContext) -> dict[str, Any]:
        begun.set()
        await asyncio.Event().wait()
        return {}

    operation = await queue(shared, clock)
    worker = asyncio.create_task(a_worker(shared, clock, endless).run())
    await begun.wait()
    worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await worker
    after = await look(shared, operation)
    assert (after.state, after.attempts, after.lease_until) == (OperationState.QUEUED, 0, None)
    assert await a_worker(shared, clock, double_nothing).drain() == 1


async def test_the_heartbeat_keeps_the_lease_of_a_job_that_reports_no_progress(shared: Sessions, clock: Clock) -> None:
    renewed = asyncio.Event()

    async def quiet(job: JobContext) -> dict[str, Any]:
        clock.advance(seconds=30)
        while (await look(shared, job.operation)).lease_until != clock() + timedelta(seconds=0.03):  # noqa: ASYNC110  the database is what is watched
            await asyncio.sleep(0.005)
        renewed.set()
        return {}

    await queue(shared, clock)
    await a_worker(shared, clock, quiet, lease=timedelta(seconds=0.03)).drain()
    assert renewed.is_set()


async def test_an_operation_whose_workers_all_died_is_given_up(shared: Sessions, clock: Clock) -> None:
    operation = await queue(shared, clock)
    for _ in range(MAX_ATTEMPTS):
        async with open_unit(shared, now=clock()) as unit:
            await LeaseRepository(unit.session).claim(["trial"], now=clock(), until=clock())
        clock.advance(seconds=1)
    await a_worker(shared, clock, double).drain()
    after = await look(shared, operation)
    assert after.state is OperationState.FAILED
    assert after.problem is not None
    assert after.problem["code"] == "worker_lost"


async def test_a_killed_process_is_followed_by_another_that_finishes(
    notes: Sessions, jobs_url: str, clock: Clock
) -> None:
    """A real process, killed without warning in the middle of its transaction."""
    operation = await queue(notes, clock)
    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.jobs.victim", jobs_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert victim.stdout is not None
    assert await victim.stdout.readline() == b"working\n"
    os.kill(victim.pid, signal.SIGKILL)
    await victim.wait()
    during = await look(notes, operation)
    assert (during.state, during.fence) == (OperationState.RUNNING, 1)

    async def work(job: JobContext) -> dict[str, Any]:
        await note(job, "finished")
        return {"by": "another"}

    clock.advance(seconds=61)
    while not await a_worker(notes, clock, work).drain():  # noqa: ASYNC110  so says the server, not an event
        # The server needs a moment to notice that the victim's connection is gone.
        await asyncio.sleep(0.01)
    after = await look(notes, operation)
    assert (after.state, after.result, after.fence) == (OperationState.SUCCEEDED, {"by": "another"}, 2)
    assert await words(notes) == ["finished"]


async def test_an_upload_and_a_made_file_travel_with_the_operation(shared: Sessions, clock: Clock) -> None:
    async def shout(job: JobContext) -> dict[str, Any]:
        upload = await job.upload()
        await job.keep_file(upload.content.upper(), media_type="text/plain", name="结果.txt")
        return {"name": upload.name}

    operation = await queue(shared, clock, upload=b"abc", upload_name="in.txt", media_type="text/csv")
    await a_worker(shared, clock, shout).drain()
    after = await look(shared, operation)
    assert after.result == {"name": "in.txt"}
    assert isinstance(after.file_id, UUID)


def failing_at(number: int, steps: list[int]) -> Step:
    async def step() -> bool:
        steps.append(len(steps))
        if len(steps) == number:
            raise RuntimeError("a step that fails")
        return len(steps) < 5

    return step


async def told(sessions: Sessions) -> list[RecurringJob]:
    async with sessions() as session:
        return await RecurringJobRepository(session).every()


async def test_steady_work_goes_on_after_a_crash_which_is_counted(
    shared: Sessions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CRASH_PAUSE_SECONDS", 0)
    steps: list[int] = []
    worker = a_worker(shared, clock, double_nothing, steady={"trial": failing_at(2, steps)}, poll_seconds=0.01)
    work = asyncio.create_task(worker.run())
    while len(steps) < 7:  # noqa: ASYNC110  steps are counted, they set no event
        await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert worker.metrics.crashes.labels("trial")._value.get() == 1
    (one,) = await told(shared)
    assert (one.kind, one.outcome, one.failures, one.problem) == ("trial", "succeeded", 0, None)


async def test_how_steady_work_goes_is_told_at_each_failure_and_else_once_a_minute(
    shared: Sessions, clock: Clock
) -> None:
    worker, pulse = a_worker(shared, clock, double_nothing), Pulse(kind="trial", sessions=shared, clock=clock)
    begun, step = clock(), failing_at(3, [])
    ended = []
    for seconds in (0, 59):
        clock.advance(seconds=seconds)
        await worker.take_step(pulse, step)
        ended.append((await told(shared))[0].ended_at)
    clock.advance(seconds=1)
    assert await worker.take_step(pulse, step) == runner.CRASH_PAUSE_SECONDS
    (failed,) = await told(shared)
    await worker.take_step(pulse, step)
    (well,) = await told(shared)
    assert ended == [begun, begun]
    assert (failed.outcome, failed.failures, failed.succeeded_at, failed.operation_id) == ("failed", 1, begun, None)
    assert failed.problem is not None
    assert failed.problem["code"] == "steady_work_failed"
    assert "fails" not in str(failed.problem["zh"])
    assert (well.outcome, well.failures, well.problem, well.succeeded_at) == ("succeeded", 0, None, clock())

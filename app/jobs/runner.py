"""The worker: claims one operation at a time under a lease, runs its job, and writes the outcome under its fence.

A killed worker's lease runs out and another worker takes the operation over with a higher fence; whatever the
first one still tries to write is refused. Leases compare clocks of different machines, so they are long enough for
clocks that differ by seconds; the fence, not the clock, is what keeps two workers from both finishing.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.domain.access import Actor
from app.domain.clients import SCOPES
from app.domain.errors import Refusal
from app.domain.operations import JobFailed, Operation, OperationState, SteadyWorkFailed, WorkerLost
from app.integrations.metrics import Metrics
from app.jobs.context import Handler, JobCancelled, JobContext
from app.jobs.steady import Pulse, Step
from app.persistence.engine import Sessions
from app.persistence.operations import LeaseLost, LeaseRepository
from app.persistence.recurring_jobs import RecurringJobRepository
from app.persistence.unit_of_work import DatabaseUnavailable, open_unit
from app.services import operations

MAX_ATTEMPTS = 3
# 10 s, 40 s: long enough for a database restart, short enough for somebody who waits.
FIRST_BACKOFF = timedelta(seconds=10)
CRASH_PAUSE_SECONDS = 5
# The service itself, for work nobody asked for.
SYSTEM = Actor(client_id="system", scopes=frozenset(SCOPES), regions=("000000",))

log = structlog.get_logger("cuofeng.jobs")


@dataclass(slots=True, kw_only=True)
class Worker:
    """Runs the jobs in `handlers`, `concurrency` at a time, until told to stop."""

    sessions: Sessions
    clock: Callable[[], datetime]
    handlers: Mapping[str, Handler]
    recurring: Mapping[str, timedelta] = field(default_factory=dict)
    steady: Mapping[str, Step] = field(default_factory=dict)
    concurrency: int = 2
    lease: timedelta = timedelta(seconds=60)
    # An operation waits at most this long although workers are idle.
    poll_seconds: float = 0.5
    recurring_seconds: float = 30
    metrics: Metrics = field(default_factory=Metrics)

    async def run(self) -> None:
        """Work until cancelled; jobs then under way are given back for another worker."""
        loops = [asyncio.create_task(self.keep_claiming()) for _ in range(self.concurrency)]
        loops.append(asyncio.create_task(self.keep_queueing()))
        loops += [asyncio.create_task(self.keep_at(kind, step)) for kind, step in self.steady.items()]
        try:
            await asyncio.gather(*loops)
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    async def keep_claiming(self) -> None:
        while True:
            try:
                busy = await self.run_once()
            except DatabaseUnavailable as error:
                log.warning("worker_waits", reason=str(error.__cause__))
                busy = False
            if not busy:
                await asyncio.sleep(self.poll_seconds)

    async def keep_queueing(self) -> None:
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                await self.queue_due()
            await asyncio.sleep(self.recurring_seconds)

    async def keep_at(self, kind: str, step: Step) -> None:
        pulse = Pulse(kind=kind, sessions=self.sessions, clock=self.clock)
        while True:
            pause = await self.take_step(pulse, step)
            await asyncio.sleep(pause)

    async def take_step(self, pulse: Pulse, step: Step) -> float:
        """One step of steady work; the next at once while there is something to do; a crash is told and waited out."""
        try:
            more = await step()
            await pulse.went_well()
        except DatabaseUnavailable as error:
            log.warning("worker_waits", reason=str(error.__cause__))
            return self.poll_seconds
        except Exception:
            log.exception("steady_work_crashed", kind=pulse.kind)
            self.metrics.crashes.labels(pulse.kind).inc()
            with contextlib.suppress(DatabaseUnavailable):
                await pulse.failed(stored(SteadyWorkFailed(kind=pulse.kind)))
            return CRASH_PAUSE_SECONDS
        return 0 if more else self.poll_seconds

    async def queue_due(self) -> None:
        """Start every recurring job whose turn it is."""
        for kind, every in self.recurring.items():
            async with open_unit(self.sessions, now=self.clock()) as unit:
                if await RecurringJobRepository(unit.session).take_turn(kind, now=unit.now, every=every):
                    await operations.start(unit, kind=kind, payload={}, by=SYSTEM, now=unit.now, recorded=False)

    async def drain(self) -> int:
        """Run whatever is due now and return how many; for start-up and tests."""
        ran = 0
        while await self.run_once():
            ran += 1
        return ran

    async def run_once(self) -> bool:
        """Claim and run one operation; false when none is waiting."""
        now = self.clock()
        async with open_unit(self.sessions, now=now) as unit:
            operation = await LeaseRepository(unit.session).claim(self.handlers.keys(), now=now, until=now + self.lease)
        if operation is None:
            return False
        started = time.perf_counter()
        outcome = "interrupted"
        try:
            outcome = await self.execute(operation)
        finally:
            seconds = time.perf_counter() - started
            self.metrics.jobs.labels(operation.kind, outcome).observe(seconds)
            log.info(
                "job",
                operation_id=str(operation.id),
                kind=operation.kind,
                attempt=operation.attempts,
                outcome=outcome,
                duration_ms=round(seconds * 1000, 1),
            )
        return True

    async def execute(self, operation: Operation) -> str:
        job = JobContext(operation=operation, sessions=self.sessions, clock=self.clock, lease=self.lease)
        try:
            if operation.attempts > MAX_ATTEMPTS:
                raise WorkerLost()
            return await self.attempt(job)
        except LeaseLost:
            return "taken_over"
        except JobCancelled:
            return await self.finish(job, OperationState.CANCELLED)
        except Refusal as refusal:
            return await self.finish(job, OperationState.FAILED, problem=stored(refusal))
        except asyncio.CancelledError:
            if job.lost:
                return "taken_over"
            await self.give_back(job, run_after=self.clock(), attempts=operation.attempts - 1)
            raise
        except Exception:
            log.exception("job_crashed", operation_id=str(operation.id), kind=operation.kind)
            return await self.retry(job)

    async def attempt(self, job: JobContext) -> str:
        work = asyncio.ensure_future(self.handlers[job.operation.kind](job))
        heart = asyncio.create_task(self.beat(job, work))
        try:
            result = await work
        finally:
            work.cancel()
            heart.cancel()
            await asyncio.gather(work, heart, return_exceptions=True)
        return await self.finish(job, OperationState.SUCCEEDED, result=result)

    async def beat(self, job: JobContext, work: "asyncio.Future[Any]") -> None:
        """Renew the lease three times before it would run out; stop the work once it is lost."""
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            try:
                await job.renew()
            except LeaseLost:
                work.cancel()
                return
            except DatabaseUnavailable:
                continue

    async def finish(self, job: JobContext, state: OperationState, **outcome: Any) -> str:
        now = self.clock()
        told = {"problem": outcome.get("problem"), "result": outcome.get("result")}
        if state is OperationState.SUCCEEDED:
            outcome |= {"done": job.done, "total": job.total, "file_id": job.file_id}
        kind, ours = job.operation.kind, job.actor.client_id == SYSTEM.client_id
        try:
            async with open_unit(self.sessions, now=now) as unit:
                await LeaseRepository(unit.session).finish(job.operation, state=state, at=now, **outcome)
                if ours and kind in self.recurring:
                    turns = RecurringJobRepository(unit.session)
                    await turns.ended(kind, job.operation.id, outcome=state, at=now, **told)
        except LeaseLost:
            return "taken_over"
        return str(state)

    async def retry(self, job: JobContext) -> str:
        attempts = job.operation.attempts
        if attempts >= MAX_ATTEMPTS:
            problem = stored(JobFailed(operation=job.operation.id))
            return await self.finish(job, OperationState.FAILED, problem=problem)
        wait = FIRST_BACKOFF * 4 ** (attempts - 1)
        await self.give_back(job, run_after=self.clock() + wait, attempts=attempts)
        return "retried"

    async def give_back(self, job: JobContext, *, run_after: datetime, attempts: int) -> None:
        with contextlib.suppress(LeaseLost, DatabaseUnavailable):
            async with open_unit(self.sessions, now=self.clock()) as unit:
                await LeaseRepository(unit.session).put_back(job.operation, run_after=run_after, attempts=attempts)


def stored(refusal: Refusal) -> dict[str, Any]:
    """Both languages, because the reader of the problem is not known yet."""
    return {
        "code": refusal.code,
        "zh": refusal.message("zh"),
        "en": refusal.message("en"),
        "errors": [
            {"pointer": error.pointer, "code": error.code, "zh": error.zh, "en": error.en} for error in refusal.errors
        ],
    }

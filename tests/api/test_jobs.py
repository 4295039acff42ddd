"""Recurring work and failures are visible to whoever runs the service, over HTTP and as numbers."""

from datetime import timedelta
from typing import Any

from app.jobs.context import JobContext
from app.jobs.runner import Worker
from tests.api.door import Door
from tests.api.test_operations import started
from tests.conftest import Clock


async def fail(job: JobContext) -> dict[str, Any]:
    raise RuntimeError(f"the disk of {job.operation.kind} is full")


async def thrive(job: JobContext) -> dict[str, Any]:
    return {"complete_to": {"grid": "2019-12-07"}}


async def runs(door: Door, clock: Clock, **handlers: Any) -> None:
    """As often as a job is tried before it is given up."""
    worker = Worker(
        sessions=door.sessions, clock=clock, handlers=handlers, recurring=dict.fromkeys(handlers, timedelta(hours=1))
    )
    await worker.queue_due()
    for _ in range(3):
        await worker.drain()
        clock.advance(minutes=1)
    clock.advance(hours=1)


async def test_a_recurring_job_that_fails_is_told_until_it_succeeds(door: Door, clock: Clock) -> None:
    operator = await door.lasting_caller("jobs:read")
    for _ in range(2):
        await runs(door, clock, reconcile=fail)
    (job,) = (await operator.get("/v1/jobs")).json()["items"]
    assert (job["kind"], job["outcome"], job["failures"], job["succeeded_at"]) == ("reconcile", "failed", 2, None)
    assert job["problem"]["code"] == "job_failed"
    assert "disk" not in str(job)
    numbers = (await door.anyone().get("/metrics")).text
    assert 'cuofeng_job_failures{kind="reconcile"} 2.0' in numbers
    await runs(door, clock, reconcile=thrive)
    (job,) = (await operator.get("/v1/jobs")).json()["items"]
    assert (job["outcome"], job["failures"], job["problem"]) == ("succeeded", 0, None)


async def test_whoever_runs_the_service_sees_everybodys_failures(door: Door, clock: Clock) -> None:
    await started(door, "somebody")
    await runs(door, clock, shout=fail)
    operator = await door.lasting_caller("jobs:read")
    failures = (await operator.get("/v1/jobs/failures")).json()["items"]
    assert {(one["requested_by"], one["operation"]["state"]) for one in failures} == {
        ("somebody", "failed"),
        ("system", "failed"),
    }
    # What others started stays theirs; only that and why it failed is told.
    answer = await operator.get(f"/v1/operations/{failures[0]['operation']['id']}")
    assert answer.status_code == 404
    county = await door.caller("jobs:read", regions=("141027",))
    assert (await county.get("/v1/jobs/failures")).json()["code"] == "authority_required"
    assert (await (await door.caller("audit:read")).get("/v1/jobs")).status_code == 403


async def test_own_operations_are_listed_by_state(door: Door, clock: Clock) -> None:
    caller = await door.caller()
    listed = await caller.get("/v1/operations", params={"state": "failed"})
    assert listed.json() == {"items": [], "next_cursor": None}
    assert (await caller.get("/v1/operations", params={"state": "lost"})).status_code == 422


async def test_waiting_work_and_the_lag_of_the_feed_are_numbers(door: Door, clock: Clock) -> None:
    await started(door, "somebody")
    await runs(door, clock, close_feed_days=thrive)
    numbers = (await door.anyone().get("/metrics")).text
    assert "cuofeng_operations_waiting_seconds 3780.0" in numbers
    assert 'cuofeng_feed_lag_days{source="grid"} 3.0' in numbers
    assert 'cuofeng_job_success_age_seconds{kind="close_feed_days"} 3780.0' in numbers

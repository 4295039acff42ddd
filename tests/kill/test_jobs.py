"""A worker killed in the middle of a batch keeps the batches before, leaves nothing of this one, and is followed once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from app.domain.access import Actor, Person
from app.domain.operations import OperationState
from app.domain.schedules.planning.plan import plan
from app.jobs.registry import HANDLERS
from app.jobs.runner import SYSTEM, Worker
from app.persistence.operations import OperationRepository, OperationRow
from app.persistence.unit_of_work import open_unit
from app.services import operations
from tests.api.listing import FILED, LISTS, WANG
from tests.api.officer import Json
from tests.api.plants import decided
from tests.api.scheduling import handlers, plant
from tests.api.test_rating_imports import JSON, PAPER
from tests.api.warned import GAOPING, grinding
from tests.kill.conftest import Ground, Killing
from tests.kill.doors_disclosures import ASKED, clinker
from tests.kill.doors_lists import factory
from tests.kill.doors_register import code, foundry
from tests.kill.servers import TRIAL
from tests.kill.stories import Scene, opens
from tests.kill.traces import grown, traces

# Stories go on from door to door, and one process that forks is enough.
pytestmark = pytest.mark.xdist_group("kill jobs")

OFFICER = Actor(client_id="officer", regions=("000000",), person=Person(name="李四", office="县环保局"))


@dataclass(slots=True, kw_only=True)
class Work:
    """What is queued, for how many enterprises, and the rows of it that are not equally many for each."""

    batches: int = 2
    uneven: dict[str, int] = field(default_factory=dict)
    payload: Json = field(default_factory=dict)
    upload: Json = field(default_factory=dict)
    by: Actor = SYSTEM


@dataclass(slots=True, kw_only=True)
class Job:
    """A kind of job: how its work comes about, and the rows it adds for each enterprise."""

    prepare: Callable[[Scene], Awaitable[Work]]
    adds: dict[str, int]


async def warned(here: Scene) -> Work:
    for _ in range(2):
        await here.has(grinding(code()))
    everybody = (await here.officer.get("/v1/enterprises", params={"region": GAOPING})).json()["items"]
    said = {"basis": "通知", "from_at": here.killing.clock().isoformat(), "colour": "yellow", "region": "140500"}
    warning = await here.posts("/v1/warnings", said)
    return Work(batches=len(everybody), payload={"warning_id": warning["id"], "number": 0}, by=OFFICER)


async def listed(here: Scene) -> Work:
    rows = []
    for _ in range(2):
        await here.has(foundry(None))
        names = {"enterprise": here.made["code"], "subject": "L1", "grade": "B", "valid_from": "2019-10-01"}
        rows.append(names | dict(zip(("basis", "awarded_by", "document"), PAPER, strict=True)))
    upload = {"upload": orjson.dumps({"items": rows}), "media_type": JSON}
    return Work(payload={"media_type": JSON, "language": "zh"}, upload=upload, by=OFFICER)


async def late(here: Scene) -> Work:
    """Two foundries that owe more days than are left in the year."""
    await runs(here.killing, "settle_ledgers")
    now = here.officer
    with here.earlier(days=12):
        here.officer = await here.killing.door.caller(on_behalf_of=True)
        for _ in range(2):
            await here.has(foundry(), decided_by="fushan")
    here.officer = now
    return Work()


async def doubtful(here: Scene) -> Work:
    """Two factories on an exemption list of which something new was said."""
    asked: Json = {"pack": "huairen", "season": 2019}
    found = (await here.officer.get(LISTS, params=asked)).json()["items"]
    url = f"{LISTS}/{(found[0] if found else await here.posts(LISTS, asked))['id']}"
    made = []
    for _ in range(2):
        enterprise, wanted = await factory(here)
        made.append(enterprise["id"])
        entry = f"{url}/entries/{(await here.posts(f'{url}/entries', wanted))['id']}"
        await here.posts(f"{entry}/review", {}, seen=1, as_=WANG)
        await here.posts(f"{entry}/approval", {}, seen=2, as_=WANG)
    seen = (await here.officer.get(url)).headers["ETag"]
    version = {"effective_on": "2019-12-28", "basis": "纪要", "document": FILED}
    await here.posts(f"{url}/publication", version, seen=seen, as_=WANG)
    await runs(here.killing, "redecide_stale")
    for one in made:
        fact = {"fact": "green_factory", "value": False}
        await here.posts(f"/v1/enterprises/{one}/assertions", {"assertions": [fact]})
    return Work()


async def published(here: Scene) -> Work:
    """A schedule of a county's foundries, published and not served yet."""
    for _ in range(2):
        await here.has(plant())
    everybody = (await here.officer.get("/v1/enterprises", params={"region": "141027"})).json()["items"]
    for one in everybody:
        await decided(here.officer, one["id"], "fushan")
    asked: Json = {"name": "方案", "season": 2019, "region": "141027"}
    operation = (await here.sends(here.asks("/v1/schedules", asked))).headers["location"]
    await Worker(sessions=here.killing.sessions, clock=here.killing.clock, handlers=handlers(plan)).drain()
    done = (await here.officer.get(operation)).json()
    assert done["state"] == "succeeded", done["problem"]
    url = (await here.officer.get(done["result_url"])).json()["result"]["schedule_url"]
    await here.sends(here.asks(f"{url}/publication", {"basis": "纪要"}, seen=1))
    # Other stories have left firms of other trades in the county, of which nothing is counted.
    lines = (await here.officer.get(f"{url}/lines", params={"limit": 500})).json()["items"]
    stopping = {one["enterprise_id"] for one in lines if one["stretches"]}
    # One entry for each stretch, two where it lies in both phases.
    planned = sum(
        1 + (each["from_at"] < "2020-01-01" < each["until_at"][:10]) for one in lines for each in one["stretches"]
    )
    payload = {"schedule_id": url[-36:]}
    return Work(batches=len(stopping), uneven={"ledger_entries": planned}, payload=payload, by=OFFICER)


async def asked_for(here: Scene) -> Work:
    """A schedule of one foundry, asked for and not computed yet."""
    await here.has(plant())
    await decided(here.officer, here.made["id"], "fushan")
    asked: Json = {"name": "方案", "season": 2019, "enterprise_id": here.made["id"]}
    return await only_queued(here, "/v1/schedules", asked)


async def only_queued(here: Scene, url: str, asked: Json) -> Work:
    """The work of an operation that was asked for at the door, in one batch."""
    operation = (await here.sends(here.asks(url, asked))).headers["location"]
    async with here.killing.sessions() as session:
        queued = await session.scalar(select(OperationRow.payload).where(OperationRow.id == UUID(operation[-36:])))
    return Work(batches=1, payload=dict(queued or {}), by=OFFICER)


async def listing(here: Scene) -> Work:
    """A public list of one county, asked for and not drafted yet."""
    await here.has(clinker(), decided_by="yongning")
    return await only_queued(here, "/v1/disclosures", ASKED)


JOBS = {
    "draft_disclosure": Job(prepare=listing, adds={"disclosures": 1}),
    "compute_schedule": Job(prepare=asked_for, adds={"schedules": 1, "schedule_lines": 1}),
    "serve_orders": Job(prepare=warned, adds={"orders": 1, "decision_runs": 1}),
    "import_ratings": Job(prepare=listed, adds={"ratings": 1, "assertions": 1}),
    "settle_ledgers": Job(prepare=late, adds={"settlements": 1, "ledger_entries": 2}),
    "serve_schedule": Job(prepare=published, adds={"orders": 1}),
    "redecide_stale": Job(
        prepare=doubtful,
        adds={"decision_runs": 1, "exemption_findings": 1, "exemption_entry_steps": 1},
    ),
}


async def runs(killing: Ground, kind: str, work: Work | None = None) -> UUID:
    """Queue an operation and let a worker that nobody kills do it."""
    queued = await queues(killing, work or Work())
    worker = Worker(sessions=killing.sessions, clock=killing.clock, handlers={TRIAL: HANDLERS[kind]})
    assert await worker.drain() == 1
    return queued


async def queues(killing: Ground, work: Work) -> UUID:
    async with open_unit(killing.sessions, now=killing.clock()) as unit:
        started = await operations.start(
            unit, kind=TRIAL, payload=work.payload, by=work.by, now=unit.now, **work.upload, recorded=False
        )
    return started.id


@pytest.mark.parametrize("kind", JOBS)
async def test_a_killed_worker_leaves_whole_batches_and_another_does_the_rest_once(kind: str, killing: Killing) -> None:
    job = JOBS[kind]
    here = await opens(killing)
    work = await job.prepare(here)
    operation = await queues(killing, work)
    before = await traces(killing.sessions)

    async def added() -> dict[str, int]:
        now = grown(before, await traces(killing.sessions))
        assert now.get("audit") == now.get("outbox")
        return {name: now.get(name, 0) for name in (*job.adds, *work.uneven)}

    await killing.cut_off_job(kind)
    # Whoever has one transaction only is killed in it and leaves nothing.
    left = await added()
    assert {name: left[name] for name in job.adds} == {name: one * (work.batches > 1) for name, one in job.adds.items()}
    assert all(0 < left[name] < whole for name, whole in work.uneven.items())
    killing.clock.advance(seconds=61)
    worker = Worker(sessions=killing.sessions, clock=killing.clock, handlers={TRIAL: HANDLERS[kind]})
    while not await worker.drain():  # noqa: ASYNC110  so says the server, not an event
        # The server needs a moment to notice that the victim's connection is gone.
        await asyncio.sleep(0.01)
    async with killing.sessions() as session:
        after = await OperationRepository(session).get(operation, visible_to=work.by)
    assert (after.state, after.fence) == (OperationState.SUCCEEDED, 2)
    all_of_it = {name: work.batches * number for name, number in job.adds.items()} | work.uneven
    assert await added() == all_of_it
    killing.clock.advance(minutes=1)
    await runs(killing, kind, work)
    assert await added() == all_of_it

"""The story of a schedule: computed, published, planned anew and published again; and of an address of a calendar."""

from app.domain.schedules.planning.plan import plan
from app.jobs.runner import Worker
from tests.api.officer import Json
from tests.api.scheduling import handlers
from tests.api.warned import grinding
from tests.kill.doors_register import Requests, code
from tests.kill.stories import Scene, story

FEEDS = "/v1/enterprises/{enterprise_id}/calendar-feeds"


@story(
    "POST /v1/schedules",
    "POST /v1/schedules/{schedule_id}/publication",
    "POST /v1/schedules (based on the published one)",
    "POST /v1/schedules/{schedule_id}/publication (in its place)",
    f"POST {FEEDS}",
    f"DELETE {FEEDS}/{{feed_id}}",
)
async def schedules(here: Scene) -> Requests:
    await here.has(grinding(code()), decided_by="gaoping")
    asked: Json = {"name": "方案", "season": 2019, "enterprise_id": here.id}
    worker = Worker(sessions=here.killing.sessions, clock=here.killing.clock, handlers=handlers(plan))

    async def made(operation: str) -> str:
        await worker.drain()
        return str((await here.officer.get(f"{operation}/result")).json()["result"]["schedule_url"])

    first = await made((yield here.asks("/v1/schedules", asked)).headers["location"])
    said = {"basis": "会议纪要"}
    yield here.asks(f"{first}/publication", said, seen=1)
    await worker.drain()
    again = asked | {"based_on": first[-36:]}
    second = await made((yield here.asks("/v1/schedules", again)).headers["location"])
    yield here.asks(f"{second}/publication", said, seen=1)
    await worker.drain()
    feeds = f"{here.base}/calendar-feeds"
    feed = (yield here.asks(feeds, {"name": "厂长手机"})).json()["feed"]["id"]
    yield here.asks(f"{feeds}/{feed}", method="DELETE")

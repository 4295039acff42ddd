"""The story of a public list: drafted, published, corrected by the next version, withdrawn."""

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.officer import Json
from tests.api.scheduling import plant
from tests.kill.doors_register import Requests
from tests.kill.stories import Scene, story

ONE = "/v1/disclosures/{disclosure_id}"
# A town of its own: what other stories have left undecided elsewhere would keep its list from being published.
TOWN = "141033"


@story(
    "POST /v1/disclosures",
    f"POST {ONE}/publication",
    f"POST {ONE}/publication (the next version)",
    f"POST {ONE}/withdrawal",
)
async def disclosures(here: Scene) -> Requests:
    asked: Json = {"kind": "staggered", "region": "141027", "pack": "fushan", "season": 2019}
    worker = Worker(sessions=here.killing.sessions, clock=here.killing.clock, handlers=HANDLERS)

    async def made(operation: str) -> str:
        await worker.drain()
        return str((await here.officer.get(f"{operation}/result")).json()["result"]["disclosure_url"])

    await here.has(plant(), decided_by="fushan")
    first = await made((yield here.asks("/v1/disclosures", asked)).headers["location"])
    yield here.asks(f"{first}/publication", {"basis": "会议纪要"}, seen=1)
    second = await made((await here.sends(here.asks("/v1/disclosures", asked))).headers["location"])
    yield here.asks(f"{second}/publication", {"basis": "会议纪要"}, seen=1)
    yield here.asks(f"{second}/withdrawal", {"reason": "名单有误"}, seen=2)

"""The story of a public list: drafted, published, corrected by the next version, withdrawn."""

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.officer import Json
from tests.api.plants import plant
from tests.kill.doors_register import Requests, code
from tests.kill.stories import Scene, story

ONE = "/v1/disclosures/{disclosure_id}"
# A county of its own: what other stories leave undecided elsewhere would keep their lists from being published.
YONGNING = "640121"
ASKED: Json = {"kind": "staggered", "region": YONGNING, "pack": "yongning", "season": 2019}


def clinker() -> Json:
    """A line that stands still all winter."""
    return plant(code(), YONGNING, "cement", {"co_processing_waste": False})


@story(
    "POST /v1/disclosures",
    f"POST {ONE}/publication",
    f"POST {ONE}/publication (the next version)",
    f"POST {ONE}/withdrawal",
)
async def disclosures(here: Scene) -> Requests:
    worker = Worker(sessions=here.killing.sessions, clock=here.killing.clock, handlers=HANDLERS)

    async def made(operation: str) -> str:
        await worker.drain()
        return str((await here.officer.get(f"{operation}/result")).json()["result"]["disclosure_url"])

    await here.has(clinker(), decided_by="yongning")
    first = await made((yield here.asks("/v1/disclosures", ASKED)).headers["location"])
    yield here.asks(f"{first}/publication", {"basis": "会议纪要"}, seen=1)
    second = await made((await here.sends(here.asks("/v1/disclosures", ASKED))).headers["location"])
    yield here.asks(f"{second}/publication", {"basis": "会议纪要"}, seen=1)
    yield here.asks(f"{second}/withdrawal", {"reason": "名单有误"}, seen=2)

"""The office that publishes lists: it drafts, a worker makes the draft, and anybody reads what was published."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.door import Door, read
from tests.api.officer import PERSON, key
from tests.conftest import Clock

Json = dict[str, Any]
LISTS = "/v1/public/lists"
STAGGERED: Json = {"kind": "staggered", "region": "141027", "pack": "fushan", "season": 2019}
ZHOU = {"On-Behalf-Of": f"name={quote('周公布')}; office={quote('县环保局')}"}


@dataclass(slots=True, kw_only=True)
class Office:
    """Somebody of the authority of a region, with a worker at hand."""

    door: Door
    clock: Clock
    caller: httpx.AsyncClient

    async def asks(self, asked: Json) -> httpx.Response:
        return await self.caller.post("/v1/disclosures", json=asked, headers=key())

    async def drafts(self, **asked: Any) -> str:
        """The address of a draft; a minute passes."""
        started = await self.asks(STAGGERED | asked)
        assert started.status_code == 202, started.text
        done = await self.finished(started)
        assert done["state"] == "succeeded", done
        self.clock.advance(minutes=1)
        result = (await self.caller.get(done["result_url"])).json()["result"]
        return str(result["disclosure_url"])

    async def finished(self, started: httpx.Response) -> Json:
        await Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS).drain()
        found: Json = (await self.caller.get(started.headers["Location"])).json()
        return found

    async def publishes(self, url: str, *, seen: str = '"1"', basis: str = "浮政发〔2019〕8号") -> httpx.Response:
        sent = key() | ZHOU | {"If-Match": seen}
        return await self.caller.post(f"{url}/publication", json={"basis": basis}, headers=sent)

    async def published(self, **asked: Any) -> Json:
        """A draft that was published, as its office sees it; a minute passes."""
        answer = await self.publishes(await self.drafts(**asked))
        assert answer.status_code == 201, answer.text
        self.clock.advance(minutes=1)
        found: Json = answer.json()
        return found

    async def withdraws(self, disclosure: str, *, seen: str = '"2"', reason: str = "名单有误") -> httpx.Response:
        sent = key() | PERSON | {"If-Match": seen}
        return await self.caller.post(f"/v1/disclosures/{disclosure}/withdrawal", json={"reason": reason}, headers=sent)

    async def reads(self, url: str, **params: Any) -> Json:
        return await read(self.caller, url, params)

    async def public(self, url: str, **params: Any) -> Json:
        """What anybody reads."""
        return await read(self.door.anyone(), url, params)


async def an_office(door: Door, clock: Clock, region: str = "141027") -> Office:
    return Office(door=door, clock=clock, caller=await door.caller(regions=(region,), on_behalf_of=True))

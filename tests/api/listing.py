"""A list authority at the door: officers by name, enterprises with their facts, and a list on its way."""

from typing import Any
from urllib.parse import quote

import httpx

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.door import Door
from tests.api.officer import key
from tests.api.packs import publish
from tests.conftest import Clock

Json = dict[str, Any]
LISTS = "/v1/exemption-lists"
FILED = {"kind": "document", "reference": "怀工信备〔2019〕8号"}


def person(name: str) -> dict[str, str]:
    return {"On-Behalf-Of": f"name={quote(name)}; office={quote('市工信局')}"}


LI, WANG = person("李四"), person("王五")
GREEN: Json = {
    "annual_task": "accepted",
    "fugitive_treatment": "accepted",
    "green_factory": True,
    "industrial_policy_encouraged": True,
    "residential_heat": False,
    "residential_gas": False,
    "load_before_1101_pct": "100",
}
OF_SITE: Json = {
    "fugitive_treatment": "accepted",
    "meets_industry_limit": True,
    "ultra_low_standing": "not_met",
    "clean_transport": False,
    "key_vehicle_user": True,
    "rail_available": False,
}


def said(facts: Json) -> list[Json]:
    return [{"fact": name, "value": value} for name, value in facts.items()]


def works(
    code: str,
    region: str,
    industry: str,
    *,
    own: Json | None = None,
    of_site: Json | None = None,
    of_line: Json | None = None,
    units: list[Json] | None = None,
) -> Json:
    line = {"code": "L", "name": "线", "industry": industry, "facts": said(of_line or {}), "units": units or []}
    site = {"code": "S", "name": "厂区", "region": region, "facts": said(of_site or {}), "lines": [line]}
    site |= {"longitude": "113.1", "latitude": "39.8"}
    return {"code": code, "name": f"{code}公司", "region": region, "facts": said(own or {}), "sites": [site]}


class Authority:
    """The office that keeps the list of one plan for the season 2019, and what it takes to have something to list."""

    def __init__(self, door: Door, clock: Clock, caller: httpx.AsyncClient, pack: str) -> None:
        self.door, self.clock, self.caller, self.pack = door, clock, caller, pack
        self.here = LISTS

    @classmethod
    async def opens(cls, door: Door, clock: Clock, pack: str, region: str) -> "Authority":
        await publish(door.sessions, pack)
        one = cls(door, clock, await door.caller(on_behalf_of=True, regions=(region,)), pack)
        made = await one.caller.post(LISTS, json={"pack": pack, "season": 2019}, headers=key() | LI)
        assert made.status_code == 201, made.text
        one.here = f"{LISTS}/{made.json()['id']}"
        return one

    async def registers(self, body: Json) -> Json:
        """With every claim verified by somebody else."""
        made = await self.caller.post("/v1/enterprises", json=body, headers=key())
        assert made.status_code == 201, made.text
        found: Json = made.json()
        await self.verifies(found["id"])
        return found

    async def verifies(self, enterprise: str) -> None:
        other = await self.door.caller()
        page = (await other.get(f"/v1/enterprises/{enterprise}/assertions?limit=500")).json()
        ids = [one["id"] for one in page["items"] if one["verification"] is None and one["retraction"] is None]
        url = f"/v1/enterprises/{enterprise}/verifications"
        answer = await other.post(url, json={"assertion_ids": ids}, headers=key())
        assert answer.status_code == 201, answer.text

    async def asserts(self, enterprise: str, fact: str, value: Any, **more: Any) -> httpx.Response:
        body = {"assertions": [{"fact": fact, "value": value, **more}]}
        return await self.caller.post(f"/v1/enterprises/{enterprise}/assertions", json=body, headers=key())

    async def requests(self, enterprise: Json, rule: str, *, subject: str | None = None, **more: Any) -> httpx.Response:
        body = {"enterprise_id": enterprise["id"], "subject_id": subject or enterprise["sites"][0]["id"], "rule": rule}
        return await self.caller.post(
            f"{self.here}/entries", json=body | {"reason": "申请列入"} | more, headers=key() | LI
        )

    async def entry(self, entry: str) -> Json:
        found: Json = (await self.caller.get(f"{self.here}/entries/{entry}")).json()
        return found

    async def steps(
        self, entry: str, step: str, body: Json | None = None, *, by: dict[str, str] = WANG, seen: str | None = None
    ) -> httpx.Response:
        url = f"{self.here}/entries/{entry}"
        tag = seen or (await self.caller.get(url)).headers["ETag"]
        return await self.caller.post(f"{url}/{step}", json=body or {}, headers=key() | by | {"If-Match": tag})

    async def approves(self, enterprise: Json, rule: str, **more: Any) -> str:
        made = await self.requests(enterprise, rule, **more)
        assert made.status_code == 201, made.text
        for step in ("review", "approval"):
            answer = await self.steps(made.json()["id"], step)
            assert answer.status_code == 201, answer.text
        return str(made.json()["id"])

    async def publishes(self, effective_on: str, *, seen: str | None = None, **more: Any) -> httpx.Response:
        tag = seen or (await self.caller.get(self.here)).headers["ETag"]
        body = {"effective_on": effective_on, "basis": "市政府常务会议纪要", **more}
        return await self.caller.post(f"{self.here}/publication", json=body, headers=key() | WANG | {"If-Match": tag})

    async def decides(self, enterprise: str) -> None:
        body = {"pack": self.pack, "season": 2019}
        answer = await self.caller.post(f"/v1/enterprises/{enterprise}/decisions", json=body, headers=key())
        assert answer.status_code == 201, answer.text

    async def decision(self, enterprise: str, day: str, level: str = "site") -> Json:
        query: dict[str, str | int] = {"pack": self.pack, "season": 2019, "day": day}
        items = (await self.caller.get(f"/v1/enterprises/{enterprise}/decisions", params=query)).json()["items"]
        found: Json = next(one for one in items if one["subject"]["level"] == level)
        return found

    async def rules(self, enterprise: str, day: str, level: str = "site") -> list[str]:
        return [one["rule"] for one in (await self.decision(enterprise, day, level))["measures"]]

    async def works_off(self, *recurring: str) -> None:
        """What the service does by itself, until nothing is left to do."""
        every = dict.fromkeys(recurring, self.clock.now - self.clock.now)
        worker = Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS, recurring=every)
        await worker.queue_due()
        await worker.drain()

    async def events(self, subject: str) -> list[str]:
        page = (await (await self.door.caller()).get("/v1/audit", params={"subject": subject})).json()
        return [one["type"] for one in reversed(page["items"])]

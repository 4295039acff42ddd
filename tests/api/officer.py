"""An officer who works on packs at the door, and a small town's plan to work on."""

from typing import Any
from uuid import uuid4

import httpx

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.door import Door
from tests.conftest import Clock

SMALL = """
pack: small-town
version: 1.0.0
title: {zh: 小镇方案, en: a small town's plan}
issuer: {region: "141027", level: county, body: 县政府}
scope: {regions: ["141027"]}
season: [{from: 11-01, to: 03-31, cites: [ST-1]}]
provisions:
  - {id: ST-1, place: 一, kind: M, says: 冬季执行, says_en: it binds in winter}
  - {id: ST-2, place: 二, kind: M, says: 烧煤的停产, says_en: coal burners stop}
industries:
  lime: {name: {zh: 石灰, en: lime}, tags: [lime]}
rules:
  - industry: lime
    lowest: II
    ladder:
      - {id: ST-2.clean, class: I, cites: [ST-2], when: {if: fuel is not coal}, then: normal}
      - {id: ST-2, class: II, cites: [ST-2], then: stop}
"""
CASES = """
pack: small-town
scenarios:
  - name: A coal kiln stops
    season: 2019
    day: 2019-12-10
    region: "141027"
    industry: lime
    facts: {fuel: coal}
    expect: {status: decided, rules: [ST-2], measures: [{kind: stop, days: 152}]}
"""
HERE = "/v1/policy-packs/small-town"
PERSON = {"On-Behalf-Of": "name=%E6%9D%8E%E5%9B%9B; office=%E5%8E%BF%E7%8E%AF%E4%BF%9D%E5%B1%80"}
Json = dict[str, Any]


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def texts(pack: str = SMALL, scenarios: str | None = CASES) -> Json:
    return {"pack": pack, "scenarios": scenarios}


def raised(version: str, *, effective: str = "", pack: str = SMALL) -> str:
    dated = f"version: {version}\n" + (f"effective: {effective}\n" if effective else "")
    return pack.replace("version: 1.0.0\n", dated)


class Officer:
    """Somebody who works on packs: each act waits for the worker and returns what became of it."""

    def __init__(self, door: Door, clock: Clock, caller: httpx.AsyncClient) -> None:
        self.door, self.clock, self.caller = door, clock, caller

    async def drafts(self, pack: str = SMALL, scenarios: str | None = CASES) -> httpx.Response:
        return await self.caller.post("/v1/policy-packs", json=texts(pack, scenarios), headers=key())

    async def checks(self, version: str = "1.0.0") -> Json:
        started = await self.caller.post(f"{HERE}/versions/{version}/checks", headers=key())
        assert started.status_code == 202, started.text
        return await self.operation(started)

    async def publishes(self, version: str = "1.0.0", *, revision: int = 1) -> Json:
        started = await self.asks_to_publish(version, revision=revision)
        assert started.status_code == 202, started.text
        return await self.operation(started)

    async def asks_to_publish(self, version: str = "1.0.0", *, revision: int = 1) -> httpx.Response:
        headers = key() | {"If-Match": f'"{revision}"'}
        return await self.caller.post(f"{HERE}/versions/{version}/publication", headers=headers)

    async def operation(self, started: httpx.Response) -> Json:
        await Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS).drain()
        found: Json = (await self.caller.get(started.headers["Location"])).json()
        if found["state"] == "succeeded":
            found["result"] = (await self.caller.get(found["result_url"])).json()["result"]
        return found

    async def drafts_and_publishes(self, pack: str = SMALL, version: str = "1.0.0", cases: str = CASES) -> Json:
        made = await self.drafts(pack, cases)
        assert made.status_code == 201, made.text
        self.clock.advance(minutes=1)
        return await self.publishes(version)

    async def retires(self, version: str = "1.0.0", **headers: str) -> httpx.Response:
        body = {"reason": "县政府办公会议纪要 3 号"}
        url = f"{HERE}/versions/{version}/retirement"
        return await self.caller.post(url, json=body, headers=key() | (headers or PERSON))

    async def states(self) -> dict[str, str]:
        items = (await self.caller.get(f"{HERE}/versions")).json()["items"]
        return {one["version"]: one["state"] for one in items}

    async def decides(self, season: int, fuel: str = "coal") -> httpx.Response:
        site = {"region": "141027", "lines": [{"industry": "lime", "facts": {"fuel": fuel}}]}
        body = {"pack": "small-town", "season": season, "day": f"{season}-12-10", "enterprise": {"sites": [site]}}
        return await self.caller.post("/v1/evaluations", json=body)

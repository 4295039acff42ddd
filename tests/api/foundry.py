"""Foundries of Fushan whose stop days are kept, and an officer who posts what they served."""

from typing import Any
from uuid import uuid4

import httpx

from app.domain.access import Actor, Person
from app.persistence.engine import Sessions
from app.persistence.unit_of_work import open_unit
from app.services.decisions.verifying_ledger import verify_ledger
from tests.api.door import Door, read
from tests.api.officer import PERSON, key
from tests.api.packs import publish
from tests.conftest import Clock

FUSHAN: dict[str, Any] = {"pack": "fushan", "season": 2019}
OFFICER = Actor(client_id="t", regions=("000000",), person=Person(name="李四", office="县环保局"))
Json = dict[str, Any]


class Foundry:
    """One registered enterprise of Fushan with one line, and somebody of the authority who looks after it."""

    def __init__(self, door: Door, clock: Clock, caller: httpx.AsyncClient, made: Json) -> None:
        self.door, self.clock, self.caller = door, clock, caller
        self.id: str = made["id"]
        self.line: str = made["sites"][0]["lines"][0]["id"]

    async def waits_until(self, *day: int) -> None:
        """It is ten in the morning of that day, and the officer signs in again."""
        self.clock.come_to(*day)
        self.caller = await self.door.caller(on_behalf_of=True)

    async def says(self, *facts: Json) -> None:
        """Facts of the line, then everything is decided again; a minute passes before and after."""
        self.clock.advance(minutes=1)
        body = {"assertions": [{"subject_id": self.line, **fact} for fact in facts]}
        answer = await self.caller.post(f"/v1/enterprises/{self.id}/assertions", json=body, headers=key())
        assert answer.status_code == 201, answer.text
        await self.decides()

    async def decides(self, pack: str = "fushan") -> None:
        answer = await self.caller.post(
            f"/v1/enterprises/{self.id}/decisions", json={"pack": pack, "season": 2019}, headers=key()
        )
        assert answer.status_code == 201, answer.text
        self.clock.advance(minutes=1)

    def stood(self, first: str, until: str, **more: Any) -> Json:
        source = {"kind": "document", "reference": "检查 12 号"}
        said = {"subject_id": self.line, "kind": "served", "from_day": first, "until_day": until, "source": source}
        return FUSHAN | said | more

    async def posts(self, body: Json, **headers: str) -> httpx.Response:
        url = f"/v1/enterprises/{self.id}/ledger-entries"
        return await self.caller.post(url, json=body, headers=key() | (headers or PERSON))

    async def serves(self, first: str, until: str, **more: Any) -> Json:
        answer = await self.posts(self.stood(first, until, **more))
        assert answer.status_code == 201, answer.text
        self.clock.advance(minutes=1)
        found: Json = answer.json()
        return found

    async def reverses(self, entry: str, **headers: str) -> httpx.Response:
        url = f"/v1/ledger-entries/{entry}/reversal"
        return await self.caller.post(url, json={"reason": "登记有误"}, headers=key() | (headers or PERSON))

    async def settles(self) -> httpx.Response:
        return await self.caller.post(f"/v1/enterprises/{self.id}/settlements", json=FUSHAN, headers=key())

    async def ledger(self, **asked: Any) -> Json:
        return await read(self.caller, f"/v1/enterprises/{self.id}/ledger", FUSHAN | asked)

    async def days(self, word: str = "owed", **asked: Any) -> dict[str, str]:
        """One sum of each account, in days."""
        items = (await self.ledger(**asked))["items"]
        return {one["account"]: one[word]["days"] for item in items for one in item["accounts"]}


def works(industry: str = "foundry", **facts: Any) -> Json:
    line = {
        "code": "L",
        "name": "线",
        "industry": industry,
        "facts": [{"fact": k, "value": v} for k, v in facts.items()],
    }
    site = {"code": "S", "name": "厂区", "region": "141027", "lines": [line]}
    return {"code": f"F-{uuid4()}", "name": "铸造厂", "region": "141027", "sites": [site]}


async def registered(door: Door, clock: Clock, body: Json) -> Foundry:
    caller = await door.caller(on_behalf_of=True)
    answer = await caller.post("/v1/enterprises", json=body, headers=key())
    assert answer.status_code == 201, answer.text
    clock.advance(minutes=1)
    return Foundry(door, clock, caller, answer.json())


async def a_foundry(door: Door, clock: Clock) -> Foundry:
    """Of grade B, decided: it owes 15 days in each phase."""
    await publish(door.sessions, "fushan")
    made = await registered(door, clock, works(performance_grade="B"))
    await made.decides()
    return made


FRAUD = ({"fact": "violation_kind", "value": "data_fraud"}, {"fact": "winter_fraud", "value": "true"})


def fraud(day: str) -> list[Json]:
    return [{**one, "valid_from": day} for one in FRAUD]


async def damage(sessions: Sessions, clock: Clock) -> list[str]:
    async with open_unit(sessions, now=clock()) as unit:
        return [one.what for one in await verify_ledger(unit)]

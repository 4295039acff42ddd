"""Enterprises for stories about warnings, the officer who warns, and the worker who serves."""

from dataclasses import dataclass
from typing import Any

import httpx

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.conftest import Clock

Json = dict[str, Any]
# The clock of the tests stands at 10:00 of 10 December.
NOW = "2019-12-10T10:00:00+08:00"
GAOPING = "140581"


def fact(name: str, value: str, **more: str) -> Json:
    return {"fact": name, "value": value, **more}


def unit(code: str, kind: str, *facts: Json) -> Json:
    return {"code": code, "name": code, "kind": kind, "facts": list(facts)}


def line(industry: str, *units: Json, facts: list[Json] | None = None) -> Json:
    return {"code": "L", "name": industry, "industry": industry, "units": list(units), "facts": facts or []}


def works(code: str, region: str, one: Json, facts: list[Json] | None = None) -> Json:
    site = {"code": "S", "name": "厂区", "region": region, "lines": [one], "facts": facts or []}
    return {"code": code, "name": code, "region": region, "sites": [site]}


def foundry(code: str = "FOUNDRY") -> Json:
    """Its electric furnace is not limited in the season (GP-13)."""
    furnace = unit("F1", "induction_furnace", fact("furnace_type", "induction"))
    return works(code, GAOPING, line("foundry", furnace, facts=[fact("not_limited_granted", "true")]))


def grinding(code: str = "GRINDING", region: str = GAOPING) -> Json:
    return works(code, region, line("cement_grinding"))


@dataclass(slots=True, kw_only=True)
class Bureau:
    """An officer of a region at the door, with a worker at hand."""

    door: Door
    clock: Clock
    caller: httpx.AsyncClient

    async def registers(self, body: Json) -> str:
        answer = await self.caller.post("/v1/enterprises", json=body, headers=key())
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def says(self, path: str, *, etag: str | None = None, **body: Any) -> httpx.Response:
        """Something about a warning, as a person; later by a minute each time."""
        self.clock.advance(minutes=1)
        match = {} if etag is None else {"If-Match": etag}
        return await self.caller.post(path, json={"basis": "通知", **body}, headers=key() | PERSON | match)

    async def issues(self, colour: str, *, from_at: str = NOW, region: str = GAOPING, **more: Any) -> httpx.Response:
        answer = await self.says("/v1/warnings", colour=colour, from_at=from_at, region=region, **more)
        assert answer.status_code == 202, answer.text
        return answer

    async def goes_on(self, warning: httpx.Response, what: str, **body: Any) -> httpx.Response:
        path = f"/v1/warnings/{warning.json()['id']}/{what}"
        answer = await self.says(path, etag=warning.headers["ETag"], **body)
        assert answer.status_code == 202, answer.text
        return answer

    async def serves(self, warning: httpx.Response) -> Json:
        """Let the worker do what waits; the result of what served this."""
        await Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS).drain()
        operation = (await self.caller.get(warning.headers["Location"])).json()
        assert operation["state"] == "succeeded", operation
        result: Json = (await self.caller.get(operation["result_url"])).json()["result"]
        return result

    async def orders(self, enterprise: str) -> list[Json]:
        """All orders of an enterprise with their items, the oldest first."""
        page = (await self.caller.get(f"/v1/enterprises/{enterprise}/orders")).json()["items"]
        return [(await self.caller.get(f"/v1/orders/{one['id']}")).json() for one in reversed(page)]


def told(order: Json) -> list[tuple[str, str, str, str | None]]:
    """Each item in short: subject, rule, from when and until when."""
    return [
        (one["subject_code"], one["rule"], one["from_at"][:16], one["until_at"] and one["until_at"][:16])
        for one in order["items"]
    ]


async def enterprise(door: Door, enterprise_id: str) -> httpx.AsyncClient:
    """The enterprise's own credential, trusted to name its people."""
    return await door.caller(
        "orders:read", "orders:write", "warnings:read", regions=(), enterprise_ids=(enterprise_id,), on_behalf_of=True
    )

"""A source of readings with its channels, and the people around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.door import Door, read
from tests.api.officer import key
from tests.conftest import Clock

Json = dict[str, Any]
MAIN = {"code": "E1", "kind": "main", "level": "site", "subject": "S"}
CSV, LINES = {"Content-Type": "text/csv"}, {"Content-Type": "application/x-ndjson"}


@dataclass(slots=True)
class Grid:
    """A source, its sender, the officer who looks after it, an enterprise with a meter, and its channels by key."""

    door: Door
    clock: Clock
    name: str
    officer: httpx.AsyncClient
    sender: httpx.AsyncClient
    firm: httpx.AsyncClient
    enterprise: Json
    channels: dict[str, Json]

    @property
    def meter(self) -> str:
        return str(self.enterprise["meters"][0]["id"])

    @property
    def url(self) -> str:
        return f"/v1/enterprises/{self.enterprise['id']}/channels"

    async def registers(self, name: str, **more: Any) -> Json:
        body = {"meter_id": self.meter, "source": self.name, "key": name, "decimals": 2, **more}
        answer = await self.officer.post(self.url, json=body, headers=key())
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        self.channels[name] = found["channel"]
        return found

    async def sends(self, body: str | bytes, *, by: httpx.AsyncClient | None = None, **more: Any) -> httpx.Response:
        content = body.encode() if isinstance(body, str) else body
        headers = CSV | more.pop("headers", {})
        return await (by or self.sender).post("/v1/feed/batches", content=content, headers=headers, **more)

    async def lands(self, body: str | bytes, **more: Any) -> Json:
        answer = await self.sends(body, **more)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()["report"]
        return found

    async def reads(self, name: str, first: str, last: str | None = None, **more: Any) -> list[Json]:
        query = {"channel": self.channels[name]["id"], "from": first, "to": last or first, **more}
        items: list[Json] = (await read(self.officer, "/v1/load-curves", query))["items"]
        return items

    async def works(self) -> None:
        await Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS).drain()


def curve_file(*rows: tuple[str, str, Sequence[object]], version: Sequence[str] = ()) -> str:
    """Channel, day and 96 values; an empty text is a value that was not read."""
    names = ["channel", "day", *(f"v{slot:02}" for slot in range(1, 97)), *(["version"] if version else [])]
    lines = [",".join(names)]
    for at, (name, day, values) in enumerate(rows):
        cells = [name, day, *map(str, values), *([version[at]] if version else [])]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def point_file(*rows: tuple[str, str, object]) -> str:
    return "channel,at,value\n" + "".join(f"{name},{at},{value}\n" for name, at, value in rows)


def flat(value: object) -> list[object]:
    return [value] * 96


async def a_grid(
    door: Door, clock: Clock, *, keys: Sequence[str] = ("M1", "M2"), meters: Sequence[Json] = (MAIN,), **source: Any
) -> Grid:
    officer = await door.lasting_caller()
    body = {"name": "grid", "title": "国网", "region": "141000", **source}
    made = await officer.post("/v1/feed/sources", json=body, headers=key())
    assert made.status_code == 201, made.text
    line = {"code": "L", "name": "一号线", "industry": "lime"}
    site = {"code": "S", "name": "厂区", "region": "141027", "lines": [line]}
    firm = {"code": "W", "name": "某厂", "region": "141027", "sites": [site], "meters": list(meters)}
    registered = await officer.post("/v1/enterprises", json=firm, headers=key())
    assert registered.status_code == 201, registered.text
    enterprise = registered.json()
    grid = Grid(
        door=door,
        clock=clock,
        name=body["name"],
        officer=officer,
        sender=await door.lasting_caller(
            "feed:read", "feed:write", regions=(), sources=(body["name"],), region="141000"
        ),
        firm=await door.lasting_caller("feed:read", regions=(), enterprise_ids=(enterprise["id"],), region="141000"),
        enterprise=enterprise,
        channels={},
    )
    for name in keys:
        await grid.registers(name)
    return grid


def day_after(day: str, days: int = 1) -> str:
    return str(date.fromordinal(date.fromisoformat(day).toordinal() + days))

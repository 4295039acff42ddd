"""Firms that owe reports under a plan, the bureau that receives them, and the jobs that make, tell and erase."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from app.jobs.registry import HANDLERS
from app.jobs.runner import SYSTEM, Worker
from app.persistence.engine import Sessions
from app.persistence.operations import OperationRepository
from app.persistence.unit_of_work import open_unit
from app.services import operations
from app.services.duties.filing import verify_duties
from tests.api.door import Door, read
from tests.api.officer import Json, key
from tests.api.packs import publish
from tests.api.plants import PERSON_ZHANG, decided, plant, registered
from tests.conftest import Clock

HUAIREN, YONGNING = "140681", "640121"
CARRIED_OUT = {"form": "monthly_implementation", "carried_out": "一号线停产 30 天"}
# A table that nothing but its bytes says is one.
TABLE = "企业,电量\n甲,12.5\n".encode()


async def runs(sessions: Sessions, clock: Clock, kind: str) -> Json:
    """Let the service itself do a job now, and tell its result."""
    async with open_unit(sessions, now=clock()) as unit:
        started = await operations.start(unit, kind=kind, payload={}, by=SYSTEM, now=unit.now, recorded=False)
    await Worker(sessions=sessions, clock=clock, handlers={kind: HANDLERS[kind]}).drain()
    async with open_unit(sessions, now=clock()) as unit:
        done = await OperationRepository(unit.session).get(started.id, visible_to=SYSTEM)
    assert done.state == "succeeded", done
    return dict(done.result or {})


@dataclass(slots=True, kw_only=True)
class Owing:
    """One firm under one plan: the officer of the country, the firm's own credential, and the clock of both."""

    door: Door
    clock: Clock
    caller: httpx.AsyncClient
    own: httpx.AsyncClient
    firm: str
    line: str

    async def makes(self) -> Json:
        """Make the duties that are owed now; later by a minute."""
        self.clock.advance(minutes=1)
        return await runs(self.door.sessions, self.clock, "make_duties")

    async def reminds(self) -> Json:
        return await runs(self.door.sessions, self.clock, "remind")

    async def duties(self, by: httpx.AsyncClient | None = None, **asked: Any) -> list[Json]:
        items: list[Json] = (await read(by or self.caller, "/v1/duties", {"limit": 500, **asked}))["items"]
        return items

    async def one(self, duty: str, period: str) -> Json:
        """The firm's duty of a name and period, or a body's."""
        (found,) = [one for one in await self.duties(duty=duty) if one["period"] == period]
        return found

    async def files(
        self,
        duty: Json,
        report: Json,
        *,
        by: httpx.AsyncClient | None = None,
        seen: str | None = None,
        as_: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        by = by or self.own
        headers = key() | {"If-Match": seen or await self.seen(duty)} | dict(as_ or {})
        return await by.post(f"/v1/duties/{duty['id']}/filings", json={"report": report, **more}, headers=headers)

    async def says(
        self,
        duty: Json,
        what: str,
        body: Json,
        *,
        by: httpx.AsyncClient | None = None,
        as_: Mapping[str, str] = PERSON_ZHANG,
    ) -> httpx.Response:
        """A receipt or a waiver, in the name of Zhang unless the story says otherwise."""
        headers = key() | {"If-Match": await self.seen(duty)} | dict(as_)
        return await (by or self.caller).post(f"/v1/duties/{duty['id']}/{what}", json=body, headers=headers)

    async def seen(self, duty: Json) -> str:
        return str((await self.caller.get(f"/v1/duties/{duty['id']}")).headers["ETag"])

    async def attaches(
        self, duty: Json, content: bytes = TABLE, *, name: str = "附表.csv", by: httpx.AsyncClient | None = None
    ) -> httpx.Response:
        headers = key() | {"Content-Type": "application/octet-stream"}
        query = {"duty_id": duty["id"], "name": name}
        return await (by or self.own).post("/v1/attachments", params=query, content=content, headers=headers)

    async def waits_until(self, *day: int, hour: int = 10) -> None:
        """It is that hour of that day in China, and everybody signs in again."""
        self.clock.now = datetime.fromisoformat("{:04}-{:02}-{:02}T{:02}:00:00+08:00".format(*day, hour))
        self.caller = await self.door.caller(on_behalf_of=True)
        self.own = await self.door.caller(regions=(), enterprise_ids=(self.firm,), on_behalf_of=True)

    async def damage(self) -> list[str]:
        async with open_unit(self.door.sessions, now=self.clock()) as unit:
            return [one.what for one in await verify_duties(unit)]


async def owing(
    door: Door, clock: Clock, pack: str = "huairen", region: str = HUAIREN, industry: str = "steel"
) -> Owing:
    """A decided firm, with its duties made."""
    await publish(door.sessions, pack)
    caller = await door.caller(on_behalf_of=True)
    firm, line = await registered(caller, plant(f"{pack}-1", region, industry))
    clock.advance(minutes=1)
    await decided(caller, firm, pack)
    own = await door.caller(regions=(), enterprise_ids=(firm,), on_behalf_of=True)
    found = Owing(door=door, clock=clock, caller=caller, own=own, firm=firm, line=line)
    await found.makes()
    return found

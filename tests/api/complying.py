"""A lime works that a small town's plan stops through the winter, its meter, and an officer who assesses it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from app.domain.evidence import Finding as Damage
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.unit_of_work import open_unit
from app.services.compliance.verifying import verify_compliance
from tests.api.door import Door, read
from tests.api.feeding import MAIN, Grid, a_grid, curve_file, flat
from tests.api.foundry import registered
from tests.api.officer import CASES, PERSON, SMALL, Officer, key
from tests.api.packs import publish
from tests.api.scheduling import Planner, plant
from tests.conftest import Clock

Json = dict[str, Any]
# The plan binds from 1 November; the three months before are what the meter usually takes.
BASE, FIRST, TODAY = date(2019, 8, 3), date(2019, 11, 1), date(2019, 12, 10)
RAN, SHORT, GONE = date(2019, 11, 20), date(2019, 11, 22), date(2019, 11, 25)
STANDING, RUNNING = flat("2"), flat("100")


def days(first: date, until: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((until - first).days)]


@dataclass(slots=True, kw_only=True)
class Supervision:
    """The feed of a works, and whoever looks after its region."""

    door: Door
    clock: Clock
    grid: Grid

    @property
    def officer(self) -> httpx.AsyncClient:
        return self.grid.officer

    @property
    def id(self) -> str:
        return str(self.grid.enterprise["id"])

    @property
    def site(self) -> str:
        return str(self.grid.enterprise["sites"][0]["id"])

    @property
    def line(self) -> str:
        return str(self.grid.enterprise["sites"][0]["lines"][0]["id"])

    async def sends(self, curves: Mapping[date, Iterable[object]], *, channel: str = "M1") -> Json:
        self.clock.advance(minutes=1)
        return await self.grid.lands(curve_file(*((channel, str(day), list(one)) for day, one in curves.items())))

    async def asks(self, **wanted: Any) -> httpx.Response:
        body = {"enterprise_id": self.id, "from_day": str(FIRST), "until_day": str(TODAY)} | wanted
        told = {name: value for name, value in body.items() if value is not None}
        return await self.officer.post("/v1/compliance-runs", json=told, headers=key())

    async def assesses(self, **wanted: Any) -> Json:
        """The result of a run, at its end."""
        self.clock.advance(minutes=1)
        answer = await self.asks(**wanted)
        assert answer.status_code == 202, answer.text
        await self.works()
        done = (await self.officer.get(answer.headers["location"])).json()
        assert done["state"] == "succeeded", done
        result: Json = (await self.officer.get(done["result_url"])).json()["result"]
        return result

    async def works(self) -> None:
        await Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS).drain()

    async def catches_up(self) -> None:
        """The recurring job looks at what arrived."""
        self.clock.advance(minutes=2)
        recurring = {"reassess_dirty": timedelta(minutes=1)}
        worker = Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS, recurring=recurring)
        await worker.queue_due()
        await worker.drain()

    async def reads(self, url: str, **params: Any) -> Json:
        return await read(self.officer, url, params)

    async def findings(self, **params: Any) -> list[Json]:
        found: list[Json] = (await self.reads("/v1/compliance-findings", limit=500, **params))["items"]
        return found

    async def verdicts(self, first: date = FIRST, last: date = TODAY - timedelta(days=1)) -> dict[str, Json]:
        """The days of the site, which the main meter measures."""
        url = f"/v1/enterprises/{self.id}/compliance"
        found = await self.reads(url, **{"from": str(first), "to": str(last)})
        (site,) = [one for one in found["subjects"] if one["subject_id"] == self.site]
        return {one["day"]: one for one in site["days"]}

    async def phase(self, day: str) -> Json:
        """The only phase there is, as it stood at the end of a day."""
        found = await self.reads(f"/v1/enterprises/{self.id}/compliance", **{"from": day, "to": day})
        (phase,) = found["phases"]
        told: Json = phase
        return told

    async def rows(self) -> list[tuple[date, int]]:
        """The rows of verdicts as they were written, each from a day on over so many."""
        async with self.door.sessions() as session:
            query = text("SELECT from_day, until_day - from_day FROM compliance_verdicts ORDER BY id")
            return [(row[0], row[1]) for row in await session.execute(query)]

    async def outbox(self, kind: str) -> list[Json]:
        page = await self.reads("/v1/audit", enterprise_id=self.id, limit=500)
        return [one for one in page["items"] if one["type"] == kind]

    async def damage(self) -> list[Damage]:
        async with open_unit(self.door.sessions, now=self.clock()) as unit:
            return list(await verify_compliance(unit))


async def a_supervision(
    door: Door,
    clock: Clock,
    *,
    kept: bool = True,
    keys: Sequence[str] = ("M1",),
    meters: Sequence[Json] = (MAIN,),
    pack: str = SMALL,
    cases: str = CASES,
) -> Supervision:
    """Decided: the kiln stops from 1 November. Its meter stood still but for one day, and one day never came."""
    officer = Officer(door, clock, await door.lasting_caller(on_behalf_of=True))
    done = await officer.drafts_and_publishes(pack, cases=cases)
    assert done["state"] == "succeeded", done
    grid = await a_grid(door, clock, keys=keys, meters=meters)
    grid.officer = await door.lasting_caller(on_behalf_of=True)
    one = Supervision(door=door, clock=clock, grid=grid)
    said = {"assertions": [{"subject_id": one.line, "fact": "fuel", "value": "coal"}]}
    answer = await one.officer.post(f"/v1/enterprises/{one.id}/assertions", json=said, headers=key())
    assert answer.status_code == 201, answer.text
    clock.advance(minutes=1)
    decided = await one.officer.post(
        f"/v1/enterprises/{one.id}/decisions", json={"pack": "small-town", "season": 2019}, headers=key()
    )
    assert decided.status_code == 201, decided.text
    if kept:
        await one.sends(dict.fromkeys(days(BASE, FIRST), RUNNING))
        season = {day: STANDING for day in days(FIRST, TODAY) if day != GONE}
        season[RAN] = [*flat("2")[:40], *flat("100")[40:]]
        season[SHORT] = [*flat("2")[:90], *[""] * 6]
        await one.sends(season)
        clock.advance(hours=1)
    return one


async def a_scheduled_foundry(door: Door, clock: Clock) -> tuple[Supervision, str]:
    """A foundry whose published schedule stops it from today; its officer is back when the first phase is over."""
    await publish(door.sessions, "fushan")
    body = plant()
    line = body["sites"][0]["lines"][0]
    meters = [{"code": "E9", "kind": "main", "level": "line", "subject": line["code"]}]
    foundry = await registered(door, clock, body | {"meters": meters})
    await foundry.decides()
    planner = Planner(door=door, clock=clock, caller=await door.lasting_caller(on_behalf_of=True))
    schedule = await planner.computes()
    await planner.publishes_and_serves(schedule)
    clock.now = datetime(2020, 1, 5, 2, tzinfo=UTC)
    grid = await a_grid(door, clock, keys=())
    grid.enterprise = (await grid.officer.get(f"/v1/enterprises/{foundry.id}")).json()
    grid.officer = await door.lasting_caller(on_behalf_of=True)
    await grid.registers("F1")
    return Supervision(door=door, clock=clock, grid=grid), schedule


def acting(**headers: str) -> dict[str, str]:
    return key() | PERSON | headers

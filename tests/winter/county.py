"""An invented county through a winter: its officers, its foundries, the power company, and the service's own jobs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from app.cli.verifying import everything
from app.domain.evidence import Finding as Damage
from app.domain.periods import SHANGHAI
from app.jobs.registry import HANDLERS, RECURRING
from app.jobs.runner import Worker
from app.persistence.unit_of_work import open_unit
from tests.api.door import Door, read
from tests.api.feeding import curve_file, flat
from tests.api.officer import key
from tests.api.plants import PERSON_LI, PERSON_ZHANG
from tests.api.pushing import Post
from tests.conftest import Clock
from tests.receiver import Verifier

Json = dict[str, Any]
HERE = Path(__file__).parent
COUNTY, PACK, SEASON = "141027", "invented-county", 2019
PLAN: Json = {"pack": PACK, "season": SEASON}
LI, ZHANG = PERSON_LI, PERSON_ZHANG
RUNNING, STANDING = flat("100"), flat("2")


def foundry(code: str, name: str, *, green: bool, **facts: Any) -> Json:
    """One site, one line with what it emits, and a meter of its own."""
    emits = {"pm_emission_t_d": "0.5", "nox_emission_t_d": "2"}
    line = {
        "code": "L1",
        "name": "一号线",
        "industry": "foundry",
        "facts": [{"fact": fact, "value": value} for fact, value in (emits | facts).items()],
    }
    site = {"code": "S1", "name": "厂区", "region": COUNTY, "lines": [line]}
    meter = {"code": "E1", "kind": "main", "level": "line", "subject": "L1"}
    own = [{"fact": "green_factory", "value": green}]
    return {"code": code, "name": name, "region": COUNTY, "facts": own, "sites": [site], "meters": [meter]}


@dataclass(slots=True, kw_only=True)
class Firm:
    """A registered foundry and its own credential."""

    id: str
    line: str
    meter: str
    caller: httpx.AsyncClient


@dataclass(slots=True, kw_only=True)
class County:
    """Everybody of the story at one door; whoever asks is named, and each request comes a minute later."""

    door: Door
    clock: Clock
    officer: httpx.AsyncClient
    power: httpx.AsyncClient
    province: httpx.AsyncClient
    post_office: Post
    secret: str = ""
    heard: list[Json] = field(default_factory=list)
    firms: dict[str, Firm] = field(default_factory=dict)
    stood: set[date] = field(default_factory=set)

    @classmethod
    async def opens(cls, post_office: Post) -> "County":
        door, clock = post_office.door, post_office.clock
        officer = await door.lasting_caller(regions=(COUNTY,), region=COUNTY, on_behalf_of=True)
        power = await door.lasting_caller("feed:read", "feed:write", regions=(), sources=("grid",), region=COUNTY)
        province = await door.lasting_caller(regions=("140000",), region="140000", on_behalf_of=True)
        return cls(door=door, clock=clock, officer=officer, power=power, province=province, post_office=post_office)

    def comes(self, day: str, hour: int = 9) -> None:
        """It is this hour of this day in China."""
        self.clock.now = datetime.fromisoformat(f"{day}T{hour:02}:00:00").replace(tzinfo=SHANGHAI)

    async def post(
        self,
        url: str,
        body: Json | None = None,
        *,
        by: httpx.AsyncClient | None = None,
        as_: Mapping[str, str] = LI,
        seen: str | None = None,
        status: int = 201,
    ) -> httpx.Response:
        self.clock.advance(minutes=1)
        match = {} if seen is None else {"If-Match": seen}
        answer = await (by or self.officer).post(url, json=body or {}, headers=key() | dict(as_) | match)
        assert answer.status_code == status, answer.text
        return answer

    async def made(self, url: str, body: Json | None = None, **how: Any) -> Json:
        found: Json = (await self.post(url, body, **how)).json()
        return found

    async def get(self, url: str, *, by: httpx.AsyncClient | None = None, **params: Any) -> Json:
        return await read(by or self.officer, url, params)

    async def tag(self, url: str) -> str:
        return (await self.officer.get(url)).headers["ETag"]

    async def jobs(self) -> None:
        """What the service does by itself until nothing is left to do."""
        self.clock.advance(minutes=1)
        every = dict.fromkeys(RECURRING, timedelta())
        worker = Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS, recurring=every)
        await worker.queue_due()
        await worker.drain()
        await self.post_office.delivers()
        self.hears()

    def hears(self) -> None:
        """The other platform checks the signature of what has come, at once, as its library does."""
        if self.secret:
            check = Verifier(self.secret, self.clock)
            new = self.post_office.receiver.got[len(self.heard) :]
            self.heard += [check.verify(one.body, dict(one.headers)) for one in new]

    async def done(self, url: str, body: Json | None = None, **how: Any) -> Json:
        """Long work, waited for; its result."""
        answer = await self.post(url, body, status=202, **how)
        await self.jobs()
        operation = await self.get(answer.headers["Location"], by=how.get("by"))
        assert operation["state"] == "succeeded", operation
        result: Json = (await self.get(operation["result_url"]))["result"]
        return result

    async def publishes_the_plan(self) -> None:
        texts = {
            "pack": (HERE / "county.yaml").read_text(encoding="utf-8"),
            "scenarios": (HERE / "county.scenarios.yaml").read_text(encoding="utf-8"),
        }
        await self.made("/v1/policy-packs", texts)
        await self.done(f"/v1/policy-packs/{PACK}/versions/1.0.0/publication", seen='"1"')

    async def registers(self, code: str, name: str, **facts: Any) -> Firm:
        made = await self.made("/v1/enterprises", foundry(code, name, **facts))
        own = await self.door.lasting_caller(regions=(), enterprise_ids=(made["id"],), region=COUNTY, on_behalf_of=True)
        line = made["sites"][0]["lines"][0]
        firm = Firm(id=made["id"], line=line["id"], meter=made["meters"][0]["id"], caller=own)
        self.firms[code] = firm
        return firm

    async def is_measured(self, firm: Firm, name: str) -> None:
        """Its meter becomes a channel of the power company's source."""
        body = {"meter_id": firm.meter, "source": "grid", "key": name, "decimals": 2}
        await self.made(f"/v1/enterprises/{firm.id}/channels", body)

    async def sends(self, name: str, curves: Mapping[date, Iterable[object]]) -> Json:
        """The power company's file of days."""
        self.clock.advance(minutes=1)
        content = curve_file(*((name, str(day), list(one)) for day, one in curves.items()))
        answer = await self.power.post("/v1/feed/batches", content=content, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200, answer.text
        report: Json = answer.json()["report"]
        return report

    async def rules(self, firm: Firm, day: str) -> tuple[str, list[str]]:
        """What is decided of its line on a day."""
        items = (await self.get(f"/v1/enterprises/{firm.id}/decisions", **PLAN, day=day))["items"]
        (line,) = [one for one in items if one["subject"]["id"] == firm.line]
        return line["status"], [one["rule"] for one in line["measures"]]

    async def owed(self, firm: Firm, word: str = "owed") -> dict[str, str]:
        items = (await self.get(f"/v1/enterprises/{firm.id}/ledger", **PLAN))["items"]
        return {one["account"]: one[word]["days"] for item in items for one in item["accounts"]}

    async def orders(self, firm: Firm) -> list[Json]:
        """What it was served, the oldest first, read by itself."""
        found: list[Json] = (await self.get(f"/v1/enterprises/{firm.id}/orders", by=firm.caller))["items"]
        return found[::-1]

    async def schedules(self, name: str) -> tuple[str, Json]:
        """A schedule of the county computed by the planner, published and served; its address and what serving did."""
        made = await self.done("/v1/schedules", {"name": name, "season": SEASON, "region": COUNTY})
        url = str(made["schedule_url"])
        body = {"basis": "县政府办公会议纪要 5 号", "acknowledge_within_hours": 48}
        return url, await self.done(f"{url}/publication", body, seen=await self.tag(url))

    async def stops(self, schedule: str, firm: Firm) -> list[tuple[date, date]]:
        """The stretches on which the schedule stops its line: first day, and the day it may run again."""
        lines = (await self.get(f"{schedule}/lines", enterprise_id=firm.id))["items"]
        return [
            (date.fromisoformat(one["from_at"][:10]), date.fromisoformat(one["until_at"][:10]))
            for line in lines
            for one in line["stretches"]
        ]

    async def duties(self, firm: Firm, duty: str, period: str) -> list[Json]:
        """What a firm owes for a period, as it sees it."""
        found: list[Json] = (await self.get("/v1/duties", by=firm.caller, duty=duty))["items"]
        return [one for one in found if one["period"] == period]

    async def discloses(self, basis: str) -> str:
        """The list of who staggers, drafted and published; its id."""
        wanted = PLAN | {"kind": "staggered", "region": COUNTY}
        url = str((await self.done("/v1/disclosures", wanted))["disclosure_url"])
        published = await self.made(f"{url}/publication", {"basis": basis}, seen=await self.tag(url))
        await self.jobs()
        return str(published["list_id"])

    async def damage(self) -> list[Damage]:
        async with open_unit(self.door.sessions, now=self.clock()) as unit:
            return list(await everything(unit))

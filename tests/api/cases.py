"""A small register and the people of a violation: who reports, who decides, and the enterprise itself."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.api.packs import publish
from tests.conftest import Clock

Json = dict[str, Any]
OTHER_PERSON = {"On-Behalf-Of": "name=%E5%BC%A0%E4%B8%89; office=%E5%A4%A7%E6%B0%94%E5%8A%9E"}
PROOF = [{"kind": "photo", "reference": "IMG_1.jpg", "sha256": "a" * 64}]


def works(industry: str, *, region: str = "141027", code: str = "W", site: Json | None = None, **line: str) -> Json:
    """An enterprise of one site and one line."""

    def facts(values: Json) -> list[Json]:
        return [{"fact": name, "value": value} for name, value in values.items()]

    own = {"code": "L", "name": "一号线", "industry": industry, "facts": facts(line)}
    place = {"code": "S", "name": "厂区", "region": region, "facts": facts(site or {}), "lines": [own]}
    return {"code": code, "name": "某厂", "region": region, "sites": [place]}


@dataclass(slots=True)
class Town:
    """A door with one registered and decided enterprise, and everybody who has to do with its violations."""

    door: Door
    clock: Clock
    pack: str
    enterprise: Json
    reporter: httpx.AsyncClient
    authority: httpx.AsyncClient
    firm: httpx.AsyncClient

    @property
    def id(self) -> str:
        return str(self.enterprise["id"])

    @property
    def line(self) -> str:
        return str(self.enterprise["sites"][0]["lines"][0]["id"])

    def claim(self, *claims: Json, **more: Any) -> Json:
        return {
            "subject_id": self.line,
            "pack": self.pack,
            "season": 2019,
            "occurred_from": "2019-12-01",
            "occurred_to": "2019-12-09",
            "claims": list(claims),
            "what": "夜间生产",
            **more,
        }

    async def reports(self, *claims: Json, **more: Any) -> Json:
        body = self.claim(*claims, **more)
        answer = await self.reporter.post(f"/v1/enterprises/{self.id}/violations", json=body, headers=key())
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()["violation"]
        return found

    async def does(self, violation: Json, step: str, **body: Any) -> Json:
        """A step of the authority, in the version the violation has now; a minute passes."""
        self.clock.advance(minutes=1)
        answer = await self.tries(violation, step, **body)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def tries(
        self, violation: Json, step: str, *, by: httpx.AsyncClient | None = None, as_: Json = PERSON, **body: Any
    ) -> httpx.Response:
        seen = (await self.authority.get(f"/v1/violations/{violation['id']}")).headers["ETag"]
        return await (by or self.authority).post(
            f"/v1/violations/{violation['id']}/{step}", json=body, headers=key() | {"If-Match": seen} | as_
        )

    async def hears(self, violation: Json) -> Json:
        until = (self.clock() + timedelta(hours=48)).isoformat()
        await self.does(violation, "hearing", reply_until=until, notice="告知书1号")
        return await self.does(violation, "reply", by=self.firm, as_={}, text="没有此事")

    async def confirms(self, *claims: Json, from_day: str = "2019-12-10", **more: Any) -> tuple[Json, Json]:
        """Reported, heard, answered and confirmed; the violation and the report of what followed."""
        reported = await self.reports(*claims, **more)
        await self.hears(reported)
        done = await self.does(reported, "confirmation", from_day=from_day, basis="决定书1号")
        return done["violation"], done["report"]

    async def decided(self, day: str = "2019-12-15") -> Json:
        query: dict[str, str | int] = {"pack": self.pack, "season": 2019, "day": day}
        answer = await self.authority.get(f"/v1/enterprises/{self.id}/decisions", params=query)
        found: Json = answer.json()["items"][0]
        return found

    async def rules(self, day: str = "2019-12-15") -> list[str]:
        return [one["rule"] for one in (await self.decided(day))["measures"]]


async def town(door: Door, clock: Clock, pack: str, body: Json) -> Town:
    await publish(door.sessions, pack)
    registrar = await door.caller()
    made = await registrar.post("/v1/enterprises", json=body, headers=key())
    assert made.status_code == 201, made.text
    enterprise = made.json()
    found = Town(
        door=door,
        clock=clock,
        pack=pack,
        enterprise=enterprise,
        reporter=await door.caller("violations:read", "violations:write", "inspections:read"),
        authority=await door.caller(on_behalf_of=True),
        firm=await door.caller(regions=(), enterprise_ids=(enterprise["id"],)),
    )
    clock.advance(minutes=1)
    await verify_all(found)
    url = f"/v1/enterprises/{enterprise['id']}/decisions"
    decided = await found.authority.post(url, json={"pack": pack, "season": 2019}, headers=key())
    assert decided.status_code == 201, decided.text
    return found


async def verify_all(found: Town) -> None:
    """Another credential verifies what was claimed, so that acceptances count."""
    page = (await found.authority.get(f"/v1/enterprises/{found.id}/assertions")).json()
    ids = [one["id"] for one in page["items"]]
    if ids:
        url = f"/v1/enterprises/{found.id}/verifications"
        # As of the summer before, so that the whole winter is decided by it.
        body = {"assertion_ids": ids, "counts_from": "2019-06-30", "note": "验收文件1号"}
        answer = await found.authority.post(url, json=body, headers=key())
        assert answer.status_code == 201, answer.text

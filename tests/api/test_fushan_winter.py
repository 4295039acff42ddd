"""One winter of a Fushan foundry over HTTP: its grade, its days, a violation, and what is still due in April."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.cli.verifying import everything
from app.persistence.unit_of_work import open_unit
from tests.api.door import Door
from tests.api.officer import Json
from tests.api.packs import publish
from tests.api.plants import PAPER, PERSON_LI, PERSON_ZHANG, decided, plant, posted, registered
from tests.conftest import Clock

PLAN: Json = {"pack": "fushan", "season": 2019}


class Winter:
    """A foundry, two officers behind one platform, and the foundry's own credential."""

    def __init__(
        self, door: Door, clock: Clock, officer: httpx.AsyncClient, own: httpx.AsyncClient, ids: tuple[str, str]
    ) -> None:
        self.door, self.clock, self.officer, self.own = door, clock, officer, own
        self.enterprise, self.line = ids
        self.base = f"/v1/enterprises/{ids[0]}"

    def comes(self, *day: int) -> None:
        """Ten in the morning of a day in China."""
        self.clock.come_to(*day)

    async def done(
        self, url: str, body: Json, headers: dict[str, str] = PERSON_LI, *, by: httpx.AsyncClient | None = None
    ) -> Json:
        self.clock.advance(minutes=1)
        answer = await posted(by or self.officer, url, body, **headers)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def is_rated(self, grade: str) -> Json:
        body = {
            "subject_id": self.line, "grade": grade, "valid_from": "2019-10-01", "basis": "绩效评级评审",
            "awarded_by": "临汾市生态环境局", "document": "临环函 3 号",
        }  # fmt: skip
        return await self.done(f"{self.base}/ratings", body)

    async def serves(self, first: str, until: str, **source: str) -> Json:
        rests_on = {"kind": "document", "reference": "停产核查记录"} | source
        body = PLAN | {
            "subject_id": self.line,
            "kind": "served",
            "from_day": first,
            "until_day": until,
            "source": rests_on,
        }
        return await self.done(f"{self.base}/ledger-entries", body)

    async def is_found(self, *claims: Json, on: str) -> Json:
        """Reported by one officer, heard, answered by the foundry, confirmed by another."""
        body = PLAN | {
            "subject_id": self.line, "occurred_from": on, "claims": list(claims), "what": "自动监控数据与现场不符",
            "evidence": PAPER,
        }  # fmt: skip
        case = (await self.done(f"{self.base}/violations", body, PERSON_ZHANG))["violation"]
        url = f"/v1/violations/{case['id']}"
        until = (self.clock.now + timedelta(days=2)).isoformat()
        hearing = {"reply_until": until, "notice": "听证告知书"}
        await self.done(f"{url}/hearing", hearing, PERSON_ZHANG | {"If-Match": '"1"'})
        await self.done(f"{url}/reply", {"text": "设备故障"}, {"If-Match": '"2"'}, by=self.own)
        return await self.done(
            f"{url}/confirmation", {"basis": "处罚决定书", "from_day": on}, PERSON_LI | {"If-Match": '"3"'}
        )

    async def account(self, word: str, **asked: Any) -> dict[str, str]:
        answer = await self.officer.get(f"{self.base}/ledger", params=PLAN | asked)
        items = answer.json()["items"]
        return {one["account"]: one[word]["days"] for item in items for one in item["accounts"]}

    async def rules(self, day: str) -> list[str]:
        answer = await self.officer.get(f"{self.base}/decisions", params=PLAN | {"day": day})
        (line,) = answer.json()["items"]
        return [one["rule"] for one in line["measures"]]

    async def damage(self) -> list[Any]:
        async with open_unit(self.door.sessions, now=self.clock()) as unit:
            return await everything(unit)


async def winter(door: Door, clock: Clock) -> Winter:
    clock.now = datetime(2019, 10, 10, 2, tzinfo=UTC)
    await publish(door.sessions, "fushan")
    officer = await door.lasting_caller(on_behalf_of=True)
    ids = await registered(officer, plant("FOUNDRY", "141027", "foundry"))
    own = await door.lasting_caller(regions=(), enterprise_ids=(ids[0],), on_behalf_of=True)
    clock.advance(minutes=1)
    await decided(officer, ids[0], "fushan")
    return Winter(door, clock, officer, own, ids)


async def test_falsified_monitoring_in_december_makes_a_b_a_c_for_the_whole_season(door: Door, clock: Clock) -> None:
    here = await winter(door, clock)
    rated = await here.is_rated("B")
    (change,) = rated["changes"]
    assert change["before"]["status"] == "insufficient_facts"
    assert (change["after"]["rules"], change["after"]["status"]) == (["FS-15"], "decided")
    assert await here.account("owed") == {"phase1": "15", "phase2": "15"}
    here.comes(2019, 12, 20)
    await here.serves("2019-12-01", "2019-12-11")
    before = clock()
    clock.advance(minutes=1)
    found = await here.is_found({"fact": "violation_kind", "value": "data_fraud"}, on="2019-12-20")
    (change,) = found["report"]["changes"]
    assert (change["from_day"], change["before"]["rules"]) == ("2019-12-20", ["FS-15"])
    assert {"FS-16", "FS-42"} <= {one["provision"] for one in change["after"]["citations"]}
    assert "90" in change["after"]["summary"]
    # 12 days of the first phase are left, so 23 of its 45 days move to the second (A-G23).
    assert await here.account("owed") == {"phase1": "22", "phase2": "68"}
    assert await here.account("due") == {"phase1": "12", "phase2": "68"}
    assert await here.account("owed", known_at=before.isoformat()) == {"phase1": "15", "phase2": "15"}
    explained = await here.officer.get(f"{here.base}/decisions/{here.line}", params=PLAN | {"day": "2019-12-25"})
    level_up = next(one for one in explained.json()["rules_examined"] if one["rule"] == "FS-42")
    evidence = next(one["evidence"] for one in level_up["conditions"] if one["fact"] == "winter_fraud")
    assert evidence["document"] == f"violation {found['violation']['id']}"
    assert await here.damage() == []


async def test_days_a_late_violation_leaves_unserved_are_due_twice_after_the_season(door: Door, clock: Clock) -> None:
    here = await winter(door, clock)
    await here.is_rated("B")
    here.comes(2020, 3, 28)
    await here.serves("2019-12-01", "2019-12-16")
    await here.serves("2020-01-01", "2020-01-16")
    assert await here.account("due") == {"phase1": "0", "phase2": "0", "after_season": "0"}
    found = await here.is_found(
        {"fact": "violation_kind", "value": "data_fraud"},
        {"fact": "unserved_at_season_end", "value": "true"},
        on="2020-03-28",
    )
    assert {one["rule"]: one["effect"] for one in found["report"]["consequences"]}["FS-46"] == "make_up"
    # 60 days are missing and 4 are left of the season: 56 move on, and count twice (FS-46, A-FS10).
    assert await here.account("due") == {"phase1": "0", "phase2": "4", "after_season": "112"}
    here.comes(2020, 4, 20)
    made_up = await here.serves("2020-03-28", "2020-04-11")
    assert [(one["account"], one["kind"], one["days"]) for one in made_up["entries"]] == [
        ("phase2", "served", "4"),
        ("after_season", "made_up", "10"),
    ]
    assert (await here.account("due"))["after_season"] == "102"
    entries = (await here.officer.get(f"{here.base}/ledger/entries?limit=100")).json()["items"]
    doubled = next(one for one in entries if one["reason"] == "unserved")
    assert "FS-46" in {one["provision"] for one in doubled["citations"]}
    assert await here.damage() == []


async def test_a_visit_that_saw_it_run_contradicts_a_served_day_and_a_credit_counts_once(
    door: Door, clock: Clock
) -> None:
    here = await winter(door, clock)
    await here.is_rated("B")
    here.comes(2019, 12, 20)
    visit = await here.done(
        f"{here.base}/inspections",
        {
            "subject_id": here.line, "from_at": "2019-12-05T09:00:00+08:00", "until_at": "2019-12-05T10:00:00+08:00",
            "inspectors": ["李四", "王五"],
            "findings": [{"subject_id": here.line, "kind": "unit_running", "at": "2019-12-05T09:20:00+08:00"}],
            "evidence": [{"kind": "photo", "reference": "炉前.jpg", "sha256": "b" * 64}],
        },
    )  # fmt: skip
    body = PLAN | {
        "subject_id": here.line, "kind": "served", "from_day": "2019-12-01", "until_day": "2019-12-11",
        "source": {"kind": "document", "reference": "企业台账"},
    }  # fmt: skip
    contradicted = await posted(here.officer, f"{here.base}/ledger-entries", body, **PERSON_LI)
    assert contradicted.status_code == 409, contradicted.text
    assert visit["id"] in contradicted.json()["detail"]
    unknown = body | {"from_day": "2019-12-06", "source": {"kind": "inspection", "reference": "没有此检查"}}
    nowhere = await posted(here.officer, f"{here.base}/ledger-entries", unknown, **PERSON_LI)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "inspection_unknown")
    wanted = PLAN | {
        "subject_id": here.line, "control": "迎峰度冬有序用电", "valid_from": "2019-12-12", "valid_to": "2019-12-15",
        "basis": "县发改局通知", "evidence": PAPER,
    }  # fmt: skip
    seen = await here.done(
        f"{here.base}/credits", wanted | {"valid_from": "2019-12-04", "valid_to": "2019-12-07"}, PERSON_ZHANG
    )
    url = f"/v1/credits/{seen['id']}/steps"
    refused = await posted(here.officer, url, {"does": "decides"}, seen='"1"', **PERSON_LI)
    assert (refused.status_code, refused.json()["code"]) == (409, contradicted.json()["code"])
    credit = await here.done(f"{here.base}/credits", wanted, PERSON_ZHANG, by=here.own)
    step = {"If-Match": '"1"'} | PERSON_LI
    granted = await here.done(f"/v1/credits/{credit['id']}/steps", {"does": "decides"}, step)
    assert granted["act"]["state"] == "granted"
    assert await here.account("credited") == {"phase1": "3", "phase2": "0"}
    assert await here.account("due") == {"phase1": "12", "phase2": "15"}
    twice = body | {"from_day": "2019-12-11", "until_day": "2019-12-14"}
    counted = await posted(here.officer, f"{here.base}/ledger-entries", twice, **PERSON_LI)
    assert (counted.status_code, counted.json()["code"]) == (409, "hours_counted_already")
    revoked = {"If-Match": '"2"'} | PERSON_LI
    await here.done(f"/v1/credits/{credit['id']}/revocation", {"reason": "通知撤销"}, revoked)
    # Of the 15 days owed again, the first phase can hold 12 from today on.
    assert await here.account("due") == {"phase1": "12", "phase2": "18"}
    assert await here.damage() == []


async def test_a_downgrade_entered_late_leaves_the_days_before_as_they_were(door: Door, clock: Clock) -> None:
    """The order names 1 December and is entered on the 20th: the ledger keeps both parts (A-L29, A-G23)."""
    here = await winter(door, clock)
    await here.is_rated("B")
    here.comes(2019, 12, 20)
    before = await here.account("owed")
    known_before = clock().isoformat()
    clock.advance(minutes=1)
    found = await here.is_found({"fact": "violation_kind", "value": "data_fraud"}, on="2019-12-01")
    (change,) = found["report"]["changes"]
    assert (change["from_day"], change["before"]["rules"]) == ("2019-12-20", ["FS-15"])
    # What makes it fraud in the winter holds no earlier than that: nobody is asked about the days between (FS-08).
    held = (await here.officer.get(f"{here.base}/assertions")).json()["items"]
    begins = {one["fact"]: one["valid_from"] for one in held if one["document"].startswith("violation")}
    assert begins == {"violation_kind": "2019-12-20", "winter_fraud": "2019-12-20"}
    said = {day: await here.rules(day) for day in ("2019-12-01", "2019-12-19", "2019-12-20")}
    assert said["2019-12-01"] == said["2019-12-19"] == ["FS-15"]
    assert "FS-42" in said["2019-12-20"]
    assert await here.account("owed", known_at=known_before) == before == {"phase1": "15", "phase2": "15"}
    # Ninety days for the season, of which the first phase can hold the twelve that are left of it.
    assert await here.account("owed") == {"phase1": "12", "phase2": "78"}
    assert await here.damage() == []

"""Dispatch applications: the plan's own chain and conditions, the approved load, and who may do what."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.door import Door
from tests.api.officer import Json
from tests.api.packs import publish
from tests.api.plants import PAPER, PERSON_LI, PERSON_ZHANG, decided, plant, posted, registered
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock

CZ = {"site": {"residential_heat": True}, "special_limit_met": True, "enterprise": {"environmental_record_filed": True}}


def wanted(line: str, **other: Any) -> Json:
    return {
        "subject_id": line,
        "pack": "changzhi",
        "season": 2019,
        "workflow": "wf-special-load",
        "load": {"amount": "300", "unit": "t/d"},
        "valid_from": "2019-12-01",
        "valid_to": "2020-03-01",
        "basis": "供热任务书",
        **other,
    }


class Changzhi:
    """A heat supplier in Changzhi, its own credential, and two officers behind one platform."""

    def __init__(self, door: Door, clock: Clock, officer: httpx.AsyncClient, ids: tuple[str, str]) -> None:
        self.door, self.clock, self.officer = door, clock, officer
        self.enterprise, self.line = ids
        self.applications = f"/v1/enterprises/{self.enterprise}/dispatch-applications"

    async def applies(self, caller: httpx.AsyncClient | None = None, **other: Any) -> httpx.Response:
        self.clock.advance(minutes=1)
        return await posted(caller or self.officer, self.applications, wanted(self.line, **other), **PERSON_ZHANG)

    async def steps(self, act: Json, does: str, *, seen: str | None = None, **more: Any) -> httpx.Response:
        self.clock.advance(minutes=1)
        headers = more.pop("headers", PERSON_LI)
        url = f"/v1/dispatch-applications/{act['id']}/steps"
        return await posted(self.officer, url, {"does": does, **more}, seen=seen or f'"{act["version"]}"', **headers)

    async def granted(self) -> Json:
        act: Json = (await self.applies()).json()
        act = (await self.steps(act, "reviews")).json()["act"]
        answer = await self.steps(act, "approves")
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found


async def changzhi(door: Door, clock: Clock, facts: Json | None = None) -> Changzhi:
    await publish(door.sessions, "changzhi")
    officer = await door.lasting_caller(on_behalf_of=True)
    ids = await registered(officer, plant("HEAT", "140404", "steel", facts or CZ))
    await decided(officer, ids[0], "changzhi")
    return Changzhi(door, clock, officer, ids)


async def test_a_load_goes_through_the_plans_hands_and_becomes_the_measure(door: Door, clock: Clock) -> None:
    here = await changzhi(door, clock)
    made = await here.applies()
    assert made.status_code == 201, made.text
    act = made.json()
    assert [one["does"] for one in act["chain"]] == ["applies", "reviews", "approves"]
    assert (act["state"], act["due"]["by"], act["fact"]) == ("requested", "县级人民政府", "special_load_approved")
    reviewed = (await here.steps(act, "reviews")).json()
    assert (reviewed["act"]["state"], reviewed["changes"]) == ("in_review", [])
    answer = await here.steps(reviewed["act"], "approves", load={"amount": "280.5", "unit": "t/d"})
    assert answer.status_code == 201, answer.text
    granted = answer.json()
    assert (granted["act"]["state"], granted["act"]["load"]["amount"]) == ("granted", "280.5")
    (change,) = granted["changes"]
    assert (change["from_day"], change["last_day"]) == ("2019-12-01", "2020-02-29")
    assert change["before"]["status"] == "authority_decides"
    assert "280.5 t/d" in change["after"]["summary"]
    assert [one["provision"] for one in change["after"]["citations"]] == ["CZ-04"]
    explained = await here.officer.get(
        f"/v1/enterprises/{here.enterprise}/decisions/{here.line}?pack=changzhi&season=2019&day=2019-12-20"
    )
    (measure,) = [one for one in explained.json()["measures"] if one["kind"] == "load_cap"]
    assert (measure["amount"], measure["amount_unit"], measure["act"]["person"]) == ("280.5", "t/d", "李四")


@pytest.mark.parametrize(
    ("facts", "lacking"),
    [
        (CZ | {"special_limit_met": False}, "special_limit_met"),
        (CZ | {"enterprise": {"environmental_record_filed": False}}, "environmental_record_filed"),
    ],
)
async def test_special_limit_and_filing_are_both_needed(door: Door, clock: Clock, facts: Json, lacking: str) -> None:
    here = await changzhi(door, clock, facts)
    before = await rows(door.sessions)
    answer = await here.applies()
    assert (answer.status_code, answer.json()["code"]) == (409, "conditions_fail")
    assert [one["code"] for one in answer.json()["errors"]] == [lacking]
    assert await rows(door.sessions) == before


async def test_what_is_not_known_may_be_asked_for_and_not_granted(door: Door, clock: Clock) -> None:
    here = await changzhi(door, clock, {"site": {"residential_heat": True}, "special_limit_met": True})
    act = (await here.applies()).json()
    act = (await here.steps(act, "reviews")).json()["act"]
    before = await rows(door.sessions)
    answer = await here.steps(act, "approves")
    assert (answer.status_code, answer.json()["code"]) == (409, "conditions_not_met")
    assert [one["code"] for one in answer.json()["errors"]] == ["environmental_record_filed"]
    assert await rows(door.sessions) == before


async def test_every_wrong_hand_is_told_so_and_stores_nothing(door: Door, clock: Clock) -> None:
    here = await changzhi(door, clock)
    act = (await here.applies()).json()
    plant_itself = await door.caller(regions=(), enterprise_ids=(here.enterprise,), on_behalf_of=True)
    stranger = await door.caller(regions=("140500",), on_behalf_of=True)
    url = f"/v1/dispatch-applications/{act['id']}"
    before = await rows(door.sessions)
    refused = {
        "out of turn": (await here.steps(act, "approves"), 409, "step_out_of_turn"),
        "no person": (await here.steps(act, "reviews", headers={}), 403, "person_required"),
        "stale": (await here.steps(act, "reviews", seen='"7"'), 412, "act_stale"),
        "unseen": (await posted(here.officer, f"{url}/steps", {"does": "reviews"}, **PERSON_LI), 428, "precondition_required"),
        "the plant": (
            await posted(plant_itself, f"{url}/steps", {"does": "reviews"}, seen='"1"', **PERSON_LI), 403, "authority_required",
        ),
        "another region": (
            await posted(stranger, f"{url}/steps", {"does": "reviews"}, seen='"1"', **PERSON_LI), 404, "act_unknown",
        ),
        "not the applicant": (
            await posted(plant_itself, f"{url}/withdrawal", {"reason": "不需要了"}, seen='"1"'), 403, "not_the_applicant",
        ),
        "nothing to revoke": (
            await posted(here.officer, f"{url}/revocation", {"reason": "误"}, seen='"1"', **PERSON_LI), 409, "transition_refused",
        ),
        "unknown workflow": (await here.applies(workflow="wf-none"), 404, "workflow_unknown"),
        "another's line": (await here.applies(subject_id=here.enterprise.replace("0", "1")), 404, "subject_unknown"),
        "a period that is none": (await here.applies(valid_to="2019-12-01"), 422, "period_empty"),
    }  # fmt: skip
    for what, (answer, status, code) in refused.items():
        assert (answer.status_code, answer.json()["code"]) == (status, code), f"{what}: {answer.text}"
    assert await rows(door.sessions) == before


async def test_who_asked_cannot_approve_and_a_colleague_can(door: Door, clock: Clock) -> None:
    here = await changzhi(door, clock)
    act = (await here.applies()).json()
    act = (await here.steps(act, "reviews", headers=PERSON_ZHANG)).json()["act"]
    before = await rows(door.sessions)
    own = await here.steps(act, "approves", headers=PERSON_ZHANG)
    assert (own.status_code, own.json()["code"]) == (403, "same_hands")
    assert await rows(door.sessions) == before
    assert (await here.steps(act, "approves")).status_code == 201


async def test_a_revoked_load_ends_today_and_held_until_then(door: Door, clock: Clock) -> None:
    here = await changzhi(door, clock)
    act = (await here.granted())["act"]
    clock.advance(days=10)
    ended = await posted(
        here.officer, f"/v1/dispatch-applications/{act['id']}/revocation", {"reason": "任务结束"},
        seen=f'"{act["version"]}"', **PERSON_LI,
    )  # fmt: skip
    assert ended.status_code == 201, ended.text
    (change,) = ended.json()["changes"]
    assert (change["from_day"], change["last_day"]) == ("2019-12-20", "2020-02-29")
    url = f"/v1/enterprises/{here.enterprise}/decisions?pack=changzhi&season=2019&day="
    held = (await here.officer.get(url + "2019-12-10")).json()["items"]
    over = (await here.officer.get(url + "2019-12-20")).json()["items"]
    statuses = [{one["subject"]["id"]: one["status"] for one in items}[here.line] for items in (held, over)]
    assert statuses == ["decided", "authority_decides"]


async def test_a_filing_is_received_and_cannot_be_refused(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "gaoping")
    officer = await door.caller(on_behalf_of=True)
    enterprise, line = await registered(officer, plant("GP", "140581", "lime", {"key_project_supply": True}))
    body = wanted(line, pack="gaoping", workflow="wf-livelihood-load", load={"amount": "80", "unit": "%"})
    made = await posted(officer, f"/v1/enterprises/{enterprise}/dispatch-applications", body, **PERSON_ZHANG)
    assert made.status_code == 201, made.text
    act = made.json()
    # 9 月 10 日 has passed: asked for all the same, and marked as late (A-GP14).
    assert (act["late"], act["due"]["does"]) == (True, "reviews")
    url = f"/v1/dispatch-applications/{act['id']}"
    seen = 1
    for does in ("reviews", "files"):
        clock.advance(minutes=1)
        step = await posted(officer, f"{url}/steps", {"does": does}, seen=f'"{seen}"', **PERSON_LI)
        assert step.status_code == 201, step.text
        seen += 1
    refused = await posted(officer, f"{url}/refusal", {"reason": "不同意"}, seen=f'"{seen}"', **PERSON_LI)
    assert (refused.status_code, refused.json()["code"]) == (409, "filing_cannot_be_refused")


async def test_a_stop_instead_of_a_cut_needs_a_statement_on_safety(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "huairen")
    officer = await door.caller(on_behalf_of=True)
    body = plant("HR", "140681", "steel", {"enterprise": {"annual_task": "accepted"}})
    body["sites"][0]["lines"][0]["units"] = [
        {
            "code": "BF1",
            "name": "一号高炉",
            "kind": "blast_furnace",
            "facts": [{"fact": "catalogue_class", "value": "restricted"}],
        }
    ]
    made = (await posted(officer, "/v1/enterprises", body)).json()
    unit = made["sites"][0]["lines"][0]["units"][0]["id"]
    url = f"/v1/enterprises/{made['id']}/dispatch-applications"
    asked = wanted(unit, pack="huairen", workflow="wf-stop-instead", load=None, rule="HR-06")
    bare = await posted(officer, url, asked, **PERSON_ZHANG)
    assert (bare.status_code, bare.json()["code"]) == (422, "evidence_missing")
    other = await posted(officer, url, asked | {"rule": "HR-09", "evidence": PAPER}, **PERSON_ZHANG)
    assert (other.status_code, other.json()["code"]) == (422, "no_substitute")
    act = (await posted(officer, url, asked | {"evidence": PAPER}, **PERSON_ZHANG)).json()
    filed = await posted(
        officer, f"/v1/dispatch-applications/{act['id']}/steps", {"does": "files"}, seen='"1"', **PERSON_LI
    )
    assert filed.status_code == 201, filed.text
    assert filed.json()["act"]["state"] == "granted"


async def test_of_two_officers_one_decides_and_the_other_hears_that_it_is_done(busy_door: Door, clock: Clock) -> None:
    here = await changzhi(busy_door, clock)
    act = (await here.applies()).json()
    act = (await here.steps(act, "reviews")).json()["act"]
    url = f"/v1/dispatch-applications/{act['id']}"
    seen = f'"{act["version"]}"'
    both = await asyncio.gather(
        posted(here.officer, f"{url}/steps", {"does": "approves"}, seen=seen, **PERSON_LI),
        posted(here.officer, f"{url}/refusal", {"reason": "负荷过高"}, seen=seen, **PERSON_LI),
    )
    assert sorted(one.status_code for one in both) == [201, 412]
    final = (await here.officer.get(url)).json()
    assert len(final["steps"]) == 2
    assert final["state"] in {"granted", "refused"}


async def test_an_officers_list_shows_what_waits(door: Door, clock: Clock) -> None:
    here = await changzhi(door, clock)
    act = (await here.applies()).json()
    waiting = (await here.officer.get("/v1/dispatch-applications?region=140400&state=requested")).json()["items"]
    assert [one["id"] for one in waiting] == [act["id"]]
    away = (await here.officer.get("/v1/dispatch-applications?region=140500")).json()["items"]
    assert away == []

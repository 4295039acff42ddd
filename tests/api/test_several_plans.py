"""Several plans over one enterprise through HTTP, numbers inside a bracket, and a review of a region."""

from typing import Any

import httpx
import pytest

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.door import Door
from tests.api.packs import LINFEN, publish
from tests.api.test_decisions import PERSON, key, registered, verify_all
from tests.conftest import Clock
from tests.scenarios.plans_read import SEVEN

NATION = "national-clinker"
SEASON = 2020


def cement(code: str, **facts: str) -> dict[str, Any]:
    site = {"electricity_control_system": "accepted", "wash_platform": "true", "trucks_national_5_sealed": "true"}
    line = {
        "deep_treatment": "accepted",
        "ultra_low_retrofit": "accepted",
        "pm_o2_10_mg_m3": "",
        "online_monitoring_connected": "true",
        "pm_measured_mg_m3": "8",
        "so2_measured_mg_m3": "40",
        "nox_measured_mg_m3": "100",
        "flue_oxygen_pct": "10",
        "clinker_from_carbide_slag": "false",
        "clinker_line_heats_homes": "false",
        **facts,
    }
    return {
        "code": code,
        "name": "水泥厂",
        "region": "141002",
        "sites": [
            {
                "code": "S",
                "name": "厂区",
                "region": "141002",
                "facts": [{"fact": name, "value": value} for name, value in site.items()],
                "lines": [
                    {
                        "code": "L",
                        "name": "熟料线",
                        "industry": "cement",
                        "facts": [{"fact": name, "value": value} for name, value in line.items() if value],
                    }
                ],
            }
        ],
    }


@pytest.fixture
async def officer(door: Door) -> httpx.AsyncClient:
    await publish(door.sessions, LINFEN, NATION)
    return await door.caller(on_behalf_of=True)


async def decide(caller: httpx.AsyncClient, enterprise: str, *packs: str) -> None:
    for pack in packs:
        body = {"pack": pack, "season": SEASON}
        answer = await caller.post(f"/v1/enterprises/{enterprise}/decisions", json=body, headers=key())
        assert answer.status_code == 201, answer.text


async def segments(caller: httpx.AsyncClient, enterprise: str) -> list[dict[str, Any]]:
    asked: dict[str, str | int] = {"season": SEASON, "day": f"{SEASON}-12-10"}
    answer = await caller.get(f"/v1/enterprises/{enterprise}/constraints", params=asked)
    assert answer.status_code == 200, answer.text
    line = next(one for one in answer.json()["items"] if one["subject"]["level"] == "line")
    found: list[dict[str, Any]] = line["segments"]
    return found


async def test_both_plans_are_shown_and_a_person_settles_which_one_holds(
    door: Door, officer: httpx.AsyncClient, clock: Clock
) -> None:
    one = await registered(officer, cement("C-1"))
    await verify_all(door, one["id"])
    clock.advance(minutes=1)
    await decide(officer, one["id"], LINFEN, NATION)
    before = {(one["first_day"], one["standing"]) for one in await segments(officer, one["id"])}
    assert ("2020-11-15", "authority_decides") in before
    assert ("2020-12-01", "settled") in before
    conflict = next(part for segment in await segments(officer, one["id"]) for part in segment["conflicts"])
    assert (conflict["pack"], conflict["stricter_pack"], conflict["when_stricter"]) == (LINFEN, NATION, "unsaid")
    line = (await officer.get(f"/v1/enterprises/{one['id']}")).json()["sites"][0]["lines"][0]["id"]
    clock.advance(minutes=1)
    act = {
        "subject_id": line,
        "pack": LINFEN,
        "season": SEASON,
        "rule": conflict["relation"],
        "alternative": 0,
        "valid_from": "2020-10-01",
        "basis": "会议纪要第2号",
    }
    url = f"/v1/enterprises/{one['id']}/determinations"
    wrong = await officer.post(url, json={**act, "alternative": 2}, headers=key() | PERSON)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "choice_outside_bracket")
    made = await officer.post(url, json=act, headers=key() | PERSON)
    assert made.status_code == 201, made.text
    clock.advance(minutes=1)
    await decide(officer, one["id"], LINFEN, NATION)
    november = next(one for one in await segments(officer, one["id"]) if one["first_day"] == "2020-11-15")
    assert november["standing"] == "settled"
    assert [(part["pack"], part["effective"]) for part in november["constraints"]] == [(NATION, True)]
    assert november["conflicts"][0]["answered_by"] == made.json()["id"]


async def test_an_enterprise_nobody_decided_has_no_constraints(officer: httpx.AsyncClient) -> None:
    one = await registered(officer, cement("C-2"))
    answer = await officer.get(f"/v1/enterprises/{one['id']}/constraints", params={"season": SEASON})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_decided")


async def test_a_stranger_sees_no_constraints(door: Door, officer: httpx.AsyncClient) -> None:
    one = await registered(officer, cement("C-3"))
    await decide(officer, one["id"], LINFEN)
    stranger = await door.caller(regions=("140500",))
    answer = await stranger.get(f"/v1/enterprises/{one['id']}/constraints", params={"season": SEASON})
    assert (answer.status_code, answer.json()["code"]) == (404, "enterprise_unknown")


async def test_a_number_is_taken_only_inside_the_bracket_and_becomes_the_measure(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "fushan")
    officer = await door.caller(on_behalf_of=True)
    body = cement("B-1")
    body["region"] = body["sites"][0]["region"] = "141027"
    line = body["sites"][0]["lines"][0]
    line |= {"industry": "foundry", "facts": [{"fact": "performance_grade", "value": "B_minus"}]}
    one = await registered(officer, body)
    clock.advance(minutes=1)
    await decide(officer, one["id"], "fushan")
    asked: dict[str, str | int] = {"pack": "fushan", "season": SEASON, "day": f"{SEASON}-12-10"}
    listed = (await officer.get(f"/v1/enterprises/{one['id']}/decisions", params=asked)).json()["items"]
    item = next(one for one in listed if one["subject"]["level"] == "line")
    question = next(part for part in item["measures"] if part["alternatives"])
    bracket = next(part for part in question["alternatives"] if part["number"])
    assert (item["status"], bracket["number"], bracket["least"], bracket["most"]) == (
        "authority_decides",
        "days",
        "30",
        "90",
    )
    act = {
        "subject_id": item["subject"]["id"],
        "pack": "fushan",
        "season": SEASON,
        "rule": question["rule"],
        "alternative": bracket["alternative"],
        "valid_from": "2020-10-01",
        "basis": "会议纪要第3号",
    }
    url = f"/v1/enterprises/{one['id']}/determinations"
    for number in ({}, {"number": "29.9"}, {"number": "90.1"}):
        refused = await officer.post(url, json={**act, **number}, headers=key() | PERSON)
        assert (refused.status_code, refused.json()["code"]) == (422, "number_outside_bracket")
    made = await officer.post(url, json={**act, "number": "45"}, headers=key() | PERSON)
    assert (made.status_code, made.json()["number"]) == (201, "45")
    clock.advance(minutes=1)
    await decide(officer, one["id"], "fushan")
    after = (await officer.get(f"/v1/enterprises/{one['id']}/decisions", params=asked)).json()["items"]
    measure = next(
        part for one in after if one["subject"]["level"] == "line" for part in one["measures"] if part["act"]
    )
    assert (measure["kind"], measure["stop_days"]) == ("stop_days", "45")
    assert [part["hours"] for part in measure["split"]] == ["540", "540"]


async def test_a_review_names_the_unequal_and_the_gaps(door: Door, officer: httpx.AsyncClient, clock: Clock) -> None:
    equal = [await registered(officer, cement(f"R-{number}")) for number in range(2)]
    shop = cement("R-9")
    shop["sites"][0]["lines"][0]["industry"] = "unfired_brick"
    await registered(officer, shop)
    for one in equal:
        await verify_all(door, one["id"])
    clock.advance(minutes=1)
    asked = {"region": "141000", "pack": NATION, "season": SEASON}
    answer = await officer.post("/v1/decision-reviews", json=asked, headers=key())
    assert answer.status_code == 202, answer.text
    await Worker(sessions=door.sessions, clock=clock, handlers=HANDLERS).drain()
    watched = await officer.get(answer.headers["Location"])
    assert watched.json()["state"] == "succeeded", watched.text
    result = (await officer.get(f"{answer.headers['Location']}/result")).json()["result"]
    assert result["subjects"] == 3
    assert [one["enterprise_code"] for one in result["unreached"]] == ["R-9"]
    assert "NC-05" in {one["rule"] for one in result["rules_unmet"]}
    assert result["unequal"] == []


@pytest.mark.parametrize(("plan", "region", "industry"), SEVEN)
async def test_each_of_the_seven_plans_decides_and_cites_its_own_clauses(
    door: Door, plan: str, region: str, industry: str
) -> None:
    await publish(door.sessions, plan)
    caller = await door.caller()
    enterprise = {"sites": [{"region": region, "lines": [{"code": "L", "industry": industry}]}]}
    body = {"pack": plan, "season": 2019, "day": "2019-12-10", "enterprise": enterprise}
    answer = await caller.post("/v1/evaluations", json=body)
    assert answer.status_code == 200, answer.text
    line = next(one for one in answer.json()["decisions"] if one["subject"]["level"] == "line")
    provisions = {one["id"] for one in (await caller.get(f"/v1/policy-packs/{plan}")).json()["provisions"]}
    cited = {cite["provision"] for rule in line["rules_examined"] for cite in rule["citations"]}
    assert {one.split("-")[0] for one in cited} == {one.split("-")[0] for one in provisions}
    assert line["pack"]["name"] == plan
    # Nothing is known of the line but its industry: whatever is not decided by that alone is told as open.
    assert len(line["possible"]) > 1 or line["status"] in {"decided", "authority_decides"}

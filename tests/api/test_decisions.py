"""Decisions over HTTP: made, explained, known as on a date, determined, decided again."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.jobs.registry import HANDLERS
from app.jobs.runner import SYSTEM, Worker
from app.persistence.decisions.stale import StaleRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import open_unit
from app.services.decisions import deciding
from tests.api.door import Door
from tests.api.packs import LINFEN, publish_linfen
from tests.conftest import Clock

ASKED: dict[str, str | int] = {"pack": LINFEN, "season": 2019, "day": "2019-12-10"}
PERSON = {"On-Behalf-Of": "name=%E5%BC%A0%E4%B8%89; office=%E5%A4%A7%E6%B0%94%E5%8A%9E"}


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def lime(code: str = "LIME-1", **facts: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": "石灰厂",
        "region": "141002",
        "sites": [
            {
                "code": "S",
                "name": "厂区",
                "region": "141002",
                "facts": [{"fact": "electricity_control_system", "value": "done"}],
                "lines": [
                    {
                        "code": "L",
                        "name": "窑",
                        "industry": "lime",
                        "facts": [{"fact": name, "value": value} for name, value in facts.items()],
                    }
                ],
            }
        ],
    }


GOOD = {"pm_mg_m3": "30", "so2_mg_m3": "200", "nox_mg_m3": "300", "fuel": "natural_gas", "kiln_plan_21": "accepted"}


@pytest.fixture
async def officer(door: Door) -> httpx.AsyncClient:
    await publish_linfen(door.sessions)
    return await door.caller()


async def registered(caller: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await caller.post("/v1/enterprises", json=body, headers=key())
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def verify_all(door: Door, enterprise: str) -> None:
    """Another credential verifies what was claimed."""
    verifier = await door.caller()
    page = (await verifier.get(f"/v1/enterprises/{enterprise}/assertions")).json()
    for one in page["items"]:
        answer = await verifier.post(f"/v1/assertions/{one['id']}/verification", json={}, headers=key())
        assert answer.status_code in {200, 201}, answer.text


async def decided(caller: httpx.AsyncClient, enterprise: str) -> dict[str, Any]:
    answer = await caller.post(
        f"/v1/enterprises/{enterprise}/decisions", json={"pack": LINFEN, "season": 2019}, headers=key()
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_line_with_missing_facts_is_told_what_would_settle_it(officer: httpx.AsyncClient) -> None:
    one = await registered(officer, lime(**GOOD))
    answer = await decided(officer, one["id"])
    assert [item["status"] for item in answer["items"]] == ["insufficient_facts"]
    line = answer["items"][0]["subject"]["id"]
    explained = (await officer.get(f"/v1/enterprises/{one['id']}/decisions/{line}", params=ASKED)).json()
    assert next(fact["fact"] for fact in explained["deciding_facts"]) == "deep_treatment"
    assert all(len(outcome["rules"]) >= 1 for outcome in explained["possible"])


async def test_unverified_acceptance_stops_a_line_and_verification_frees_it(
    door: Door, officer: httpx.AsyncClient, clock: Clock
) -> None:
    one = await registered(officer, lime(**GOOD, deep_treatment="accepted"))
    before = await decided(officer, one["id"])
    assert before["items"][0]["measures"][0]["rule"] == "L12-09"
    assert before["items"][0]["in_force"]
    clock.advance(minutes=10)
    await verify_all(door, one["id"])
    clock.advance(minutes=10)
    after = await decided(officer, one["id"])
    item = after["items"][0]
    assert (item["status"], item["stagger_class"], item["summary"]) == (
        "decided",
        "I",
        "2019-10-01 至 2020-03-31（183 天）正常生产",
    )
    assert item["measures"][0]["citations"][0]["provision"] == "L12-37"
    # As it was known in between, the old answer still stands.
    then = (clock() - timedelta(minutes=15)).isoformat()
    past = await officer.get(f"/v1/enterprises/{one['id']}/decisions", params={**ASKED, "known_at": then})
    assert past.json()["items"][0]["measures"][0]["rule"] == "L12-09"


async def test_deciding_twice_without_news_appends_nothing(officer: httpx.AsyncClient) -> None:
    one = await registered(officer, lime(**GOOD))
    first, second = await decided(officer, one["id"]), await decided(officer, one["id"])
    assert first["run_id"] == second["run_id"]


async def test_a_season_changes_on_the_day_a_fact_changes(door: Door, officer: httpx.AsyncClient) -> None:
    body = lime(**GOOD, deep_treatment="accepted")
    body["sites"][0]["lines"][0]["facts"].append({"fact": "fuel", "value": "coal", "valid_from": "2020-01-15"})
    one = await registered(officer, body)
    await verify_all(door, one["id"])
    await decided(officer, one["id"])
    rules = {}
    for day in ("2020-01-14", "2020-01-15"):
        answer = await officer.get(f"/v1/enterprises/{one['id']}/decisions", params={**ASKED, "day": day})
        rules[day] = [possible["rule"] for possible in answer.json()["items"][0]["measures"]]
    assert rules["2020-01-14"] == ["L12-37"]
    assert rules["2020-01-15"] != ["L12-37"]


async def test_a_region_is_decided_by_an_operation_and_listed(busy_door: Door, clock: Clock) -> None:
    await publish_linfen(busy_door.sessions)
    officer = await busy_door.caller()
    for number in range(3):
        await registered(officer, lime(f"LIME-{number}", **GOOD, deep_treatment="not_done"))
    started = await officer.post(
        "/v1/decision-runs", json={"region": "141000", "pack": LINFEN, "season": 2019}, headers=key()
    )
    assert started.status_code == 202, started.text
    worker = Worker(sessions=busy_door.sessions, clock=clock, handlers=HANDLERS)
    await worker.drain()
    operation = (await officer.get(started.headers["Location"])).json()
    assert operation["state"] == "succeeded", operation
    result = (await officer.get(operation["result_url"])).json()["result"]
    assert result == {"enterprises": 3, "changed": 3, "snapshots_taken": 3}
    page = (await officer.get("/v1/decisions", params={**ASKED, "region": "141000", "limit": 2})).json()
    assert [one["rules"] for one in page["items"]] == [["L12-09"], ["L12-09"]]
    rest = (
        await officer.get("/v1/decisions", params={**ASKED, "region": "141000", "cursor": page["next_cursor"]})
    ).json()
    assert len(rest["items"]) == 1
    by_rule = {rule: {**ASKED, "region": "141000", "rule": rule} for rule in ("L12-09", "L12-37")}
    found = {rule: (await officer.get("/v1/decisions", params=query)).json() for rule, query in by_rule.items()}
    assert {rule: len(answer["items"]) for rule, answer in found.items()} == {"L12-09": 3, "L12-37": 0}
    elsewhere = await officer.get("/v1/decisions", params={**ASKED, "region": "140500"})
    assert elsewhere.json()["items"] == []


async def test_news_about_an_enterprise_is_decided_again_without_being_asked(busy_door: Door, clock: Clock) -> None:
    await publish_linfen(busy_door.sessions)
    officer = await busy_door.caller()
    one = await registered(officer, lime(**GOOD, deep_treatment="not_done"))
    await decided(officer, one["id"])
    line = one["sites"][0]["lines"][0]["id"]
    clock.advance(minutes=5)
    said = {"assertions": [{"subject_id": line, "fact": "deep_treatment", "value": "accepted"}]}
    answer = await officer.post(f"/v1/enterprises/{one['id']}/assertions", json=said, headers=key())
    assert answer.status_code == 201, answer.text
    await verify_all(busy_door, one["id"])
    clock.advance(minutes=5)
    worker = Worker(
        sessions=busy_door.sessions, clock=clock, handlers=HANDLERS, recurring={"redecide_stale": timedelta(seconds=30)}
    )
    await worker.queue_due()
    await worker.drain()
    now = (await officer.get(f"/v1/enterprises/{one['id']}/decisions", params=ASKED)).json()
    assert now["items"][0]["measures"][0]["rule"] == "L12-37"


async def test_a_worker_that_decides_again_waits_for_whoever_holds_the_enterprise_and_keeps_nothing_from_them(
    busy_door: Door, clock: Clock
) -> None:
    await publish_linfen(busy_door.sessions)
    officer = await busy_door.caller()
    works = UUID((await registered(officer, lime(**GOOD)))["id"])

    async def decides_again() -> list[UUID]:
        async with open_unit(busy_door.sessions, now=clock()) as unit:
            return list(await deciding.redecide_stale(unit, limit=10, by=SYSTEM, default=[(LINFEN, 2019)]))

    async with open_unit(busy_door.sessions, now=clock()) as writer:
        await EnterpriseReader(writer.session).head(works, visible_to=SYSTEM, lock=True)
        worker = asyncio.create_task(decides_again())
        await asyncio.wait([worker], timeout=0.3)
        assert not worker.done()
        await asyncio.wait_for(StaleRepository(writer.session).mark([works], since=clock()), 10)
    assert await worker == [works]


async def test_an_authoritys_choice_answers_an_open_question(
    door: Door, officer: httpx.AsyncClient, clock: Clock
) -> None:
    body = lime(**GOOD | {"fuel": "blast_furnace_gas"}, deep_treatment="accepted")
    one = await registered(officer, body)
    await verify_all(door, one["id"])
    before = (await decided(officer, one["id"]))["items"][0]
    assert before["status"] == "authority_decides"
    question = before["measures"][0]
    assert question["alternatives"]
    authority = await door.caller(on_behalf_of=True)
    wanted = {
        "subject_id": before["subject"]["id"],
        "pack": LINFEN,
        "season": 2019,
        "rule": question["rule"],
        "alternative": 0,
        "valid_from": "2019-10-01",
        "basis": "会议纪要第1号",
    }
    url = f"/v1/enterprises/{one['id']}/determinations"
    nobody = await authority.post(url, json=wanted, headers=key())
    assert (nobody.status_code, nobody.json()["code"]) == (403, "person_required")
    outside = await authority.post(url, json={**wanted, "alternative": 99}, headers=key() | PERSON)
    assert (outside.status_code, outside.json()["code"]) == (422, "choice_outside_bracket")
    clock.advance(minutes=1)
    made = await authority.post(url, json=wanted, headers=key() | PERSON)
    assert made.status_code == 201, made.text
    after = (await decided(officer, one["id"]))["items"][0]
    assert after["status"] == "decided"
    assert after["measures"][0]["act"]["person"] == "张三"
    clock.advance(minutes=1)
    revoked = await authority.post(
        f"/v1/determinations/{made.json()['id']}/revocation", json={"basis": "改正"}, headers=key() | PERSON
    )
    assert revoked.status_code == 201, revoked.text
    again = (await decided(officer, one["id"]))["items"][0]
    assert again["status"] == "authority_decides"


async def test_another_regions_officer_sees_no_decision(door: Door, officer: httpx.AsyncClient) -> None:
    one = await registered(officer, lime(**GOOD))
    await decided(officer, one["id"])
    stranger = await door.caller(regions=("140500",))
    answer = await stranger.get(f"/v1/enterprises/{one['id']}/decisions", params=ASKED)
    assert (answer.status_code, answer.json()["code"]) == (404, "enterprise_unknown")
    refused = await stranger.post(
        f"/v1/enterprises/{one['id']}/decisions", json={"pack": LINFEN, "season": 2019}, headers=key()
    )
    assert refused.status_code == 404


async def test_an_evaluation_stores_nothing_and_names_unknown_facts(officer: httpx.AsyncClient) -> None:
    line: dict[str, Any] = {"industry": "ceramics", "facts": {"deep_treatment": "accepted", "fuel": "coal"}}
    site = {"region": "141027", "facts": {"electricity_control_system": "done"}, "lines": [line]}
    body = {"pack": LINFEN, "season": 2019, "day": "2020-02-29", "enterprise": {"sites": [site]}}
    answer = await officer.post("/v1/evaluations", json=body)
    assert answer.status_code == 200, answer.text
    decision = answer.json()["decisions"][0]
    assert (decision["status"], decision["measures"][0]["last_day"], decision["in_force"]) == (
        "decided",
        "2020-02-29",
        True,
    )
    line["facts"]["fule"] = "coal"
    wrong = await officer.post("/v1/evaluations", json=body)
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "fact_unknown")
    assert "fuel" in wrong.json()["errors"][0]["detail"]


async def test_unknown_packs_are_not_found(officer: httpx.AsyncClient) -> None:
    answer = await officer.get("/v1/policy-packs/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "pack_unknown")


async def test_a_pack_is_served_with_its_provisions_document_and_schema(officer: httpx.AsyncClient) -> None:
    listed = (await officer.get("/v1/policy-packs")).json()["items"]
    assert [one["name"] for one in listed] == [LINFEN]
    detail = await officer.get(f"/v1/policy-packs/{LINFEN}")
    assert len(detail.json()["provisions"]) == 68
    assert detail.headers["ETag"] == f'"{listed[0]["hash"]}-published"'
    document = (await officer.get(f"/v1/policy-packs/{LINFEN}/document")).json()
    assert document["document"]["pack"]["pack"] == LINFEN
    schema = (await officer.get("/v1/policy-packs/schema")).json()["pack_schema"]
    assert "ladder" in str(schema)

"""Packs over HTTP: checked, published once, never changed."""

from uuid import uuid4

import pytest

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.door import Door
from tests.api.test_decisions import lime
from tests.conftest import Clock

SMALL = """
pack: small-town
version: 1.0.0
title: {zh: 小镇方案, en: a small town's plan}
issuer: {region: "141027", level: county, body: 县政府}
scope: {regions: ["141027"]}
season: [{from: 11-01, to: 03-31, cites: [ST-1]}]
provisions:
  - {id: ST-1, place: 一, kind: M, says: 冬季执行, says_en: it binds in winter}
  - {id: ST-2, place: 二, kind: M, says: 烧煤的停产, says_en: coal burners stop}
industries:
  lime: {name: {zh: 石灰, en: lime}, tags: [lime]}
rules:
  - industry: lime
    lowest: II
    ladder:
      - {id: ST-2.clean, class: I, cites: [ST-2], when: {if: fuel is not coal}, then: normal}
      - {id: ST-2, class: II, cites: [ST-2], then: stop}
"""
CASES = """
pack: small-town
scenarios:
  - name: A coal kiln stops
    season: 2019
    day: 2019-12-10
    region: "141027"
    industry: lime
    facts: {fuel: coal}
    expect: {status: decided, rules: [ST-2], measures: [{kind: stop, days: 152}]}
"""


async def finished(
    door: Door, clock: Clock, path: str, body: dict[str, str]
) -> tuple[dict[str, object], dict[str, object]]:
    caller = await door.caller()
    started = await caller.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})
    assert started.status_code == 202, started.text
    await Worker(sessions=door.sessions, clock=clock, handlers=HANDLERS).drain()
    operation = (await caller.get(started.headers["Location"])).json()
    result = (await caller.get(f"{started.headers['Location']}/result")).json()
    return operation, result


async def test_a_pack_that_passes_is_published_and_found(busy_door: Door, clock: Clock) -> None:
    operation, result = await finished(busy_door, clock, "/v1/policy-packs", {"pack": SMALL, "scenarios": CASES})
    assert operation["state"] == "succeeded", operation
    caller = await busy_door.caller()
    found = (await caller.get("/v1/policy-packs/small-town")).json()
    assert found["hash"] == result["result"]["hash"]  # type: ignore[index]  # the result is an object
    again, _ = await finished(busy_door, clock, "/v1/policy-packs", {"pack": SMALL, "scenarios": CASES})
    assert again["state"] == "succeeded"
    assert len((await caller.get("/v1/policy-packs/small-town")).json()["versions"]) == 1


async def test_facts_a_published_pack_declares_can_be_asserted(busy_door: Door, clock: Clock) -> None:
    local = SMALL.replace(
        "industries:",
        "facts:\n  town_list: {zh: 镇清单, en: on the town's list, type: boolean, subject: line,"
        " question: 是否列入镇清单？, question_en: Is it on the town's list?}\nindustries:",
        1,
    ).replace("{if: fuel is not coal}", "{any: [{if: fuel is not coal}, {if: town_list}]}")
    operation, _ = await finished(busy_door, clock, "/v1/policy-packs", {"pack": local, "scenarios": CASES})
    # An unknown entry of the list leaves the scenario open, so it has to say it.
    assert operation["problem"]["errors"][0]["code"] == "scenario_fails"  # type: ignore[index]  # a failed operation
    told = CASES.replace("{fuel: coal}", "{fuel: coal, town_list: false}")
    operation, _ = await finished(busy_door, clock, "/v1/policy-packs", {"pack": local, "scenarios": told})
    assert operation["state"] == "succeeded", operation
    caller = await busy_door.caller()
    body = lime(town_list="true")
    body["region"] = body["sites"][0]["region"] = "141027"
    made = await caller.post("/v1/enterprises", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert made.status_code == 201, made.text


async def test_a_published_version_cannot_be_replaced(busy_door: Door, clock: Clock) -> None:
    await finished(busy_door, clock, "/v1/policy-packs", {"pack": SMALL, "scenarios": CASES})
    changed = SMALL.replace("小镇方案", "另一方案")
    operation, _ = await finished(busy_door, clock, "/v1/policy-packs", {"pack": changed, "scenarios": CASES})
    assert operation["problem"]["code"] == "pack_version_taken"  # type: ignore[index]  # a failed operation has one


@pytest.mark.parametrize(
    ("pack", "cases", "code"),
    [
        (SMALL, CASES.replace("152", "151"), "scenario_fails"),
        (SMALL.replace("cites: [ST-2], then: stop", "cites: [ST-9], then: stop"), CASES, "provision_unknown"),
    ],
)
async def test_a_failing_pack_is_refused_with_its_reasons(
    busy_door: Door, clock: Clock, pack: str, cases: str, code: str
) -> None:
    operation, _ = await finished(busy_door, clock, "/v1/policy-packs", {"pack": pack, "scenarios": cases})
    problem = operation["problem"]
    assert problem["code"] == "pack_fails"  # type: ignore[index]  # a failed operation has one
    assert code in {error["code"] for error in problem["errors"]}  # type: ignore[index]  # as above
    caller = await busy_door.caller()
    assert (await caller.get("/v1/policy-packs/small-town")).status_code == 404


async def test_a_check_reports_and_publishes_nothing(busy_door: Door, clock: Clock) -> None:
    _, result = await finished(busy_door, clock, "/v1/policy-packs/checks", {"pack": SMALL, "scenarios": CASES})
    assert result["result"]["passes"]  # type: ignore[index]  # the result is an object
    caller = await busy_door.caller()
    assert (await caller.get("/v1/policy-packs/small-town")).status_code == 404

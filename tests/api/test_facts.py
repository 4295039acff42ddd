"""Facts at the door: asserted, verified by somebody else, retracted, and read as they were known."""

import asyncio
from itertools import count
from typing import Any

import httpx
import pytest

from tests.api.door import Door
from tests.api.test_enterprises import a_problem, key, register
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock

NUMBERS = count()


async def a_line(caller: httpx.AsyncClient) -> tuple[str, str]:
    """The address of a fresh enterprise's assertions, and the id of its line."""
    made = await register(caller)
    return f"/v1/enterprises/{made['id']}/assertions", made["sites"][0]["lines"][0]["id"]


async def say(caller: httpx.AsyncClient, here: str, line: str, value: object, **more: object) -> dict[str, Any]:
    one = {"subject_id": line, "fact": "燃料", "value": value, **more}
    answer = await caller.post(here, json={"assertions": [one]}, headers=key(f"say-{next(NUMBERS)}"))
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()["items"][0]
    return said


async def fuel(caller: httpx.AsyncClient, here: str, **query: str) -> list[str]:
    found = (await caller.get(here, params={"fact": "fuel", **query})).json()["items"]
    return [one["value"] for one in found]


async def test_the_catalogue_is_public_to_readers_with_both_labels(door: Door) -> None:
    caller = await door.caller("facts:read")
    facts = {fact["name"]: fact for fact in (await caller.get("/v1/facts")).json()["items"]}
    coal = {"code": "coal", "label_zh": "煤", "label_en": "coal"}
    assert (facts["fuel"]["label_zh"], facts["fuel"]["options"][0]) == ("燃料", coal)
    assert facts["pm_o2_6_mg_m3"]["derived_from"] == ["pm_measured_mg_m3", "flue_oxygen_pct"]
    assert facts["long_idle"]["absent"] == "false"


async def test_a_later_state_takes_over_from_its_day(door: Door) -> None:
    caller = await door.caller()
    here, line = await a_line(caller)
    await say(caller, here, line, "煤")
    await say(caller, here, line, "天然气", valid_from="2019-11-01")
    assert await fuel(caller, here, day="2019-10-31") == ["coal"]
    assert await fuel(caller, here, day="2019-11-01") == ["natural_gas"]
    assert await fuel(caller, here) == ["coal", "natural_gas"]


async def test_a_correction_is_seen_from_when_it_was_known(door: Door, clock: Clock) -> None:
    caller = await door.caller()
    here, line = await a_line(caller)
    await say(caller, here, line, "煤")
    before = clock().isoformat()
    clock.advance(minutes=30)
    await say(caller, here, line, "焦炭")
    assert await fuel(caller, here, day="2019-12-10") == ["coke"]
    assert await fuel(caller, here, day="2019-12-10", known_at=before) == ["coal"]


async def test_a_retracted_assertion_uncovers_what_it_hid(door: Door, clock: Clock) -> None:
    caller = await door.caller()
    here, line = await a_line(caller)
    await say(caller, here, line, "煤")
    wrong = await say(caller, here, line, "油")
    before = clock().isoformat()
    clock.advance(minutes=30)
    answer = await caller.post(f"/v1/assertions/{wrong['id']}/retraction", json={"reason": "录错"}, headers=key("r"))
    assert (answer.status_code, answer.json()["retraction"]["note"]) == (201, "录错")
    assert await fuel(caller, here, day="2019-12-10") == ["coal"]
    assert await fuel(caller, here, day="2019-12-10", known_at=before) == ["oil"]
    again = await caller.post(f"/v1/assertions/{wrong['id']}/retraction", json={"reason": "再"}, headers=key("r2"))
    assert a_problem(again)[:2] == (409, "assertion_retracted")


async def test_an_unknown_fact_is_refused_with_its_nearest_names(door: Door) -> None:
    caller = await door.caller()
    here, line = await a_line(caller)
    answer = await caller.post(
        here, json={"assertions": [{"subject_id": line, "fact": "pm_mg_m4", "value": "1"}]}, headers=key("1")
    )
    assert a_problem(answer)[:2] == (422, "fact_unknown")
    assert "pm_mg_m3" in answer.json()["detail"]


async def test_one_wrong_fact_keeps_all_of_them_out(door: Door) -> None:
    caller = await door.caller()
    here, line = await a_line(caller)
    before = (await caller.get(here)).json()
    both = [
        {"subject_id": line, "fact": "fuel", "value": "coal"},
        {"subject_id": line, "fact": "pm_mg_m3", "value": "≤30"},
    ]
    answer = await caller.post(here, json={"assertions": both}, headers=key("1"))
    assert a_problem(answer) == (422, "facts_invalid", {"/assertions/1/value": "not_a_number"})
    assert (await caller.get(here)).json() == before


async def test_a_subject_of_another_enterprise_is_unknown(door: Door) -> None:
    caller = await door.caller()
    here, _ = await a_line(caller)
    other = await register(caller, code="E2")
    line = other["sites"][0]["lines"][0]["id"]
    answer = await caller.post(
        here, json={"assertions": [{"subject_id": line, "fact": "fuel", "value": "coal"}]}, headers=key("1")
    )
    assert a_problem(answer)[:2] == (404, "subject_unknown")


async def test_who_asserted_cannot_verify_and_another_can(door: Door) -> None:
    asserter, verifier = await door.caller(), await door.caller("facts:verify")
    here, line = await a_line(asserter)
    said = await say(asserter, here, line, "煤")
    there = f"/v1/assertions/{said['id']}/verification"
    assert a_problem(await asserter.post(there, json={}, headers=key("1")))[:2] == (403, "verifier_is_asserter")
    verified = await verifier.post(there, json={"note": "现场核实"}, headers=key("1"))
    assert (verified.status_code, verified.json()["verification"]["note"]) == (201, "现场核实")
    assert a_problem(await verifier.post(there, json={}, headers=key("2")))[:2] == (409, "assertion_verified")


async def test_several_assertions_are_verified_together_or_not_at_all(door: Door) -> None:
    asserter, verifier = await door.caller(), await door.caller("facts:verify", "facts:read")
    here, line = await a_line(asserter)
    ids = [(await say(asserter, here, line, value))["id"] for value in ("煤", "焦炭")]
    there = here.replace("assertions", "verifications")
    unknown = {"assertion_ids": [*ids, line]}
    assert a_problem(await verifier.post(there, json=unknown, headers=key("1")))[:2] == (404, "assertion_unknown")
    done = await verifier.post(there, json={"assertion_ids": ids}, headers=key("2"))
    assert [one["verification"] is not None for one in done.json()["items"]] == [True, True]


async def test_racing_verifiers_leave_one_verification(busy_door: Door) -> None:
    asserter = await busy_door.caller()
    here, line = await a_line(asserter)
    said = await say(asserter, here, line, "煤")
    verifiers = [await busy_door.caller("facts:verify") for _ in range(5)]
    answers = await asyncio.gather(
        *(one.post(f"/v1/assertions/{said['id']}/verification", json={}, headers=key("1")) for one in verifiers)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_an_assertion_out_of_sight_cannot_be_touched(door: Door) -> None:
    asserter = await door.caller()
    here, line = await a_line(asserter)
    said = await say(asserter, here, line, "煤")
    stranger = await door.caller(regions=("140600",))
    for act, body in (("verification", {}), ("retraction", {"reason": "x"})):
        answer = await stranger.post(f"/v1/assertions/{said['id']}/{act}", json=body, headers=key(act))
        assert a_problem(answer)[:2] == (404, "assertion_unknown")


@pytest.mark.parametrize("value", [True, 1, "1.5"])
async def test_json_booleans_and_numbers_are_read_as_they_look(door: Door, value: object) -> None:
    caller = await door.caller()
    here, line = await a_line(caller)
    fact = "stoppable" if value is True else "pm_mg_m3"
    answer = await caller.post(
        here, json={"assertions": [{"subject_id": line, "fact": fact, "value": value}]}, headers=key("1")
    )
    assert answer.json()["items"][0]["value"] == ("true" if value is True else str(value))


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("exemption_listed", "true"),
        ("performance_grade", "A"),
        ("special_load_approved", "true"),
        ("violation_kind", "none"),
    ],
)
async def test_an_enterprise_cannot_say_what_the_authority_records(door: Door, fact: str, value: str) -> None:
    officer = await door.caller()
    here, line = await a_line(officer)
    enterprise = here.split("/")[3]
    own = await door.caller(regions=(), enterprise_ids=(enterprise,))
    before = await rows(door.sessions)
    claim = {"subject_id": line, "fact": fact, "value": value}
    answer = await own.post(here, json={"assertions": [claim]}, headers=key("own"))
    assert a_problem(answer)[:2] == (403, "authority_records")
    head = await own.get(f"/v1/enterprises/{enterprise}")
    site = head.json()["sites"][0]
    body = {
        "sites": [
            {
                "code": site["code"],
                "lines": [{"code": site["lines"][0]["code"], "facts": [{"fact": fact, "value": value}]}],
            }
        ]
    }
    changed = await own.patch(f"/v1/enterprises/{enterprise}", json=body, headers={"If-Match": head.headers["ETag"]})
    assert a_problem(changed)[:2] == (403, "authority_records")
    assert await rows(door.sessions) == before
    said = await officer.post(here, json={"assertions": [claim]}, headers=key("officer"))
    assert said.status_code == 201, said.text
    url = f"/v1/assertions/{said.json()['items'][0]['id']}"
    taken_back = await own.post(f"{url}/retraction", json={"reason": "不认可"}, headers=key("back"))
    assert a_problem(taken_back)[:2] == (403, "authority_records")
    confirmed = await own.post(f"{url}/verification", json={}, headers=key("own-verification"))
    assert a_problem(confirmed)[:2] == (403, "authority_required")

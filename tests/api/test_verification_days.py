"""A verification counts from the day it is recorded (A-L29): over HTTP, with the records of earlier winters beside it."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.api.cases import Town, town, works
from tests.api.door import Door
from tests.api.officer import key
from tests.api.test_enterprises import a_problem
from tests.conftest import Clock

KILN = {"pm_mg_m3": "30", "so2_mg_m3": "200", "nox_mg_m3": "300", "fuel": "natural_gas", "deep_treatment": "accepted"}


@pytest.fixture
async def kiln(door: Door, clock: Clock) -> Town:
    clock.now = datetime(2019, 10, 10, 2, tzinfo=UTC)
    body = works("lime", region="141002", site={"electricity_control_system": "accepted"}, **KILN)
    return await town(door, clock, "linfen-twelve-industries", body)


async def says(here: Town, value: str, valid_from: str) -> str:
    said = {"subject_id": here.line, "fact": "kiln_plan_21", "value": value, "valid_from": valid_from}
    url = f"/v1/enterprises/{here.id}/assertions"
    answer = await here.authority.post(url, json={"assertions": [said]}, headers=key())
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["items"][0]["id"]
    return found


async def comes(here: Town, *day: int) -> httpx.AsyncClient:
    """Ten in the morning of a day in China, and somebody else who may verify; the officer signs in again."""
    here.clock.come_to(*day)
    here.authority = await here.door.caller(on_behalf_of=True)
    return await here.door.caller()


async def verified(caller: httpx.AsyncClient, assertion: str, **body: Any) -> httpx.Response:
    return await caller.post(f"/v1/assertions/{assertion}/verification", json=body, headers=key())


async def classes(here: Town, *days: str) -> dict[str, Any]:
    here.clock.advance(minutes=1)
    body = {"pack": here.pack, "season": 2019}
    url = f"/v1/enterprises/{here.id}/decisions"
    assert (await here.authority.post(url, json=body, headers=key())).status_code == 201
    return {day: (await here.decided(day))["stagger_class"] for day in days}


async def test_a_class_improves_from_the_day_the_acceptance_is_verified_and_a_later_state_still_hides_it(
    kiln: Town,
) -> None:
    await comes(kiln, 2019, 10, 21)
    claimed = await says(kiln, "accepted", "2019-10-20")
    assert await classes(kiln, "2019-10-20", "2020-03-01") == {"2019-10-20": "III", "2020-03-01": "III"}
    known_then = kiln.clock().isoformat()

    other = await comes(kiln, 2019, 12, 5)
    mark = (await verified(other, claimed)).json()["verification"]
    assert (mark["counts_from"], mark["at"][:10]) == ("2019-12-05", "2019-12-05")
    days = ("2019-10-20", "2019-12-04", "2019-12-05", "2020-03-01")
    assert list((await classes(kiln, *days)).values()) == ["III", "III", "I", "I"]
    past = await kiln.authority.get(
        f"/v1/enterprises/{kiln.id}/decisions",
        params={"pack": kiln.pack, "season": 2019, "day": "2020-03-01", "known_at": known_then},
    )
    assert past.json()["items"][0]["stagger_class"] == "III"

    evidence = {day: await _evidence(kiln, day) for day in ("2019-12-04", "2019-12-05")}
    assert {day: (one["assertion_id"], one["valid_from"], one["verified"]) for day, one in evidence.items()} == {
        "2019-12-04": (claimed, "2019-10-20", False),
        "2019-12-05": (claimed, "2019-10-20", True),
    }

    await comes(kiln, 2019, 12, 20)
    await says(kiln, "not_done", "2019-11-10")
    days = ("2019-11-09", "2019-12-04", "2019-12-05", "2019-12-25")
    assert list((await classes(kiln, *days)).values()) == ["III", "III", "III", "III"]
    assert (await _evidence(kiln, "2019-12-10"))["assertion_id"] != claimed


async def _evidence(here: Town, day: str) -> dict[str, Any]:
    query: dict[str, str | int] = {"pack": here.pack, "season": 2019, "day": day}
    answer = await here.authority.get(f"/v1/enterprises/{here.id}/decisions/{here.line}", params=query)
    assert answer.status_code == 200, answer.text
    conditions = [one for rule in answer.json()["rules_examined"] for one in rule["conditions"]]
    return next(one["evidence"] for one in conditions if one["fact"] == "kiln_plan_21")


async def test_a_verification_of_this_season_cannot_be_dated_back(kiln: Town) -> None:
    other = await comes(kiln, 2019, 12, 5)
    claimed = await says(kiln, "accepted", "2019-10-20")
    for day in ("2019-07-01", "2019-12-04", "2019-12-05", "2020-01-01"):
        refused = await verified(other, claimed, counts_from=day, note="验收意见 3 号")
        assert a_problem(refused)[:2] == (422, "verification_retroactive")
        assert "A-L29" in refused.json()["detail"]
        assert "2019-07-01" in refused.json()["detail"]
    nothing = await verified(other, claimed, counts_from="2019-06-30")
    assert a_problem(nothing)[:2] == (422, "verification_without_basis")


async def test_the_acceptance_of_an_earlier_winter_counts_from_the_day_that_is_stated(kiln: Town) -> None:
    other = await comes(kiln, 2019, 12, 5)
    claimed = await says(kiln, "accepted", "2018-10-20")
    url = f"/v1/enterprises/{kiln.id}/verifications"
    body = {"assertion_ids": [claimed], "counts_from": "2018-11-30", "note": "2018 年验收意见 7 号"}
    made = await other.post(url, json=body, headers=key())
    (one,) = made.json()["items"]
    assert (one["verification"]["counts_from"], one["verification"]["note"]) == ("2018-11-30", body["note"])
    assert await classes(kiln, "2019-10-01", "2019-12-04") == {"2019-10-01": "I", "2019-12-04": "I"}
    audit = (await kiln.authority.get("/v1/audit?limit=100")).json()["items"]
    told = [entry["data"]["counts_from"] for entry in audit if entry["type"] == "fact.verified"]
    assert "2018-11-30" in told

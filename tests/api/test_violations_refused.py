"""What may not be done about a violation gets one clear problem, and no table gains a row."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.api.cases import OTHER_PERSON, PROOF, Town, town, works
from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock

FRAUD = {"fact": "violation_kind", "value": "data_fraud"}
BASIS: dict[str, Any] = {"basis": "决定书1号"}


@pytest.fixture
async def foundry(door: Door, clock: Clock) -> Town:
    return await town(door, clock, "fushan", works("foundry", performance_grade="B"))


def refused(answer: httpx.Response, *, status: int, word: str) -> None:
    problem = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert word in f"{problem['code']} {problem.get('errors')}", problem


REPORTS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "a fact that is none": ([{"fact": "fuel", "value": "coal"}], {}, "not_a_violation_fact"),
    "a fact of another plan": ([{"fact": "found_unlisted", "value": "true"}], {}, "not_a_violation_fact"),
    "a value outside its list": ([{"fact": "violation_kind", "value": "arson"}], {}, "unknown_option"),
    "a value that means nothing happened": ([{"fact": "violation_kind", "value": "none"}], {}, "claims_nothing"),
    "a number instead of days": ([{"fact": "exceedance_days", "value": "3"}], {}, "days_missing"),
    "days for a fact that counts none": ([{**FRAUD, "days": ["2019-12-02"]}], {}, "value_or_days"),
    "a day on which nothing is said to have happened": (
        [{"fact": "exceedance_days", "days": ["2019-11-30"]}], {}, "outside_occurrence",
    ),
    "one fact twice": ([FRAUD, FRAUD], {}, "claimed_twice"),
    "tomorrow": ([FRAUD], {"occurred_to": "2019-12-11"}, "in_the_future"),
    "days of two seasons": ([FRAUD], {"occurred_from": "2019-06-30"}, "outside_season"),
    "an end before the beginning": ([FRAUD], {"occurred_to": "2019-11-30"}, "before_beginning"),
    "somebody else's line": ([FRAUD], {"subject_id": "01a22809-5b5e-7f00-8000-000000000001"}, "subject_unknown"),
    "an unknown plan": ([FRAUD], {"pack": "nowhere"}, "pack_unknown"),
    "an inspection nobody made": (
        [FRAUD], {"evidence": [{"kind": "inspection", "reference": "42"}]}, "inspection_unknown",
    ),
    "a winter's offence of the autumn": (
        [{"fact": "gas_violation_winter", "value": "true"}], {"occurred_from": "2019-10-01", "occurred_to": "2019-10-20"},
        "outside_window",
    ),
    "a photo without a hash": ([FRAUD], {"evidence": [{"kind": "photo", "reference": "1.jpg"}]}, "sha256"),
}  # fmt: skip


async def test_a_suspicion_that_does_not_fit_is_not_kept(foundry: Town) -> None:
    before = await rows(foundry.door.sessions)
    for what, (claims, more, word) in REPORTS.items():
        url = f"/v1/enterprises/{foundry.id}/violations"
        answer = await foundry.reporter.post(url, json=foundry.claim(*claims, **more), headers=key())
        status = 404 if word in {"subject_unknown", "pack_unknown"} else 422
        assert (answer.status_code, word in answer.text) == (status, True), (what, answer.text)
    assert (
        "environmental_violation（环境违法）"
        in (
            await foundry.reporter.post(url, json=foundry.claim({"fact": "fuel", "value": "coal"}), headers=key())
        ).json()["detail"]
    )
    assert await rows(foundry.door.sessions) == before


async def test_a_plan_of_another_place_is_no_ground(door: Door, clock: Clock) -> None:
    here = await town(door, clock, "fushan", works("foundry", performance_grade="B"))
    registrar = await door.caller()
    away = await registrar.post("/v1/enterprises", json=works("foundry", region="141002", code="AWAY"), headers=key())
    before = await rows(door.sessions)
    body = here.claim(FRAUD) | {"subject_id": None}
    answer = await here.reporter.post(f"/v1/enterprises/{away.json()['id']}/violations", json=body, headers=key())
    refused(answer, status=422, word="pack_elsewhere")
    assert await rows(door.sessions) == before


async def test_who_may_not_act_does_not(foundry: Town) -> None:
    url = f"/v1/enterprises/{foundry.id}/violations"
    reported = await foundry.reports(FRAUD)
    reading = await foundry.door.caller("violations:read")
    stranger = await foundry.door.caller(regions=("140500",), on_behalf_of=True)
    own = await foundry.door.caller(regions=(), enterprise_ids=(foundry.id,), on_behalf_of=True)
    until = (foundry.clock() + timedelta(hours=48)).isoformat()
    hearing: dict[str, Any] = {"reply_until": until, "notice": "告知书"}
    before = await rows(foundry.door.sessions)
    attempts: list[tuple[httpx.Response, int, str]] = [
        (await reading.post(url, json=foundry.claim(FRAUD), headers=key()), 403, "missing_scope"),
        (await stranger.post(url, json=foundry.claim(FRAUD), headers=key()), 404, "enterprise_unknown"),
        (await own.post(url, json=foundry.claim(FRAUD), headers=key()), 403, "authority_required"),
        (await foundry.tries(reported, "hearing", as_={}, **hearing), 403, "person_required"),
        (await foundry.tries(reported, "hearing", by=own, **hearing), 403, "authority_required"),
        (await foundry.tries(reported, "hearing", by=stranger, **hearing), 404, "violation_unknown"),
        (await foundry.tries(reported, "hearing", **hearing | {"reply_until": foundry.clock().isoformat()}), 422, "reply_period_too_short"),
        (await foundry.tries(reported, "confirmation", **BASIS), 409, "transition_refused"),
        (await foundry.tries(reported, "rectification", note="x", evidence=PROOF), 409, "transition_refused"),
        (await foundry.tries(reported, "overturning", reason="x"), 409, "transition_refused"),
        (await foundry.tries(reported, "reply", by=foundry.firm, as_={}, text="x"), 409, "transition_refused"),
    ]  # fmt: skip
    for answer, status, word in attempts:
        refused(answer, status=status, word=word)
    unseen = f"/v1/violations/{reported['id']}/hearing"
    bare = await foundry.authority.post(unseen, json=hearing, headers=key() | PERSON)
    assert (bare.status_code, bare.json()["code"]) == (428, "precondition_required")
    stale = await foundry.authority.post(unseen, json=hearing, headers=key() | PERSON | {"If-Match": '"7"'})
    refused(stale, status=412, word="violation_stale")
    assert await rows(foundry.door.sessions) == before


async def test_nobody_confirms_too_early_nor_what_they_reported_themselves(foundry: Town) -> None:
    url = f"/v1/enterprises/{foundry.id}/violations"
    made = await foundry.authority.post(url, json=foundry.claim(FRAUD), headers=key() | PERSON)
    reported = made.json()["violation"]
    until = (foundry.clock() + timedelta(hours=48)).isoformat()
    await foundry.does(reported, "hearing", reply_until=until, notice="告知书")
    before = await rows(foundry.door.sessions)
    attempts = [
        (await foundry.tries(reported, "confirmation", as_=OTHER_PERSON, **BASIS), 409, "hearing_open"),
        (await foundry.tries(reported, "confirmation", **BASIS), 403, "same_hands"),
        (await foundry.tries(reported, "reply", as_={}, text="替企业说"), 403, "own_enterprise_only"),
        (await foundry.tries(reported, "confirmation", as_={}, **BASIS), 403, "person_required"),
    ]
    for answer, status, word in attempts:
        refused(answer, status=status, word=word)
    assert await rows(foundry.door.sessions) == before
    foundry.clock.advance(hours=48)
    foundry.authority = await foundry.door.caller(on_behalf_of=True)
    before = await rows(foundry.door.sessions)
    for body, word in (
        ({"from_day": "2019-11-30"}, "outside_season"),
        ({"from_day": "2020-07-01"}, "outside_season"),
        ({"facts": ["environmental_violation"]}, "not_suspected"),
        ({"evidence": [{"kind": "inspection", "reference": "42"}]}, "inspection_unknown"),
    ):
        answer = await foundry.tries(reported, "confirmation", as_=OTHER_PERSON, **BASIS | body)
        refused(answer, status=422, word=word)
    assert await rows(foundry.door.sessions) == before
    done = await foundry.does(reported, "confirmation", as_=OTHER_PERSON, **BASIS)
    assert done["violation"]["state"] == "confirmed", "the time to reply is over"
    before = await rows(foundry.door.sessions)
    attempts = [
        (await foundry.tries(reported, "confirmation", as_=OTHER_PERSON, **BASIS), 409, "transition_refused"),
        (await foundry.tries(reported, "dismissal", reason="x"), 409, "transition_refused"),
        (await foundry.tries(reported, "rectification", note="x", evidence=[]), 422, "/evidence"),
        (await foundry.tries(reported, "rectification", note="x", evidence=PROOF, accepted_on="2020-01-01"), 422, "outside_case"),
        (await foundry.tries(reported, "overturning", as_={}, reason="x"), 403, "person_required"),
        (await foundry.authority.get(f"/v1/violations/{reported['id']}/consequences"), 409, "transition_refused"),
    ]  # fmt: skip
    for answer, status, word in attempts:
        refused(answer, status=status, word=word)
    assert await rows(foundry.door.sessions) == before

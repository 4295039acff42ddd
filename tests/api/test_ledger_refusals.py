"""What the stop-day ledger refuses, to whom, and that a refusal stores nothing."""

from uuid import uuid4

import pytest

from tests.api.door import Door
from tests.api.foundry import FUSHAN, Foundry, Json, a_foundry, registered, works
from tests.api.officer import PERSON, key
from tests.api.packs import publish
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock


@pytest.fixture
async def foundry(door: Door, clock: Clock) -> Foundry:
    return await a_foundry(door, clock)


OVER = {"from_day": None, "until_day": None}
REFUSED: dict[str, tuple[Json, int, str]] = {
    "tomorrow as served": ({"until_day": "2019-12-12"}, 422, "hours_invalid"),
    "an end before the beginning": ({"from_day": "2019-12-09", "until_day": "2019-12-08"}, 422, "hours_invalid"),
    "half an hour": (
        OVER | {"from_at": "2019-12-01T00:00:00+08:00", "until_at": "2019-12-01T10:30:00+08:00"}, 422, "hours_invalid",
    ),
    "days and instants": ({"from_at": "2019-12-01T00:00:00+08:00"}, 422, "hours_invalid"),
    "hours before the season": ({"from_day": "2019-10-20", "until_day": "2019-10-22"}, 422, "hours_outside_accounts"),
    "hours that count already": ({"from_day": "2019-12-02", "until_day": "2019-12-03"}, 409, "hours_counted_already"),
    "a credit by hand": ({"kind": "credited"}, 422, "validation_failed"),
    "a subject that owes nothing": ({"subject_id": str(uuid4())}, 409, "subject_without_ledger"),
    "a season nobody decided": ({"season": 2018}, 404, "ledger_unknown"),
    "a photo without a hash": ({"evidence": [{"kind": "photo", "reference": "p"}]}, 422, "evidence_invalid"),
}  # fmt: skip


async def test_what_cannot_be_posted_is_refused_and_stores_nothing(door: Door, foundry: Foundry) -> None:
    await foundry.serves("2019-12-01", "2019-12-05")
    before = await rows(door.sessions)
    for what, (more, status, code) in REFUSED.items():
        answer = await foundry.posts(foundry.stood("2019-12-07", "2019-12-09") | more)
        assert (answer.status_code, answer.json()["code"]) == (status, code), f"{what}: {answer.text}"
    nobody = await foundry.posts(foundry.stood("2019-12-07", "2019-12-09"), **key())
    assert (nobody.status_code, nobody.json()["code"]) == (403, "person_required")
    unknown = await foundry.reverses(str(uuid4()))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "ledger_entry_unknown")
    other = await foundry.caller.post(
        f"/v1/enterprises/{foundry.id}/settlements", json={"pack": "huairen", "season": 2019}, headers=key()
    )
    assert (other.status_code, other.json()["code"]) == (404, "not_decided")
    assert await rows(door.sessions) == before


async def test_others_see_or_do_only_what_is_theirs(door: Door, foundry: Foundry) -> None:
    posted = await foundry.serves("2019-12-01", "2019-12-05")
    own = await door.caller(regions=(), region="141027", enterprise_ids=(foundry.id,), on_behalf_of=True)
    elsewhere = await door.caller(regions=("140500",), on_behalf_of=True)
    reader = await door.caller("ledger:read", on_behalf_of=True)
    before = await rows(door.sessions)
    url, body = f"/v1/enterprises/{foundry.id}", foundry.stood("2019-12-07", "2019-12-09")
    entry = f"/v1/ledger-entries/{posted['entries'][0]['id']}/reversal"
    for caller, codes in (
        (own, (200, "authority_required")),
        (elsewhere, (404, "enterprise_unknown")),
        (reader, (200, "missing_scope")),
    ):
        assert (await caller.get(f"{url}/ledger", params=FUSHAN)).status_code == codes[0]
        assert (await caller.get(f"{url}/ledger/entries", params=FUSHAN)).status_code == codes[0]
        for path, sent in ((f"{url}/ledger-entries", body), (f"{url}/settlements", FUSHAN)):
            answer = await caller.post(path, json=sent, headers=key() | PERSON)
            assert answer.json()["code"] == codes[1], answer.text
        answer = await caller.post(entry, json={"reason": "x"}, headers=key() | PERSON)
        assert answer.json()["code"] in {codes[1], "ledger_entry_unknown"}
    assert await rows(door.sessions) == before


async def test_a_pack_that_counts_no_days_keeps_no_ledger(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "yongning")
    plant = await registered(door, clock, works("lime"))
    await plant.decides("yongning")
    asked = {"pack": "yongning", "season": 2019}
    before = await rows(door.sessions)
    answer = await plant.caller.post(f"/v1/enterprises/{plant.id}/settlements", json=asked, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (409, "pack_keeps_no_ledger")
    assert await rows(door.sessions) == before
    assert (await plant.ledger(pack="yongning"))["items"] == []

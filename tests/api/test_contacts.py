"""Contacts: who is called, versions that are kept, nobody's data in events, and erasure in time and in nothing else."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.api.door import Door
from tests.api.officer import PERSON, Json, key
from tests.api.owing import HUAIREN, Owing, owing, runs
from tests.conftest import Clock

WANG: Json = {
    "role": "contact", "name": "王五", "phone": "0349-1234567", "office": "生产部主任", "valid_from": "2019-09-01",
}  # fmt: skip
PERSONAL = ("王五", "0349-1234567", "生产部主任", "赵六")


@pytest.fixture
async def huairen(door: Door, clock: Clock) -> Owing:
    return await owing(door, clock)


async def registers(by: httpx.AsyncClient, **more: Any) -> httpx.Response:
    return await by.post("/v1/contacts", json=WANG | more, headers=key())


async def changes(by: httpx.AsyncClient, contact: Json, **more: Any) -> httpx.Response:
    headers = {"If-Match": f'"{contact["number"]}"'}
    return await by.put(f"/v1/contacts/{contact['id']}", json=WANG | more, headers=headers)


async def test_a_firm_and_a_bureau_name_whom_to_call(huairen: Owing) -> None:
    """HR-33; who supervises a firm is for the authority to say (L12-55, L12-68)."""
    made = await registers(huairen.own, enterprise_id=huairen.firm)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store"), made.text
    assert made.json()["name"] == "王五"
    own = await registers(huairen.own, enterprise_id=huairen.firm, role="supervising_unit")
    assert (own.status_code, own.json()["code"]) == (403, "authority_required")
    unit = await registers(huairen.caller, enterprise_id=huairen.firm, role="supervising_unit")
    assert unit.status_code == 201
    taken = await changes(huairen.own, unit.json(), role="contact")
    assert (taken.status_code, taken.json()["code"]) == (403, "authority_required")
    office = await registers(huairen.caller, region=HUAIREN, body="市工信局", role="lead_office", name=None)
    assert office.status_code == 201, office.text
    assert {one["role"] for one in (await huairen.own.get("/v1/contacts")).json()["items"]} == {
        "contact", "supervising_unit",
    }  # fmt: skip
    listed = (await huairen.caller.get("/v1/contacts", params={"region": HUAIREN, "role": "lead_office"})).json()
    assert [one["body"] for one in listed["items"]] == ["市工信局"]


async def test_a_contact_of_nobody_or_of_two_or_of_nothing_is_refused(huairen: Owing) -> None:
    for more in ({}, {"region": HUAIREN}, {"enterprise_id": huairen.firm, "region": HUAIREN, "body": "x"}):
        assert (await registers(huairen.caller, **more)).status_code == 422
    empty = await registers(huairen.own, enterprise_id=huairen.firm, name=None, phone=None, office=None)
    assert empty.json()["errors"][0]["code"] == "contact_empty"
    backwards = await registers(huairen.own, enterprise_id=huairen.firm, valid_to="2019-08-01")
    assert backwards.json()["errors"][0]["code"] == "before_beginning"


async def test_contacts_are_hidden_from_strangers_and_from_whoever_lacks_the_scope(huairen: Owing) -> None:
    made = (await registers(huairen.own, enterprise_id=huairen.firm)).json()
    office = (await registers(huairen.caller, region=HUAIREN, body="市工信局")).json()
    for grants in ({"regions": ("140581",)}, {"regions": (), "enterprise_ids": ("0" * 32,)}):
        stranger = await huairen.door.caller(**grants)
        assert (await stranger.get("/v1/contacts")).json()["items"] == []
        for one in (made, office):
            answer = await stranger.get(f"/v1/contacts/{one['id']}")
            assert (answer.status_code, answer.json()["code"]) == (404, "contact_unknown")
            assert (await changes(stranger, one)).status_code == 404
    reader = await huairen.door.caller("duties:read")
    assert (await reader.get("/v1/contacts")).status_code == 403


async def test_a_change_is_a_version_and_an_old_one_is_told_to_read_again(huairen: Owing) -> None:
    made = (await registers(huairen.own, enterprise_id=huairen.firm)).json()
    second = (await changes(huairen.own, made, name="赵六")).json()
    assert (second["number"], second["name"]) == (2, "赵六")
    stale = await changes(huairen.own, made, name="孙七")
    assert (stale.status_code, stale.json()["code"]) == (412, "contact_outdated")
    listed = (await huairen.own.get("/v1/contacts")).json()["items"]
    assert [(one["id"], one["name"]) for one in listed] == [(made["id"], "赵六")]
    ended = await changes(huairen.own, second, valid_to="2019-12-01")
    assert ended.status_code == 200
    assert (await huairen.own.get("/v1/contacts", params={"day": "2019-12-10"})).json()["items"] == []


async def test_nobodys_data_stands_in_events_audit_or_kept_answers(huairen: Owing) -> None:
    made = (await registers(huairen.own, enterprise_id=huairen.firm)).json()
    await changes(huairen.own, made, name="赵六")
    async with huairen.door.sessions() as session:
        for table in ("audit", "outbox", "idempotency_keys"):
            kept = " ".join(await session.scalars(text(f"SELECT {table}::text FROM {table}")))
            told = " ".join(
                await session.scalars(text("SELECT encode(coalesce(body, ''), 'escape') FROM idempotency_keys"))
            )
            assert not [one for one in PERSONAL if one in kept or one in told], table


async def erased(huairen: Owing) -> Json:
    return await runs(huairen.door.sessions, huairen.clock, "erase_contacts")


async def test_what_is_personal_goes_two_years_after_the_end_and_the_fact_stays(huairen: Owing) -> None:
    made = (await registers(huairen.own, enterprise_id=huairen.firm)).json()
    await huairen.waits_until(2020, 3, 31)
    ended = (await changes(huairen.own, made, valid_to="2020-04-01")).json()
    await huairen.waits_until(2022, 3, 30)
    assert (await erased(huairen))["erased"] == 0
    # The version before was replaced on 31 March and goes a day before the last.
    await huairen.waits_until(2022, 3, 31)
    assert (await erased(huairen))["erased"] == 1
    assert (await huairen.own.get(f"/v1/contacts/{made['id']}")).json()["name"] == "王五"
    await huairen.waits_until(2022, 4, 1)
    assert (await erased(huairen))["erased"] == 1
    assert (await erased(huairen))["erased"] == 0
    left = (await huairen.own.get(f"/v1/contacts/{made['id']}")).json()
    assert [left[field] for field in ("name", "phone", "office")] == [None, None, None]
    assert (left["role"], left["valid_to"], left["erased_at"][:10]) == ("contact", "2020-04-01", "2022-04-01")
    again = await changes(huairen.own, ended)
    assert (again.status_code, again.json()["code"]) == (409, "contact_erased")
    async with huairen.door.sessions() as session:
        kept = " ".join(await session.scalars(text("SELECT contacts::text FROM contacts")))
        told = list(await session.scalars(text("SELECT type FROM audit WHERE subject = :id ORDER BY position"), made))
    assert not [one for one in PERSONAL if one in kept]
    assert told == ["contact.registered", "contact.changed", "contact.erased", "contact.erased"]


async def test_a_region_keeps_them_for_the_time_it_set(huairen: Owing) -> None:
    await registers(huairen.own, enterprise_id=huairen.firm, valid_to="2019-10-01")
    url = f"/v1/duty-settings/{HUAIREN}"
    body = {"lead_days": 3, "lead_hours": 1, "contact_months": 2, "basis": "市政府办公室规定"}
    answer = await huairen.caller.put(url, json=body, headers={"If-Match": '"0"'} | PERSON)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["set_by"], answer.json()["contact_months"]) == (HUAIREN, 2)
    stale = await huairen.caller.put(url, json=body, headers={"If-Match": '"0"'} | PERSON)
    assert (stale.status_code, stale.json()["code"]) == (412, "duty_settings_outdated")
    assert (await erased(huairen))["erased"] == 1
    stranger = await huairen.door.caller(regions=("140581",), on_behalf_of=True)
    refused = await stranger.put(url, json=body, headers={"If-Match": '"1"'} | PERSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "authority_required")
    # Those who are due soon follow what the region set.
    await huairen.makes()
    await huairen.waits_until(2020, 1, 2)
    assert await huairen.duties(state="due_soon") == []
    await huairen.waits_until(2020, 1, 3)
    assert {one["period"] for one in await huairen.duties(state="due_soon")} == {"2020-01"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contacts SET name = '别人'",
        "UPDATE contacts SET name = NULL, phone = NULL, office = NULL",
        "UPDATE contacts SET name = NULL, erased_at = now()",
        "UPDATE contacts SET name = NULL, phone = NULL, office = NULL, erased_at = now(), role = 'duty_person'",
        "DELETE FROM contacts",
        "TRUNCATE contacts",
    ],
)
async def test_the_database_lets_nothing_be_done_to_a_contact_but_erase_it_whole(
    huairen: Owing, statement: str
) -> None:
    await registers(huairen.own, enterprise_id=huairen.firm)
    async with huairen.door.sessions() as session:
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(text(statement))
        await session.rollback()


async def test_what_was_erased_cannot_be_given_back(huairen: Owing) -> None:
    await registers(huairen.own, enterprise_id=huairen.firm)
    erase = text("UPDATE contacts SET name = NULL, phone = NULL, office = NULL, erased_at = now()")
    async with huairen.door.sessions() as session:
        await session.execute(erase)
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(text("UPDATE contacts SET name = '王五'"))
        await session.rollback()

"""Clients: who may hand out what, and what happens to a secret."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from app.domain.clients import SCOPES
from app.persistence.unit_of_work import open_unit
from app.services.clients import bootstrap_admin
from tests.api.door import Door

ADMIN = {"Idempotency-Key": "k-1"}


def a_client(**changes: object) -> dict[str, object]:
    return {"name": "市平台", "region": "141000", "scopes": ["clients:admin"], "regions": ["141000"], **changes}


async def token_for(door: Door, client_id: str, secret: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return await door.anyone().post("/v1/oauth/token", data=form)


async def test_a_created_client_gets_a_token_with_its_secret(door: Door) -> None:
    admin = await door.caller()
    made = (await admin.post("/v1/clients", json=a_client(), headers=ADMIN)).json()
    answer = await token_for(door, made["client"]["id"], made["client_secret"])
    assert (answer.status_code, answer.json()["scope"]) == (200, "clients:admin")


async def test_the_answer_of_a_creation_names_the_client_and_its_version(door: Door) -> None:
    admin = await door.caller()
    answer = await admin.post("/v1/clients", json=a_client(), headers=ADMIN)
    client = answer.json()["client"]
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/clients/{client['id']}"
    assert (await admin.get(answer.headers["location"])).headers["etag"] == answer.headers["etag"] == '"1"'
    assert client == {
        "id": client["id"],
        "name": "市平台",
        "region": "141000",
        "scopes": ["clients:admin"],
        "regions": ["141000"],
        "enterprise_ids": [],
        "sources": [],
        "on_behalf_of": False,
        "all_scopes": False,
        "secret_hint": answer.json()["client_secret"][-4:],
        "previous_until": None,
        "created_at": "2019-12-10T10:00:00.000+08:00",
        "disabled_at": None,
        "version": 1,
    }


@pytest.mark.parametrize(
    "excess",
    [
        {"scopes": ["policies:write"]},
        {"regions": ["140000"]},
        {"region": "140000"},
        {"regions": ["000000"]},
        {"enterprise_ids": ["91140000000000000X"]},
        {"sources": ["grid"]},
    ],
)
async def test_nobody_hands_out_more_than_they_hold(door: Door, excess: dict[str, object]) -> None:
    clerk = await door.caller("clients:admin", regions=("141000",))
    answer = await clerk.post("/v1/clients", json=a_client(**excess), headers=ADMIN)
    assert (answer.status_code, answer.json()["code"]) == (403, "grant_exceeds_own")


async def test_nobody_takes_over_a_stronger_client_by_rotating_its_secret(door: Door) -> None:
    stronger, _ = await door.register(["clients:admin", "policies:write"], regions=("141000",))
    clerk = await door.caller("clients:admin", regions=("141000",))
    answer = await clerk.post(
        f"/v1/clients/{stronger.id}/secret", json={}, headers={"Idempotency-Key": "k", "If-Match": '"1"'}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "grant_exceeds_own")


async def test_a_client_of_another_region_is_not_found(door: Door) -> None:
    elsewhere, _ = await door.register(["clients:admin"], regions=("140100",))
    clerk = await door.caller("clients:admin", regions=("141000",))
    answer = await clerk.get(f"/v1/clients/{elsewhere.id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "client_unknown")
    assert elsewhere.id not in [one["id"] for one in (await clerk.get("/v1/clients")).json()["items"]]


async def test_both_secrets_hold_for_a_while_after_a_rotation(door: Door, clock) -> None:
    admin = await door.caller()
    client, old = await door.register(["feed:write"])
    rotated = await admin.post(
        f"/v1/clients/{client.id}/secret",
        json={"keep_previous_hours": 2},
        headers={"Idempotency-Key": "k", "If-Match": '"1"'},
    )
    new = rotated.json()["client_secret"]
    assert [(await token_for(door, client.id, secret)).status_code for secret in (old, new)] == [200, 200]
    clock.advance(hours=2)
    assert [(await token_for(door, client.id, secret)).status_code for secret in (old, new)] == [401, 200]


async def test_a_disabled_client_is_out_at_once(door: Door) -> None:
    admin = await door.caller()
    client, secret = await door.register(["feed:write"])
    token = (await token_for(door, client.id, secret)).json()["access_token"]
    caller = door.anyone({"Authorization": f"Bearer {token}"})
    assert (await caller.get("/v1/operations")).status_code == 200
    disabled = await admin.post(f"/v1/clients/{client.id}/disable", headers={"If-Match": '"1"'})
    assert disabled.json()["disabled_at"] is not None
    assert (await caller.get("/v1/operations")).status_code == 401
    assert (await token_for(door, client.id, secret)).status_code == 401


async def test_an_unknown_scope_is_named_with_its_place(door: Door) -> None:
    admin = await door.caller()
    answer = await admin.post("/v1/clients", json=a_client(scopes=["clients:admin", "fly"]), headers=ADMIN)
    assert (answer.status_code, answer.json()["code"]) == (422, "scope_unknown")
    assert answer.json()["errors"] == [{"pointer": "/scopes/1", "code": "scope_unknown", "detail": "没有权限 fly"}]


async def test_clients_come_in_pages_that_never_repeat(door: Door) -> None:
    admin = await door.caller()
    for _ in range(4):
        await door.register(["feed:write"])
    seen: list[str] = []
    address: str | None = "/v1/clients?limit=2"
    while address:
        answer = await admin.get(address)
        seen += [one["id"] for one in answer.json()["items"]]
        address = answer.links.get("next", {}).get("url")
        assert (answer.json()["next_cursor"] is None) == (address is None)
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


async def test_who_holds_all_scopes_gets_those_to_come_and_is_taken_over_by_nobody_else(door: Door) -> None:
    async with open_unit(door.sessions, now=door.clock()) as unit:
        made = await bootstrap_admin(unit, now=door.clock())
    assert made is not None
    first, _ = made
    async with door.sessions() as session:
        stored = await session.scalar(text("SELECT scopes FROM clients WHERE id = :id"), {"id": UUID(first.id)})
    assert stored == ["*"]
    other = await door.caller()
    seen = (await other.get(f"/v1/clients/{first.id}")).json()
    assert (seen["all_scopes"], set(seen["scopes"])) == (True, set(SCOPES))
    headers = {"If-Match": f'"{seen["version"]}"', "Idempotency-Key": "take-over"}
    answer = await other.post(f"/v1/clients/{first.id}/secret", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "grant_exceeds_own")
    assert "all_scopes" in answer.json()["detail"]

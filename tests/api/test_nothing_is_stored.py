"""Whatever is refused gets one clear problem document, and no table gains a row."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, table

from app.persistence.engine import Sessions
from app.persistence.tables import KINDS
from tests.api.door import Door
from tests.api.packs import LINFEN, publish_linfen
from tests.api.test_decisions import key, lime

BOMB = "a: &a [x]\n" + "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(20))


async def rows(sessions: Sessions) -> dict[str, int]:
    async with sessions() as session:
        return {name: await session.scalar(select(func.count()).select_from(table(name))) or 0 for name in KINDS}


def evaluation(**line: Any) -> dict[str, Any]:
    site = {"region": "141002", "lines": [{"industry": "lime", **line}]}
    return {"pack": LINFEN, "season": 2019, "day": "2019-12-10", "enterprise": {"sites": [site]}}


Send = Callable[[httpx.AsyncClient], Any]
REFUSED: dict[str, tuple[Send, int, str]] = {
    "an unknown fact name": (
        lambda c: c.post("/v1/enterprises", json=lime(fule="coal"), headers=key()), 422, "fact_unknown",
    ),
    "an unknown fact name in an evaluation": (
        lambda c: c.post("/v1/evaluations", json=evaluation(facts={"fule": "coal"})), 422, "facts_invalid",
    ),
    "a value outside the enumeration": (
        lambda c: c.post("/v1/enterprises", json=lime(fuel="plutonium"), headers=key()), 422, "unknown_option",
    ),
    "a malformed credit code": (
        lambda c: c.post("/v1/enterprises", json=lime() | {"uscc": "91110000600037341X"}, headers=key()), 422, "uscc",
    ),
    "a malformed region code": (
        lambda c: c.post("/v1/enterprises", json=lime() | {"region": "14100"}, headers=key()), 422, "region",
    ),
    "no idempotency key": (
        lambda c: c.post("/v1/enterprises", json=lime()), 400, "idempotency_key_missing",
    ),
    "a YAML bomb": (
        lambda c: c.post("/v1/policy-packs", json={"pack": BOMB}, headers=key()), 422, "yaml",
    ),
    "a pack that is no pack": (
        lambda c: c.post("/v1/policy-packs", json={"pack": "pack: x"}, headers=key()), 422, "pack_unnamed",
    ),
    "a season of another century": (
        lambda c: c.post("/v1/evaluations", json=evaluation() | {"season": 1}), 422, "season",
    ),
    "a number as a day": (
        lambda c: c.post("/v1/evaluations", json=evaluation() | {"day": 0}),
        422,
        "/day",
    ),
    "a list as an enterprise": (
        lambda c: c.post("/v1/enterprises", json=[1], headers=key()), 422, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
async def test_a_refused_request_stores_nothing(what: str, door: Door) -> None:
    await publish_linfen(door.sessions)
    caller = await door.caller()
    before = await rows(door.sessions)
    send, status, word = REFUSED[what]
    answer = await send(caller)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert word in f"{problem['code']} {problem['errors']}"
    assert await rows(door.sessions) == before


async def test_a_caller_without_scope_is_told_which_and_stores_nothing(door: Door) -> None:
    caller = await door.caller("enterprises:read")
    before = await rows(door.sessions)
    answer = await caller.post("/v1/enterprises", json=lime(), headers=key())
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    assert "enterprises:write" in answer.json()["detail"]
    assert await rows(door.sessions) == before


async def test_another_region_cannot_be_registered_in_nor_seen(door: Door) -> None:
    stranger, owner = await door.caller(regions=("140500",)), await door.caller(regions=("141000",))
    made = (await owner.post("/v1/enterprises", json=lime(), headers=key())).json()
    before = await rows(door.sessions)
    there = await stranger.post("/v1/enterprises", json=lime("OTHER"), headers=key())
    assert there.status_code in {403, 404, 422}, there.text
    seen = await stranger.get(f"/v1/enterprises/{made['id']}")
    assert (seen.status_code, seen.json()["code"]) == (404, "enterprise_unknown")
    assert await rows(door.sessions) == before


async def test_a_stale_version_changes_nothing(door: Door) -> None:
    owner = await door.caller()
    made = await owner.post("/v1/enterprises", json=lime(), headers=key())
    url = f"/v1/enterprises/{made.json()['id']}"
    fresh = await owner.patch(url, json={"name": "新名"}, headers={"If-Match": made.headers["ETag"]})
    assert fresh.status_code == 200, fresh.text
    before = await rows(door.sessions)
    stale = await owner.patch(url, json={"name": "旧名"}, headers={"If-Match": made.headers["ETag"]})
    assert stale.status_code == 412
    assert await rows(door.sessions) == before


async def test_a_reused_key_with_another_body_stores_nothing(door: Door) -> None:
    owner = await door.caller()
    same = {"Idempotency-Key": str(uuid4())}
    assert (await owner.post("/v1/enterprises", json=lime("A"), headers=same)).status_code == 201
    before = await rows(door.sessions)
    answer = await owner.post("/v1/enterprises", json=lime("B"), headers=same)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await rows(door.sessions) == before

"""Health, numbers and traces: what the machines that watch over the service see."""

import orjson
import pytest
import structlog
from sqlalchemy import text

from app.api.language import preferred
from app.persistence.health import SchemaMismatch, require_newest_schema
from tests.api.door import Door


async def test_a_migrated_database_that_answers_is_ready(door: Door) -> None:
    assert (await door.anyone().get("/livez")).json() == {"status": "alive"}
    assert (await door.anyone().get("/readyz")).json() == {"status": "ready"}


async def test_an_old_schema_is_not_ready_and_not_started(door: Door) -> None:
    async with door.sessions() as session, session.begin():
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = await door.anyone().get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    told = await door.anyone().get("/readyz", headers={"Accept-Language": "en"})
    assert "newer version" in told.json()["detail"]
    with pytest.raises(SchemaMismatch, match="install the newer one"):
        await require_newest_schema(door.sessions)


async def test_requests_are_counted_by_route_and_never_by_address(door: Door) -> None:
    caller = await door.caller()
    await caller.get("/v1/operations/018f0000-0000-7000-8000-000000000000")
    await caller.get("/v1/nothing-like-this")
    numbers = (await door.anyone().get("/metrics")).text
    assert 'cuofeng_requests_total{method="GET",route="/v1/operations/{operation_id}",status="404"} 1.0' in numbers
    assert 'route="(none)",status="404"' in numbers
    assert "nothing-like-this" not in numbers


async def test_an_answer_carries_the_id_of_its_request(door: Door) -> None:
    given = await door.anyone().get("/livez", headers={"X-Request-Id": "trace-7.a"})
    forged = await door.anyone().get("/livez", headers={"X-Request-Id": "a b\tc"})
    assert given.headers["x-request-id"] == "trace-7.a"
    assert len(forged.headers["x-request-id"]) == 32


async def test_each_request_leaves_one_wide_line(door: Door) -> None:
    caller = await door.caller("feed:write")
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with structlog.testing.capture_logs() as lines:
        await caller.get("/v1/clients?secret=swordfish", headers={"X-Request-Id": "r-1", "traceparent": parent})
    (line,) = lines
    assert line.pop("duration_ms") >= 0
    assert len(line.pop("client_id")) == 36
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": "r-1",
        "method": "GET",
        "path": "/v1/clients",
        "status": 403,
        "problem": "missing_scope",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }


async def test_the_vocabulary_has_both_languages_and_is_sent_once(door: Door) -> None:
    first = await door.anyone().get("/v1/vocabulary")
    lists = {one["name"]: one["entries"] for one in first.json()["lists"]}
    assert {
        "code": "clients:admin",
        "label_zh": "管理客户端凭证",
        "label_en": "manage client credentials",
        "gbt4754": [],
        "ladders": [],
        "grades": [],
    } in (lists["scopes"])
    assert "steel" in [entry["code"] for entry in lists["industries"]]
    again = await door.anyone().get("/v1/vocabulary", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_contract_served_is_the_contract_committed(door: Door) -> None:
    assert orjson.loads((await door.anyone().get("/openapi.json")).content) == door.app.openapi()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("*", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,en;q=0.9", "zh"),
        ("en;q=0.5,zh;q=0.5", "en"),
        ("en;q=0", "zh"),
        ("en;q=x", "zh"),
        ("fr", "zh"),
    ],
)
def test_chinese_is_spoken_unless_english_is_preferred(header: str | None, language: str) -> None:
    assert preferred(header) == language

"""Refusals: one clear problem document each, in the caller's language, and nothing stored."""

import re
from typing import Any

import httpx
import pytest

from app.api.v1.problems import every_refusal
from app.persistence.engine import create_engine, create_sessions
from tests.api.door import Door, open_door

KEY = {"Idempotency-Key": "k"}
JSON = {"Content-Type": "application/json"}
CLIENT = {"name": "市平台", "region": "141000", "scopes": ["feed:write"]}


async def test_a_problem_says_everything_rfc_9457_asks_for(door: Door) -> None:
    admin = await door.caller()
    answer = await admin.post(
        "/v1/clients", json={**CLIENT, "nome": 1, "region": "14"}, headers={**KEY, "X-Request-Id": "r-1"}
    )
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "zh"
    assert answer.json() == {
        "type": "/v1/problems/validation_failed",
        "title": "内容不符合要求",
        "status": 422,
        "code": "validation_failed",
        "detail": "请求内容不符合要求，详见 errors。",
        "instance": "/v1/clients",
        "errors": [
            {"pointer": "/region", "code": "string_pattern_mismatch", "detail": r"格式应符合 ^\d{6}$"},
            {"pointer": "/nome", "code": "extra_forbidden", "detail": "不认识的字段"},
        ],
        "request_id": "r-1",
    }


async def test_a_problem_speaks_english_to_those_who_prefer_it(door: Door) -> None:
    answer = await door.anyone().get("/v1/clients", headers={"Accept-Language": "de, en;q=0.8, zh;q=0.5"})
    assert (answer.json()["title"], answer.headers["content-language"]) == ("Unauthorized", "en")
    assert answer.json()["detail"].startswith("No valid access token")


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/v1/nothing", {}, 404, "route_unknown"),
        ("GET", "/", {}, 404, "route_unknown"),
        ("PUT", "/v1/clients", {}, 405, "method_not_allowed"),
        ("POST", "/v1/clients", {"content": b"{", "headers": JSON | KEY}, 400, "malformed_request"),
        ("POST", "/v1/clients", {"content": b"\xff\xfe", "headers": JSON | KEY}, 400, "malformed_request"),
        ("POST", "/v1/clients", {"content": b'{"name":"\xff"}', "headers": JSON | KEY}, 400, "malformed_request"),
        ("POST", "/v1/clients", {"content": b'{"name":NaN}', "headers": JSON | KEY}, 400, "malformed_request"),
        ("POST", "/v1/clients", {"content": b"[" * 100_000, "headers": JSON | KEY}, 400, "malformed_request"),
        ("POST", "/v1/clients", {"content": rb'{"name":"\u0000"}', "headers": JSON | KEY}, 400, "malformed_request"),
        ("POST", "/v1/clients", {"content": b'{"name":"\x00"}', "headers": JSON | KEY}, 400, "malformed_request"),
        ("GET", "/v1/clients?cursor=%00", {}, 400, "malformed_request"),
        ("GET", "/v1/clients/%00", {}, 400, "malformed_request"),
        ("POST", "/v1/clients", {"content": b"<a/>", "headers": KEY}, 415, "unsupported_media_type"),
        ("POST", "/v1/clients", {"data": {"name": "a"}, "headers": KEY}, 415, "unsupported_media_type"),
        ("POST", "/v1/clients", {"json": [], "headers": KEY}, 422, "validation_failed"),
        ("GET", "/v1/clients?limit=0", {}, 422, "validation_failed"),
        ("GET", "/v1/clients?cursor=abc", {}, 400, "malformed_cursor"),
        ("GET", "/v1/clients?cursor=%E4%B8%AD", {}, 400, "malformed_cursor"),
        ("GET", "/v1/clients?cursor=bnVsbA", {}, 400, "malformed_cursor"),
        ("GET", "/v1/clients?cursor=WyJub3QtYS11dWlkIl0", {}, 400, "malformed_cursor"),
        ("GET", "/v1/clients/not-a-uuid", {}, 422, "validation_failed"),
        ("GET", "/v1/clients/018f0000-0000-7000-8000-000000000000", {}, 404, "client_unknown"),
        ("GET", "/v1/operations/018f0000-0000-7000-8000-000000000000", {}, 404, "operation_unknown"),
        ("GET", "/v1/problems/none", {}, 404, "problem_unknown"),
    ],
)
async def test_what_is_wrong_is_refused_with_one_code(  # noqa: PLR0917  one parameter per column of the table above
    door: Door, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    answer = await (await door.caller()).request(method, path, **options)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_backslash_before_u0000_is_plain_text(door: Door) -> None:
    body = rb'{"name":"\\u0000","region":"141000","scopes":["feed:write"]}'
    answer = await (await door.caller()).post("/v1/clients", content=body, headers=JSON | KEY)
    assert (answer.status_code, answer.json()["client"]["name"]) == (201, r"\u0000")


async def test_the_methods_that_do_work_are_named(door: Door) -> None:
    answer = await door.anyone().put("/v1/vocabulary")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 428, "precondition_required"),
        ({"If-Match": "3"}, 400, "malformed_precondition"),
        ({"If-Match": "*"}, 400, "malformed_precondition"),
        ({"If-Match": 'W/"1"'}, 400, "malformed_precondition"),
        ({"If-Match": '"2"'}, 412, "client_version_stale"),
    ],
)
async def test_a_change_says_which_version_it_saw(door: Door, headers: dict[str, str], status: int, code: str) -> None:
    client, _ = await door.register(["feed:write"])
    answer = await (await door.caller()).post(f"/v1/clients/{client.id}/disable", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_version_already_known_is_not_sent_again(door: Door) -> None:
    admin = await door.caller()
    client, _ = await door.register(["feed:write"])
    known = await admin.get(f"/v1/clients/{client.id}", headers={"If-None-Match": 'W/"7", "1"'})
    other = await admin.get(f"/v1/clients/{client.id}", headers={"If-None-Match": '"2"'})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", '"1"')
    assert other.status_code == 200


async def test_a_body_declared_too_large_is_refused_before_a_byte_of_it_is_read(door: Door) -> None:
    admin = await door.caller()
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 1
            yield b"x" * 65_536

    answer = await admin.post(
        "/v1/clients", content=endless(), headers={**JSON, **KEY, "Content-Length": str(2 * 1024**3)}
    )
    assert (answer.status_code, answer.json()["code"], read) == (413, "body_too_large", 0)
    assert answer.headers["connection"] == "close"


async def test_a_body_that_grows_too_large_is_refused_where_it_passes_the_limit(door: Door) -> None:
    admin = await door.caller()
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 1
            yield b"x" * 1_048_576

    answer = await admin.post("/v1/clients", content=endless(), headers=JSON | KEY)
    assert (answer.status_code, answer.json()["code"], read) == (413, "body_too_large", 65)


async def test_nobody_without_a_token_makes_us_hold_a_body(door: Door) -> None:
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 1
            yield b"x" * 32_768

    answer = await door.anyone().post("/v1/clients", content=endless(), headers=JSON | KEY)
    assert (answer.status_code, read) == (401, 0)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await door.anyone().post("/v1/oauth/token", content=endless(), headers=form)
    assert (answer.status_code, answer.json()["code"], read) == (413, "body_too_large", 3)


async def test_a_database_that_is_not_there_is_a_503(settings, clock) -> None:
    away = await_nothing(settings, clock)
    answer = await away.post(
        "/v1/oauth/token", data={"grant_type": "client_credentials", "client_id": NOBODY, "client_secret": "x"}
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["retry-after"] == "5"


NOBODY = "018f0000-0000-7000-8000-000000000000"


def await_nothing(settings, clock) -> httpx.AsyncClient:
    sessions = create_sessions(create_engine("postgresql://nobody@127.0.0.1:1/nothing"))
    return open_door(sessions, clock, settings).anyone()


async def test_every_code_is_listed_with_both_languages(door: Door) -> None:
    listed = (await door.anyone().get("/v1/problems")).json()["items"]
    codes = [one["code"] for one in listed]
    assert codes == sorted({kind.code for kind in every_refusal()})
    assert {"missing_scope", "unauthenticated", "idempotency_key_reused", "operation_unknown"} <= set(codes)
    assert all(re.search(r"[\u4e00-\u9fff]", one["detail_zh"]) for one in listed)
    assert all(one["detail_en"].isascii() or "…" in one["detail_en"] for one in listed)


def test_no_two_refusals_share_a_code() -> None:
    codes = [kind.code for kind in every_refusal() if not kind.__module__.startswith("tests")]
    assert sorted(codes) == sorted(set(codes))


async def test_the_type_of_a_problem_leads_to_its_explanation(door: Door) -> None:
    refused = (await door.anyone().get("/v1/clients")).json()
    explained = (await door.anyone().get(refused["type"])).json()
    assert (explained["code"], explained["status"]) == ("unauthenticated", 401)

"""Webhooks at the door: made and changed by their own client, with a secret that is shown once."""

from typing import Any

import pytest
from sqlalchemy import text

from app.domain.webhooks import MOST_WEBHOOKS
from tests.api.officer import key
from tests.api.pushing import Post


async def test_a_secret_is_shown_once_and_lies_nowhere_readable(post: Post) -> None:
    body = {"url": post.receiver.url, "types": ["order.served", "warning.*"], "description": "市平台"}
    headers = key()
    made = await post.officer.post("/v1/webhooks", json=body, headers=headers)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    secret, webhook = made.json()["secret"], made.json()["webhook"]
    assert secret.startswith("whsec_")
    read = await post.officer.get(made.headers["location"])
    assert read.json() == webhook
    assert read.headers["etag"] == '"1"'
    again = await post.officer.post("/v1/webhooks", json=body, headers=headers)
    assert again.json()["secret"] == secret, "the same request again is answered the same"
    async with post.door.sessions() as session:
        for table in ("webhooks", "outbox", "audit", "idempotency_keys"):
            rows = await session.scalars(text(f"SELECT row_to_json(t)::text FROM {table} AS t"))
            assert all(secret not in row for row in rows), table


async def test_a_webhook_is_changed_rested_and_removed_by_whoever_saw_its_newest_version(post: Post) -> None:
    webhook = await post.subscribes()
    url = f"/v1/webhooks/{webhook['id']}"
    body = {"url": f"{post.receiver.url}/2", "types": ["ledger.*"], "region": "141000"}
    assert (await post.officer.put(url, json=body)).status_code == 428
    changed = await post.officer.put(url, json=body, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["url"], changed.json()["version"]) == (200, body["url"], 2)
    stale = await post.officer.put(url, json=body, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "webhook_stale")
    rested = await post.asks(webhook, "disable")
    assert rested.json()["disabled_as"] == "by_owner"
    for verb, code in (("disable", "webhook_disabled"), ("ping", "webhook_disabled")):
        refused = await post.asks(webhook, verb)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert (await post.asks(webhook, "enable")).json()["disabled_at"] is None
    refused = await post.asks(webhook, "enable")
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_enabled")
    seen = (await post.officer.get(url)).headers["etag"]
    assert (await post.officer.delete(url, headers={"If-Match": seen})).status_code == 204
    assert (await post.officer.get(url)).status_code == 404
    assert (await post.officer.get("/v1/webhooks")).json()["items"] == []


async def test_a_webhook_is_nobodys_but_its_clients(post: Post) -> None:
    webhook = await post.subscribes()
    other = await post.door.caller()
    url = f"/v1/webhooks/{webhook['id']}"
    answers = [
        await other.get(url),
        await other.get(f"{url}/deliveries"),
        await other.get(f"{url}/deliveries/{webhook['id']}"),
        await other.put(url, json={"url": post.receiver.url}, headers={"If-Match": '"1"'}),
        await other.delete(url, headers={"If-Match": '"1"'}),
        await other.post(f"{url}/secret", json={}, headers=key() | {"If-Match": '"1"'}),
        await other.post(f"{url}/disable", headers={"If-Match": '"1"'}),
        await other.post(f"{url}/enable", headers={"If-Match": '"1"'}),
        await other.post(f"{url}/ping", headers=key()),
        await other.post(f"{url}/redeliveries", json={"state": "dead"}, headers=key()),
    ]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "webhook_unknown")}
    assert (await other.get("/v1/webhooks")).json()["items"] == []
    unknown = await post.officer.get(f"{url}/deliveries/{webhook['id']}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "delivery_unknown")


async def test_whoever_cannot_read_events_cannot_have_them_sent(post: Post) -> None:
    caller = await post.door.caller("webhooks:write")
    answer = await caller.post("/v1/webhooks", json={"url": post.receiver.url}, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


async def test_a_client_has_no_more_webhooks_than_it_can_need(post: Post) -> None:
    for _ in range(MOST_WEBHOOKS):
        await post.subscribes()
    answer = await post.officer.post("/v1/webhooks", json={"url": post.receiver.url}, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"types": ["order.served", "order.burnt"]}, "/types/1", "event_type_unknown"),
        ({"types": ["nothing.*"]}, "/types/0", "event_type_unknown"),
        ({"url": "ftp://platform.example/"}, "/url", "url_scheme"),
        ({"url": "https://me:word@platform.example/"}, "/url", "url_credentials_or_fragment"),
        ({"url": "https:///hooks"}, "/url", "url_malformed"),
        ({"url": "https://platform.invalid/hooks"}, "/url", "url_unresolved"),
    ],
)
async def test_what_cannot_work_is_refused_at_once(post: Post, body: dict[str, Any], pointer: str, code: str) -> None:
    answer = await post.officer.post("/v1/webhooks", json={"url": post.receiver.url} | body, headers=key())
    assert answer.status_code == 422, answer.text
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]

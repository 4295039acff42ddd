"""Events reach a real receiver: signed, in order per enterprise, at least once, and never more than its owner may see."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from app.domain.webhooks import WAITS
from app.persistence.clients import ClientRow
from tests.api.officer import key
from tests.api.pushing import Post, without_repeats
from tests.receiver import Received, receiving


async def test_an_event_arrives_signed_as_a_cloud_event(post: Post) -> None:
    firm = await post.firm()
    webhook = await post.subscribes()
    await post.happens(firm, 7)
    await post.delivers()
    (event,) = post.receiver.verified(post.secrets[webhook["id"]], post.clock)
    assert {name: event[name] for name in ("specversion", "type", "source", "subject", "enterpriseid", "region")} == {
        "specversion": "1.0",
        "type": "order.served",
        "source": "https://cuofeng.example/v1/events",
        "subject": "7",
        "enterpriseid": firm,
        "region": "141027",
    }
    assert post.receiver.got[0].headers["content-type"].startswith("application/cloudevents+json")
    polled = (await post.officer.get("/v1/events", params={"type": "order.*"})).json()["items"]
    assert [(one["id"], one["sequence"], one["data"]) for one in polled] == [
        (event["id"], event["sequence"], event["data"])
    ]


async def test_a_receiver_that_was_down_for_an_hour_gets_everything_in_order(post: Post) -> None:
    firms = [await post.firm() for _ in range(3)]
    webhook = await post.subscribes()
    down = {"now": True}
    post.receiver.behave = lambda _: 503 if down["now"] else 204
    number = 0
    for _ in range(12):
        for firm in firms:
            number += 1
            await post.happens(firm, number)
        await post.delivers()
        post.clock.advance(minutes=5)
    down["now"] = False
    post.receiver.got.clear()
    # The fourth try failed 40 minutes after the first event; the fifth follows two hours later.
    post.clock.advance(minutes=100)
    await post.delivers()
    for at, firm in enumerate(firms):
        assert post.numbers(firm) == list(range(at + 1, 37, 3))
    assert len(post.receiver.verified(post.secrets[webhook["id"]], post.clock)) == 36
    assert {one["state"] for one in await post.deliveries(webhook)} == {"delivered"}


async def test_nobody_listening_is_tried_again_too(post: Post) -> None:
    firm = await post.firm()
    async with receiving() as gone:
        port = gone.port
    webhook = await post.subscribes(url=f"http://127.0.0.1:{port}/hooks")
    await post.happens(firm, 1)
    await post.delivers()
    (tried,) = await post.deliveries(webhook)
    assert (tried["state"], tried["attempts"], tried["last_attempt"]["failure"]) == ("waiting", 1, "unreachable")
    async with receiving(port) as back:
        post.clock.advance(seconds=5)
        await post.delivers()
        assert [one.event["data"]["number"] for one in back.got] == [1]


async def test_a_firm_whose_events_fail_holds_back_no_other(post: Post) -> None:
    bad, good = await post.firm(), await post.firm()
    await post.subscribes()
    post.receiver.behave = lambda one: 500 if one.event["enterpriseid"] == bad else 204
    await post.happens(bad, 1, 2)
    await post.happens(good, 3, 4)
    await post.delivers()
    assert (post.numbers(bad), post.numbers(good)) == ([1], [3, 4])


async def test_tries_are_spread_over_three_days_and_a_dead_letter_releases_its_queue(post: Post) -> None:
    firm = await post.firm()
    webhook = await post.subscribes()
    post.receiver.behave = lambda one: 500 if one.event["data"]["number"] == 1 else 204
    await post.happens(firm, 1, 2)
    began = post.clock()
    await post.delivers()
    for tries, wait in enumerate(WAITS, start=1):
        assert post.numbers() == [1] * tries
        post.clock.advance(seconds=wait.total_seconds() - 1)
        await post.delivers()
        assert post.numbers() == [1] * tries, "tried before its time"
        post.clock.advance(seconds=1)
        await post.delivers()
    assert timedelta(days=3) < post.clock() - began < timedelta(days=3, hours=6)
    assert post.numbers() == [1] * 10 + [2]
    assert len({one.id for one in post.receiver.got}) == 2
    second, first = await post.deliveries(webhook)
    assert (first["state"], first["attempts"], second["state"]) == ("dead", 10, "delivered")
    log = (await post.officer.get(f"/v1/webhooks/{webhook['id']}/deliveries/{first['event_id']}")).json()["log"]
    assert [(one["status"], one["failure"]) for one in log] == [(500, "status")] * 10


async def test_dead_letters_are_sent_again_under_the_same_id(post: Post) -> None:
    firm = await post.firm()
    webhook = await post.subscribes()
    post.receiver.behave = lambda _: 500
    await post.happens(firm, 1)
    await post.delivers()
    for wait in WAITS:
        post.clock.advance(seconds=wait.total_seconds())
        await post.delivers()
    post.receiver.behave = lambda _: 204
    again = await post.asks(webhook, "redeliveries", {"state": "dead"})
    assert (again.status_code, again.json()) == (202, {"deliveries": 1})
    await post.delivers()
    assert len({one.id for one in post.receiver.got}) == 1
    (delivery,) = await post.deliveries(webhook)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 11)


async def test_one_event_or_a_span_of_time_is_sent_again(post: Post) -> None:
    firm = await post.firm()
    webhook = await post.subscribes()
    for number in (1, 2, 3):
        await post.happens(firm, number)
        post.clock.advance(hours=1)
    await post.delivers()
    newest, middle, _ = await post.deliveries(webhook)
    post.receiver.got.clear()
    assert (await post.asks(webhook, "redeliveries", {"event_ids": [newest["event_id"]]})).json() == {"deliveries": 1}
    await post.delivers()
    assert post.numbers() == [3]
    span = {"until_at": (post.clock() - timedelta(hours=1, minutes=30)).isoformat()}
    assert (await post.asks(webhook, "redeliveries", span)).json() == {"deliveries": 2}
    await post.delivers()
    assert post.numbers() == [3, 1, 2]
    nothing = await post.asks(webhook, "redeliveries", {})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "webhook_invalid")
    assert middle["state"] == "delivered"


async def test_two_workers_side_by_side_keep_the_order_of_each_firm(post: Post) -> None:
    firms = [await post.firm() for _ in range(6)]
    webhook = await post.subscribes()

    async def slowly(_: Received) -> int:
        await asyncio.sleep(0.002)
        return 204

    post.receiver.behave = slowly
    for number in range(1, 121):
        await post.happens(firms[number % 6], number)
    await post.relays()
    await asyncio.gather(post.courier().drain(), post.courier().drain())
    while {one["state"] for one in await post.deliveries(webhook)} != {"delivered"}:
        await post.delivers()
    for at, firm in enumerate(firms):
        assert post.numbers(firm) == [number for number in range(1, 121) if number % 6 == at]


async def test_a_worker_that_is_too_slow_is_followed_and_its_word_no_longer_counts(post: Post) -> None:
    firm = await post.firm()
    webhook = await post.subscribes()
    await post.happens(firm, 1, 2)
    held = asyncio.Event()

    async def waits(_: Received) -> int:
        if len(post.receiver.got) == 1:
            await held.wait()
            return 500
        return 204

    post.receiver.behave = waits
    await post.relays()
    slow = asyncio.create_task(post.courier().drain())
    while not post.receiver.got:  # noqa: ASYNC110  the receiver is told, not an event
        await asyncio.sleep(0.01)
    post.clock.advance(seconds=61)
    await post.delivers()
    held.set()
    await slow
    assert post.numbers() == [1, 1, 2]
    assert {one["state"] for one in await post.deliveries(webhook)} == {"delivered"}


async def test_both_secrets_sign_during_a_rotation(post: Post) -> None:
    firm = await post.firm()
    webhook = await post.subscribes()
    old = post.secrets[webhook["id"]]
    rotated = await post.asks(webhook, "secret", {"keep_previous_hours": 2})
    new = rotated.json()["secret"]
    assert new.startswith("whsec_")
    assert new != old
    await post.happens(firm, 1)
    await post.delivers()
    assert len(post.receiver.got[0].signatures) == 2
    for secret in (old, new):
        assert post.receiver.verified(secret, post.clock)
    post.clock.advance(hours=2)
    post.receiver.got.clear()
    await post.happens(firm, 2)
    await post.delivers()
    assert len(post.receiver.got[0].signatures) == 1
    assert post.receiver.verified(new, post.clock)


async def test_gone_disables_the_webhook_and_enabling_it_sends_what_waits(post: Post) -> None:
    firm = await post.firm()
    webhook = await post.subscribes()
    post.receiver.behave = lambda _: 410
    await post.happens(firm, 1)
    await post.delivers()
    found = (await post.officer.get(f"/v1/webhooks/{webhook['id']}")).json()
    assert (found["disabled_as"], found["version"]) == ("gone", 2)
    post.clock.advance(hours=1)
    await post.happens(firm, 2)
    await post.delivers()
    assert post.numbers() == [1]
    post.receiver.behave = lambda _: 204
    assert (await post.asks(webhook, "enable")).status_code == 200
    await post.delivers()
    # What happened while it was disabled was not queued.
    assert post.numbers() == [1, 1]


@pytest.mark.parametrize(
    ("asked", "pauses"),
    [("120", timedelta(minutes=2)), ("1", timedelta(seconds=5)), ("9999999", timedelta(days=1)), ("soon", WAITS[0])],
)
async def test_retry_after_is_honoured_within_bounds(post: Post, asked: str, pauses: timedelta) -> None:
    firm = await post.firm()
    await post.subscribes()
    post.receiver.behave = lambda _: f"HTTP/1.1 429 x\r\nRetry-After: {asked}\r\nContent-Length: 0\r\n\r\n".encode()
    await post.happens(firm, 1)
    await post.delivers()
    post.clock.advance(seconds=pauses.total_seconds() - 1)
    await post.delivers()
    assert len(post.receiver.got) == 1
    post.clock.advance(seconds=1)
    await post.delivers()
    assert len(post.receiver.got) == 2


async def test_a_redirect_is_not_followed_and_an_endless_answer_is_not_read(post: Post) -> None:
    firm, other = await post.firm(), await post.firm()
    webhook = await post.subscribes()
    async with receiving() as elsewhere:
        away = f"HTTP/1.1 307 x\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n".encode()
        endless = b"HTTP/1.1 200 x\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 100_000
        post.receiver.behave = lambda one: away if one.event["enterpriseid"] == firm else endless
        await post.happens(firm, 1)
        await post.happens(other, 2)
        await post.delivers()
        assert elsewhere.got == []
    last = {one["enterprise_id"]: one for one in await post.deliveries(webhook)}
    assert last[firm]["last_attempt"]["status"] == 307
    assert last[other]["state"] == "delivered"


async def test_a_ping_goes_to_its_webhook_only(post: Post) -> None:
    wanted, other = await post.subscribes(types=["order.*"]), await post.subscribes(types=[])
    assert (await post.asks(wanted, "ping")).status_code == 202
    await post.delivers()
    assert [one["type"] for one in await post.deliveries(wanted)] == ["webhook.pinged"]
    types = {one["type"] for one in await post.deliveries(other)}
    assert "webhook.pinged" not in types


async def test_a_strangers_events_never_arrive(post: Post) -> None:
    here, there = await post.firm("141027"), await post.firm("140581")
    county = await post.door.lasting_caller(regions=("141027",))
    webhook = await post.subscribes(by=county, types=[])
    await post.happens(there, 1, region="140581")
    await post.happens(None, 2, region="140581")
    await post.happens(here, 3)
    await post.delivers()
    assert post.numbers() == [3]
    # What holds for the city of the county is heard in the county.
    await post.happens(None, 4, type="warning.issued", region="141000")
    await post.happens(None, 5, type="warning.issued", region="140500")
    await post.delivers()
    assert post.numbers() == [3, 4]
    stranger = await post.officer.get(f"/v1/webhooks/{webhook['id']}")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "webhook_unknown")


async def test_grants_are_checked_again_when_an_event_is_sent(post: Post) -> None:
    firm = await post.firm()
    client, secret = await post.door.register()
    form = {"grant_type": "client_credentials", "client_id": client.id, "client_secret": secret}
    token = (await post.door.anyone().post("/v1/oauth/token", data=form)).json()["access_token"]
    owner = post.door.anyone({"Authorization": f"Bearer {token}"})
    webhook = await post.subscribes(by=owner)
    post.receiver.behave = lambda _: 500
    await post.happens(firm, 1)
    await post.delivers()
    await narrowed(post, client.id, scopes=["events:read", "webhooks:read"])
    post.receiver.behave = lambda _: 204
    post.clock.advance(minutes=5)
    await post.delivers()
    assert post.numbers() == [1]
    states = (await owner.get(f"/v1/webhooks/{webhook['id']}/deliveries")).json()["items"]
    assert [one["state"] for one in states] == ["withheld"]


async def narrowed(post: Post, client_id: str, *, scopes: list[str]) -> None:
    """Grants are changed behind the door, as an administrator of the database would."""
    async with post.door.sessions() as session, session.begin():
        await session.execute(
            update(ClientRow)
            .where(ClientRow.id == UUID(client_id))
            .values(scopes=scopes, version=ClientRow.version + 1)
        )


async def test_the_webhook_of_a_disabled_client_stops(post: Post) -> None:
    firm = await post.firm()
    client, _ = await post.door.register()
    token = post.door.app.state.tokens.issue(client.id, client.scopes, now=post.clock())
    await post.subscribes(by=post.door.anyone({"Authorization": f"Bearer {token}"}))
    await post.happens(firm, 1)
    await post.relays()
    headers = key() | {"If-Match": '"1"'}
    assert (await post.officer.post(f"/v1/clients/{client.id}/disable", headers=headers)).status_code == 200
    await post.happens(firm, 2)
    await post.delivers()
    assert post.receiver.got == []


async def test_a_worker_told_to_stop_gives_its_queue_back_at_once(post: Post) -> None:
    firm = await post.firm()
    await post.subscribes()
    await post.happens(firm, 1, 2)
    silence = asyncio.Event()

    async def never(_: Received) -> int:
        await silence.wait()
        return 204

    post.receiver.behave = never
    await post.relays()
    courier = post.courier()
    await courier.step()
    while not post.receiver.got:  # noqa: ASYNC110  the receiver is told, not an event
        await asyncio.sleep(0.01)
    await courier.stop()
    silence.set()
    post.receiver.behave = lambda _: 204
    await post.delivers()
    assert without_repeats(post.numbers()) == [1, 2]
    assert post.numbers() == [1, 1, 2]


async def test_what_was_relayed_and_delivered_is_counted(post: Post) -> None:
    firm = await post.firm()
    await post.subscribes()
    post.receiver.behave = lambda one: 500 if one.event["data"]["number"] == 2 else 204
    await post.happens(firm, 1, 2, 3)
    await post.delivers()
    post.clock.advance(seconds=3)
    numbers = (await post.door.anyone().get("/metrics")).text
    for line in (
        'cuofeng_webhook_deliveries_total{outcome="delivered"} 1.0',
        'cuofeng_webhook_deliveries_total{outcome="failed"} 1.0',
        "cuofeng_webhook_waiting 2.0",
        "cuofeng_webhook_oldest_waiting_seconds 3.0",
        "cuofeng_events_waiting 0.0",
    ):
        assert line in numbers

"""An enterprise's calendar at a secret address: what is published stands in it, and a revoked address is none."""

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import text

from tests.api.door import Door
from tests.api.foundry import Foundry
from tests.api.officer import Json, key
from tests.api.scheduling import Planner, a_foundry
from tests.conftest import Clock


@pytest.fixture
async def foundry(door: Door, clock: Clock) -> Foundry:
    return await a_foundry(door, clock)


@pytest.fixture
async def own(door: Door, foundry: Foundry) -> httpx.AsyncClient:
    """The enterprise's own credential."""
    return await door.caller(regions=(), enterprise_ids=(foundry.id,))


async def published(door: Door, clock: Clock) -> Planner:
    planner = Planner(door=door, clock=clock, caller=await door.caller(on_behalf_of=True))
    await planner.publishes_and_serves(await planner.computes())
    return planner


async def made(own: httpx.AsyncClient, foundry: Foundry) -> Json:
    url = f"/v1/enterprises/{foundry.id}/calendar-feeds"
    answer = await own.post(url, json={"name": "厂长手机"}, headers=key())
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    found: Json = answer.json()
    return found


async def test_whoever_has_the_address_reads_each_stretch_with_its_clause(
    door: Door, clock: Clock, own: httpx.AsyncClient, foundry: Foundry
) -> None:
    await published(door, clock)
    url = (await made(own, foundry))["url"]
    answer = await door.anyone().get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert f"{events[0].decoded('dtstart')} {events[0].decoded('dtend')}" == "2019-12-10 2019-12-25"
    assert "停产" in str(events[0]["summary"])
    assert "浮山" in str(events[0]["description"])
    english = Calendar.from_ical((await door.anyone().get(url, headers={"Accept-Language": "en"})).content)
    assert "stop" in str(english.walk("VEVENT")[0]["summary"])


async def test_a_calendar_that_has_not_changed_is_not_sent_again_and_keeps_its_events_names(
    door: Door, clock: Clock, own: httpx.AsyncClient, foundry: Foundry
) -> None:
    planner = await published(door, clock)
    url = (await made(own, foundry))["url"]
    first = await door.anyone().get(url)
    again = await door.anyone().get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    await planner.publishes_and_serves(await planner.computes(name="再排"))
    second = await door.anyone().get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    before, after = (list(Calendar.from_ical(each.content).walk("VEVENT")) for each in (first, second))
    assert [one["uid"] for one in before] == [one["uid"] for one in after]
    assert [one.decoded("sequence") for one in (before[0], after[0])] == [1, 2]


async def test_a_revoked_address_and_a_wrong_one_answer_alike(
    door: Door, own: httpx.AsyncClient, foundry: Foundry
) -> None:
    one = await made(own, foundry)
    url, feed = one["url"], f"/v1/enterprises/{foundry.id}/calendar-feeds/{one['feed']['id']}"
    wrong = url.replace(".ics", "x.ics")
    assert [(await door.anyone().get(each)).status_code for each in (url, wrong)] == [200, 404]
    assert (await own.delete(feed)).status_code == 204
    refused = await door.anyone().get(url)
    assert (refused.status_code, refused.json()["code"]) == (404, "calendar_feed_unknown")
    assert (await own.delete(feed)).status_code == 404
    (listed,) = (await own.get(f"/v1/enterprises/{foundry.id}/calendar-feeds")).json()["items"]
    assert listed["revoked_at"] is not None


async def test_only_the_hash_of_an_address_is_kept(door: Door, own: httpx.AsyncClient, foundry: Foundry) -> None:
    secret = (await made(own, foundry))["url"].rpartition("/")[2].removesuffix(".ics")
    async with door.sessions() as session:
        rows = (await session.execute(text("SELECT calendar_feeds::text FROM calendar_feeds"))).scalars().all()
        kept = (await session.execute(text("SELECT idempotency_keys::text FROM idempotency_keys"))).scalars().all()
    assert not any(secret[32:] in row for row in (*rows, *kept))


async def test_an_address_is_made_by_who_sees_the_enterprise(door: Door, foundry: Foundry) -> None:
    stranger = await door.caller(regions=("140581",))
    url = f"/v1/enterprises/{foundry.id}/calendar-feeds"
    assert (await stranger.post(url, json={"name": "x"}, headers=key())).status_code == 404
    assert (await stranger.get(url)).status_code == 404

"""Stories of the feed: a source and its channels, what is said of a meter, a batch that lands, and one asked for again."""

from itertools import count

import httpx

from tests.api.feeding import CSV, curve_file, flat
from tests.api.officer import Json, key
from tests.kill.doors_register import Requests, foundry
from tests.kill.stories import Scene, story

NUMBERS = count(1)


def source(**more: object) -> Json:
    return {"name": f"grid-{next(NUMBERS)}", "title": "国网", "region": "141000", **more}


def metered() -> Json:
    """A foundry with the main meter of its site."""
    body = foundry()
    site = body["sites"][0]
    return body | {"meters": [{"code": "E1", "kind": "main", "level": "site", "subject": site["code"]}]}


def channel(here: Scene, of: str) -> Json:
    return {"meter_id": here.made["meters"][0]["id"], "source": of, "key": "M1", "decimals": 2}


async def has_channel(here: Scene) -> tuple[str, Json]:
    """The name of a source and the channel of the story's enterprise."""
    await here.has(metered())
    name = (await here.posts("/v1/feed/sources", source()))["name"]
    return name, (await here.posts(f"{here.base}/channels", channel(here, name)))["channel"]


@story("POST /v1/feed/sources", "PUT /v1/feed/sources/{name}", "PATCH /v1/feed/sources/{name}")
async def sources(here: Scene) -> Requests:
    body = source()
    made = yield here.asks("/v1/feed/sources", body)
    url = f"/v1/feed/sources/{body.pop('name')}"
    told = yield here.asks(url, body | {"grace_minutes": 60}, method="PUT", seen=made.headers["ETag"])
    yield here.asks(url, {"title": "地方电网"}, method="PATCH", seen=told.headers["ETag"])


@story(
    "POST /v1/enterprises/{enterprise_id}/channels",
    "PUT /v1/enterprises/{enterprise_id}/channels/{channel_id}",
    "POST /v1/enterprises/{enterprise_id}/channels/{channel_id}/multipliers",
    "POST /v1/enterprises/{enterprise_id}/channels/{channel_id}/replacements",
)
async def channels(here: Scene) -> Requests:
    await here.has(metered())
    name = (await here.posts("/v1/feed/sources", source()))["name"]
    body = channel(here, name)
    made = yield here.asks(f"{here.base}/channels", body)
    url = f"{here.base}/channels/{made.json()['channel']['id']}"
    yield here.asks(url, body | {"supply_point": "户号一"}, method="PUT", seen=made.headers["ETag"])
    yield here.asks(f"{url}/multipliers", {"from_day": "2019-12-01", "factor": "40"})
    swapped = {"at": "2019-12-10T10:00:00+08:00", "final_old": "812.5", "initial_new": "0"}
    yield here.asks(f"{url}/replacements", swapped)


@story("POST /v1/feed/batches", "POST /v1/feed/batches (kept for later)")
async def batches(here: Scene) -> Requests:
    name, _ = await has_channel(here)
    sender = await here.killing.door.caller("feed:read", "feed:write", regions=(), sources=(name,), region="141000")

    def sent(day: str, **headers: str) -> httpx.Request:
        content = curve_file(("M1", day, flat("2"))).encode()
        return sender.build_request("POST", "/v1/feed/batches", content=content, headers=CSV | key() | headers)

    yield sent("2019-12-03")
    yield sent("2019-12-04", Prefer="respond-async")


@story("POST /v1/feed/resend-requests", "DELETE /v1/feed/resend-requests/{request_id}")
async def resends(here: Scene) -> Requests:
    _, made = await has_channel(here)
    wanted = {"channel_id": made["id"], "from_day": "2019-12-01", "last_day": "2019-12-02", "reason": "缺数"}
    asked = yield here.asks("/v1/feed/resend-requests", wanted)
    yield here.asks(f"/v1/feed/resend-requests/{asked.json()['id']}", method="DELETE")

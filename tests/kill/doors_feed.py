"""The story of a source of readings: described, its channels registered, a file received, and asked for once more."""

from tests.kill.doors_register import Requests, code, foundry
from tests.kill.stories import Scene, story

CHANNEL = "/v1/enterprises/{enterprise_id}/channels/{channel_id}"
DAY = "2019-12-08"


@story(
    "POST /v1/feed/sources",
    "PUT /v1/feed/sources/{name}",
    "PATCH /v1/feed/sources/{name}",
    "POST /v1/enterprises/{enterprise_id}/channels",
    f"PUT {CHANNEL}",
    f"POST {CHANNEL}/multipliers",
    f"POST {CHANNEL}/replacements",
    "POST /v1/feed/batches",
    "POST /v1/feed/batches (received now, merged later)",
    "POST /v1/feed/resend-requests",
    "DELETE /v1/feed/resend-requests/{request_id}",
)
async def feed(here: Scene) -> Requests:
    name = f"grid-{code().lower()}"
    meter = {"code": "E1", "kind": "main", "level": "site", "subject": "S"}
    body = foundry()
    await here.has({**body, "meters": [{**meter, "subject": body["sites"][0]["code"]}]})
    source = {"title": "国网", "region": "141000"}
    made = yield here.asks("/v1/feed/sources", {"name": name, **source})
    url = f"/v1/feed/sources/{name}"
    made = yield here.asks(url, source | {"title": "电网"}, method="PUT", seen=made.headers["ETag"])
    yield here.asks(url, {"grace_minutes": 60}, method="PATCH", seen=made.headers["ETag"])
    channel = {"meter_id": here.made["meters"][0]["id"], "source": name, "key": "M1", "decimals": 2}
    made = yield here.asks(f"{here.base}/channels", channel)
    own = f"{here.base}/channels/{made.json()['channel']['id']}"
    yield here.asks(own, channel | {"supply_point": "户1"}, method="PUT", seen=made.headers["ETag"])
    yield here.asks(f"{own}/multipliers", {"from_day": DAY, "factor": "40"})
    yield here.asks(f"{own}/replacements", {"at": f"{DAY}T00:00:00Z", "final_old": "9", "initial_new": "0"})
    rows = [{"channel": "M1", "at": f"{DAY}T{hour:02}:00:00+08:00", "value": hour} for hour in range(24)]
    yield here.asks(f"/v1/feed/batches?source={name}", rows)
    later = here.asks(f"/v1/feed/batches?source={name}", rows[:7])
    later.headers["Prefer"] = "respond-async"
    yield later
    asked = {"channel_id": own.rpartition("/")[2], "from_day": DAY, "last_day": DAY, "reason": "核对"}
    made = yield here.asks("/v1/feed/resend-requests", asked)
    yield here.asks(f"/v1/feed/resend-requests/{made.json()['id']}", method="DELETE")

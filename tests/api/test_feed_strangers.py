"""Another company's credential: at no door of the feed does it see or change anything of a source that is not its own."""

import re
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from app.main import ROUTES
from tests.api.door import Door
from tests.api.feeding import CSV, Grid, a_grid, curve_file, flat
from tests.api.officer import key
from tests.conftest import Clock
from tests.kill.traces import traces

DAY = "2019-12-08"
ROOMS = ("/v1/feed", "/v1/load-curves", "/v1/enterprises/{enterprise_id}/channels")
DOORS = sorted(
    (method, one.path)
    for room in ROUTES
    for one in room.routes
    if isinstance(one, APIRoute) and one.path.startswith(ROOMS)
    for method in one.methods or ()
)
# What anybody who holds the scope may know.
PUBLIC = {("GET", "/v1/feed/limits")}
# Lists in which a stranger finds nothing.
LISTS = {("GET", "/v1/feed/sources"), ("GET", "/v1/feed/resend-requests")}


@pytest.fixture
async def grid(door: Door, clock: Clock) -> Grid:
    return await a_grid(door, clock)


async def known(grid: Grid) -> dict[str, str]:
    """Everything a path may name, of the grid."""
    await grid.lands(curve_file(("M1", DAY, flat("1"))))
    batch = (await grid.sender.get("/v1/feed/batches")).json()["items"][0]["id"]
    channel = grid.channels["M1"]["id"]
    asked = {"channel_id": channel, "from_day": DAY, "last_day": DAY, "reason": "x"}
    request = (await grid.officer.post("/v1/feed/resend-requests", json=asked, headers=key())).json()["id"]
    return {
        "name": "grid",
        "batch_id": batch,
        "enterprise_id": grid.enterprise["id"],
        "channel_id": channel,
        "request_id": request,
    }


def body_of(path: str, grid: Grid) -> dict[str, Any]:
    """A request that would be right if its sender might make it."""
    channel = {"meter_id": grid.meter, "source": "grid", "key": "M9", "decimals": 2}
    source = {"title": "国网", "region": "141000"}
    bodies: dict[str, dict[str, Any]] = {
        "/v1/feed/sources": {"name": "new", **source},
        "/v1/feed/sources/{name}": source,
        "/v1/feed/resend-requests": {"channel_id": grid.channels["M1"]["id"], "from_day": DAY, "last_day": DAY, "reason": "x"},
        ROOMS[2]: channel,
        f"{ROOMS[2]}/{{channel_id}}": {**channel, "key": "M1"},
        f"{ROOMS[2]}/{{channel_id}}/multipliers": {"from_day": DAY, "factor": "2"},
        f"{ROOMS[2]}/{{channel_id}}/replacements": {"at": f"{DAY}T00:00:00Z", "final_old": "1", "initial_new": "0"},
    }  # fmt: skip
    return bodies.get(path, {})


async def asks(grid: Grid, by: httpx.AsyncClient, method: str, path: str, named: dict[str, str]) -> httpx.Response:
    url = re.sub(r"{(\w+)}", lambda found: named[found[1]], path)
    channel = grid.channels["M1"]["id"] if path == "/v1/load-curves" else "M1"
    query = {"source": "grid", "channel": channel, "from": DAY, "to": DAY}
    if path == "/v1/feed/batches" and method == "POST":
        file = curve_file(("M1", DAY, flat("9")))
        return await by.post(url, content=file, headers=CSV, params={"source": "grid"})
    if method == "GET":
        return await by.get(url, params={"source": "grid"} if path in {one for _, one in LISTS} else query)
    headers = key() if method == "POST" else {"If-Match": '"1"'}
    return await by.request(method, url, json=body_of(path, grid), headers=headers)


async def test_a_stranger_sees_and_writes_nothing_at_any_door_of_the_feed(grid: Grid) -> None:
    named = await known(grid)
    stranger = await grid.door.lasting_caller(
        "feed:read", "feed:write", regions=(), sources=("other",), region="141000"
    )
    before = await traces(grid.door.sessions)
    found = {door: await asks(grid, stranger, *door, named) for door in DOORS}
    assert await traces(grid.door.sessions) == before
    answers = {door: answer.status_code for door, answer in found.items() if door not in PUBLIC | LISTS}
    assert set(answers.values()) <= {403, 404}, answers
    assert all(found[door].json()["items"] == [] for door in LISTS)


@pytest.mark.parametrize("door_", DOORS, ids=" ".join)
async def test_the_same_request_is_no_nonsense_when_its_own_people_make_it(grid: Grid, door_: tuple[str, str]) -> None:
    named = await known(grid)
    own = await asks(grid, grid.officer, *door_, named)
    assert own.is_success, (door_, own.text)

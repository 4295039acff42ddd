"""Polling events: oldest first, from a cursor that stays good, and only what the caller may see."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.domain.events import KEPT
from app.persistence.unit_of_work import open_unit
from app.services import events
from tests.api.officer import Json
from tests.api.pushing import Post

ORDERS = {"type": "order.*"}


async def polls(caller: httpx.AsyncClient, **query: Any) -> Json:
    answer = await caller.get("/v1/events", params=query)
    assert answer.status_code == 200, answer.text
    page: Json = answer.json()
    return page


def numbers(page: Json) -> list[int]:
    return [one["data"]["number"] for one in page["items"]]


async def test_a_poller_goes_on_from_its_cursor_and_misses_nothing(post: Post) -> None:
    firm = await post.firm()
    await post.happens(firm, *range(1, 6))
    await post.relays()
    first = await polls(post.officer, **ORDERS, limit=2)
    second = await polls(post.officer, **ORDERS, limit=2, after=first["next_cursor"])
    third = await polls(post.officer, **ORDERS, limit=2, after=second["next_cursor"])
    nothing = await polls(post.officer, **ORDERS, limit=2, after=third["next_cursor"])
    assert [numbers(one) for one in (first, second, third, nothing)] == [[1, 2], [3, 4], [5], []]
    await post.happens(firm, 6)
    await post.relays()
    later = await polls(post.officer, **ORDERS, after=nothing["next_cursor"])
    assert numbers(later) == [6]
    assert await polls(post.officer, **ORDERS, limit=2, after=first["next_cursor"]) == second
    assert first["next_cursor"] == first["items"][-1]["sequence"]


async def test_an_event_is_not_seen_before_it_has_its_sequence(post: Post) -> None:
    await post.happens(None, 1)
    assert (await polls(post.officer, **ORDERS))["items"] == []
    await post.relays()
    assert numbers(await polls(post.officer, **ORDERS)) == [1]


async def test_events_are_chosen_by_type_region_and_enterprise(post: Post) -> None:
    firm, other = await post.firm("141027"), await post.firm("140581")
    await post.happens(firm, 1)
    await post.happens(other, 2, region="140581")
    await post.happens(None, 3, type="warning.issued", region="141000")
    await post.relays()
    both = ["order.served", "warning.*"]
    assert numbers(await polls(post.officer, type=both)) == [1, 2, 3]
    assert numbers(await polls(post.officer, type=both, region="141000")) == [1, 3]
    assert numbers(await polls(post.officer, type=both, region="141027")) == [1]
    assert numbers(await polls(post.officer, type=both, enterprise_id=other)) == [2]
    assert (await polls(post.officer, type="order.unknown"))["items"] == []


async def test_everybody_sees_what_is_theirs_and_nothing_else(post: Post) -> None:
    firm, other = await post.firm("141027"), await post.firm("140581")
    await post.happens(firm, 1)
    await post.happens(other, 2, region="140581")
    await post.happens(None, 3, type="warning.issued", region="141000")
    await post.happens(None, 4, type="feed.day_closed", region="140581", source="grid")
    await post.happens(None, 5, type="simulation.finished", region="141000")
    await post.relays()
    type_ = ["order.*", "warning.*", "feed.day_closed", "simulation.*"]

    async def seen(*scopes: str, **grants: Any) -> list[str]:
        caller = await post.door.caller("events:read", *scopes, **grants)
        return [one["subject"] for one in (await polls(caller, type=type_))["items"]]

    wide = ("orders:read", "warnings:read", "feed:read", "simulations:read")
    assert await seen(*wide) == ["1", "2", "3", "4", "5"]
    assert await seen(*wide, regions=("141027",)) == ["1", "3"]
    assert await seen(*wide, regions=("140000",)) == ["1", "2", "3", "4", "5"]
    assert await seen(*wide, regions=("140581",)) == ["2", "4"]
    assert await seen(*wide, regions=(), enterprise_ids=(firm,)) == ["1", "3"]
    assert await seen(*wide, regions=(), enterprise_ids=(other,)) == ["2"]
    assert await seen(*wide, regions=(), sources=("grid",)) == ["4"]
    assert await seen(*wide, regions=()) == []
    # Whoever may not read orders does not hear of them either.
    assert await seen("warnings:read") == ["3"]
    assert await seen() == []


async def test_without_the_scope_nothing_is_read(post: Post) -> None:
    caller = await post.door.caller("orders:read")
    answer = await caller.get("/v1/events")
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


async def test_what_only_its_own_client_hears_of_is_heard_by_nobody_else(post: Post) -> None:
    await post.subscribes()
    await post.relays()
    assert [one["type"] for one in (await polls(post.officer, type="webhook.*"))["items"]] == ["webhook.created"]
    other = await post.door.caller()
    assert (await polls(other, type="webhook.*"))["items"] == []


async def test_a_cursor_whose_events_are_gone_is_told_so(post: Post) -> None:
    await post.happens(None, 1)
    await post.relays()
    begin = await polls(post.officer)
    await post.happens(None, 2)
    await post.relays()
    post.clock.now += KEPT + timedelta(days=1)
    async with open_unit(post.door.sessions, now=post.clock()) as unit:
        assert await events.sweep(unit)
    gone = await post.officer.get("/v1/events", params={"after": begin["next_cursor"]})
    assert (gone.status_code, gone.json()["code"]) == (409, "events_forgotten")
    anew = await polls(post.officer)
    assert anew["items"] == []
    await post.happens(None, 3)
    await post.relays()
    assert numbers(await polls(post.officer, after=anew["next_cursor"])) == [3]


@pytest.mark.parametrize(
    ("after", "status", "code"),
    [("999", 409, "events_cursor_ahead"), ("x", 400, "malformed_cursor"), ("-1", 400, "malformed_cursor")],
)
async def test_a_cursor_that_is_none_of_ours_is_refused(post: Post, after: str, status: int, code: str) -> None:
    answer = await post.officer.get("/v1/events", params={"after": after})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_types_are_listed_for_everybody(post: Post) -> None:
    listed = {one["type"]: one for one in (await post.door.anyone().get("/v1/events/types")).json()["items"]}
    assert listed["warning.issued"] == {
        "type": "warning.issued",
        "label_zh": "重污染天气预警已发布",
        "label_en": "a heavy pollution warning was issued",
        "scope": "warnings:read",
        "reach": "below",
        "data_fields": ["number", "colour", "from_at", "basis", "operation_id"],
    }
    lists = {one["name"]: one for one in (await post.door.anyone().get("/v1/vocabulary")).json()["lists"]}
    assert {one["code"] for one in lists["event_types"]["entries"]} == set(listed)

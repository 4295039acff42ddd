"""Rate limits: each client has its own, and every answer says what is left."""

import re

import pytest
from limits import RateLimitItemPerMinute
from redis.exceptions import ConnectionError as NobodyListens

from app.api.limits import create_limiter
from app.main import create_app
from app.settings import Settings
from tests.api.door import Door


def limited(door: Door, settings: Settings, **limits: int) -> Door:
    changed = settings.model_copy(update=limits)
    return Door(create_app(sessions=door.sessions, clock=door.clock, settings=changed), door.sessions, door.clock)


async def test_a_client_over_its_limit_is_told_when_to_come_back(door: Door, settings: Settings) -> None:
    strict = limited(door, settings, requests_per_minute=2)
    caller, neighbour = await strict.caller(), await strict.caller()
    answers = [await caller.get("/v1/operations") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["ratelimit-policy"] for one in answers] == ['"client";q=2;w=60'] * 3
    assert [re.findall(r'^"client";r=(\d+);t=\d+$', one.headers["ratelimit"]) for one in answers] == [
        ["1"],
        ["0"],
        ["0"],
    ]
    assert answers[2].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert (await neighbour.get("/v1/operations")).status_code == 200


async def test_an_address_that_asks_for_too_many_tokens_waits(door: Door, settings: Settings) -> None:
    strict = limited(door, settings, token_requests_per_minute=1)
    answers = [await strict.anyone().post("/v1/oauth/token", data={"grant_type": "x"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [400, 429]


async def test_no_limit_is_no_header(door: Door, settings: Settings) -> None:
    open_to_all = limited(door, settings, requests_per_minute=0)
    answer = await (await open_to_all.caller()).get("/v1/operations")
    assert "ratelimit" not in answer.headers


async def test_a_count_that_processes_share_is_asked_of_redis() -> None:
    limiter = create_limiter("redis://127.0.0.1:1")
    with pytest.raises(NobodyListens):
        await limiter.strategy.hit(RateLimitItemPerMinute(2), "somebody")

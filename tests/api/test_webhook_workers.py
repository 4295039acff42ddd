"""Workers in processes of their own: killed in the middle of a delivery, or side by side, they lose nothing."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.api.pushing import Post, without_repeats
from tests.receiver import Received

ROOT = Path(__file__).resolve().parents[2]


async def a_worker(url: str, post: Post) -> asyncio.subprocess.Process:
    key = post.door.app.state.options.signing_key
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.api.courier",
        url,
        post.clock().isoformat(),
        cwd=ROOT,
        env=os.environ | {"CUOFENG_SIGNING_KEY": key},
    )


async def test_a_worker_killed_in_the_middle_of_a_delivery_is_followed_by_another(
    post: Post, own_database_url: str
) -> None:
    firm, other = await post.firm(), await post.firm()
    webhook = await post.subscribes()
    await post.happens(firm, 1, 2, 3)
    await post.happens(other, 4, 5)
    reached, dead = asyncio.Event(), asyncio.Event()

    async def holds_the_second(one: Received) -> int:
        if one.event["data"]["number"] == 2 and not dead.is_set():
            reached.set()
            await dead.wait()
        return 204

    post.receiver.behave = holds_the_second
    victim = await a_worker(own_database_url, post)
    await asyncio.wait_for(reached.wait(), 60)
    victim.kill()
    assert await victim.wait() == -9
    dead.set()
    await post.delivers()
    assert post.numbers(firm) == [1, 2], "its queue is nobody's before the lease is over"
    post.clock.advance(seconds=61)
    while {one["state"] for one in await post.deliveries(webhook)} != {"delivered"}:
        await post.delivers()
    assert without_repeats(post.numbers(firm)) == [1, 2, 3]
    assert without_repeats(post.numbers(other)) == [4, 5]
    assert post.numbers(firm) == [1, 2, 2, 3]
    assert len({one.id for one in post.receiver.got}) == 5, "a repeated event has the id it had before"
    post.receiver.verified(post.secrets[webhook["id"]], post.clock)


@pytest.mark.proof
async def test_two_processes_side_by_side_send_everything_in_order(post: Post, own_database_url: str) -> None:
    firms = [await post.firm() for _ in range(5)]
    webhook = await post.subscribes()
    for number in range(1, 101):
        await post.happens(firms[number % 5], number)

    async def slowly(_: Received) -> int:
        await asyncio.sleep(0.003)
        return 204

    post.receiver.behave = slowly
    workers = [await a_worker(own_database_url, post) for _ in range(2)]
    assert [await one.wait() for one in workers] == [0, 0]
    while {one["state"] for one in await post.deliveries(webhook)} != {"delivered"}:
        await post.delivers()
    for at, firm in enumerate(firms):
        assert without_repeats(post.numbers(firm)) == [number for number in range(1, 101) if number % 5 == at]
    numbers_by_id = {(one.id, one.event["data"]["number"]) for one in post.receiver.got}
    assert len(numbers_by_id) == 100

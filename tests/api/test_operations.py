"""Operations at the door: watched, cancelled and fetched by whoever started them."""

from typing import Any

import pytest

from app.domain.access import Actor
from app.domain.operations import Operation, OperationFinished
from app.jobs.context import JobContext
from app.jobs.runner import Worker
from app.persistence.unit_of_work import open_unit
from app.services import operations
from tests.api.door import Door


async def shout(job: JobContext) -> dict[str, Any]:
    await job.progress(1, 1)
    await job.keep_file("行,错误\n".encode(), media_type="text/csv; charset=utf-8", name="结果.csv")
    return {"rows": 1}


async def started(door: Door, client_id: str) -> Operation:
    async with open_unit(door.sessions, now=door.clock()) as unit:
        return await operations.start(unit, kind="shout", payload={}, by=Actor(client_id=client_id), now=door.clock())


async def work(door: Door) -> None:
    await Worker(sessions=door.sessions, clock=door.clock, handlers={"shout": shout}).drain()


@pytest.fixture
async def mine(door: Door) -> tuple[Any, Operation]:
    """A caller and an operation of theirs."""
    client, _ = await door.register(["feed:write"])
    token = door.app.state.tokens.issue(client.id, client.scopes, now=door.clock())
    return door.anyone({"Authorization": f"Bearer {token}"}), await started(door, client.id)


async def test_a_queued_operation_says_when_to_ask_again(mine: tuple[Any, Operation]) -> None:
    caller, operation = mine
    answer = await caller.get(f"/v1/operations/{operation.id}")
    assert answer.headers["retry-after"] == "1"
    assert answer.json() == {
        "id": str(operation.id),
        "kind": "shout",
        "state": "queued",
        "done": 0,
        "total": None,
        "stage": None,
        "cancel_requested": False,
        "problem": None,
        "created_at": "2019-12-10T10:00:00.000+08:00",
        "started_at": None,
        "finished_at": None,
        "result_url": None,
        "file_url": None,
    }


async def test_a_finished_operation_leads_to_its_result_and_its_file(door: Door, mine: tuple[Any, Operation]) -> None:
    caller, operation = mine
    await work(door)
    after = (await caller.get(f"/v1/operations/{operation.id}")).json()
    assert (after["state"], after["done"], after["total"]) == ("succeeded", 1, 1)
    assert (await caller.get(after["result_url"])).json() == {
        "operation_id": str(operation.id),
        "kind": "shout",
        "result": {"rows": 1},
    }
    file = await caller.get(after["file_url"])
    assert (file.text, file.headers["content-type"]) == ("行,错误\n", "text/csv; charset=utf-8")
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%BB%93%E6%9E%9C.csv"


@pytest.mark.parametrize("part", ["result", "file"])
async def test_an_unfinished_operation_has_no_result(mine: tuple[Any, Operation], part: str) -> None:
    caller, operation = mine
    answer = await caller.get(f"/v1/operations/{operation.id}/{part}")
    assert (answer.status_code, answer.json()["code"]) == (409, "result_not_ready")


async def test_cancelling_twice_is_cancelling_once(mine: tuple[Any, Operation]) -> None:
    caller, operation = mine
    answers = [await caller.post(f"/v1/operations/{operation.id}/cancel") for _ in range(2)]
    assert [(one.status_code, one.json()["state"]) for one in answers] == [(202, "cancelled")] * 2
    assert answers[0].content == answers[1].content


async def test_what_is_done_cannot_be_cancelled(door: Door, mine: tuple[Any, Operation]) -> None:
    caller, operation = mine
    await work(door)
    answer = await caller.post(f"/v1/operations/{operation.id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "operation_finished")


@pytest.mark.parametrize(("method", "part"), [("GET", ""), ("GET", "/result"), ("GET", "/file"), ("POST", "/cancel")])
async def test_somebody_elses_operation_is_not_found(
    door: Door, mine: tuple[Any, Operation], method: str, part: str
) -> None:
    _, operation = mine
    answer = await (await door.caller()).request(method, f"/v1/operations/{operation.id}{part}")
    assert (answer.status_code, answer.json()["code"]) == (404, "operation_unknown")


async def test_the_list_shows_the_callers_own_newest_first(door: Door, mine: tuple[Any, Operation]) -> None:
    caller, operation = mine
    newer = await started(door, operation.actor.client_id)
    await started(door, "somebody else")
    page = (await caller.get("/v1/operations")).json()
    assert [one["id"] for one in page["items"]] == [str(newer.id), str(operation.id)]


async def test_a_failure_is_told_in_the_readers_language(door: Door, mine: tuple[Any, Operation]) -> None:
    caller, operation = mine

    async def refuse(job: JobContext) -> dict[str, Any]:
        raise OperationFinished(state="x")

    await Worker(sessions=door.sessions, clock=door.clock, handlers={"shout": refuse}).drain()
    address = f"/v1/operations/{operation.id}"
    chinese, english = [
        (await caller.get(address, headers={"Accept-Language": language})).json()["problem"]["detail"]
        for language in ("zh", "en")
    ]
    assert (chinese, english) == (
        "任务已结束（x），不能取消。",
        "The operation has ended (x) and cannot be cancelled.",
    )

"""Orders at the door: seen and acknowledged by the enterprise alone, overdue by the clock, served once whatever happens."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.domain.access import Actor, Person
from app.jobs import serve_orders
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.unit_of_work import open_unit
from app.services import operations, orders
from app.services.orders import verify_orders
from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.api.packs import publish
from tests.api.test_nothing_is_stored import rows
from tests.api.test_verifying import tamper
from tests.api.warned import Bureau, enterprise, grinding, line, works
from tests.conftest import Clock

OFFICER = Actor(client_id="officer", regions=("140500",), person=Person(name="李四", office="大气办"))


async def bureau(door: Door, clock: Clock) -> Bureau:
    await publish(door.sessions, "gaoping")
    return Bureau(door=door, clock=clock, caller=await door.caller(on_behalf_of=True))


async def served(door: Door, clock: Clock) -> tuple[Bureau, str, str]:
    """A bureau, an enterprise, and the order it was served."""
    officer = await bureau(door, clock)
    grinding_id = await officer.registers(grinding())
    await officer.serves(await officer.issues("yellow"))
    (order,) = await officer.orders(grinding_id)
    return officer, grinding_id, f"/v1/orders/{order['id']}"


async def listed(caller: httpx.AsyncClient, **query: str) -> list[str]:
    answer = await caller.get("/v1/orders", params=query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_an_enterprise_sees_and_acknowledges_what_it_was_served(door: Door, clock: Clock) -> None:
    officer, grinding_id, url = await served(door, clock)
    mine = await enterprise(door, grinding_id)
    found = (await mine.get(url)).json()
    assert (found["state"], found["overdue"], found["seen"]) == ("sent", False, None)
    states = ("sent", "seen", "acknowledged", "overdue")
    assert [len(await listed(officer.caller, state=one)) for one in states] == [1, 0, 0, 0]
    clock.advance(minutes=121)
    # Tokens have run out by then.
    mine, officer.caller = await enterprise(door, grinding_id), await door.caller()
    assert (await mine.get(url)).json()["overdue"]
    received = await mine.post(f"{url}/receipt", headers=key())
    assert received.status_code == 201, received.text
    assert (received.json()["state"], received.json()["seen"]["person"]) == ("seen", None)
    assert [len(await listed(officer.caller, state=one)) for one in states] == [0, 1, 0, 1]
    taken = await mine.post(f"{url}/acknowledgement", headers=key() | PERSON)
    assert taken.status_code == 201, taken.text
    assert (taken.json()["state"], taken.json()["overdue"], taken.json()["acknowledged"]["person"]) == (
        "acknowledged",
        False,
        "李四",
    )
    assert [len(await listed(officer.caller, state=one)) for one in states] == [0, 0, 1, 0]
    audit = (await officer.caller.get("/v1/audit", params={"enterprise_id": grinding_id})).json()["items"]
    assert [one["type"] for one in audit][:3] == ["order.acknowledged", "order.seen", "order.served"]


async def test_whoever_acknowledges_at_once_has_seen_it_too(door: Door, clock: Clock) -> None:
    _, grinding_id, url = await served(door, clock)
    mine = await enterprise(door, grinding_id)
    taken = (await mine.post(f"{url}/acknowledgement", headers=key() | PERSON)).json()
    assert taken["seen"] == taken["acknowledged"]


async def test_orders_are_found_by_region_enterprise_and_occasion(door: Door, clock: Clock) -> None:
    officer, grinding_id, url = await served(door, clock)
    other_id = await officer.registers(grinding("OTHER"))
    await officer.serves(await officer.issues("red", region="140500"))
    mine, township = await enterprise(door, grinding_id), await door.caller(regions=("140581",))
    stranger = await door.caller(regions=("141000",))
    assert [len(await listed(one)) for one in (officer.caller, mine, township, stranger)] == [3, 2, 3, 0]
    assert len(await listed(officer.caller, region="140581", occasion="warning")) == 3
    assert await listed(officer.caller, region="141000") == []
    assert await listed(officer.caller, occasion="violation") == []
    assert len(await listed(officer.caller, enterprise_id=other_id)) == 1
    page = (await officer.caller.get("/v1/orders", params={"limit": 2})).json()
    rest = (await officer.caller.get("/v1/orders", params={"limit": 2, "cursor": page["next_cursor"]})).json()
    assert [len(page["items"]), len(rest["items"]), rest["next_cursor"]] == [2, 1, None]
    assert (await stranger.get(url)).json()["code"] == "order_unknown"
    assert (await stranger.get(f"/v1/enterprises/{grinding_id}/orders")).json()["code"] == "enterprise_unknown"


async def test_what_is_refused_of_an_order_stores_nothing(door: Door, clock: Clock) -> None:
    officer, grinding_id, url = await served(door, clock)
    mine, other = await enterprise(door, grinding_id), await enterprise(door, await officer.registers(grinding("B")))
    reader = await door.caller("orders:read", regions=(), enterprise_ids=(grinding_id,), on_behalf_of=True)
    done = [await mine.post(f"{url}/acknowledgement", headers=key() | PERSON)]
    assert done[0].status_code == 201
    before = await rows(door.sessions)
    refused = [
        (officer.caller, "receipt", PERSON, 403, "own_enterprise_only"),
        (officer.caller, "acknowledgement", PERSON, 403, "own_enterprise_only"),
        (other, "acknowledgement", PERSON, 404, "order_unknown"),
        (reader, "acknowledgement", PERSON, 403, "missing_scope"),
        (mine, "acknowledgement", {}, 403, "person_required"),
        (mine, "acknowledgement", PERSON, 409, "transition_refused"),
        (mine, "receipt", PERSON, 409, "transition_refused"),
    ]
    for caller, what, person, status, code in refused:
        answer = await caller.post(f"{url}/{what}", headers=key() | person)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    bare = await mine.post(f"{url}/receipt")
    assert (bare.status_code, bare.json()["code"]) == (400, "idempotency_key_missing")
    assert await rows(door.sessions) == before


async def test_of_those_who_race_one_wins(busy_door: Door, clock: Clock) -> None:
    officer, grinding_id, url = await served(busy_door, clock)
    mine = await enterprise(busy_door, grinding_id)
    taken = await asyncio.gather(*(mine.post(f"{url}/acknowledgement", headers=key() | PERSON) for _ in range(3)))
    assert sorted(one.status_code for one in taken) == [201, 409, 409]
    body: dict[str, Any] = {"basis": "通知", "from_at": "2019-12-11T10:00:00+08:00", "colour": "red"}
    issued = await asyncio.gather(
        *(
            officer.caller.post("/v1/warnings", json=body | {"region": "140500"}, headers=key() | PERSON)
            for _ in range(3)
        )
    )
    assert sorted(one.status_code for one in issued) == [202, 409, 409]
    made = next(one for one in issued if one.status_code == 202)
    said = {"from_at": "2019-12-11T10:00:00+08:00", "basis": "通知"}
    match = PERSON | {"If-Match": made.headers["ETag"]}
    lifted = await asyncio.gather(
        *(officer.caller.post(f"/v1/warnings/{made.json()['id']}/lift", json=said, headers=key() | match) for _ in "ab")
    )
    assert sorted(one.status_code for one in lifted) == [202, 412]


async def test_a_job_that_breaks_off_serves_everybody_once(
    busy_door: Door, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve_orders, "BATCH", 1)
    officer = await bureau(busy_door, clock)
    ids = [await officer.registers(grinding(code)) for code in ("A", "B", "C")]
    issued = await officer.issues("yellow")
    serving, calls = orders.serve, 0

    async def serve(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        found = await serving(*given, **named)
        if calls == 2:
            raise OSError("killed in the middle of a batch")
        return found

    monkeypatch.setattr(orders, "serve", serve)
    worker = Worker(sessions=busy_door.sessions, clock=clock, handlers=HANDLERS)
    await worker.drain()
    assert len(await listed(officer.caller)) == 1
    clock.advance(minutes=1)
    assert (await officer.serves(issued))["commands"] == 3
    # The very same job again, and the enterprise whose seat has gone to another city.
    payload = {"warning_id": issued.json()["id"], "number": 0}
    async with open_unit(busy_door.sessions, now=clock()) as unit:
        await operations.start(unit, kind="serve_orders", payload=payload, by=OFFICER, now=clock())
    await worker.drain()
    assert [len(await officer.orders(one)) for one in ids] == [1, 1, 1]
    async with busy_door.sessions() as session, session.begin():
        await session.execute(text("UPDATE sites SET region = '141002' WHERE enterprise_id = :id"), {"id": ids[0]})
    lifted = await officer.goes_on(issued, "lift", from_at="2019-12-11T10:00:00+08:00")
    assert (await officer.serves(lifted))["lifts"] == 3
    assert [[order["kind"] for order in await officer.orders(one)] for one in ids] == [["command", "lift"]] * 3


async def test_an_order_that_was_altered_or_stands_on_nothing_is_found(door: Door, clock: Clock) -> None:
    await served(door, clock)

    async def damage() -> list[str]:
        async with open_unit(door.sessions, now=clock()) as unit:
            return [one.what for one in await verify_orders(unit)]

    assert await damage() == []
    await tamper(door.sessions, "orders", "UPDATE orders SET due_at = due_at + interval '1 day'")
    assert await damage() == ["order_hash"]
    await tamper(door.sessions, "orders", "UPDATE orders SET occasion_number = 5")
    assert await damage() == ["order_hash", "order_without_warning"]


async def test_orders_follow_what_is_decided_while_the_warning_lasts(door: Door, clock: Clock) -> None:
    """FS-27 is a question until the authority answers it; then the enterprise is told to stop, once."""
    await publish(door.sessions, "fushan")
    officer = Bureau(door=door, clock=clock, caller=await door.lasting_caller(on_behalf_of=True))
    firm = await officer.registers(works("STEEL", "141027", line("chemical")))
    warning = await officer.issues("orange", region="141027")
    await officer.serves(warning)
    (notice,) = await officer.orders(firm)
    assert (notice["kind"], [one["rule"] for one in notice["questions"]]) == ("notice", ["FS-27"])
    subject = notice["questions"][0]["subject_id"]
    body = {"subject_id": subject, "pack": "fushan", "season": 2019, "rule": "FS-27", "valid_from": "2019-12-10"}
    made = await officer.says(f"/v1/enterprises/{firm}/determinations", **body, alternative=1)
    assert made.status_code == 201, made.text
    await works_off(officer)
    _, command = await officer.orders(firm)
    assert (command["kind"], command["supersedes"], command["questions"]) == ("command", notice["id"], [])
    assert [one["rule"] for one in command["items"]] == ["FS-27"]
    # What changes nothing in it brings no order.
    told = {"assertions": [{"subject_id": subject, "fact": "special_limit_met", "value": "true"}]}
    news = await officer.caller.post(f"/v1/enterprises/{firm}/assertions", json=told, headers=key())
    assert news.status_code == 201, news.text
    await works_off(officer)
    assert len(await officer.orders(firm)) == 2
    again = await officer.says(f"/v1/determinations/{made.json()['id']}/revocation")
    assert again.status_code == 201, again.text
    await works_off(officer)
    assert [one["kind"] for one in await officer.orders(firm)] == ["notice", "command", "notice"]
    async with open_unit(door.sessions, now=clock()) as unit:
        assert await verify_orders(unit) == []


async def test_who_comes_under_a_warning_later_is_served_too(door: Door, clock: Clock) -> None:
    officer, *_ = await served(door, clock)
    late = await officer.registers(grinding("LATE"))
    await works_off(officer)
    assert [one["kind"] for one in await officer.orders(late)] == ["command"]


async def works_off(officer: Bureau) -> None:
    """What the service does by itself about what is new."""
    every = {"redecide_stale": timedelta()}
    worker = Worker(sessions=officer.door.sessions, clock=officer.clock, handlers=HANDLERS, recurring=every)
    await worker.queue_due()
    await worker.drain()

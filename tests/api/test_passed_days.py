"""A day that comes without anybody saying anything: what begins or runs out on it is seen, once, by whichever worker."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from app.jobs.redecide import PASSED
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.engine import Sessions
from tests.api.door import Door
from tests.api.packs import publish
from tests.api.test_orders import works_off
from tests.api.warned import Bureau, fact, foundry, grinding, line, works
from tests.conftest import Clock


async def stale(sessions: Sessions) -> set[str]:
    async with sessions() as session:
        return {str(one) for one in await session.scalars(text("SELECT enterprise_id FROM stale_enterprises"))}


async def days_pass(door: Door, clock: Clock, *kinds: str) -> None:
    every = dict.fromkeys(kinds or (PASSED,), timedelta())
    worker = Worker(sessions=door.sessions, clock=clock, handlers=HANDLERS, recurring=every)
    await worker.queue_due()
    await worker.drain()


def at(*day: int) -> datetime:
    """Half past midnight in Shanghai."""
    year, month, number = day
    return datetime.fromisoformat(f"{date(year, month, number)}T00:30:00+08:00")


async def settled(door: Door, clock: Clock, bodies: Iterable[dict[str, object]]) -> tuple[Bureau, list[str]]:
    await publish(door.sessions, "fushan", "gaoping")
    officer = Bureau(door=door, clock=clock, caller=await door.lasting_caller(on_behalf_of=True))
    firms = [await officer.registers(body) for body in bodies]
    await days_pass(door, clock)
    await works_off(officer)
    assert await stale(door.sessions) == set()
    return officer, firms


async def test_whom_a_day_concerns_is_looked_at_again_however_long_no_worker_ran(door: Door, clock: Clock) -> None:
    ending = works("ENDING", "141027", line("foundry", facts=[fact("fuel", "coal", valid_to="2019-12-13")]))
    beginning = works("BEGINNING", "141027", line("foundry", facts=[fact("fuel", "coal", valid_from="2019-12-14")]))
    later = works("LATER", "141027", line("foundry", facts=[fact("fuel", "coal", valid_from="2019-12-20")]))
    _, (first, second, *_) = await settled(door, clock, (ending, beginning, later, foundry("STEADY")))
    clock.now = at(2019, 12, 12)
    await days_pass(door, clock)
    assert await stale(door.sessions) == set()
    clock.now = at(2019, 12, 15)
    await days_pass(door, clock)
    assert await stale(door.sessions) == {first, second}


async def test_a_day_is_looked_at_once(door: Door, clock: Clock) -> None:
    ending = works("ENDING", "141027", line("foundry", facts=[fact("fuel", "coal", valid_to="2019-12-11")]))
    officer, (firm,) = await settled(door, clock, [ending])
    clock.now = at(2019, 12, 11)
    await days_pass(door, clock)
    assert await stale(door.sessions) == {firm}
    await works_off(officer)
    clock.advance(hours=12)
    await days_pass(door, clock)
    assert await stale(door.sessions) == set()


async def test_an_answer_that_runs_out_while_a_warning_lasts_brings_the_next_order(door: Door, clock: Clock) -> None:
    """FS-27 was answered until 11 December: on that day it is a question again, and nobody has to say so."""
    officer, (firm,) = await settled(door, clock, [works("STEEL", "141027", line("chemical"))])
    await officer.serves(await officer.issues("orange", region="141027"))
    (notice,) = await officer.orders(firm)
    body = {"subject_id": notice["questions"][0]["subject_id"], "pack": "fushan", "season": 2019, "rule": "FS-27"}
    term = {"valid_from": "2019-12-10", "valid_to": "2019-12-11"}
    made = await officer.says(f"/v1/enterprises/{firm}/determinations", **body, **term, alternative=1)
    assert made.status_code == 201, made.text
    await works_off(officer)
    assert [one["kind"] for one in await officer.orders(firm)] == ["notice", "command"]
    clock.now = at(2019, 12, 11)
    await works_off(officer)
    assert len(await officer.orders(firm)) == 2
    await days_pass(door, clock)
    await works_off(officer)
    assert [one["kind"] for one in await officer.orders(firm)] == ["notice", "command", "notice"]


async def test_everybody_is_decided_in_a_new_season(door: Door, clock: Clock) -> None:
    officer, (firm, other) = await settled(door, clock, (foundry(), grinding()))
    clock.now = at(2020, 6, 30)
    await days_pass(door, clock)
    await works_off(officer)
    assert await seasons(door.sessions, firm) == {2019}
    clock.now = at(2020, 7, 1)
    await days_pass(door, clock)
    assert await stale(door.sessions) == {firm, other}
    await works_off(officer)
    assert await seasons(door.sessions, firm) == {2019, 2020}


async def seasons(sessions: Sessions, firm: str) -> set[int]:
    async with sessions() as session:
        found = text("SELECT season FROM decision_runs WHERE enterprise_id = :firm")
        return set(await session.scalars(found, {"firm": UUID(firm)}))

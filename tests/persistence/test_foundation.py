"""What the database itself promises: evidence is never altered, work is kept whole or not at all."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.access import Actor, Person
from app.domain.events import Event
from app.integrations.ids import new_id
from app.persistence.clients import ClientRepository
from app.persistence.engine import Sessions, async_url
from app.persistence.unit_of_work import DatabaseUnavailable, open_unit
from app.services.clients import BOOTSTRAP, Grants, bootstrap_admin, create_client, holds
from tests.conftest import Clock

OFFICER = Actor(client_id="officer", person=Person(name="张三", office="科长"))


@pytest.mark.parametrize("change", ["UPDATE audit SET client_id = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
async def test_the_audit_is_never_altered(sessions: Sessions, change: str) -> None:
    async with sessions() as session:
        with pytest.raises(DBAPIError, match="audit is append-only"):
            await session.execute(text(change))


async def test_an_event_is_recorded_with_its_person_and_its_instant(sessions: Sessions, clock: Clock) -> None:
    async with open_unit(sessions, now=clock(), request_id="r-1") as unit:
        event = Event(type="trial.noted", subject="s", region="141000", data={"因": "果"})
        await unit.record(event, by=OFFICER)
    async with sessions() as session:
        audit = (await session.execute(text("SELECT * FROM audit WHERE subject = 's'"))).mappings().one()
        outbox = (await session.execute(text("SELECT * FROM outbox WHERE subject = 's'"))).mappings().one()
    assert {**audit, "position": 0} == {
        "position": 0,
        "at": clock(),
        "type": "trial.noted",
        "subject": "s",
        "enterprise_id": None,
        "region": "141000",
        "data": {"因": "果"},
        "client_id": "officer",
        "person_name": "张三",
        "person_office": "科长",
        "request_id": "r-1",
    }
    assert (outbox["type"], outbox["at"], outbox["data"], outbox["relayed_at"]) == (
        "trial.noted",
        clock(),
        {"因": "果"},
        None,
    )


async def test_a_unit_of_work_that_fails_keeps_nothing(sessions: Sessions, clock: Clock) -> None:
    async def fail() -> None:
        async with open_unit(sessions, now=clock()) as unit:
            await unit.record(Event(type="trial.noted", subject="s"), by=OFFICER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM audit")) == 0
        assert await session.scalar(text("SELECT count(*) FROM outbox")) == 0


async def test_a_lock_that_cannot_be_had_is_a_matter_of_time(sessions: Sessions, clock: Clock) -> None:
    async def wait_in_vain() -> None:
        async with open_unit(sessions, now=clock()) as unit:
            await unit.session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '55P03'; END $$"))

    with pytest.raises(DatabaseUnavailable):
        await wait_in_vain()


async def test_a_secret_is_kept_only_as_a_hash(sessions: Sessions, clock: Clock) -> None:
    async with open_unit(sessions, now=clock()) as unit:
        client, secret = await create_client(
            unit, Grants(name="a", region="141000", scopes=frozenset()), by=BOOTSTRAP, now=clock()
        )
    async with sessions() as session:
        row = (await session.execute(text("SELECT c::text || a.data::text FROM clients c, audit a"))).scalar_one()
    assert re.fullmatch(r"cuofeng_[\w-]{43}", secret)
    assert secret not in row
    assert holds(client, secret, now=clock())
    assert not holds(client, secret[:-1], now=clock())


async def test_the_first_administrator_is_made_once(sessions: Sessions, clock: Clock) -> None:
    made = []
    for _ in range(2):
        async with open_unit(sessions, now=clock()) as unit:
            made.append(await bootstrap_admin(unit, now=clock()))
    assert made[0] is not None
    assert made[1] is None


@pytest.mark.parametrize(
    ("own", "seen"),
    [
        (("000000",), {"140000", "141000", "141027"}),
        (("141000",), {"141000", "141027"}),
        (("141027",), {"141027"}),
        (("110000", "140000"), {"140000", "141000", "141027"}),
        ((), set()),
    ],
)
async def test_a_region_shows_its_whole_subtree_and_nothing_else(
    sessions: Sessions, clock: Clock, own: tuple[str, ...], seen: set[str]
) -> None:
    async with open_unit(sessions, now=clock()) as unit:
        for region in ("140000", "141000", "141027"):
            await create_client(unit, Grants(name="a", region=region, scopes=frozenset()), by=BOOTSTRAP, now=clock())
        clerk = Actor(client_id="clerk", regions=own)
        found = await ClientRepository(unit.session).newest(visible_to=clerk, after=None, limit=10)
    assert {client.region for client in found} == seen


def test_ids_grow_with_time_and_are_version_seven() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {one.version for one in made} == {7}
    # Within one tick of the clock the order is left to chance.
    assert [one.int >> 80 for one in made] == sorted(one.int >> 80 for one in made)


@pytest.mark.parametrize("url", ["postgres://h/d", "postgresql://h/d", "postgresql+asyncpg://h/d"])
def test_the_address_may_be_written_as_other_tools_write_it(url: str) -> None:
    assert async_url(url) == "postgresql+asyncpg://h/d"

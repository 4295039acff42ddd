"""A small province for the machine: four plants, two officers, a clock that runs, and an eye on every table."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, AsyncTransaction, async_sessionmaker

from app.domain.periods import civil_day
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.tables import KINDS
from app.settings import Settings
from tests.api.door import Door, open_door
from tests.api.listing import GREEN, LISTS, OF_SITE, works
from tests.api.officer import key
from tests.api.packs import publish
from tests.api.plants import PERSON_LI, PERSON_ZHANG, plant, posted
from tests.conftest import Clock

Json = dict[str, Any]
FURNACE: Json = {
    "code": "F1", "name": "一号炉", "kind": "induction_furnace", "facts": [{"fact": "furnace_type", "value": "induction"}],
}  # fmt: skip
BEGINS = datetime(2019, 9, 10, 2, tzinfo=UTC)
ENDS = datetime(2020, 5, 31, 2, tzinfo=UTC)
PERSONS = {"zhang": PERSON_ZHANG, "li": PERSON_LI}
# Written before the machine starts and by none of its steps; hashing their long texts would only take time.
FIXED = frozenset({"packs", "pack_texts", "regions", "clients", "signing_keys"})
CHANGING = sorted(set(KINDS) - FIXED)
CONTENTS = text(
    " UNION ALL ".join(
        f"SELECT '{name}', count(*), coalesce(sum(hashtext(t::text)::bigint), 0) FROM {name} t" for name in CHANGING
    )
)


@dataclass(slots=True, kw_only=True)
class Plant:
    """An enterprise of one site and one line, with its own credential, under one plan."""

    name: str
    pack: str
    region: str
    id: str
    site: str
    line: str
    unit: str
    own: httpx.AsyncClient

    @property
    def url(self) -> str:
        return f"/v1/enterprises/{self.id}"

    @property
    def plan(self) -> Json:
        return {"pack": self.pack, "season": 2019}


@dataclass(slots=True, kw_only=True)
class Thing:
    """Something with states that the machine has made, as the machine believes it to stand."""

    url: str
    plant: Plant
    state: Any
    version: int = 1
    by: str = ""
    told: Json = field(default_factory=dict)

    @property
    def seen(self) -> str:
        return f'"{self.version}"'


@dataclass(slots=True, kw_only=True)
class World:
    """The door of the province and everybody in front of it; every example begins with the same register."""

    door: Door
    clock: Clock
    connection: AsyncConnection
    officer: httpx.AsyncClient
    elsewhere: httpx.AsyncClient
    county: httpx.AsyncClient
    plants: dict[str, Plant]
    list_url: str
    rated: Json
    example: AsyncTransaction | None = None
    contents: Json | None = None

    @property
    def today(self) -> date:
        return civil_day(self.clock())

    async def begins(self) -> None:
        self.clock.now = BEGINS
        self.contents = None
        self.example = await self.connection.begin_nested()

    async def ends(self) -> None:
        if self.example is not None:
            await self.example.rollback()

    async def looks(self) -> Json:
        """How many rows each table has, and what they say."""
        found = await self.connection.execute(CONTENTS)
        return {name: (count, said) for name, count, said in found}

    async def sends(
        self,
        url: str,
        body: Json,
        *,
        by: httpx.AsyncClient | None = None,
        person: str = "",
        seen: str | None = None,
        refusals: Collection[str] = (),
        must: str = "",
    ) -> Json | None:
        """Do it a minute later; None where it was refused for one of the reasons given, which changes no table.

        `must` is a refusal that has to come.
        """
        self.clock.advance(minutes=1)
        before = self.contents or await self.looks()
        answer = await posted(by or self.officer, url, body, seen=seen, **PERSONS.get(person, {}))
        if answer.is_success:
            assert not must, f"{url} was to be refused as {must}: {answer.text}"
            self.contents = await self.looks()
            # Settling what is settled already changes nothing and is told to nobody.
            told = self.contents["audit"][0] - before["audit"][0]
            assert told == self.contents["outbox"][0] - before["outbox"][0]
            assert told or url.endswith("/settlements"), f"{url} was told to nobody"
            found: Json = answer.json()
            return found
        problem = answer.json()
        expected = {must} if must else set(refusals)
        assert answer.status_code < 500, answer.text
        assert problem["code"] in expected, (url, body, answer.text)
        self.contents = await self.looks()
        assert self.contents == before, f"the refusal {problem['code']} of {url} changed a table"
        return None

    async def reads(self, url: str, *, by: httpx.AsyncClient | None = None, **query: Any) -> Json:
        answer = await (by or self.officer).get(url, params=query)
        assert answer.status_code == 200, (url, answer.text)
        found: Json = answer.json()
        return found

    async def tag(self, url: str) -> str:
        """The version that an address shows now."""
        return str((await self.officer.get(url)).headers["ETag"])

    async def works_off(self, *recurring: str) -> None:
        """What the service does by itself, until nothing is left to do."""
        self.clock.advance(minutes=1)
        self.contents = None
        every = dict.fromkeys(recurring, self.clock.now - self.clock.now)
        worker = Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS, recurring=every)
        await worker.queue_due()
        await worker.drain()
        states = text("SELECT kind, state, problem FROM operations WHERE state <> 'succeeded'")
        left = [tuple(row) for row in await self.connection.execute(states)]
        assert left == [], left


async def built(connection: AsyncConnection) -> World:
    """The register as every example finds it: four decided plants, one of them rated, and an empty list."""
    clock = Clock(BEGINS)
    sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    )
    settings = Settings.model_validate(
        {"signing_key": "a key for tests that is long enough", "log_level": "error", "requests_per_minute": 0}
    )
    door = open_door(sessions, clock, settings)
    await publish(sessions, "fushan", "huairen", "gaoping")
    officer = await door.lasting_caller(on_behalf_of=True, regions=("140000",))
    other = await door.lasting_caller(regions=("140000",))
    bodies = {
        "foundry": ("fushan", plant("FOUNDRY", "141027", "foundry")),
        "brick": ("fushan", plant("BRICK", "141027", "fired_brick")),
        "green": ("huairen", works("GREEN", "140681", "steel", own=GREEN, of_site=OF_SITE)),
        "furnace": ("gaoping", works("FURNACE", "140581", "foundry", units=[FURNACE])),
    }
    plants = {
        name: await _registered(door, officer, other, name=name, pack=pack, body=body)
        for name, (pack, body) in bodies.items()
    }
    award = {
        "subject_id": plants["foundry"].line, "grade": "B", "valid_from": "2019-09-01", "basis": "评审",
        "awarded_by": "临汾市生态环境局", "document": "临环函 1 号",
    }  # fmt: skip
    rated = await posted(officer, f"{plants['foundry'].url}/ratings", award, **PERSON_LI)
    assert rated.status_code == 201, rated.text
    made = await posted(officer, LISTS, {"pack": "huairen", "season": 2019}, **PERSON_LI)
    assert made.status_code == 201, made.text
    return World(
        door=door,
        clock=clock,
        connection=connection,
        officer=officer,
        elsewhere=await door.lasting_caller(on_behalf_of=True, regions=("130000",)),
        county=await door.lasting_caller(on_behalf_of=True, regions=("140581",)),
        plants=plants,
        rated=rated.json()["rating"],
        list_url=f"{LISTS}/{made.json()['id']}",
    )


async def _registered(
    door: Door, officer: httpx.AsyncClient, other: httpx.AsyncClient, *, name: str, pack: str, body: Json
) -> Plant:
    """With every claim verified by another credential, and decided once."""
    made = (await officer.post("/v1/enterprises", json=body, headers=key())).json()
    page = (await officer.get(f"/v1/enterprises/{made['id']}/assertions?limit=500")).json()
    site = made["sites"][0]
    found = Plant(
        name=name,
        pack=pack,
        region=site["region"],
        id=made["id"],
        site=site["id"],
        line=site["lines"][0]["id"],
        unit=next((one["id"] for one in site["lines"][0]["units"]), ""),
        own=await door.lasting_caller(regions=(), enterprise_ids=(made["id"],), on_behalf_of=True),
    )
    if page["items"]:
        ids = {"assertion_ids": [one["id"] for one in page["items"]]}
        verified = await posted(other, f"{found.url}/verifications", ids)
        assert verified.status_code == 201, verified.text
    decided = await posted(officer, f"{found.url}/decisions", found.plan)
    assert decided.status_code == 201, decided.text
    return found

"""Every way in × who comes: no token, no scope, every scope but one, another region, another enterprise, another feed."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.domain.clients import SCOPES
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.engine import create_engine, create_sessions
from app.settings import Settings
from tests import postgres
from tests.api.door import open_door
from tests.api.packs import publish
from tests.api.whole_world import WAYS, Way, World, build, elsewhere, fresh, without_names
from tests.conftest import Clock
from tests.kill.conftest import PACKS

# One process builds one world.
pytestmark = pytest.mark.xdist_group("access matrix")

PUBLIC = {
    "GET /v1/calendar-feeds/{secret}.ics",
    "GET /v1/policy-packs/schema.json",
    "GET /v1/problems",
    "GET /v1/problems/{code}",
    "GET /v1/vocabulary",
    "POST /v1/oauth/token",
}
# What stands here is public to every caller: reference data, plans, forms, and lists that are published.
REFERENCE = ("/v1/policy-packs", "/v1/problems", "/v1/import-templates", "/v1/rating-import-templates", "/v1/public/")
GUARDED = {name: way for name, way in WAYS.items() if not way.public}
THINGS = {
    name: way
    for name, way in GUARDED.items()
    if any(one.endswith("_id") for one in way.things) and not way.path.startswith(REFERENCE)
}
# A query without which the way in refuses before it looks.
QUERIES: dict[str, dict[str, Any]] = {
    "GET /v1/enterprises/{enterprise_id}/compliance": {"from": "2019-12-01", "to": "2019-12-05"},
    "GET /v1/enterprises/{enterprise_id}/constraints": {"season": 2019},
    "GET /v1/enterprises/{enterprise_id}/decisions": {"season": 2019, "pack": "fushan"},
    "GET /v1/enterprises/{enterprise_id}/decisions/{subject_id}": {"season": 2019, "pack": "fushan"},
    "GET /v1/enterprises/{enterprise_id}/load": {"from": "2019-12-01", "to": "2019-12-05"},
    "GET /v1/exemption-lists/{list_id}/diff": {"from": 0, "to": 1},
}


# Real things that have nothing to show here: the stories have settled the case.
THERE_BUT_EMPTY = {"GET /v1/violations/{violation_id}/consequences": ("transition_refused",)}
# Operations are seen by the credential that started them and by nobody else, whatever they look after.
ONLY_WHO_STARTED = "/v1/operations/"
# What cannot be asked without naming something of one's own says so before it looks.
NAMES_SOMETHING = {"feed_source_not_named", "validation_failed"}
LISTINGS: dict[str, dict[str, Any]] = {
    "GET /v1/decisions": {"season": 2019, "pack": "fushan", "region": "141027"},
}


@pytest.fixture(scope="module")
async def empty(server: EmbeddedPostgres, template: str, settings: Settings) -> AsyncIterator[World]:
    """The service before anything is in it."""
    made = postgres.database(server, f"matrix_{os.getpid()}", template=template)
    url = await asyncio.to_thread(made.__enter__)
    engine = create_engine(url)
    clock = Clock(datetime(2019, 12, 22, 2, tzinfo=UTC))
    yield World(door=open_door(create_sessions(engine), clock, settings), clock=clock)
    await engine.dispose()
    await asyncio.to_thread(made.__exit__, None, None, None)


@pytest.fixture(scope="module")
async def world(empty: World) -> World:
    await publish(empty.door.sessions, *PACKS)
    await build(empty)
    return empty


def test_every_way_in_asks_for_a_token_or_is_known_to_be_public() -> None:
    open_ = {name for name, way in WAYS.items() if way.public and not way.path.startswith("/v1/public/")}
    assert open_ == PUBLIC


async def asked(caller: httpx.AsyncClient, way: Way) -> httpx.Response:
    """A way in, tried with ids that never were."""
    path = way.path
    for name in way.things:
        path = path.replace(f"{{{name}}}", "018f0000-0000-7000-8000-000000000000" if name.endswith("_id") else "1")
    return await caller.request(way.method, path, headers={"If-Match": '"1"'})


@pytest.fixture(scope="module")
async def nearly(empty: World) -> dict[str, httpx.AsyncClient]:
    """For each scope a caller who holds every other; and one with a token for nothing."""
    others = {scope: await empty.door.lasting_caller(*(one for one in SCOPES if one != scope)) for scope in SCOPES}
    client, _ = await empty.door.register()
    token = empty.door.app.state.tokens.issue(client.id, frozenset(), now=empty.clock())
    return others | {"none": empty.door.anyone({"Authorization": f"Bearer {token}"})}


@pytest.mark.parametrize("name", GUARDED)
async def test_without_a_token_or_without_the_scope_nobody_comes_in(
    name: str, empty: World, nearly: dict[str, httpx.AsyncClient]
) -> None:
    way = GUARDED[name]
    nobody = await asked(empty.door.anyone(), way)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")
    if way.scope is None:
        return
    for caller in (nearly["none"], nearly[way.scope]):
        answer = await asked(caller, way)
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
        assert way.scope in answer.json()["detail"]


ELSEWHERE = "330100"
STRANGERS: dict[str, dict[str, Any]] = {
    "another region": {"regions": (ELSEWHERE,)},
    "another enterprise": {
        "regions": (),
        "enterprise_ids": ("018f0000-0000-7000-8000-000000000001",),
        "region": ELSEWHERE,
    },
    "another feed": {"regions": (), "sources": ("another",), "region": ELSEWHERE},
}


@pytest.fixture(scope="module")
async def strangers(world: World) -> dict[str, httpx.AsyncClient]:
    return {who: await world.door.lasting_caller(on_behalf_of=True, **grants) for who, grants in STRANGERS.items()}


def request_at(world: World, way: Way, path: str) -> dict[str, Any]:
    """The request of the stories, or a plain read."""
    if way.name in world.sent:
        return fresh(world.sent[way.name], path)
    return {"method": way.method, "url": path, "params": QUERIES.get(way.name)}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", THINGS)
async def test_what_is_invisible_is_not_there(name: str, world: World, strangers: dict[str, httpx.AsyncClient]) -> None:
    way = THINGS[name]
    real = world.path(way)
    never = elsewhere(real)
    for who, caller in strangers.items():
        hidden = await caller.request(**request_at(world, way, real))
        unknown = await caller.request(**request_at(world, way, never))
        assert hidden.status_code == 404, f"{who}: {hidden.status_code} {hidden.text}"
        assert without_names(hidden.json(), (real, never)) == without_names(unknown.json(), (real, never)), who


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "name", [name for name, way in THINGS.items() if way.method == "GET" and not way.path.startswith(ONLY_WHO_STARTED)]
)
async def test_what_is_hidden_from_strangers_is_there_for_who_looks_after_it(name: str, world: World) -> None:
    """So that the ids above are real."""
    way = THINGS[name]
    officer = await world.door.caller()
    answer = await officer.request(**request_at(world, way, world.path(way)))
    assert answer.status_code == 200 or answer.json()["code"] in THERE_BUT_EMPTY.get(name, ()), answer.text


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "name",
    [
        name
        for name, way in GUARDED.items()
        if way.method == "GET" and not way.things and not way.path.startswith(REFERENCE)
    ],
)
async def test_lists_come_back_without_the_rows_of_others(
    name: str, world: World, strangers: dict[str, httpx.AsyncClient]
) -> None:
    way = GUARDED[name]
    own = {part for path in world.found.values() for part in path.split("/") if len(part) == 36}
    for who, caller in strangers.items():
        answer = await caller.get(way.path, params=LISTINGS.get(name))
        leaked = {one for one in own if one in answer.text}
        assert leaked == set(), who
        assert answer.status_code == 200 or answer.json()["code"] in NAMES_SOMETHING, answer.text

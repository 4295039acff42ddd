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
from tests.api.whole_world import WAYS, Way, World, build, elsewhere, fresh, without_names, works
from tests.conftest import Clock
from tests.kill.conftest import PACKS

# One process builds one world.
pytestmark = pytest.mark.xdist_group("access matrix")

PUBLIC = {
    "GET /v1/calendar-feeds/{secret}.ics",
    "GET /v1/events/types",
    "GET /v1/policy-packs/schema.json",
    "GET /v1/problems",
    "GET /v1/problems/{code}",
    "GET /v1/vocabulary",
    "GET /v1/public/lists",
    "GET /v1/public/lists/{list_id}",
    "GET /v1/public/lists/{list_id}.{form}",
    "GET /v1/public/lists/{list_id}/diff",
    "GET /v1/public/lists/{list_id}/versions/{number}",
    "GET /v1/public/lists/{list_id}/versions/{number}.{form}",
    "POST /v1/oauth/token",
}
FEED = ("batches", "checksums", "completeness", "gaps", "parked", "watermark")
FORMS = ("", ".html", "/export")
# What stands here is open to every caller who may read of it at all: plans, forms and codes.
REFERENCE = ("/v1/policy-packs", "/v1/import-templates", "/v1/rating-import-templates")
OPEN = {
    "GET /v1/compliance-thresholds",
    "GET /v1/facts",
    "GET /v1/feed/limits",
    "GET /v1/jobs",
    "GET /v1/regions",
    "GET /v1/regions/{code}",
    "GET /v1/regions/{code}/built-up-areas",
}
GUARDED = {name: way for name, way in WAYS.items() if not way.public}
PRIVATE = {name: way for name, way in GUARDED.items() if not way.path.startswith(REFERENCE) and name not in OPEN}
# What has an address of its own, what lists many things, and what makes or changes something that its body names.
THINGS = {name: way for name, way in PRIVATE.items() if any(one.endswith("_id") or one == "name" for one in way.things)}
LISTS = {name: way for name, way in PRIVATE.items() if way.method == "GET" and name not in THINGS}
ACTS = {name: way for name, way in PRIVATE.items() if way.method != "GET" and name not in THINGS}
# A query without which the way in refuses before it looks.
SEASON: dict[str, Any] = {"region": "141027", "season": 2019}
DAYS = {"from": "2019-12-01", "to": "2019-12-05"}
QUERIES: dict[str, dict[str, Any]] = {
    "GET /v1/enterprises/{enterprise_id}/compliance": DAYS,
    "GET /v1/enterprises/{enterprise_id}/constraints": {"season": 2019},
    "GET /v1/enterprises/{enterprise_id}/decisions": {"season": 2019, "pack": "fushan"},
    "GET /v1/enterprises/{enterprise_id}/decisions/{subject_id}": {"season": 2019, "pack": "fushan"},
    "GET /v1/enterprises/{enterprise_id}/load": DAYS,
    "GET /v1/exemption-lists/{list_id}/diff": {"from": 0, "to": 1},
    "GET /v1/audit": {"limit": 500},
    "GET /v1/clients": {"limit": 500},
    "GET /v1/decisions": SEASON | {"pack": "fushan"},
    "GET /v1/feed/resend-requests": {"open": False},
    "GET /v1/load-curves": DAYS | {"channel": "{channel}"},
    "GET /v1/schedules/comparison": {"ids": "{schedules}"},
    "POST /v1/feed/batches": {"source": "{source}"},
    **{f"GET /v1/feed/{room}": {"source": "{source}"} for room in FEED},
    **{f"GET /v1/feed/{room}": DAYS | {"source": "{source}"} for room in ("checksums", "completeness", "gaps")},
    **{f"GET /v1/reports/daily-execution{form}": {"warning_id": "{warning}", "as_of": "{now}"} for form in FORMS},
    **{
        f"GET /v1/reports/monthly-implementation{form}": {"region": "141027", "pack": "fushan", "month": "2019-12"}
        for form in FORMS
    },
    **{f"GET /v1/reports/electricity{form}": {"region": "141000", "month": "2019-12"} for form in FORMS},
    **{f"GET /v1/reports/season-summary{form}": SEASON for form in ("", "/export")},
    "GET /v1/reports/season-summary.html": SEASON | {"region": "140000"},
    **{f"GET /v1/reports/reduction-totals{form}": {"region": "140000", "season": 2019} for form in FORMS},
    **{f"GET /v1/regions/{{code}}/electricity{form}": {"month": "2019-12"} for form in ("", "/export")},
}
# Real things that have nothing to show here: the stories have settled the case, and no file was asked for.
THERE_BUT_EMPTY = {
    "GET /v1/violations/{violation_id}/consequences": "transition_refused",
    "GET /v1/operations/{operation_id}/file": "operation_has_no_file",
}
# Seen by the credential whose they are and by nobody else, whatever they look after.
OWN = ("/v1/operations", "/v1/webhooks")
# A list of something that the caller must see itself is refused instead of being empty.
REFUSED = {
    "GET /v1/jobs/failures": "authority_required",
    "GET /v1/load-curves": "channel_unknown",
    "GET /v1/schedules/comparison": "schedule_unknown",
    **{f"GET /v1/feed/{room}": "feed_source_unknown" for room in FEED},
    **{f"GET /v1/reports/daily-execution{form}": "warning_unknown" for form in FORMS},
}
# Refused as what is wrong with the body.
UNSEEN = {"POST /v1/enterprises": "structure_invalid", "POST /v1/regions/{code}/built-up-areas": "region_not_yours"}
# Long work with what the caller sees, which is nothing.
LATER = (
    "POST /v1/decision-reviews",
    "POST /v1/decision-runs",
    "POST /v1/imports",
    "POST /v1/rating-imports",
    "POST /v1/simulations",
)
# Upon nothing but what the caller brings or makes for itself: a batch answers row by row, and thresholds are another
# version beside those there are, which whoever judges has to ask for.
FREE = {
    "POST /v1/compliance-thresholds": 409,
    "POST /v1/enterprises/batch": 200,
    "POST /v1/evaluations": 200,
    "POST /v1/webhooks": 201,
}
# Of these the officer of any region, and neither a firm nor a source of data.
OFFICERS = {"POST /v1/compliance-thresholds"}


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
    open_ = {name for name, way in WAYS.items() if way.public}
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


def asks(world: World, way: Way, path: str) -> dict[str, Any]:
    """The request of the stories, or a read with a query that makes sense."""
    query = {name: str(value).format_map(world.names) for name, value in QUERIES.get(way.name, {}).items()}
    if way.name in world.sent:
        return fresh(world.sent[way.name], path) | ({"params": query} if query else {})
    return {"method": way.method, "url": path, "params": query}


def told(world: World, answer: httpx.Response) -> set[str]:
    """What an answer tells of this world beyond what it was asked."""
    return {one for one in world.marks if one in answer.text and one not in str(answer.request.url)}


async def who_looks_after(world: World, way: Way) -> httpx.AsyncClient:
    return world.owner if way.path.startswith(OWN) else await world.door.caller()


def test_every_way_in_is_tried_by_strangers_or_known_to_be_open() -> None:
    tried = {*THINGS, *LISTS, *ACTS}
    assert len(tried) == len(THINGS) + len(LISTS) + len(ACTS)
    open_ = {name for name in GUARDED if name in OPEN or GUARDED[name].path.startswith(REFERENCE)}
    assert tried | open_ | PUBLIC == set(WAYS)
    assert {*QUERIES, *REFUSED, *THERE_BUT_EMPTY, *UNSEEN, *LATER, *FREE} <= tried


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", THINGS)
async def test_what_is_invisible_is_not_there(name: str, world: World, strangers: dict[str, httpx.AsyncClient]) -> None:
    way = THINGS[name]
    real = world.path(way)
    never = elsewhere(real)
    for who, caller in strangers.items():
        hidden = await caller.request(**asks(world, way, real))
        unknown = await caller.request(**asks(world, way, never))
        assert hidden.status_code == 404, f"{who}: {hidden.status_code} {hidden.text}"
        assert without_names(hidden.json(), (real, never)) == without_names(unknown.json(), (real, never)), who


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [name for name, way in THINGS.items() if way.method == "GET"])
async def test_what_is_hidden_from_strangers_is_there_for_who_looks_after_it(name: str, world: World) -> None:
    """So that the ids above are real."""
    way = THINGS[name]
    caller = await who_looks_after(world, way)
    answer = await caller.request(**asks(world, way, world.path(way)))
    assert answer.status_code == 200 or answer.json()["code"] == THERE_BUT_EMPTY.get(name), answer.text


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [name for name, way in THINGS.items() if way.path.startswith(OWN)])
async def test_what_is_a_credentials_own_is_not_there_for_another_that_looks_after_the_country(
    name: str, world: World
) -> None:
    way = THINGS[name]
    officer = await world.door.caller(on_behalf_of=True)
    answer = await officer.request(**asks(world, way, world.path(way)))
    assert answer.status_code == 404, answer.text


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LISTS)
async def test_lists_come_back_without_the_rows_of_others(
    name: str, world: World, strangers: dict[str, httpx.AsyncClient]
) -> None:
    way = LISTS[name]
    asked = asks(world, way, world.path(way))
    for who, caller in strangers.items():
        answer = await caller.request(**asked)
        assert told(world, answer) == set(), who
        if name in REFUSED:
            assert answer.status_code in {403, 404}, (who, answer.text)
            assert answer.json()["code"] == REFUSED[name], who
        else:
            assert answer.status_code == 200, (who, answer.text)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LISTS)
async def test_lists_have_rows_for_who_looks_after_them(name: str, world: World) -> None:
    """So that there was something to leave out."""
    way = LISTS[name]
    caller = await who_looks_after(world, way)
    answer = await caller.request(**asks(world, way, world.path(way)))
    assert answer.status_code == 200, answer.text
    assert name in REFUSED or told(world, answer), answer.text


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [name for name in ACTS if name not in {*LATER, *FREE}])
async def test_nobody_acts_upon_what_they_do_not_see(
    name: str, world: World, strangers: dict[str, httpx.AsyncClient]
) -> None:
    way = ACTS[name]
    for who, caller in strangers.items():
        answer = await caller.request(**asks(world, way, world.path(way)))
        assert told(world, answer) == set(), who
        if name in UNSEEN:
            assert (answer.status_code, answer.json()["code"]) == (422, UNSEEN[name]), (who, answer.text)
            assert "region_not_yours" in answer.text
        else:
            assert answer.status_code in {403, 404}, (who, answer.text)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LATER)
async def test_long_work_finds_nothing_that_its_caller_does_not_see(
    name: str, world: World, strangers: dict[str, httpx.AsyncClient]
) -> None:
    way = ACTS[name]
    for who, caller in strangers.items():
        started = await caller.request(**asks(world, way, way.path))
        assert started.status_code == 202, (who, started.text)
        await works(world)
        for part in ("", "/result", "/file"):
            answer = await caller.get(started.headers["Location"] + part)
            assert answer.status_code in {200, 404, 409}, (who, answer.text)
            assert told(world, answer) == set(), (who, answer.text)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FREE)
async def test_what_is_free_tells_nothing_of_others(
    name: str, world: World, strangers: dict[str, httpx.AsyncClient]
) -> None:
    way = ACTS[name]
    for who, caller in strangers.items():
        answer = await caller.request(**asks(world, way, way.path))
        barred = name in OFFICERS and who != "another region"
        assert answer.status_code == (403 if barred else FREE[name]), (who, answer.text)
        assert told(world, answer) == set(), who


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sorted(OPEN))
async def test_what_is_open_is_the_same_for_everybody(
    name: str, world: World, strangers: dict[str, httpx.AsyncClient]
) -> None:
    path = world.path(GUARDED[name])
    answers = [await caller.get(path) for caller in (await world.door.caller(), *strangers.values())]
    assert {one.status_code for one in answers} == {200}
    assert len({one.text for one in answers}) == 1

"""Regions at the door: codes with their years, and built-up areas that make a derived fact."""

import httpx

from app.domain.access import Actor
from app.integrations.geometry import BuiltUpRuler
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.unit_of_work import open_unit
from tests.api.door import Door
from tests.api.test_enterprises import a_problem, key, register
from tests.conftest import Clock

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[111.6, 36.0], [111.8, 36.0], [111.8, 36.2], [111.6, 36.2], [111.6, 36.0]]],
}


async def regions(caller: httpx.AsyncClient, **query: str) -> list[str]:
    found = (await caller.get("/v1/regions", params={"limit": "500", **query})).json()["items"]
    return [f"{one['code']} {one['name']}" for one in found]


async def test_a_subtree_lists_the_codes_of_a_day(door: Door) -> None:
    caller = await door.caller()
    linfen = await regions(caller, parent="141000", day="2019-12-10")
    assert (linfen[0], len(linfen)) == ("141000 临汾市", 19)
    assert await regions(caller, parent="140600", day="2017-12-10", q="怀仁") == ["140624 怀仁县"]
    assert await regions(caller, parent="140600", q="怀仁") == ["140624 怀仁县", "140681 怀仁市"]


async def test_every_region_is_reached_page_by_page(door: Door) -> None:
    caller = await door.caller()
    codes, cursor = list[str](), None
    while True:
        query = {"limit": "500", "parent": "140000"} | ({"cursor": cursor} if cursor else {})
        page = (await caller.get("/v1/regions", params=query)).json()
        codes += [f"{one['code']} {one['name']}" for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert codes == sorted(codes, key=lambda text: text[:6])
    assert len(set(codes)) == len(codes) > 150


async def test_an_unknown_code_is_not_found(door: Door) -> None:
    caller = await door.caller()
    assert a_problem(await caller.get("/v1/regions/999999"))[:2] == (404, "region_unknown")
    assert (await caller.get("/v1/regions/14")).status_code == 422


async def test_a_drawn_area_makes_the_distance_of_every_site(door: Door, clock: Clock) -> None:
    caller = await door.caller()
    made = await register(caller)
    body = {"name": "临汾市建成区", "polygon": SQUARE, "valid_from": "2019-01-01", "document": "规划图"}
    drawn = await caller.post("/v1/regions/141002/built-up-areas", json=body, headers=key("1"))
    assert drawn.status_code == 201, drawn.text
    listed = (await caller.get("/v1/regions/141002/built-up-areas")).json()["items"]
    assert listed == [drawn.json()]
    async with open_unit(door.sessions, now=clock()) as unit:
        reader = SnapshotReader(unit.session, ruler=BuiltUpRuler)
        (tree,) = await reader.snapshots(
            "141000", known_at=clock(), visible_to=Actor(client_id="x", regions=("000000",))
        )
    assert tree["id"] == made["id"]
    (span,) = tree["children"][0]["facts"]["distance_to_built_up_km"]
    assert (span["value"], span["from"], span["assertion"]) == (
        9.005,
        "2019-01-01",
        f"derived:built_up_area:{drawn.json()['id']}",
    )


async def test_an_area_that_is_no_polygon_or_elsewhere_is_refused(door: Door) -> None:
    caller = await door.caller(regions=("141000",))
    body = {"name": "甲", "polygon": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}
    wrong = await caller.post("/v1/regions/141002/built-up-areas", json=body, headers=key("1"))
    assert a_problem(wrong) == (422, "structure_invalid", {"/polygon": "polygon_outside_china"})
    elsewhere = await caller.post(
        "/v1/regions/140602/built-up-areas", json=body | {"polygon": SQUARE}, headers=key("2")
    )
    assert a_problem(elsewhere)[:2] == (422, "region_not_yours")

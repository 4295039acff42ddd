"""The register at the door: entered whole, seen by those who may, changed by those who have read it."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.door import Door

USCC = "91110000600037341L"


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def an_enterprise(**changes: object) -> dict[str, Any]:
    return {
        "code": "E1",
        "name": "临汾某钢铁公司",
        "region": "141000",
        "uscc": USCC,
        "facts": [{"fact": "绿色工厂", "value": False}],
        "sites": [
            {
                "code": "S1",
                "name": "一厂",
                "region": "141002",
                "longitude": "111.5",
                "latitude": 36.1,
                "lines": [
                    {
                        "code": "L1",
                        "name": "炼铁线",
                        "industry": "steel",
                        "gbt4754": "3110",
                        "processes": [{"code": "P1", "name": "炼铁", "kind": "ironmaking"}],
                        "units": [
                            {
                                "code": "U1",
                                "name": "一号高炉",
                                "kind": "高炉",
                                "process": "P1",
                                "facts": [{"fact": "catalogue_class", "value": "允许类"}],
                            }
                        ],
                        "facts": [
                            {"fact": "pm_mg_m3", "value": 9.5, "valid_from": "2019-09-30", "document": "监测报告1号"},
                            {"fact": "deep_treatment", "value": "accepted"},
                        ],
                    }
                ],
            }
        ],
        "couplings": [{"kind": "feeds", "from_level": "unit", "from_code": "U1", "to_level": "line", "to_code": "L1"}],
        "meters": [{"code": "M1", "kind": "main", "level": "site", "subject": "S1", "multiplier": "4000"}],
        **changes,
    }


def a_problem(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    body = answer.json()
    return answer.status_code, body["code"], {error["pointer"]: error["code"] for error in body["errors"]}


async def register(caller: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    body = an_enterprise(**changes)
    answer = await caller.post("/v1/enterprises", json=body, headers=key(body["code"]))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_an_enterprise_is_entered_whole_and_read_back(door: Door) -> None:
    caller = await door.caller()
    answer = await caller.post("/v1/enterprises", json=an_enterprise(), headers=key("1"))
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    read = await caller.get(answer.headers["location"])
    assert read.json() == answer.json()
    (site,) = read.json()["sites"]
    (line,) = site["lines"]
    (unit,) = line["units"]
    assert (site["longitude"], site["latitude"], line["industry"]) == ("111.5", "36.1", "steel")
    assert unit["process"] == line["processes"][0]["id"]
    assert read.json()["meters"][0]["subject_id"] == site["id"]
    assert read.json()["couplings"][0]["from_id"] == unit["id"]
    held = (await caller.get(f"{answer.headers['location']}/assertions")).json()["items"]
    assert {(one["level"], one["fact"], one["value"], one["valid_from"]) for one in held} == {
        ("enterprise", "green_factory", "false", None),
        ("line", "pm_mg_m3", "9.5", "2019-09-30"),
        ("line", "deep_treatment", "accepted", None),
        ("unit", "catalogue_class", "permitted", None),
    }


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"uscc": "91110000600037341M"}, {"/uscc": "uscc_check_digit"}),
        ({"region": "140624"}, {"/region": "region_not_valid"}),
        (
            {"sites": [{"code": "S1"}]},
            {
                "/sites/0/name": "required",
                "/sites/0/region": "required",
                "/couplings/0/from_code": "parent_unknown",
                "/meters/0/subject": "parent_rejected",
            },
        ),
        ({"facts": [{"fact": "green_factori", "value": "true"}]}, {"/facts/0/value": "fact_unknown"}),
        ({"facts": [{"fact": "绿色工厂", "value": "3"}]}, {"/facts/0/value": "not_a_boolean"}),
    ],
)  # fmt: skip
async def test_every_error_has_its_place_and_nothing_is_stored(
    door: Door, changes: dict[str, object], errors: dict[str, str]
) -> None:
    caller = await door.caller()
    status, code, found = a_problem(
        await caller.post("/v1/enterprises", json=an_enterprise(**changes), headers=key("1"))
    )
    assert (status, code) == (422, "structure_invalid")
    assert errors.items() <= found.items()
    assert (await caller.get("/v1/enterprises")).json()["items"] == []


@pytest.mark.parametrize("value", ["NaN", 1e400, None, [], {}])
async def test_a_value_that_is_no_text_is_refused(door: Door, value: object) -> None:
    caller = await door.caller()
    body = an_enterprise(facts=[{"fact": "last_season_reduction_pm_t", "value": value}])
    if value == 1e400:
        body["facts"][0]["value"] = "inf"
    answer = await caller.post("/v1/enterprises", json=body, headers=key("1"))
    assert answer.status_code == 422


async def test_a_code_is_taken_once_per_registrar(door: Door) -> None:
    one, other = await door.caller(), await door.caller()
    await register(one)
    again = await one.post("/v1/enterprises", json=an_enterprise(), headers=key("again"))
    assert a_problem(again)[:2] == (409, "enterprise_code_taken")
    await register(other)


async def test_several_sites_and_enterprises_may_share_a_credit_code(door: Door) -> None:
    caller = await door.caller()
    await register(caller)
    await register(caller, code="E2", name="分厂", meters=[], couplings=[])
    found = (await caller.get("/v1/enterprises", params={"q": USCC.lower()})).json()["items"]
    assert [one["code"] for one in found] == ["E1", "E2"]


async def test_a_race_for_one_code_has_one_winner(busy_door: Door) -> None:
    caller = await busy_door.caller()
    answers = await asyncio.gather(
        *(caller.post("/v1/enterprises", json=an_enterprise(), headers=key(str(number))) for number in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert len((await caller.get("/v1/enterprises")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("regions", "seen"), [(("141000",), True), (("141002",), True), (("141027",), False), (("140600",), False)]
)
async def test_an_enterprise_is_seen_by_those_who_look_after_it_or_a_site(
    door: Door, regions: tuple[str, ...], *, seen: bool
) -> None:
    made = await register(await door.caller())
    reader = await door.caller("enterprises:read", "facts:read", regions=regions)
    here = f"/v1/enterprises/{made['id']}"
    assert (await reader.get(here)).status_code == (200 if seen else 404)
    assert (await reader.get(f"{here}/assertions")).status_code == (200 if seen else 404)
    assert bool((await reader.get("/v1/enterprises")).json()["items"]) == seen


async def test_an_enterprise_sees_itself(door: Door) -> None:
    made = await register(await door.caller())
    own = await door.caller("enterprises:read", regions=(), region="141000", enterprise_ids=(made["id"],))
    assert (await own.get(f"/v1/enterprises/{made['id']}")).status_code == 200


async def test_nobody_registers_outside_their_region(door: Door) -> None:
    caller = await door.caller(regions=("140600",))
    status, _, errors = a_problem(await caller.post("/v1/enterprises", json=an_enterprise(), headers=key("1")))
    assert (status, errors["/region"], errors["/sites/0/region"]) == (422, "region_not_yours", "region_not_yours")


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"region": "141002"}, ["E1"]),
        ({"region": "140000"}, ["E1", "E2"]),
        ({"region": "140500"}, []),
        ({"industry": "coking"}, ["E2"]),
        ({"q": "钢铁"}, ["E1"]),
        ({"q": "E2"}, ["E2"]),
        ({"q": "%"}, []),
    ],
)
async def test_a_list_is_narrowed_by_region_industry_and_name(
    door: Door, query: dict[str, str], codes: list[str]
) -> None:
    caller = await door.caller()
    await register(caller)
    coking = {
        "code": "S1",
        "name": "厂",
        "region": "141023",
        "lines": [{"code": "L", "name": "焦炉线", "industry": "焦化"}],
    }
    await register(caller, code="E2", name="焦化厂", sites=[coking], meters=[], couplings=[])
    found = (await caller.get("/v1/enterprises", params=query)).json()["items"]
    assert [one["code"] for one in found] == codes


async def test_pages_follow_each_other_without_gap_or_overlap(door: Door) -> None:
    caller = await door.caller()
    for number in range(5):
        await register(caller, code=f"E{number}", sites=[], meters=[], couplings=[])
    codes, cursor = list[str](), None
    while True:
        page = (
            await caller.get("/v1/enterprises", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        ).json()
        codes += [one["code"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert codes == [f"E{number}" for number in range(5)]


async def test_a_change_adds_and_mends_parts_and_leaves_the_rest(door: Door) -> None:
    caller = await door.caller()
    made = await register(caller)
    change = {
        "sites": [
            {
                "code": "S1",
                "lines": [
                    {"code": "L1", "units": [{"code": "U2", "name": "二号高炉", "kind": "blast_furnace"}]},
                    {"code": "L2", "name": "轧钢线"},
                ],
            }
        ]
    }
    answer = await caller.patch(f"/v1/enterprises/{made['id']}", json=change, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    (site,) = answer.json()["sites"]
    assert (site["name"], [line["code"] for line in site["lines"]]) == ("一厂", ["L1", "L2"])
    assert [unit["code"] for unit in site["lines"][0]["units"]] == ["U1", "U2"]
    assert site["lines"][0]["id"] == made["sites"][0]["lines"][0]["id"]


async def test_a_change_that_changes_nothing_keeps_the_version(door: Door) -> None:
    caller = await door.caller()
    made = await register(caller)
    answer = await caller.patch(
        f"/v1/enterprises/{made['id']}", json={"name": made["name"]}, headers={"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')


async def test_a_stale_or_missing_version_is_refused(door: Door) -> None:
    caller = await door.caller()
    here = f"/v1/enterprises/{(await register(caller))['id']}"
    await caller.patch(here, json={"name": "新名"}, headers={"If-Match": '"1"'})
    assert a_problem(await caller.patch(here, json={"name": "又一名"}, headers={"If-Match": '"1"'}))[:2] == (
        412,
        "enterprise_stale",
    )
    assert (await caller.patch(here, json={"name": "又一名"})).status_code == 428
    assert (await caller.get(here)).json()["name"] == "新名"


async def test_of_racing_changes_one_wins(busy_door: Door) -> None:
    caller = await busy_door.caller()
    here = f"/v1/enterprises/{(await register(caller))['id']}"
    answers = await asyncio.gather(
        *(caller.patch(here, json={"name": f"名{number}"}, headers={"If-Match": '"1"'}) for number in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]
    assert (await caller.get(here)).headers["etag"] == '"2"'


async def test_a_batch_lands_what_is_good_and_names_what_is_not(door: Door) -> None:
    caller = await door.caller()
    bad = an_enterprise(code="E2", sites=[{"code": "S1", "name": "厂", "region": "999999"}], couplings=[], meters=[])
    answer = await caller.post("/v1/enterprises/batch", json={"items": [an_enterprise(), bad]}, headers=key("1"))
    body = answer.json()
    assert (answer.status_code, body["created"], body["asserted"]) == (200, 2, 5)
    assert [[error["pointer"] for error in item["errors"]] for item in body["items"]] == [
        [],
        ["/items/1/sites/0/region"],
    ]
    again = await caller.post("/v1/enterprises/batch", json={"items": [an_enterprise()]}, headers=key("2"))
    assert (again.json()["created"], again.json()["changed"], again.json()["asserted"]) == (0, 0, 0)


async def test_the_same_request_twice_registers_once(door: Door) -> None:
    caller = await door.caller()
    first = await caller.post("/v1/enterprises", json=an_enterprise(), headers=key("same"))
    second = await caller.post("/v1/enterprises", json=an_enterprise(), headers=key("same"))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert len((await caller.get("/v1/enterprises")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/v1/enterprises", "enterprises:write"),
        ("GET", "/v1/enterprises", "enterprises:read"),
        ("GET", "/v1/facts", "facts:read"),
        ("GET", "/v1/regions", "regions:read"),
        ("GET", "/v1/import-templates/register.xlsx", "imports:read"),
    ],
)
async def test_each_room_asks_for_its_scope(door: Door, method: str, path: str, scope: str) -> None:
    caller = await door.caller("audit:read")
    answer = await caller.request(method, path, json=an_enterprise() if method == "POST" else None, headers=key("1"))
    assert a_problem(answer)[:2] == (403, "missing_scope")
    assert scope in answer.json()["detail"]


async def test_facts_within_an_enterprise_ask_for_their_own_scope(door: Door) -> None:
    caller = await door.caller("enterprises:write")
    refused = await caller.post("/v1/enterprises", json=an_enterprise(), headers=key("1"))
    assert a_problem(refused)[:2] == (403, "missing_scope")
    bare = an_enterprise(facts=[], sites=[], couplings=[], meters=[])
    assert (await caller.post("/v1/enterprises", json=bare, headers=key("2"))).status_code == 201

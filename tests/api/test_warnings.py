"""Warnings at the door: issued, changed, lifted by a person of the region, and what each enterprise is then served."""

from typing import Any
from uuid import UUID

import httpx

from app.integrations.geometry import BuiltUpRuler
from app.jobs.runner import SYSTEM
from app.persistence.decisions.stale import StaleRepository
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.unit_of_work import open_unit
from app.services.decisions.verifying import verify_runs
from app.services.orders import verify_orders
from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.api.packs import publish
from tests.api.test_nothing_is_stored import rows
from tests.api.warned import GAOPING, NOW, Bureau, Json, enterprise, fact, foundry, grinding, line, told, unit, works
from tests.conftest import Clock

GRADES = "national-grades"


async def bureau(door: Door, clock: Clock, *packs: str) -> Bureau:
    await publish(door.sessions, *packs)
    return Bureau(door=door, clock=clock, caller=await door.caller(on_behalf_of=True))


async def rules_on(caller: httpx.AsyncClient, enterprise_id: str, day: str, pack: str = "gaoping") -> set[str]:
    """The rules in the decisions of a day."""
    query: dict[str, Any] = {"pack": pack, "season": 2019, "day": day}
    answer = await caller.get(f"/v1/enterprises/{enterprise_id}/decisions", params=query)
    assert answer.status_code == 200, answer.text
    return {measure["rule"] for item in answer.json()["items"] for measure in item["measures"]}


async def test_a_warning_stops_what_the_plan_says_is_changed_and_lifted(busy_door: Door, clock: Clock) -> None:
    """GP-18 at yellow, GP-15 at orange though the furnace is exempt in the season, and after the lift all as before."""
    officer = await bureau(busy_door, clock, "gaoping")
    foundry_id, grinding_id = await officer.registers(foundry()), await officer.registers(grinding())
    yellow = await officer.issues("yellow")
    assert yellow.json()["changes"][0]["person"] == "李四"
    assert await officer.serves(yellow) == {
        "warning_id": yellow.json()["id"],
        "number": 0,
        "enterprises": 2,
        "commands": 1,
        "notices": 0,
        "lifts": 0,
        "open_questions": [],
    }
    assert await officer.orders(foundry_id) == []
    (first,) = await officer.orders(grinding_id)
    assert (first["kind"], first["state"], first["number"]) == ("command", "sent", 1)
    assert told(first) == [("L", "GP-18", "2019-12-10T10:00", None)]
    assert [one["provision"] for one in first["items"][0]["citations"]] == ["GP-18"]
    assert first["items"][0]["text"] == "停产"

    orange = await officer.goes_on(yellow, "changes", colour="orange", from_at="2019-12-11T18:00:00+08:00")
    assert (await officer.serves(orange))["commands"] == 2
    (stopped,) = await officer.orders(foundry_id)
    assert told(stopped) == [("F1", "GP-15", "2019-12-11T18:00", None)]
    _, second = await officer.orders(grinding_id)
    assert (second["supersedes"], second["occasion_number"]) == (first["id"], 1)
    assert (await officer.orders(grinding_id))[0]["superseded_by"] == second["id"]
    # The decisions are civil days: that day counts as orange, the one before does not.
    assert "GP-15" not in await rules_on(officer.caller, foundry_id, "2019-12-10")
    assert "GP-15" in await rules_on(officer.caller, foundry_id, "2019-12-11")

    lifted = await officer.goes_on(orange, "lift", from_at="2019-12-13T08:00:00+08:00")
    assert (await officer.serves(lifted))["lifts"] == 2
    _, lift = await officer.orders(foundry_id)
    assert (lift["kind"], lift["items"], lift["from_at"][:16]) == ("lift", [], "2019-12-13T08:00")
    assert "GP-15" in await rules_on(officer.caller, foundry_id, "2019-12-13")
    assert "GP-15" not in await rules_on(officer.caller, foundry_id, "2019-12-14")

    seen = await officer.caller.get(f"/v1/warnings/{yellow.json()['id']}")
    assert [one["colour"] for one in seen.json()["changes"]] == ["yellow", "orange", None]
    assert all(one["served_at"] for one in seen.json()["changes"])
    assert (seen.json()["state"], seen.headers["ETag"]) == ("lifted", lifted.headers["ETag"])
    again = await officer.issues("red", from_at="2020-01-05T00:00:00+08:00")
    assert [one["id"] for one in (await officer.caller.get("/v1/warnings", params={"open": True})).json()["items"]] == [
        again.json()["id"]
    ]
    async with open_unit(busy_door.sessions, now=clock()) as one:
        assert [wrong async for _, wrong in verify_runs(one, by=SYSTEM)] == [[]]
        assert await verify_orders(one) == []
    audit = (await officer.caller.get("/v1/audit", params={"limit": 200})).json()["items"]
    kinds = [one["type"] for one in audit if one["type"].startswith(("warning.", "order."))]
    assert sorted(set(kinds)) == ["order.served", "warning.changed", "warning.issued", "warning.lifted"]
    assert kinds.count("order.served") == 5


def steel() -> Json:
    units = [
        unit("SINTER", "sintering_machine"),
        unit("OVEN", "coke_oven", fact("coke_oven_height_m", "6")),
        unit("FURNACE", "blast_furnace"),
    ]
    return works("STEEL", "130203", line("steel", *units, facts=[fact("performance_grade", "B")]))


async def test_an_order_tells_what_changes_within_one_warning(door: Door, clock: Clock) -> None:
    """TS-02 until 120 hours have passed, TS-06 from then on; another industry's question is for the authority."""
    officer = await bureau(door, clock, GRADES)
    steel_id = await officer.registers(steel())
    lime_id = await officer.registers(works("LIME", "130203", line("lime")))
    far_id = await officer.registers(works("FAR", "140581", line("lime")))
    orange = await officer.issues("orange", region="130200", acknowledge_within_hours=6)
    result = await officer.serves(orange)
    (order,) = await officer.orders(steel_id)
    assert sorted(told(order)) == [
        ("OVEN", "TS-03", "2019-12-10T10:00", None),
        ("SINTER", "TS-02", "2019-12-10T10:00", "2019-12-15T10:00"),
        ("SINTER", "TS-06", "2019-12-15T10:00", None),
    ]
    oven = next(one for one in order["items"] if one["subject_code"] == "OVEN")
    assert oven["numbers"] == [{"name": "coking_hours", "value": "28"}]
    assert order["due_at"][:16] == "2019-12-10T16:01"
    (notice,) = await officer.orders(lime_id)
    assert (notice["kind"], notice["items"]) == ("notice", [])
    assert [(one["rule"], one["open"]) for one in notice["questions"]] == [("A-NG1.other", "authority_decides")]
    assert (result["commands"], result["notices"], result["enterprises"]) == (1, 1, 2)
    assert [(one["rule"], one["subjects"]) for one in result["open_questions"]] == [("A-NG1.other", 1)]
    assert await officer.orders(far_id) == []
    english = await officer.caller.get(f"/v1/orders/{order['id']}", headers={"Accept-Language": "en"})
    assert "28 hours" in str([one["text"] for one in english.json()["items"]])


async def test_facts_that_are_missing_are_told_as_a_question(door: Door, clock: Clock) -> None:
    officer = await bureau(door, clock, GRADES)
    body = steel()
    body["sites"][0]["lines"][0]["facts"] = []
    steel_id = await officer.registers(body)
    result = await officer.serves(await officer.issues("orange", region="130200"))
    (order,) = await officer.orders(steel_id)
    assert (order["kind"], order["items"]) == ("notice", [])
    assert {(one["subject_code"], one["rule"]) for one in order["questions"] if one["open"] == "facts_missing"} >= {
        ("SINTER", "TS-02"),
        ("OVEN", "TS-03"),
    }
    assert {one["open"] for one in result["open_questions"]} >= {"facts_missing"}


async def test_each_warning_says_what_it_demands_and_the_stricter_is_decided(door: Door, clock: Clock) -> None:
    """A province's orange under a city's yellow: both are served, and a decision names the orange one as its evidence."""
    officer = await bureau(door, clock, "gaoping")
    foundry_id = await officer.registers(foundry())
    await officer.serves(await officer.issues("orange", region="140000", from_at="2019-12-12T20:00:00+08:00"))
    city = await officer.issues("yellow")
    result = await officer.serves(city)
    assert (result["commands"], result["enterprises"]) == (0, 1)
    (order,) = await officer.orders(foundry_id)
    assert told(order) == [("F1", "GP-15", "2019-12-12T20:00", None)]
    furnace = order["items"][0]["subject_id"]
    for day, colour in (("2019-12-11", "黄色"), ("2019-12-12", "橙色")):
        query: dict[str, Any] = {"pack": "gaoping", "season": 2019, "day": day}
        explained = (await officer.caller.get(f"/v1/enterprises/{foundry_id}/decisions/{furnace}", params=query)).json()
        (seen,) = {
            (one["seen"], one["evidence"]["document"], one["evidence"]["assertion_id"].rpartition(":")[0])
            for rule in explained["rules_examined"]
            for one in rule["conditions"]
            if one["fact"] == "warning_level"
        }
        assert (seen[0], seen[2]) == (colour, "derived:warning")
        assert seen[1].startswith(f"重污染天气{colour}预警（地区 ")
    # As it was known before the warnings, nothing stopped.
    query |= {"known_at": "2019-12-10T10:00:30+08:00"}
    before = await officer.caller.get(f"/v1/enterprises/{foundry_id}/decisions", params=query)
    assert before.json()["code"] == "not_decided"


async def test_a_milder_colour_in_the_middle_of_a_day_orders_the_milder_measures(door: Door, clock: Clock) -> None:
    """The day counts as orange, but from 18:00 on the furnace is free: only the order knows the hour."""
    officer = await bureau(door, clock, "gaoping")
    foundry_id, grinding_id = await officer.registers(foundry()), await officer.registers(grinding())
    orange = await officer.issues("orange")
    # Nobody has been served yet when it becomes milder: both are, one after the other.
    yellow = await officer.goes_on(orange, "changes", colour="yellow", from_at="2019-12-10T18:00:00+08:00")
    assert (await officer.serves(yellow))["lifts"] == 1
    stop, free = await officer.orders(foundry_id)
    assert told(stop) == [("F1", "GP-15", "2019-12-10T10:00", None)]
    assert (free["kind"], free["supersedes"]) == ("lift", stop["id"])
    assert [told(one)[0][1:3] for one in await officer.orders(grinding_id)] == [
        ("GP-18", "2019-12-10T10:00"),
        ("GP-18", "2019-12-10T18:00"),
    ]
    assert "GP-15" in await rules_on(officer.caller, foundry_id, "2019-12-10")
    assert "GP-15" not in await rules_on(officer.caller, foundry_id, "2019-12-11")


async def test_who_may_see_a_warning_and_who_may_speak_of_it(door: Door, clock: Clock) -> None:
    officer = await bureau(door, clock, "gaoping")
    grinding_id = await officer.registers(grinding())
    elsewhere_id = await officer.registers(grinding("AWAY", "141002"))
    issued = await officer.issues("yellow", region="140500")
    url = f"/v1/warnings/{issued.json()['id']}"
    township = await door.caller(regions=(GAOPING,), on_behalf_of=True)
    stranger = await door.caller(regions=("141000",), on_behalf_of=True)
    mine, others = await enterprise(door, grinding_id), await enterprise(door, elsewhere_id)
    assert [(await one.get(url)).status_code for one in (township, stranger, mine, others)] == [200, 404, 200, 404]
    listed = [(await one.get("/v1/warnings")).json()["items"] for one in (township, stranger, mine, others)]
    assert [len(one) for one in listed] == [1, 0, 1, 0]
    near = [(await officer.caller.get("/v1/warnings", params={"region": one})).json()["items"] for one in (
        GAOPING, "140000", "141000",
    )]  # fmt: skip
    assert [len(one) for one in near] == [1, 1, 0]
    before = await rows(door.sessions)
    lift, said = {"from_at": NOW, "basis": "通知"}, PERSON | {"If-Match": issued.headers["ETag"]}
    refused = [await one.post(f"{url}/lift", json=lift, headers=key() | said) for one in (township, stranger)]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (403, "authority_required"),
        (404, "warning_unknown"),
    ]
    abroad = await stranger.post(
        "/v1/warnings", json={**lift, "region": GAOPING, "colour": "red"}, headers=key() | PERSON
    )
    assert (abroad.status_code, abroad.json()["code"]) == (403, "authority_required")
    assert await rows(door.sessions) == before


LIFT = {"from_at": NOW, "basis": "通知"}
ISSUE = {**LIFT, "region": "140500", "colour": "red"}
CHANGE = {**LIFT, "colour": "red"}
REFUSED: dict[str, tuple[str, Json, dict[str, str], int, str]] = {
    "a second open warning of the same region": ("", ISSUE, {}, 409, "warning_stands"),
    "a region that is none": ("", {**ISSUE, "region": "999999"}, {}, 404, "region_unknown"),
    "a colour that is none": ("", {**ISSUE, "colour": "blue"}, {}, 422, "/colour"),
    "an instant without an offset": ("", {**ISSUE, "from_at": "2019-12-10T10:00:00"}, {}, 422, "/from_at"),
    "an instant of another age": ("", {**ISSUE, "from_at": "9999-12-31T23:00:00Z"}, {}, 422, "/from_at"),
    "no basis": ("", {**ISSUE, "basis": ""}, {}, 422, "/basis"),
    "a warning nobody stands behind": ("", {**ISSUE, "region": "141000"}, {"On-Behalf-Of": ""}, 403, "person_required"),
    "the colour it has": ("/changes", {**CHANGE, "colour": "orange"}, {}, 409, "colour_unchanged"),
    "a change before it began": (
        "/changes", {**CHANGE, "from_at": "2019-12-10T09:59:00+08:00"}, {}, 422, "warning_runs_backwards",
    ),
    "a lift before it began": (
        "/lift", {**LIFT, "from_at": "2019-12-10T09:59:00+08:00"}, {}, 422, "warning_runs_backwards",
    ),
    "a change of what was not read": ("/changes", CHANGE, {"If-Match": ""}, 428, "precondition_required"),
    "a change of an old version": ("/changes", CHANGE, {"If-Match": '"7"'}, 412, "warning_outdated"),
    "a lift nobody stands behind": ("/lift", LIFT, {"On-Behalf-Of": ""}, 403, "person_required"),
}  # fmt: skip


async def test_what_is_refused_of_a_warning_stores_nothing(door: Door, clock: Clock) -> None:
    officer = await bureau(door, clock)
    issued = await officer.issues("orange", region="140500")
    before = await rows(door.sessions)
    for what, (path, body, changed, status, word) in REFUSED.items():
        sent = key() | PERSON | ({"If-Match": issued.headers["ETag"]} if path else {}) | changed
        headers = {name: value for name, value in sent.items() if value}
        url = f"/v1/warnings/{issued.json()['id']}{path}" if path else "/v1/warnings"
        answer = await officer.caller.post(url, json=body, headers=headers)
        assert answer.status_code == status, (what, answer.text)
        assert word in f"{answer.json()['code']} {answer.json()['errors']}", what
        assert await rows(door.sessions) == before, what


async def test_a_lifted_warning_is_not_lifted_again_and_a_scope_is_needed(door: Door, clock: Clock) -> None:
    officer = await bureau(door, clock)
    issued = await officer.issues("orange")
    lifted = await officer.goes_on(issued, "lift", from_at=NOW)
    reader = await door.caller("warnings:read", on_behalf_of=True)
    before = await rows(door.sessions)
    again = await officer.says(f"/v1/warnings/{issued.json()['id']}/lift", etag=lifted.headers["ETag"], from_at=NOW)
    assert (again.status_code, again.json()["code"]) == (409, "transition_refused")
    answer = await reader.post("/v1/warnings", json=ISSUE, headers=key() | PERSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    assert await rows(door.sessions) == before


async def test_a_snapshot_knows_what_was_announced_by_then_and_what_was_said_by_hand(door: Door, clock: Clock) -> None:
    officer = await bureau(door, clock)
    body = grinding()
    body["sites"][0]["facts"] = [fact("warning_level", "red", valid_from="2019-12-12", valid_to="2019-12-13")]
    mine = UUID(await officer.registers(body))
    away = UUID(await officer.registers(works("AWAY", "141002", line("lime"))))
    seat = grinding("SEAT")
    seat["region"] = "141002"
    seated = UUID(await officer.registers(seat))
    async with open_unit(door.sessions, now=clock()) as one:
        stale = StaleRepository(one.session)
        assert await stale.take_of(await stale.waiting(10)) == sorted([mine, away, seated])
    instants = [clock()]
    issued = await officer.issues("orange", from_at="2019-12-11T08:00:00+08:00")
    instants.append(clock())
    async with open_unit(door.sessions, now=clock()) as one:
        stale = StaleRepository(one.session)
        assert await stale.take_of([mine, away]) == [mine]
        assert await stale.waiting(10) == [seated], "a site in the region counts, wherever the seat is"
    await officer.goes_on(issued, "lift", from_at="2019-12-14T00:00:00+08:00")
    instants.append(clock())
    async with open_unit(door.sessions, now=clock()) as one:
        reader = SnapshotReader(one.session, ruler=BuiltUpRuler)
        trees = [await reader.snapshot(mine, known_at=at, visible_to=SYSTEM) for at in instants]
        untouched = await reader.snapshot(away, known_at=instants[-1], visible_to=SYSTEM)
    by_hand = ("red", "2019-12-12", "2019-12-13")
    found = [
        [(one["value"], one["from"], one["to"]) for one in tree["children"][0]["facts"]["warning_level"]]
        for tree in trees
    ]
    assert found == [
        [by_hand],
        [by_hand, ("orange", "2019-12-11", "2019-12-12"), ("orange", "2019-12-13", None)],
        [by_hand, ("orange", "2019-12-11", "2019-12-12"), ("orange", "2019-12-13", "2019-12-14")],
    ]
    assert untouched["children"][0]["facts"] == {}

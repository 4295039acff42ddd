"""Public lists: drafted from what is decided, published by a person, locked, corrected by the next version, withdrawn."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.domain.disclosures.rows import ALL, COLUMNS, ListKind
from app.persistence.unit_of_work import open_unit
from app.services.disclosures.verifying import verify_disclosures
from tests.api.disclosing import LISTS, STAGGERED, Office, an_office
from tests.api.door import Door
from tests.api.foundry import Foundry, works
from tests.api.listing import GREEN, OF_SITE, Authority
from tests.api.listing import works as listed_works
from tests.api.officer import key
from tests.api.scheduling import Planner, a_foundry, another_foundry
from tests.api.test_nothing_is_stored import rows
from tests.api.test_schedule_sheets import furnished
from tests.conftest import Clock


@pytest.fixture
async def foundry(door: Door, clock: Clock) -> Foundry:
    """Of grade B: it owes fifteen days in each phase."""
    return await a_foundry(door, clock)


@pytest.fixture
async def office(door: Door, clock: Clock, foundry: Foundry) -> Office:
    return await an_office(door, clock)


def planner(office: Office) -> Planner:
    return Planner(door=office.door, clock=office.clock, caller=office.caller)


async def test_a_draft_is_seen_by_its_office_and_by_nobody_else(office: Office, door: Door) -> None:
    url = await office.drafts()
    draft = await office.reads(url)
    assert (draft["state"], draft["rows"] > 0, draft["lacks"], draft["warnings"]) == ("draft", True, [], [])
    assert (await office.public(LISTS))["items"] == []
    stranger = await door.caller(regions=("140500",))
    assert (await stranger.get(url)).json()["code"] == "disclosure_unknown"
    assert (await stranger.get("/v1/disclosures")).json()["items"] == []


async def test_the_preview_is_word_for_word_what_is_published(office: Office) -> None:
    url = await office.drafts()
    preview = await office.reads(f"{url}/preview")
    made = (await office.publishes(url)).json()
    version = await office.public(f"{LISTS}/{made['list_id']}/versions/1")
    assert preview["diff"] is None
    assert {name: version[name] for name in preview["content"]} == preview["content"]


async def test_a_row_tells_who_stops_what_on_which_clause(office: Office) -> None:
    made = await office.published()
    version = await office.public(f"{LISTS}/{made['list_id']}/versions/1")
    row = version["rows"][0]
    assert (row["enterprise_name"], row["region"], row["line"], row["industry"]) == ("铸造厂", "141027", "线", "铸造")
    assert "停产" in row["measure"]
    assert row["clauses"].startswith("FS-")
    assert {one["provision"] for one in version["citations"]} >= {row["clauses"].split()[0]}
    assert (version["office"], version["basis"], version["number"]) == ("县环保局", "浮政发〔2019〕8号", 1)
    assert version["serial"] == "141027-2019-fushan-staggered-1"
    assert version["columns"] == list(COLUMNS[ListKind.STAGGERED])
    assert all(set(one) == set(ALL) for one in version["rows"])


async def test_windows_are_those_of_the_published_schedule(office: Office) -> None:
    plan = planner(office)
    schedule = await plan.computes()
    await plan.publishes_and_serves(schedule)
    made = await office.published()
    version = await office.public(f"{LISTS}/{made['list_id']}/versions/1")
    (source,) = version["sources"]["schedules"]
    assert (source["id"], source["number"]) == (schedule[-36:], 1)
    lines = (await office.reads(f"{schedule}/lines"))["items"]
    begins = lines[0]["stretches"][0]["from_at"][:16].replace("T", " ")
    assert any(begins in one["windows"] for one in version["rows"])


async def test_who_stands_still_on_a_day_is_read_from_the_published_schedule(office: Office) -> None:
    plan = planner(office)
    schedule = await plan.computes()
    await plan.publishes_and_serves(schedule)
    stretch = (await office.reads(f"{schedule}/lines"))["items"][0]["stretches"][-1]
    day = stretch["from_at"][:10]
    made = await office.published(kind="stopped", day=day, through=day)
    version = await office.public(f"{LISTS}/{made['list_id']}/versions/1")
    (row,) = version["rows"]
    assert (row["measure"], row["line"]) == ("停产", "线")
    assert day in row["windows"]
    assert (version["day"], version["through"]) == (day, day)
    url = await office.drafts(kind="stopped", day="2019-07-02")
    assert (await office.publishes(url)).json()["code"] == "disclosure_empty"


async def test_who_is_exempt_is_read_from_a_version_of_the_exemption_list(door: Door, clock: Clock) -> None:
    authority = await Authority.opens(door, clock, "huairen", "140681")
    enterprise = await authority.registers(listed_works("G-1", "140681", "steel", own=GREEN, of_site=OF_SITE))
    await authority.approves(enterprise, "HR-20")
    asked = {"kind": "exempt", "region": "140681", "pack": "huairen", "season": 2019}
    office = await an_office(door, clock, "140681")
    early = await office.finished(await office.asks(asked))
    assert early["problem"]["code"] == "disclosure_without_exemption_list"
    assert (await authority.publishes("2019-12-22")).status_code == 201
    clock.advance(minutes=1)
    made = await office.published(**asked)
    version = await office.public(f"{LISTS}/{made['list_id']}/versions/1")
    (row,) = version["rows"]
    assert (row["enterprise_name"], row["rule"]) == ("G-1公司", "HR-20")
    assert row["exemption"]
    assert "申请列入" not in str(version)
    assert version["sources"]["exemption_list"]["number"] == 1


async def test_a_list_with_a_row_that_was_never_decided_is_not_published(office: Office, clock: Clock) -> None:
    made = await office.caller.post("/v1/enterprises", json=works(), headers=key())
    clock.advance(minutes=1)
    url = await office.drafts()
    before = await rows(office.door.sessions)
    refused = await office.publishes(url)
    assert (refused.status_code, refused.json()["code"]) == (409, "disclosure_incomplete")
    (error,) = refused.json()["errors"]
    assert (error["code"], made.json()["id"] in error["pointer"]) == ("never_decided", True)
    assert await rows(office.door.sessions) == before


async def test_a_list_with_a_row_that_is_undecided_is_not_published(office: Office, clock: Clock) -> None:
    other = await office.caller.post("/v1/enterprises", json=works(), headers=key())
    body = {"pack": "fushan", "season": 2019}
    clock.advance(minutes=1)
    await office.caller.post(f"/v1/enterprises/{other.json()['id']}/decisions", json=body, headers=key())
    clock.advance(minutes=1)
    refused = await office.publishes(await office.drafts())
    assert {one["code"] for one in refused.json()["errors"]} == {"undecided"}


async def test_what_moved_since_the_draft_is_told_and_does_not_bar_publishing(office: Office, foundry: Foundry) -> None:
    url = await office.drafts()
    await foundry.says({"fact": "performance_grade", "value": "C"})
    assert [one["code"] for one in (await office.reads(url))["warnings"]] == ["decisions_changed"]
    answer = await office.publishes(url)
    assert (answer.status_code, answer.json()["warnings"][0]["code"]) == (201, "decisions_changed")


async def test_a_correction_is_the_next_version_and_tells_what_it_changes(
    office: Office, foundry: Foundry, door: Door, clock: Clock
) -> None:
    first = await office.published()
    await foundry.says({"fact": "performance_grade", "value": "C"})
    await another_foundry(door, clock)
    url = await office.drafts()
    preview = await office.reads(f"{url}/preview")
    second = (await office.publishes(url)).json()
    one = f"{LISTS}/{second['list_id']}"
    change = await office.public(f"{one}/diff", **{"from": 1, "to": 2})
    assert change == preview["diff"]
    assert change["added"]
    (changed,) = change["changed"]
    # Of grade B one month in both phases together, of grade C three.
    assert [changed[when]["measure"] for when in ("before", "after")] == ["停产 30 天", "停产 90 天"]
    assert set(changed["columns"]) >= {"measure", "rule"}
    back = await office.public(f"{one}/diff", **{"from": 2, "to": 1})
    assert (back["added"], back["removed"]) == (change["removed"], change["added"])
    assert (await office.reads(f"/v1/disclosures/{first['id']}"))["state"] == "superseded"
    listed = await office.public(one)
    assert [(each["number"], each["state"]) for each in listed["versions"]] == [(1, "superseded"), (2, "published")]
    versions = [await office.public(f"{one}/versions/{number}") for number in (1, 2)]
    assert [each["previous_sha256"] for each in versions] == ["", first["sha256"]]
    page = (await (await door.caller()).get("/v1/audit", params={"subject": second["list_id"]})).json()
    assert [each["type"] for each in page["items"]][::-1] == [
        "disclosure.published", "disclosure.published", "disclosure.superseded",
    ]  # fmt: skip


async def test_a_withdrawn_version_leaves_a_tombstone_that_says_why(office: Office, door: Door) -> None:
    made = await office.published()
    before = await office.public(f"{LISTS}/{made['list_id']}/versions/1")
    answer = await office.withdraws(made["id"])
    assert (answer.status_code, answer.json()["state"]) == (201, "withdrawn")
    one = f"{LISTS}/{made['list_id']}"
    listed = await office.public(one)
    (version,) = listed["versions"]
    assert (listed["standing"], version["state"], version["withdrawal"]["reason"]) == (None, "withdrawn", "名单有误")
    for url in (f"{one}/versions/1", f"{one}/versions/1.csv", f"{one}.html", f"{one}/diff?from=1&to=1"):
        gone = await door.anyone().get(url)
        assert (gone.status_code, gone.json()["code"]) == (410, "public_list_withdrawn")
        assert "名单有误" in gone.json()["detail"]
        assert before["rows"][0]["row"] not in gone.text
    again = await office.withdraws(made["id"], seen='"4"')
    assert again.json()["code"] == "transition_refused"
    assert (await office.public(LISTS, q="铸造厂"))["items"] == []
    following = await office.published()
    assert (following["number"], (await office.public(one))["standing"]["number"]) == (2, 2)


async def test_only_a_named_person_of_the_region_publishes_or_withdraws(office: Office, door: Door) -> None:
    url = await office.drafts()
    headers = key() | {"If-Match": '"1"'}
    nobody = await office.caller.post(f"{url}/publication", json={"basis": "纪要"}, headers=headers)
    assert (nobody.status_code, nobody.json()["code"]) == (403, "person_required")
    stranger = await an_office(door, office.clock, "140500")
    assert (await stranger.publishes(url)).json()["code"] == "disclosure_unknown"
    refused = await stranger.asks(STAGGERED)
    assert (refused.status_code, refused.json()["code"]) == (403, "authority_required")
    reader = await door.caller("disclosures:read", "disclosures:write")
    assert (await reader.post(f"{url}/publication", json={"basis": "纪要"}, headers=headers)).status_code == 403


async def test_a_draft_that_does_not_know_of_the_newest_version_is_outdated(office: Office) -> None:
    both = [await office.drafts(), await office.drafts()]
    assert (await office.publishes(both[0])).status_code == 201
    late = await office.publishes(both[1])
    assert (late.status_code, late.json()["code"]) == (409, "disclosure_outdated")
    again = await office.publishes(both[0])
    assert (again.status_code, again.json()["code"]) == (412, "disclosure_stale")
    locked = await office.publishes(both[0], seen='"2"')
    assert (locked.status_code, locked.json()["code"]) == (409, "transition_refused")


@pytest.mark.parametrize("same_draft", [True, False])
async def test_of_two_who_publish_at_once_one_succeeds(busy_door: Door, clock: Clock, same_draft: bool) -> None:
    await a_foundry(busy_door, clock)
    office = await an_office(busy_door, clock)
    first = await office.drafts()
    second = first if same_draft else await office.drafts()
    both = await asyncio.gather(office.publishes(first), office.publishes(second))
    assert sorted(one.status_code for one in both) == [201, 412 if same_draft else 409]
    (listed,) = (await office.public(LISTS))["items"]
    assert [one["number"] for one in listed["versions"]] == [1]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"day": "2020-07-01"}, "disclosure_days_wrong"),
        ({"through": "2019-12-20"}, "disclosure_days_wrong"),
        ({"kind": "stopped", "day": "2019-12-20", "through": "2019-12-19"}, "disclosure_days_wrong"),
        ({"pack": "nowhere"}, "pack_unknown"),
        ({"region": "999999"}, "region_unknown"),
    ],
)
async def test_what_cannot_be_drafted_is_refused_and_nothing_is_stored(
    office: Office, asked: dict[str, Any], code: str
) -> None:
    before = await rows(office.door.sessions)
    answer = await office.asks(STAGGERED | asked)
    assert answer.json()["code"] == code
    assert await rows(office.door.sessions) == before


async def test_lists_are_found_by_region_season_kind_plan_and_enterprise(office: Office) -> None:
    made = await office.published()
    found = {"region": "141000", "season": 2019, "kind": "staggered", "pack": "fushan", "q": "铸造"}
    for name, value in found.items():
        (one,) = (await office.public(LISTS, **{name: value}))["items"]
        assert one["id"] == made["list_id"]
    missing = {"region": "140500", "season": 2020, "kind": "exempt", "pack": "huairen", "q": "水泥%"}
    for name, value in missing.items():
        assert (await office.public(LISTS, **{name: value}))["items"] == []


async def test_pages_of_lists_follow_each_other(office: Office) -> None:
    plan = planner(office)
    schedule = await plan.computes()
    await plan.publishes_and_serves(schedule)
    day = (await office.reads(f"{schedule}/lines"))["items"][0]["stretches"][0]["from_at"][:10]
    both = [await office.published(), await office.published(kind="stopped", day=day)]
    first = await office.public(LISTS, limit=1)
    second = await office.public(LISTS, limit=1, cursor=first["next_cursor"])
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [one["list_id"] for one in both[::-1]]
    states = [
        one["state"] for one in (await office.reads("/v1/disclosures", state="published", kind="stopped"))["items"]
    ]
    assert states == ["published"]


async def test_verify_finds_every_published_list_as_it_was_sealed(office: Office) -> None:
    await office.published()
    async with open_unit(office.door.sessions, now=office.clock()) as unit:
        assert await verify_disclosures(unit) == []


async def test_an_unknown_list_or_version_is_not_there(office: Office, door: Door) -> None:
    made = await office.published()
    draft = await office.drafts()
    for url in (
        uuid4(),
        draft[-36:],
        f"{made['list_id']}/versions/2",
        f"{made['list_id']}/versions/2.csv",
        f"{uuid4()}.csv",
    ):
        answer = await door.anyone().get(f"{LISTS}/{url}")
        assert (answer.status_code, answer.json()["code"]) == (404, "public_list_unknown")


async def test_an_enterprise_moved_to_the_register_with_everything_tells_how_it_is_checked(
    office: Office, clock: Clock
) -> None:
    made = await office.caller.post("/v1/enterprises", json=furnished(), headers=key())
    clock.advance(minutes=1)
    body = {"pack": "fushan", "season": 2019}
    await office.caller.post(f"/v1/enterprises/{made.json()['id']}/decisions", json=body, headers=key())
    clock.advance(minutes=1)
    version = await office.public(f"{LISTS}/{(await office.published())['list_id']}/versions/1")
    row = next(one for one in version["rows"] if one["supervising_unit"])
    assert (row["supervising_unit"], row["check_method"]) == ("浮山分局", "用电量；视频监控")
    assert (row["processes"], row["equipment"]) == ("一车间 (熔炼)", "中频炉 2 用 1 备")

"""Duties at the door: made from the plan, listed by day, filed, returned, waived, and late, each by the right hand."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.api.door import Door
from tests.api.officer import PERSON, Json, key
from tests.api.owing import CARRIED_OUT, HUAIREN, YONGNING, Owing, owing
from tests.api.packs import publish, shipped
from tests.api.plants import PERSON_LI, decided, plant, registered
from tests.api.test_nothing_is_stored import rows
from tests.conftest import Clock

SUMMARY = {"form": "season_summary", "up_to_day": "2020-03-05", "carried_out": "停窑"}


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.fixture
async def huairen(door: Door, clock: Clock) -> Owing:
    return await owing(door, clock)


async def test_a_plan_is_owed_by_its_firms_its_departments_and_its_power_supplier(huairen: Owing) -> None:
    """HR-34 and HR-29 from January on: what was due on 5 December was over before the firm was decided on the 10th."""
    found = await huairen.duties(state="open")
    told = {(one["who"], one["duty"], one["due_at"] and one["due_at"][:16]) for one in found if one["due_at"]}
    fifths = [f"2020-0{month}-06T00:00" for month in (1, 2, 3, 4)]
    departments = {("department", "report-monthly", due) for due in ["2019-12-06T00:00", *fifths]}
    suppliers = {("power_supplier", "report-electricity", due) for due in ["2019-12-06T00:00", *fifths]}
    assert told == (
        {("enterprise", "report-monthly-firms", due) for due in fifths}
        | {one for one in departments | suppliers if one[2] in fifths}
    )
    assert {one["duty"] for one in await huairen.duties(state="late")} == {"report-monthly", "report-electricity"}
    standing = [one for one in found if one["due_at"] is None]
    assert {one["force"] for one in standing} == {"standing"}
    assert {"duty-contacts", "duty-adjust-plans"} <= {one["duty"] for one in standing}
    assert found[-1]["due_at"] is None, "what has no day stands last"


async def test_making_duties_again_changes_nothing(huairen: Owing) -> None:
    before = await rows(huairen.door.sessions)
    assert (await huairen.makes())["packs"] == []
    after = await rows(huairen.door.sessions)
    assert {name for name in before if before[name] != after[name]} <= {"operations", "audit"}
    # Nothing had changed; asked to look all the same, it still finds everything there.
    async with huairen.door.sessions() as session, session.begin():
        await session.execute(text("DELETE FROM duty_rounds"))
    listed = await huairen.duties()
    assert (await huairen.makes())["packs"] == ["huairen"]
    assert await huairen.duties() == listed


async def test_a_firm_files_and_its_report_is_kept_to_the_letter(huairen: Owing) -> None:
    duty = await huairen.one("report-monthly-firms", "2020-01")
    refused(await huairen.files(duty, CARRIED_OUT), 409, "duty_not_open")
    await huairen.waits_until(2020, 1, 3)
    (soon,) = await huairen.duties(huairen.own, state="due_soon")
    assert soon["id"] == duty["id"]
    refused(await huairen.files(duty, {"form": "statement", "text": "无"}), 422, "form_unfit")
    attached = (await huairen.attaches(duty)).json()
    answer = await huairen.files(duty, CARRIED_OUT, note="见附表", attachments=[attached["id"]])
    assert answer.status_code == 201, answer.text
    filed = answer.json()
    assert (filed["state"], filed["filed_late"], filed["forms"]) == ("filed", False, ["monthly_implementation"])
    (one,) = filed["filings"]
    assert one["report"] == {"carried_out": CARRIED_OUT["carried_out"]}
    assert one["attachments"] == [{"id": attached["id"], "sha256": attached["sha256"]}]
    assert await huairen.damage() == []


async def test_an_amendment_is_a_new_version_and_a_return_opens_it_again(huairen: Owing) -> None:
    duty = await huairen.one("report-monthly-firms", "2020-01")
    await huairen.waits_until(2020, 1, 3)
    await huairen.files(duty, CARRIED_OUT)
    amended = (await huairen.files(duty, CARRIED_OUT | {"problems": "检修延期"})).json()
    assert [one["number"] for one in amended["filings"]] == [1, 2]
    refused(await huairen.says(duty, "receipt", {"verdict": "returned"}), 422, "validation_failed")
    returned = (await huairen.says(duty, "receipt", {"verdict": "returned", "reason": "缺少设备"})).json()
    assert (returned["state"], returned["filings"][1]["receipt"]["reason"]) == ("due_soon", "缺少设备")
    refused(await huairen.says(duty, "receipt", {"verdict": "confirmed"}), 409, "transition_refused")
    await huairen.waits_until(2020, 1, 6)
    (late,) = await huairen.duties(huairen.own, state="late")
    assert late["id"] == duty["id"]
    again = (await huairen.files(duty, CARRIED_OUT)).json()
    assert (again["state"], again["filed_late"], again["filings"][2]["late"]) == ("filed", True, True)
    confirmed = (await huairen.says(duty, "receipt", {"verdict": "confirmed"})).json()
    assert confirmed["filings"][2]["receipt"]["by"]["person"] == "张三"
    refused(await huairen.says(duty, "receipt", {"verdict": "confirmed"}), 409, "filing_received")
    assert await huairen.damage() == []


async def test_the_last_instant_is_in_time_and_the_next_is_late(huairen: Owing) -> None:
    """A-G20: the named day counts to 24:00."""
    duty = await huairen.one("report-monthly-firms", "2020-01")
    await huairen.waits_until(2020, 1, 6, hour=0)
    filed = (await huairen.files(duty, CARRIED_OUT)).json()
    assert (filed["due_at"][:16], filed["filed_at"][:16]) == ("2020-01-06T00:00", "2020-01-06T00:00")
    assert filed["filed_late"] is False


async def test_nobody_files_or_frees_for_another(huairen: Owing) -> None:
    duty = await huairen.one("report-monthly-firms", "2020-01")
    await huairen.waits_until(2020, 1, 3)
    refused(await huairen.files(duty, CARRIED_OUT, by=huairen.caller), 403, "own_enterprise_only")
    department = await huairen.one("report-monthly", "2020-01")
    refused(await huairen.files(department, CARRIED_OUT, by=huairen.caller), 403, "person_required")
    await huairen.files(duty, CARRIED_OUT)
    office = await huairen.door.caller(regions=(HUAIREN,), enterprise_ids=(huairen.firm,), on_behalf_of=True)
    february = await huairen.one("report-monthly-firms", "2020-02")
    waiver = {"reason": "全月停产检修"}
    refused(await huairen.says(february, "waiver", waiver, by=huairen.own), 403, "nobody_waives_their_own")
    refused(await huairen.says(february, "waiver", waiver, by=office), 403, "nobody_waives_their_own")
    county = await huairen.door.caller(regions=(HUAIREN,), on_behalf_of=True)
    of_body = await huairen.one("report-monthly", "2020-02")
    refused(await huairen.says(of_body, "waiver", waiver, by=county), 403, "nobody_waives_their_own")
    city = await huairen.door.caller(regions=("140600",), on_behalf_of=True)
    assert (await huairen.says(of_body, "waiver", waiver, by=city)).json()["state"] == "waived"
    waived = (await huairen.says(february, "waiver", waiver, by=county)).json()
    assert (waived["state"], waived["waiver"]["reason"]) == ("waived", "全月停产检修")
    refused(await huairen.files(february, CARRIED_OUT), 409, "transition_refused")
    refused(await huairen.says(february, "waiver", waiver, by=county), 409, "transition_refused")
    assert await huairen.damage() == []


async def test_whoever_filed_for_a_body_does_not_receive_it(huairen: Owing) -> None:
    department = await huairen.one("report-monthly", "2020-01")
    await huairen.waits_until(2020, 1, 3)
    filed = await huairen.files(department, CARRIED_OUT, by=huairen.caller, as_=PERSON_LI)
    assert filed.status_code == 201, filed.text
    receipt = {"verdict": "confirmed"}
    refused(await huairen.says(department, "receipt", receipt, as_=PERSON_LI), 403, "same_hands")
    assert (await huairen.says(department, "receipt", receipt)).status_code == 201
    refused(await huairen.says(department, "receipt", receipt, by=huairen.own), 404, "duty_unknown")


async def test_the_power_supplier_files_its_table_for_the_regions_of_its_source(huairen: Owing) -> None:
    for name, region in (("grid-huairen", "140600"), ("grid-elsewhere", "141000")):
        body = {"name": name, "title": "供电公司", "region": region}
        assert (await huairen.caller.post("/v1/feed/sources", json=body, headers=key())).status_code == 201
    duty = await huairen.one("report-electricity", "2020-01")
    await huairen.waits_until(2020, 1, 3)
    grid, other = [
        await huairen.door.caller(regions=(), sources=(name,), region="140600")
        for name in ("grid-huairen", "grid-elsewhere")
    ]
    assert {one["who"] for one in await huairen.duties(grid)} == {"power_supplier"}
    assert await huairen.duties(other) == []
    table = {"form": "electricity_table", "month": "2019-12", "rows": [{"name": "甲", "kwh": "12.5"}]}
    refused(await huairen.files(duty, table, by=other), 404, "duty_unknown")
    refused(await huairen.files(duty, table, by=huairen.caller), 403, "power_supplier_only")
    filed = await huairen.files(duty, table, by=grid)
    assert (filed.status_code, filed.json()["state"]) == (201, "filed"), filed.text


async def test_a_stranger_sees_nothing_and_changes_nothing(huairen: Owing) -> None:
    duty = await huairen.one("report-monthly-firms", "2020-01")
    attached = (await huairen.attaches(duty)).json()
    before = await rows(huairen.door.sessions)
    for grants in ({"regions": ("140581",)}, {"regions": (), "enterprise_ids": ("0" * 32,)}, {"regions": ()}):
        stranger = await huairen.door.caller(**grants, on_behalf_of=True)
        before["clients"] += 1
        before["audit"] += 1
        before["outbox"] += 1
        assert await huairen.duties(stranger) == []
        for url in (f"/v1/duties/{duty['id']}", f"/v1/attachments/{attached['id']}"):
            assert (await stranger.get(url)).status_code == 404
        refused(await huairen.files(duty, CARRIED_OUT, by=stranger), 404, "duty_unknown")
        refused(await huairen.attaches(duty, by=stranger), 404, "duty_unknown")
        for what, body in (("waiver", {"reason": "x"}), ("receipt", {"verdict": "confirmed"})):
            refused(await huairen.says(duty, what, body, by=stranger), 404, "duty_unknown")
    assert await rows(huairen.door.sessions) == before


async def test_a_list_is_narrowed_and_turned_page_by_page_without_loss(huairen: Owing) -> None:
    everything = await huairen.duties()
    firms = await huairen.duties(enterprise_id=huairen.firm)
    assert {one["enterprise_id"] for one in firms} == {huairen.firm}
    assert [one for one in everything if one["who"] == "department"] == await huairen.duties(who="department")
    spring = await huairen.duties(due_from="2020-02-01T00:00:00+08:00", due_until="2020-03-06T00:00:00+08:00")
    assert {one["due_at"][:10] for one in spring} == {"2020-02-06"}
    assert await huairen.duties(region="141000") == []
    assert await huairen.duties(region="140600") == everything
    paged, cursor = list[Json](), None
    while True:
        query: dict[str, Any] = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await huairen.caller.get("/v1/duties", params=query)).json()
        paged += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == everything


async def test_of_two_who_file_at_once_one_is_told_to_read_again(busy_door: Door, clock: Clock) -> None:
    town = await owing(busy_door, clock)
    duty = await town.one("report-monthly-firms", "2020-01")
    await town.waits_until(2020, 1, 3)
    seen = await town.seen(duty)
    reports = [CARRIED_OUT | {"carried_out": f"第{number}稿"} for number in range(4)]
    answers = await asyncio.gather(*(town.files(duty, one, seen=seen) for one in reports))
    assert sorted(one.status_code for one in answers) == [201, 412, 412, 412]
    filed = (await town.own.get(f"/v1/duties/{duty['id']}")).json()
    (won,) = [report for report, one in zip(reports, answers, strict=True) if one.status_code == 201]
    assert [one["report"]["carried_out"] for one in filed["filings"]] == [won["carried_out"]]
    assert await town.damage() == []


async def test_a_summary_that_comes_before_the_end_says_so_and_may_be_followed(door: Door, clock: Clock) -> None:
    """YN-20, A-YN4."""
    town = await owing(door, clock, "yongning", YONGNING, "cement")
    printed, final = await town.one("report-summary", "season"), await town.one("report-summary", "final")
    assert [one["code"] for one in printed["conflicts"]] == ["summary_before_end"]
    assert (printed["due_at"][:10], final["due_at"], final["force"]) == ("2020-03-06", None, "offered")
    await town.waits_until(2020, 3, 5)
    refused(await town.files(final, SUMMARY), 409, "duty_not_open")
    assert (await town.files(printed, SUMMARY)).json()["filed_late"] is False
    await town.waits_until(2020, 3, 11)
    assert (await town.files(final, SUMMARY | {"up_to_day": "2020-03-10"})).status_code == 201


async def test_while_a_response_runs_every_limited_firm_reports_by_five(door: Door, clock: Clock) -> None:
    """YN-11, A-YN5, A-YN7: cement too; a captive plant whose limit no notice has set does not."""
    town = await owing(door, clock, "yongning", YONGNING, "cement")
    power, _ = await registered(town.caller, plant("POWER", YONGNING, "thermal_power"))
    await decided(town.caller, power, "yongning")
    said = {"region": YONGNING, "colour": "yellow", "from_at": "2019-12-10T09:00:00+08:00", "basis": "通知"}
    issued = await town.caller.post("/v1/warnings", json=said, headers=key() | PERSON)
    assert issued.status_code == 202, issued.text
    await town.makes()
    daily = await town.duties(duty="report-daily")
    assert {one["enterprise_id"] for one in daily} == {town.firm}
    assert [one["due_at"][:16] for one in daily] == ["2019-12-10T17:00", "2019-12-11T17:00"]
    report = {"form": "daily_execution", "stopped": [{"line": "L1"}], "reduced": []}
    refused(await town.files(daily[1], report | {"as_of": "2019-12-10T10:00:00+08:00"}), 409, "duty_not_open")
    refused(await town.files(daily[0], report | {"as_of": "2019-12-10T17:00:00+08:00"}), 422, "report_day_unfit")
    filed = await town.files(daily[0], report | {"as_of": "2019-12-10T10:00:00+08:00"})
    assert filed.json()["state"] == "filed", filed.text
    lift = {"from_at": "2019-12-10T20:00:00+08:00", "basis": "通知"}
    url = f"/v1/warnings/{issued.json()['id']}"
    headers = key() | PERSON | {"If-Match": issued.headers["ETag"]}
    assert (await town.caller.post(f"{url}/lift", json=lift, headers=headers)).status_code == 202
    await town.makes()
    assert [one["id"] for one in await town.duties(duty="report-daily")] == [daily[0]["id"]]
    (ceased,) = await town.duties(duty="report-daily", state="ceased")
    assert ceased["id"] == daily[1]["id"]


async def test_what_a_firm_owes_no_more_ceases_unless_it_is_due_or_done(huairen: Owing) -> None:
    """The plan is retired in January: what is late stays late, what is filed stays filed."""
    await huairen.waits_until(2020, 1, 3)
    await huairen.files(await huairen.one("report-monthly-firms", "2020-01"), CARRIED_OUT)
    url = f"/v1/policy-packs/huairen/versions/{shipped('huairen').version}/retirement"
    retired = await huairen.caller.post(url, json={"reason": "方案废止"}, headers=key() | PERSON)
    assert retired.status_code == 201, retired.text
    await huairen.makes()
    left = {(one["duty"], one["period"]): one["state"] for one in await huairen.duties()}
    assert left == {
        ("report-monthly-firms", "2020-01"): "filed",
        ("report-monthly", "2019-12"): "late",
        ("report-electricity", "2019-12"): "late",
    }


async def test_every_county_of_a_citys_plan_owes_its_inventory(door: Door, clock: Clock) -> None:
    """L12-46: each of the seventeen counties, to the city's office, which alone receives it."""
    await publish(door.sessions, "linfen-twelve-industries")
    city = await owing(door, clock)
    found = await city.duties(duty="duty-inventory")
    assert len(found) == 17
    assert {one["state"] for one in found} == {"late"}
    county = await door.caller(regions=("141002",), on_behalf_of=True)
    (own,) = await city.duties(county, duty="duty-inventory")
    report = {"form": "inventory", "firms": 1, "unfinished": []}
    filed = await city.files(own, report, by=county, as_=PERSON_LI)
    assert (filed.status_code, filed.json()["filed_late"]) == (201, True), filed.text
    refused(await city.says(own, "receipt", {"verdict": "confirmed"}, by=county), 403, "authority_required")
    assert (await city.says(own, "receipt", {"verdict": "confirmed"})).status_code == 201


async def test_a_report_altered_behind_everybodys_back_is_found(huairen: Owing) -> None:
    duty = await huairen.one("report-monthly-firms", "2020-01")
    await huairen.waits_until(2020, 1, 3)
    await huairen.files(duty, CARRIED_OUT)
    async with huairen.door.sessions() as session, session.begin():
        await session.execute(text("ALTER TABLE duty_filings DISABLE TRIGGER USER"))
        await session.execute(text("UPDATE duty_filings SET note = '改'"))
        await session.execute(text("UPDATE duties SET filed_at = filed_at - interval '1 day'"))
    assert await huairen.damage() == ["duty_filing_hash", "duty_state"]


@pytest.mark.parametrize("year", ["0001", "9999"])
async def test_an_instant_beyond_counting_is_refused(huairen: Owing, year: str) -> None:
    asked = {"due_from": f"{year}-01-01T00:00:00+14:00"}
    assert (await huairen.caller.get("/v1/duties", params=asked)).status_code == 422

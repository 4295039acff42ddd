"""A schedule leaves as a sheet: everything a printed list tells, to whom it may be told, and streamed."""

from typing import Any

import httpx
import pytest

from app.api import files
from app.documents.schedule_sheet import COLUMNS
from app.documents.workbook import read_csv, read_xlsx
from app.services.schedules import exporting, viewing
from tests.api.door import Door
from tests.api.foundry import Foundry, registered
from tests.api.listing import GREEN, Authority
from tests.api.listing import OF_SITE as OF_SITE_LISTED
from tests.api.listing import works as listed_works
from tests.api.packs import publish
from tests.api.scheduling import Planner, another_foundry, plant
from tests.conftest import Clock

Cells = dict[str, Any]
OF_LINE = {"fuel": "electricity", "safe_holding_load_kw": "120", "check_method": "用电量、视频"}
OF_SITE = {"trucks_per_day": "40", "national_5_share_pct": "80", "new_energy_share_pct": "12.5", "gate_system": "true"}
OF_ENTERPRISE = {
    "contact_person": "赵六", "contact_phone": "0357-0000000", "supervising_unit": "浮山分局", "supervising_person": "钱七",
    "response_plan_filing_no": "浮环备〔2019〕7号",
}  # fmt: skip


def said(facts: dict[str, str]) -> list[dict[str, str]]:
    return [{"fact": name, "value": value} for name, value in facts.items()]


def furnished() -> dict[str, Any]:
    """A foundry of which the register knows what a printed list asks."""
    body = plant()
    body["facts"] = said(OF_ENTERPRISE)
    (site,) = body["sites"]
    site["facts"] = said(OF_SITE)
    (line,) = site["lines"]
    line["facts"] += said(OF_LINE)
    line["processes"] = [{"code": "P", "name": "一车间", "kind": "melting"}]
    line["units"] = [
        {"code": f"F{n}", "name": f"{n}号炉", "kind": "induction_furnace", "process": "P", "facts": said({"unit_role": role})}
        for n, role in enumerate(("running", "running", "standby"), 1)
    ]  # fmt: skip
    body["meters"] = [
        {"code": "M0", "kind": "main", "level": "site", "subject": "S"},
        {"code": "M1", "kind": "production", "level": "line", "subject": "L"},
        {"code": "M2", "kind": "production", "level": "unit", "subject": "F1"},
        {"code": "M3", "kind": "treatment", "level": "line", "subject": "L"},
    ]
    return body


@pytest.fixture
async def planner(door: Door, clock: Clock) -> Planner:
    await publish(door.sessions, "fushan")
    return Planner(door=door, clock=clock, caller=await door.caller(regions=("141027",), on_behalf_of=True))


async def sheet(caller: httpx.AsyncClient, url: str, **params: str) -> list[Cells]:
    answer = await caller.get(f"{url}/export", params=params)
    assert answer.status_code == 200, answer.text
    header, *rows = read_csv(answer.content)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


async def test_a_row_tells_what_a_printed_list_tells(planner: Planner, door: Door, clock: Clock) -> None:
    await (await registered(door, clock, furnished())).decides()
    url = await planner.computes()
    (row,) = await sheet(planner.caller, url)
    assert row["清单类型"] == "错峰生产清单（草案）"
    assert (row["工序"], row["设备（用备）"]) == ("一车间 (熔炼)", "中频炉 2 用 1 备")
    assert (row["在用台数"], row["备用台数"], row["污染物"]) == ("2", "1", "颗粒物；氮氧化物")
    assert (row["日均运输车次"], row["国五及以上车辆占比 (%)"], row["国六车辆占比 (%)"]) == ("40", "80", "")
    assert (row["新能源车辆占比 (%)"], row["门禁视频系统"]) == ("12.5", "是")
    assert (row["核查方式"], row["生产用电表"], row["治理用电表"], row["总电表"]) == (
        "用电量、视频", "M1；M2", "M3", "M0",
    )  # fmt: skip
    assert (row["安全保温负荷 (kW)"], row["监管单位"], row["一厂一策备案编号"]) == (
        "120",
        "浮山分局",
        "浮环备〔2019〕7号",
    )
    assert "停产 30 天" in str(row["季节要求"])
    assert (row["季节停产小时"], row["颗粒物日均减排 (t/d)"]) == ("720", "0.5")
    assert "FS-28" in str(row["橙色预警措施"])
    await planner.publishes_and_serves(url)
    (row,) = await sheet(planner.caller, url)
    assert (row["清单类型"], row["版本"], row["发布依据"]) == ("错峰生产清单", "1", "县政府办公会议纪要 5 号")


async def test_contacts_and_exemptions_are_columns_only_for_those_who_may_read_them(
    planner: Planner, door: Door, clock: Clock
) -> None:
    await (await registered(door, clock, furnished())).decides()
    url = await planner.computes()
    (row,) = await sheet(planner.caller, url)
    assert (row["联系人"], row["联系电话"], row["监管责任人"]) == ("赵六", "0357-0000000", "钱七")
    (row,) = await sheet(await door.caller("schedules:read"), url)
    assert {"联系人", "联系电话", "监管责任人", "豁免标准", "豁免证据", "豁免有效至"} & row.keys() == set()
    assert not {"赵六", "0357-0000000", "钱七"} & {str(cell) for cell in row.values()}
    (row,) = await sheet(await door.caller("schedules:read", "exemptions:read"), url)
    assert ("豁免标准" in row, "联系人" in row) == (True, False)


async def test_a_listed_line_shows_its_criterion_its_papers_and_how_long(door: Door, clock: Clock) -> None:
    office = await Authority.opens(door, clock, "huairen", "140681")
    firm = await office.registers(listed_works("GREEN", "140681", "steel", own=GREEN, of_site=OF_SITE_LISTED))
    await office.decides(firm["id"])
    clock.advance(minutes=1)
    papers = [{"kind": "document", "reference": "工信部公告2019年第3号"}]
    await office.approves(firm, "HR-20", evidence=papers)
    clock.advance(minutes=1)
    assert (await office.publishes("2019-12-10")).status_code == 201
    clock.advance(minutes=1)
    planner = Planner(door=door, clock=clock, caller=await door.caller(regions=("140681",), on_behalf_of=True))
    url = await planner.computes(region="140681")
    (row,) = await sheet(planner.caller, url)
    assert str(row["豁免标准"]).startswith("HR-20 ")
    assert (row["豁免证据"], row["豁免有效至"]) == ("工信部公告2019年第3号", "2020-06-30")


async def test_a_sheet_of_many_pages_leaves_in_pieces_and_is_whole(
    planner: Planner, door: Door, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await another_foundry(door, clock)
    url = await planner.computes()
    whole = await planner.caller.get(f"{url}/export")
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    monkeypatch.setattr(files, "PIECE", 100)
    paged = await planner.caller.get(f"{url}/export")
    assert paged.content == whole.content
    assert int(paged.headers["content-length"]) == len(paged.content)
    book = await planner.caller.get(f"{url}/export", params={"format": "xlsx"}, headers={"Accept-Language": "en"})
    ((_, rows),) = read_xlsx(book.content)
    header, *lines = rows
    assert (header, len(lines)) == ([one.en for one in COLUMNS], 3)
    assert await sheet(planner.caller, url, industry="lime") == []


async def test_scenarios_are_compared_page_by_page(
    planner: Planner, door: Door, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        await another_foundry(door, clock)
    two = await planner.computes()
    third: Foundry = await another_foundry(door, clock)
    three = await planner.computes(from_day="2019-12-20")
    monkeypatch.setattr(viewing, "AT_ONCE", 1)
    ids = ",".join(url.rpartition("/")[2] for url in (two, three))
    first, second = (await planner.reads("/v1/schedules/comparison", ids=ids))["items"]
    assert (first["lines_changed"], second["lines_changed"]) == (0, 3)
    # Each of the two shared lines moves as far; the third runs normally where it is not planned.
    alone = (await planner.reads(f"{three}/lines", enterprise_id=third.id))["items"][0]["stop_days"]
    assert (second["line_days_changed"] - int(alone)) % 2 == 0

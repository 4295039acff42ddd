"""One document for one enterprise: what it is, what its class asks and lacks, when it stops, who answers, and for whom."""

from typing import Any

import httpx
import pytest

from app.documents.workbook import read_xlsx
from tests.api.door import Door
from tests.api.foundry import Foundry, registered, works
from tests.api.listing import GREEN, Authority
from tests.api.listing import OF_SITE as OF_SITE_LISTED
from tests.api.listing import works as listed_works
from tests.api.officer import PERSON, key
from tests.api.packs import LINFEN, publish
from tests.api.reporting import EVIL
from tests.api.scheduling import Planner
from tests.api.test_monthly_report import parsed
from tests.api.test_schedule_sheets import furnished
from tests.conftest import Clock

Json = dict[str, Any]


@pytest.fixture
async def plant(door: Door, clock: Clock) -> Foundry:
    await publish(door.sessions, "fushan")
    made = await registered(door, clock, furnished() | {"name": f"铸造厂{EVIL}"})
    await made.decides()
    return made


async def plan_of(caller: httpx.AsyncClient, plant: Foundry, **params: Any) -> Json:
    answer = await caller.get(f"/v1/enterprises/{plant.id}/one-plant-one-plan", params=params)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def publishes(door: Door, clock: Clock, region: str = "141027") -> None:
    caller = await door.caller(regions=(region,), on_behalf_of=True)
    planner = Planner(door=door, clock=clock, caller=caller)
    await planner.publishes_and_serves(await planner.computes(region=region))


def amounts(some: list[Json]) -> dict[str, str | None]:
    return {one["pollutant"]: one["t_d"] for one in some}


async def test_the_document_tells_everything_an_officer_looks_for(plant: Foundry, door: Door, clock: Clock) -> None:
    await publishes(door, clock)
    plan = await plan_of(plant.caller, plant)
    assert (plan["filing_no"], plan["supervising_unit"], plan["season"]) == ("浮环备〔2019〕7号", "浮山分局", 2019)
    (line,) = plan["lines"]
    assert (line["subject_id"], line["equipment"], line["processes"]) == (
        plant.line,
        "中频炉 2 用 1 备",
        "一车间 (熔炼)",
    )
    assert amounts(line["emits"]) == {"pm": "0.5", "so2": None, "nox": "2", "voc": None}
    assert (line["performance_grade"], line["stop_days"]) == ("B级", "30")
    assert "停产 30 天" in line["season_measures"]
    assert line["calendar"] == [
        "2019-12-10 00:00 – 2019-12-25 00:00 停产",
        "2020-01-01 00:00 – 2020-01-16 00:00 停产",
    ]
    assert line["calendar_clauses"].startswith("FS-")
    assert (line["checked_by"], line["production_meters"], line["treatment_meters"], line["main_meters"]) == (
        "用电量、视频", "M1；M2", "M3", "M0",
    )  # fmt: skip
    assert line["holding_load"] == "120 kW"
    assert {one["label"]: one["value"] for one in line["energy"]}["燃料"] == "电"
    assert [(one["code"], one["role"]) for one in plan["units"]] == [("F1", "用"), ("F2", "用"), ("F3", "备")]
    transport = {one["label"]: one["value"] for one in plan["sites"][0]["transport"]}
    assert (transport["国五及以上车辆占比"], transport["国六车辆占比"]) == ("80 %", "未知")


async def test_the_class_is_cited_and_a_better_one_names_what_it_needs(door: Door, clock: Clock) -> None:
    await publish(door.sessions, LINFEN)
    facts = {"deep_treatment": "not_done", "fuel": "coal", "pm_mg_m3": "35"}
    body = works("lime", **facts)
    body["sites"][0] |= {"region": "141002", "facts": [{"fact": "electricity_control_system", "value": "done"}]}
    kiln = await registered(door, clock, body | {"region": "141002"})
    await kiln.decides(LINFEN)
    (line,) = (await plan_of(kiln.caller, kiln))["lines"]
    assert "L12-" in line["season_clauses"]
    lacking = [one for one in line["lacking"] if one["stagger_class"] == "I"]
    assert "燃料 属于" in "；".join(lacking[0]["conditions"])
    assert "颗粒物 ≤ 30 mg/m3" in lacking[0]["conditions"]


async def test_a_plan_that_goes_by_grades_has_no_class_of_its_own(plant: Foundry) -> None:
    (line,) = (await plan_of(plant.caller, plant))["lines"]
    assert (line["classes"], line["performance_grade"]) == ("", "B级")
    assert line["season_clauses"].startswith("FS-")


async def test_what_a_settled_measure_keeps_back_is_a_share_of_the_normal_day(door: Door, clock: Clock) -> None:
    await publish(door.sessions, "national-grades")
    kiln = await registered(door, clock, works("cement", performance_grade="D", pm_emission_t_d="0.4"))
    await kiln.decides("national-grades")
    (line,) = (await plan_of(kiln.caller, kiln))["lines"]
    # Grade D stops under every colour, and a stopped line keeps back all it emits.
    assert [amounts(one["reduced"])["pm"] for one in line["emergency"]] == ["0.4", "0.4", "0.4"]
    assert [amounts(one["reduced"])["nox"] for one in line["emergency"]] == [None, None, None]


async def test_each_colour_has_its_measures_and_what_they_keep_back(plant: Foundry) -> None:
    (line,) = (await plan_of(plant.caller, plant))["lines"]
    found = {one["colour"]: one for one in line["emergency"]}
    assert list(found) == ["yellow", "orange", "red"]
    assert "FS-28" in found["orange"]["measures"]
    for one in found.values():
        told = amounts(one["reduced"])
        # What is not on record stays unknown, and nobody keeps back more than is emitted.
        assert (told["so2"], told["voc"]) == (None, None)
        assert told["pm"] is None or 0 <= float(told["pm"]) <= 0.5


async def test_without_a_published_schedule_no_day_is_invented(plant: Foundry) -> None:
    (line,) = (await plan_of(plant.caller, plant))["lines"]
    assert (line["stop_days"], line["calendar"], line["capacity_t_d"]) == (None, [], None)
    assert amounts(line["emits"])["pm"] == "0.5"


async def test_persons_facts_and_exemptions_are_for_those_who_may_read_them(plant: Foundry, door: Door) -> None:
    called = {
        "enterprise_id": plant.id, "role": "duty_person", "name": "孙八", "phone": "0357-1111111", "office": "安环科",
        "valid_from": "2019-11-01",
    }  # fmt: skip
    made = await plant.caller.post("/v1/contacts", json=called, headers=key() | PERSON)
    assert made.status_code == 201, made.text
    whole = await plan_of(plant.caller, plant)
    assert whole["withheld"] == []
    assert [(one["role"], one["name"], one["phone"]) for one in whole["persons"]] == [
        ("值守人 安环科", "孙八", "0357-1111111"),
        ("企业联系人", "赵六", "0357-0000000"),
        ("监管责任人", "钱七", None),
    ]
    fuel = next(one for one in whole["facts"] if one["fact"] == "fuel")
    assert (fuel["subject"], fuel["label"], fuel["value"], fuel["verified"]) == ("L 线", "燃料", "电", False)
    only = await door.caller("reports:read")
    bare = await only.get(f"/v1/enterprises/{plant.id}/one-plant-one-plan")
    assert (bare.json()["persons"], bare.json()["facts"]) == ([], [])
    assert bare.json()["withheld"] == ["facts:read", "exemptions:read", "contacts:read"]
    page = await only.get(f"/v1/enterprises/{plant.id}/one-plant-one-plan.html")
    book = await only.get(f"/v1/enterprises/{plant.id}/one-plant-one-plan.xlsx")
    cells = [str(cell) for _, rows in read_xlsx(book.content) for row in rows for cell in row]
    for person in ("孙八", "0357-1111111", "赵六", "0357-0000000", "钱七"):
        assert person not in bare.text
        assert person not in page.text
        assert not [cell for cell in cells if person in cell]
    assert any("facts:read" in cell for cell in cells)


async def test_an_exemption_names_its_criterion_and_how_long(door: Door, clock: Clock) -> None:
    office = await Authority.opens(door, clock, "huairen", "140681")
    firm = await office.registers(listed_works("GREEN", "140681", "steel", own=GREEN, of_site=OF_SITE_LISTED))
    await office.decides(firm["id"])
    clock.advance(minutes=1)
    await office.approves(firm, "HR-20", evidence=[{"kind": "document", "reference": "工信部公告2019年第3号"}])
    clock.advance(minutes=1)
    assert (await office.publishes("2019-12-10")).status_code == 201
    clock.advance(minutes=1)
    await office.decides(firm["id"])
    answer = await office.caller.get(f"/v1/enterprises/{firm['id']}/one-plant-one-plan")
    (line,) = answer.json()["lines"]
    assert (line["exemption"].split()[0], line["exempt_through"]) == ("HR-20", "2020-06-30")


async def test_the_same_instant_and_day_give_the_same_document(plant: Foundry, door: Door, clock: Clock) -> None:
    told = {"as_of": clock().isoformat(), "day": "2019-12-10"}
    clock.advance(minutes=1)
    before = [await plan_of(plant.caller, plant, **told)]
    await publishes(door, clock)
    await plant.says({"fact": "fuel", "value": "coal"})
    assert [await plan_of(plant.caller, plant, **told)] == before
    now = (await plan_of(plant.caller, plant))["lines"][0]
    assert {one["label"]: one["value"] for one in now["energy"]}["燃料"] == "煤"


async def test_the_page_and_the_workbook_say_the_same_and_run_nothing(plant: Foundry) -> None:
    url = f"/v1/enterprises/{plant.id}/one-plant-one-plan"
    answer = await plant.caller.get(f"{url}.html")
    page = parsed(answer.content)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "script" not in page.seen
    titles = [text for text in page.text if EVIL in text]
    assert f"铸造厂{EVIL}“一企一策”" in titles
    book = await plant.caller.get(f"{url}.xlsx", headers={"Accept-Language": "en"})
    sheets = {name: list(rows) for name, rows in read_xlsx(book.content)}
    assert [name.split(" ", 1)[0] for name in list(sheets)[1:4]] == ["1", "2", "3"]
    assert any("Emergency" in name for name in sheets)
    assert b"zh-CN" in answer.content


async def test_a_firm_reads_its_own_and_a_stranger_finds_nothing(plant: Foundry, door: Door) -> None:
    own = await door.caller("reports:read", regions=(), enterprise_ids=(plant.id,), region="141027")
    stranger = await door.caller("reports:read", regions=("140500",))
    for end in ("", ".html", ".xlsx"):
        url = f"/v1/enterprises/{plant.id}/one-plant-one-plan{end}"
        assert (await own.get(url)).status_code == 200
        refused = await stranger.get(url)
        assert (refused.status_code, refused.json()["code"]) == (404, "enterprise_unknown")

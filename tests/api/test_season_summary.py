"""A winter summed up by hand beside the one before: tonnes where all are known, capacity where not, else nothing."""

from typing import Any

import httpx
import pytest

from app.documents.workbook import read_csv
from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.api.reporting import COUNTY, EVIL, County, a_county
from tests.api.test_monthly_report import parsed
from tests.conftest import Clock

Json = dict[str, Any]
URL = "/v1/reports/season-summary"
WINTER: Json = {"region": COUNTY, "season": 2019}
PAPER = {"region": COUNTY, "season": 2018, "source": "县 2018—2019 年冬防总结"}


@pytest.fixture
async def county(door: Door, clock: Clock) -> County:
    """Thirty days each are planned; one served twenty of them, and the one of unknown emission ten."""
    made = await a_county(door, clock)
    await made.plans()
    made.waits_until(2020, 4, 10)
    await made.diligent.serves("2019-12-10", "2019-12-25")
    await made.diligent.serves("2020-01-01", "2020-01-06")
    await made.unknown.serves("2020-01-01", "2020-01-11")
    made.clock.advance(minutes=1)
    return made


async def records(county: County, **said: Any) -> httpx.Response:
    answer = await county.officer.post("/v1/season-records", json=PAPER | said, headers=key() | PERSON)
    county.clock.advance(minutes=1)
    return answer


def tonnes(winter: Json) -> dict[str, str | None]:
    return {one["pollutant"]: one["tonnes"] for one in winter["tonnes"]}


def air(pm: str, nox: str) -> list[Json]:
    return [{"pollutant": "pm", "tonnes": pm}, {"pollutant": "nox", "tonnes": nox}]


async def test_tonnes_are_those_of_the_schedule_and_of_the_ledger(county: County) -> None:
    total = (await county.reads("season-summary", **WINTER))["total"]
    # Two foundries of known emission, thirty days each: 2 x 30 x 0.5 t of PM and 2 x 30 x 2 t of NOx.
    assert tonnes(total["planned"]) == {"pm": "30", "so2": "0", "nox": "120", "voc": "0"}
    # One of them served twenty days: 20 x 0.5 and 20 x 2.
    assert tonnes(total["served"]) == {"pm": "10", "so2": "0", "nox": "40", "voc": "0"}
    missing = {one["pollutant"]: one["lines_without_emission"] for one in total["served"]["tonnes"]}
    assert missing == {"pm": 1, "so2": 3, "nox": 1, "voc": 3}
    # 20 + 10 line-stop days at a tonne a day each, the least of the three capacities.
    assert (total["served"]["line_stop_days"], total["served"]["stop_day_capacity_t"]) == ("30", "30")
    assert (total["planned"]["line_stop_days"], total["planned"]["lines"]) == ("90", 3)


async def test_without_a_record_of_last_winter_nothing_is_concluded(county: County) -> None:
    found = await county.reads("season-summary", **WINTER)
    total = found["total"]
    assert (found["whole_season"], found["last_day"]) == (True, "2020-03-31")
    assert (total["last_from"], total["reached"], total["compared_by"]) == ("unknown", "unknown", "none")
    assert tonnes(total["last"]) == dict.fromkeys(("pm", "so2", "nox", "voc"))
    assert {one["tonnes"] for one in total["differences"]} == {None}


async def test_where_lines_are_left_out_of_the_tonnes_capacity_is_compared(county: County) -> None:
    made = await records(county, tonnes=air("8", "30"), line_stop_days="28", stop_day_capacity_t="29.5")
    assert made.status_code == 201, made.text
    total = (await county.reads("season-summary", **WINTER))["total"]
    assert (total["last_from"], total["last_reference"]) == ("record", made.json()["id"])
    # One line's emission is not known, so neither is the difference; 30 against 29.5 decides.
    assert {one["tonnes"] for one in total["differences"]} == {None}
    assert (total["compared_by"], total["reached"]) == ("stop_day_capacity", "yes")
    await records(county, stop_day_capacity_t="30.5")
    # The later record counts, and what it leaves out is not known.
    again = (await county.reads("season-summary", **WINTER))["total"]
    assert (again["reached"], tonnes(again["last"])["pm"]) == ("no", None)


async def test_a_season_is_summed_up_to_a_day_and_says_that_it_is_not_whole(county: County) -> None:
    await records(county, stop_day_capacity_t="1")
    found = await county.reads("season-summary", **WINTER, last_day="2020-01-02")
    total = found["total"]
    assert (found["whole_season"], found["last_day"], total["reached"]) == (False, "2020-01-02", "unknown")
    # Fifteen days of December and two of January; the one of unknown emission two.
    assert (tonnes(total["served"])["pm"], total["served"]["line_stop_days"]) == ("8.5", "19")
    assert (tonnes(total["planned"])["pm"], total["planned"]["line_stop_days"]) == ("17", "51")
    page = await county.officer.get(f"{URL}.html", params=WINTER | {"last_day": "2020-01-02"})
    assert any("非全季" in text for text in parsed(page.content).text)


async def test_an_instant_before_the_end_tells_what_was_known_then(county: County) -> None:
    found = await county.reads("season-summary", **WINTER, as_of="2020-03-01T00:00:00+08:00")
    assert (found["whole_season"], tonnes(found["total"]["served"])["pm"]) == (False, "0")


async def test_an_enterprise_is_told_of_for_information_and_compared_with_nothing(county: County) -> None:
    found = await county.reads("season-summary", **WINTER)
    firms = {one["enterprise_code"]: one for one in found["enterprises"]}
    assert (tonnes(firms["F-1"]["served"])["pm"], tonnes(firms["F-2"]["served"])["pm"]) == ("10", "0")
    assert not {"reached", "last"} & firms["F-2"].keys()
    header, *rows = read_csv((await county.officer.get(f"{URL}/export", params=WINTER)).content)
    told = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    assert [one["行类型"] for one in told] == ["合计", "行业", *["企业（仅供参考）"] * 3]
    assert (told[0]["颗粒物已停减排 (t)"], told[0]["颗粒物上季减排 (t)"], told[0]["与上季相比"]) == (
        "10",
        "未知",
        "未定",
    )
    assert (told[4]["名称"], told[4]["与上季相比"], told[4]["颗粒物未登记排放的生产线"]) == (EVIL, "", "1")


async def test_an_industry_has_its_own_record(county: County) -> None:
    await records(county, industry="foundry", stop_day_capacity_t="20")
    found = await county.reads("season-summary", **WINTER)
    (foundry,) = found["industries"]
    assert (foundry["industry"], foundry["reached"], found["total"]["reached"]) == ("foundry", "yes", "unknown")


async def test_last_winter_is_read_from_what_is_stored_where_nobody_recorded_it(county: County) -> None:
    county.waits_until(2021, 4, 10)
    found = await county.reads("season-summary", **WINTER | {"season": 2020})
    assert (found["total"]["last_from"], tonnes(found["total"]["last"])["pm"]) == ("stored", "10")
    assert tonnes(found["total"]["served"]) == dict.fromkeys(("pm", "so2", "nox", "voc"))
    assert found["schedules"] == []


async def test_hours_of_subjects_nobody_scheduled_are_told_apart(county: County) -> None:
    found = await county.reads("season-summary", **WINTER)
    assert (found["unscheduled_subjects"], found["unscheduled_stop_days"], found["limited_lines"]) == (0, "0", 0)


async def test_a_record_is_a_persons_word_on_a_season_that_is_over(county: County, door: Door) -> None:
    nobody = await county.officer.post("/v1/season-records", json=PAPER | {"tonnes": air("1", "1")}, headers=key())
    assert (nobody.status_code, nobody.json()["code"]) == (403, "person_required")
    empty = await records(county)
    assert (empty.status_code, empty.json()["code"]) == (422, "season_record_empty")
    ahead = await records(county, season=2019, stop_day_capacity_t="1")
    assert (ahead.status_code, ahead.json()["code"]) == (422, "season_record_ahead")
    other = await door.lasting_caller(on_behalf_of=True, regions=("140500",))
    foreign = await other.post("/v1/season-records", json=PAPER | {"stop_day_capacity_t": "1"}, headers=key() | PERSON)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "authority_required")
    assert (await records(county, stop_day_capacity_t="1")).status_code == 201
    seen = [(await one.get("/v1/season-records")).json()["items"] for one in (county.officer, other)]
    assert [len(one) for one in seen] == [1, 0]
    assert seen[0][0]["recorded"]["person"] == "李四"


async def test_the_totals_of_a_region_are_those_of_its_schedules(county: County) -> None:
    found = await county.reads("reduction-totals", region="141000", season=2019)
    whole = {one["pollutant"]: one for one in found["total"]}
    assert (found["first_day"], found["last_day"]) == ("2019-10-21", "2020-03-31")
    # These are 163 days: 2 x 163 x 0.5 t of PM would be emitted; 30 are kept back, which are 18.40 %.
    assert (whole["pm"]["baseline_t"], whole["pm"]["reduced_t"], whole["pm"]["remaining_t"]) == ("163", "30", "133")
    shares = {one["pollutant"]: one["pct"] for one in found["shares"]}
    assert shares == {"pm": "18.4", "so2": None, "nox": "18.4", "voc": None}
    assert [(one["region"], one["lines"]) for one in found["regions"]] == [(COUNTY, 3)]
    assert {one["pollutant"]: one["lines"] for one in found["unknown"]} == {"pm": 1, "so2": 3, "nox": 1, "voc": 3}
    months = {one["month"]: {each["pollutant"]: each["reduced_t"] for each in one["tonnes"]} for one in found["months"]}
    assert (months["2019-12"]["pm"], months["2020-01"]["pm"], months["2020-02"]["pm"]) == ("15", "15", "0")
    page = await county.officer.get("/v1/reports/reduction-totals.html", params={"region": "141000", "season": 2019})
    assert any("减排汇总" in text for text in parsed(page.content).text)
    header, *rows = read_csv((await county.officer.get("/v1/reports/reduction-totals/export", params=WINTER)).content)
    total = [row for row in rows if row[0] == "合计"]
    assert (len(total), total[0][header.index("减排 (t)")]) == (4, "30")

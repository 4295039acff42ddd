"""The daily execution as of 17:00: what binds, what the meter shows by then, who acknowledged, and what is missing."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.documents.workbook import read_csv
from tests.api.complying import Supervision, a_scheduled_foundry
from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.api.test_monthly_report import parsed
from tests.conftest import Clock

Json = dict[str, Any]
TODAY = date(2020, 1, 5)
WHOLE_COUNTY = {"region": "141027", "day": str(TODAY)}
URL = "/v1/reports/daily-execution"


@pytest.fixture
async def works(door: Door, clock: Clock) -> Supervision:
    """It is ten in the morning of 5 January, and the published schedule stops the foundry from the 1st to the 15th."""
    made, _ = await a_scheduled_foundry(door, clock)
    return made


def at(clock: Clock, hour: int, minute: int = 0) -> None:
    clock.now = datetime(2020, 1, 5, hour - 8, minute, tzinfo=UTC)


async def sends_until(works: Supervision, slots: int) -> None:
    await works.sends({TODAY: [*["2"] * slots, *[""] * (96 - slots)]}, channel="F1")


async def row_of(works: Supervision, **params: Any) -> Json:
    found = await works.reads(URL, **WHOLE_COUNTY | params)
    (row,) = found["items"]
    told: Json = row
    return told


async def acknowledges(works: Supervision, door: Door) -> None:
    own = await door.lasting_caller(
        "orders:read", "orders:write", regions=(), enterprise_ids=(works.id,), region="141027", on_behalf_of=True
    )
    for order in (await own.get(f"/v1/enterprises/{works.id}/orders")).json()["items"]:
        answer = await own.post(f"/v1/orders/{order['id']}/acknowledgement", headers=key() | PERSON)
        assert answer.status_code in {201, 409}, answer.text


async def test_readings_count_up_to_17_and_as_far_as_they_were_known(works: Supervision, clock: Clock) -> None:
    at(clock, 16, 40)
    await sends_until(works, 64)
    at(clock, 17, 20)
    await sends_until(works, 69)
    at(clock, 18)
    row = await row_of(works)
    # 68 quarters of an hour end by 17:00; 64 had come by then, 2 kWh each.
    assert row["readings"] == {"meters": 1, "intervals_due": 68, "intervals_read": 64, "kwh": "128.000"}
    assert (row["stands_still"], row["verdict"]) == (True, None)
    assert "readings_missing" in row["gaps"]
    later = await row_of(works, as_of="2020-01-05T18:00:00+08:00")
    # The quarter that began at 17:00 is never in it, whenever it is asked.
    assert later["readings"] == {"meters": 1, "intervals_due": 68, "intervals_read": 68, "kwh": "136.000"}
    assert "readings_missing" not in later["gaps"]
    assert await row_of(works, as_of="2020-01-05T17:00:00+08:00") == row


async def test_before_17_the_day_is_told_only_as_far_as_somebody_asks(works: Supervision, clock: Clock) -> None:
    at(clock, 12)
    early = await works.officer.get(URL, params=WHOLE_COUNTY)
    assert (early.status_code, early.json()["code"]) == (422, "report_ahead")
    interim = await works.reads(URL, **WHOLE_COUNTY, as_of="2020-01-05T12:00:00+08:00")
    assert interim["until"].startswith("2020-01-05T12:00")
    assert interim["items"][0]["readings"] == {"meters": 1, "intervals_due": 48, "intervals_read": 0, "kwh": "0.000"}
    assert "nothing_read" in interim["items"][0]["gaps"]


async def test_who_acknowledged_after_17_had_not_acknowledged_at_17(
    works: Supervision, door: Door, clock: Clock
) -> None:
    at(clock, 17, 10)
    await acknowledges(works, door)
    at(clock, 18)
    row, total = await row_of(works), (await works.reads(URL, **WHOLE_COUNTY))["total"]
    assert [one["state"] for one in row["orders"]] == ["sent"]
    assert {"not_acknowledged", "overdue"} <= set(row["gaps"])
    assert (total["orders"], total["orders_acknowledged"], total["standing_still"]) == (1, 0, 1)
    later = await works.reads(URL, **WHOLE_COUNTY, as_of="2020-01-05T17:30:00+08:00")
    assert [one["state"] for one in later["items"][0]["orders"]] == ["acknowledged"]
    assert later["total"]["orders_acknowledged"] == 1


async def test_a_visit_that_saw_it_run_stands_beside_the_stop(works: Supervision, clock: Clock) -> None:
    at(clock, 12)
    seen = {"subject_id": works.line, "kind": "unit_running", "at": "2020-01-05T11:10:00+08:00"}
    body = {
        "from_at": "2020-01-05T11:00:00+08:00", "until_at": "2020-01-05T11:30:00+08:00", "inspectors": ["张三"],
        "findings": [seen],
    }  # fmt: skip
    answer = await works.officer.post(f"/v1/enterprises/{works.id}/inspections", json=body, headers=key() | PERSON)
    assert answer.status_code == 201, answer.text
    at(clock, 18)
    row = await row_of(works)
    assert (row["inspections"], "seen_running" in row["gaps"]) == ([answer.json()["id"]], True)


async def test_a_response_that_begins_after_17_is_first_reported_the_next_day(works: Supervision, clock: Clock) -> None:
    at(clock, 16, 50)
    body = {"region": "141027", "colour": "orange", "from_at": "2020-01-05T17:30:00+08:00", "basis": "预警令"}
    issued = await works.officer.post("/v1/warnings", json=body, headers=key() | PERSON)
    assert issued.status_code == 202, issued.text
    await works.works()
    warning = issued.json()["id"]
    at(clock, 18)
    found = await works.reads(URL, **WHOLE_COUNTY)
    assert [one["first_report_on"] for one in found["warnings"]] == ["2020-01-06"]
    # Its measures bind from 17:30 on, so the day's report has none of them.
    own = await works.reads(URL, warning_id=warning, day=str(TODAY))
    assert own["items"] == []
    clock.now = datetime(2020, 1, 6, 10, tzinfo=UTC)
    next_day = await works.reads(URL, warning_id=warning, day="2020-01-06")
    assert {one["occasion"] for row in next_day["items"] for one in row["measures"]} == {"warning"}
    assert [one["colour"] for one in next_day["warnings"]] == ["orange"]
    both = await works.reads(URL, region="141027", day="2020-01-06")
    (line,) = [one for one in both["items"] if one["place"]["subject_id"] == works.line]
    assert {one["occasion"] for one in line["measures"]} == {"warning", "schedule"}


async def test_the_day_leaves_as_a_sheet_and_on_a_page(works: Supervision, clock: Clock) -> None:
    at(clock, 16, 40)
    await sends_until(works, 64)
    at(clock, 18)
    header, *rows = read_csv((await works.officer.get(f"{URL}/export", params=WHOLE_COUNTY)).content)
    told = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    assert [one["行类型"] for one in told] == ["明细", "行业小计", "行政区小计", "合计"]
    assert (told[0]["须停产"], told[0]["零时起用电量kWh"], told[-1]["零时起用电量kWh"]) == ("1", "128.000", "128.000")
    assert told[0]["截至"] == "2020-01-05T17:00:00+08:00"
    page = await works.officer.get(f"{URL}.html", params=WHOLE_COUNTY, headers={"Accept-Language": "en"})
    assert any("stop FS-" in text for text in parsed(page.content).text)


async def test_either_a_region_or_a_warning_is_asked_for(works: Supervision, door: Door, clock: Clock) -> None:
    at(clock, 18)
    neither = await works.officer.get(URL, params={"day": str(TODAY)})
    assert (neither.status_code, neither.json()["code"]) == (422, "daily_scope_unclear")
    stranger = await door.lasting_caller("reports:read", regions=("140500",))
    assert (await stranger.get(URL, params=WHOLE_COUNTY)).json()["items"] == []

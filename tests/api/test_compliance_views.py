"""What is seen of compliance, by whom: days with other sources beside them, curves to plot, tables, thresholds."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from tests.api.complying import FIRST, GONE, RAN, TODAY, Supervision, a_supervision, acting
from tests.api.door import Door
from tests.api.officer import key
from tests.conftest import Clock


@pytest.fixture
async def works(door: Door, clock: Clock) -> Supervision:
    found = await a_supervision(door, clock)
    await found.assesses()
    return found


async def visits(works: Supervision, day: date, kind: str) -> None:
    seen = {
        "subject_id": works.site,
        "from_at": f"{day}T10:00:00+08:00",
        "until_at": f"{day}T11:00:00+08:00",
        "inspectors": ["李四", "王五"],
        "findings": [{"subject_id": works.line, "kind": kind, "at": f"{day}T10:30:00+08:00"}],
        "evidence": [{"kind": "document", "reference": "检查 7 号"}],
    }
    answer = await works.officer.post(f"/v1/enterprises/{works.id}/inspections", json=seen, headers=acting())
    assert answer.status_code == 201, answer.text


async def test_emissions_and_output_stand_beside_a_stop_and_contradict_it_or_agree(works: Supervision) -> None:
    await works.grid.registers("NOX", quantity="nox_kg", interval_minutes=1440)
    await works.grid.registers("OUT", quantity="output_t", interval_minutes=1440)
    quiet, busy = RAN - timedelta(days=3), RAN - timedelta(days=2)
    rows = "".join(f"NOX,{day}T00:00:00+08:00,{value}\n" for day, value in ((quiet, 0), (busy, 12.5), (RAN, 30)))
    rows += f"OUT,{RAN}T00:00:00+08:00,80\n"
    await works.grid.lands("channel,at,value\n" + rows)
    told = await works.verdicts()
    said = {day: [(one["kind"], one["says"]) for one in told[str(day)]["crosses"]] for day in (quiet, busy, RAN)}
    assert said == {
        quiet: [("emission", "agrees")],
        busy: [("emission", "contradicts")],
        RAN: [("emission", "agrees"), ("output", "agrees")],
    }
    # What contradicts calls for a person, and changes no verdict.
    assert (told[str(busy)]["verdict"], told[str(busy)]["look"]) == ("compliant", True)
    assert told[str(RAN)]["crosses"][1]["numbers"] == {"output_t": "80.00"}


async def test_the_curve_is_ready_to_plot_beside_what_was_allowed(works: Supervision) -> None:
    first, last = RAN, GONE
    found = await works.reads(f"/v1/enterprises/{works.id}/load", **{"from": str(first), "to": str(last)})
    (meter,) = found["meters"]
    slots = 96 * ((last - first).days + 1)
    arrays = ("used_wh", "allowed_wh", "usual_wh", "judged", "estimated")
    assert {name: len(meter[name]) for name in arrays} == dict.fromkeys(arrays, slots)
    assert meter["used_wh"][38:42] == [2_000, 2_000, 100_000, 100_000]
    assert meter["allowed_wh"][40] == 25_000
    assert meter["usual_wh"][40] == 100_000
    assert meter["used_wh"][-96:] == [None] * 96
    assert all(meter["judged"])


async def test_the_monthly_table_tells_how_much_of_the_month_it_covers(works: Supervision) -> None:
    url = "/v1/regions/141000/electricity"
    (row,) = (await works.reads(url, month="2019-11"))["items"]
    assert (row["enterprise_code"], row["meter_code"], row["days"], row["whole_days"]) == ("W", "E1", 30, 28)
    read = 28 * 96 + 90
    assert (row["intervals"], row["intervals_read"], row["complete_pct"]) == (2880, read, "96.45")
    assert row["total_kwh"] == f"{read * 2 + 56 * 98}.000"
    assert (row["peak_day"], row["peak_kwh"]) == (str(RAN), f"{40 * 2 + 56 * 100}.000")
    csv = await works.officer.get(f"{url}/export", params={"month": "2019-11"})
    assert csv.headers["content-type"].startswith("text/csv")
    head, line = csv.content.decode("utf-8-sig").splitlines()
    assert head.startswith("月份,")
    assert f",{row['complete_pct']},28,{row['total_kwh']}," in line
    book = await works.officer.get(f"{url}/export", params={"month": "2019-11", "format": "xlsx"})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [str(one) for one in sheet[1]][3] == "某厂"


async def test_verdicts_are_seen_by_the_region_and_the_enterprise_and_by_nobody_else(
    door: Door, works: Supervision
) -> None:
    one = (await works.findings())[0]
    urls = [
        f"/v1/compliance-findings/{one['id']}",
        f"/v1/enterprises/{works.id}/compliance?from={FIRST}&to={RAN}",
        f"/v1/enterprises/{works.id}/load?from={FIRST}&to={FIRST}",
    ]
    seeing = {"compliance:read", "compliance:write", "violations:write"}
    own = await door.lasting_caller(*seeing, regions=(), enterprise_ids=(works.id,), region="141000")
    other = await door.lasting_caller(*seeing, regions=("140500",))
    # The power company sends the readings and learns no verdict.
    source = await door.lasting_caller(*seeing, regions=(), sources=("grid",), region="141000")
    for url in urls:
        assert (await own.get(url)).status_code == 200, url
        assert [(await each.get(url)).status_code for each in (other, source)] == [404, 404], url
    for each, count in ((own, 3), (other, 0), (source, 0)):
        assert len((await each.get("/v1/compliance-findings")).json()["items"]) == count
        body = {"enterprise_id": works.id, "from_day": str(FIRST), "until_day": str(RAN)}
        started = await each.post("/v1/compliance-runs", json=body, headers=key())
        # An enterprise does not assess itself.
        assert started.status_code == (403 if count else 404)
    table = (await own.get("/v1/regions/141000/electricity", params={"month": "2019-11"})).json()["items"]
    assert [row["enterprise_code"] for row in table] == ["W"]
    assert (await source.get("/v1/regions/141000/electricity", params={"month": "2019-11"})).json()["items"] == []
    accused = {"pack": "small-town", "claims": [{"fact": "violation_kind", "value": "data_fraud"}]}
    answer = await other.post(f"{urls[0]}/violation", json=accused, headers=key())
    assert answer.status_code == 403
    sender = await works.grid.sender.get("/v1/compliance-findings")
    assert (sender.status_code, sender.json()["code"]) == (403, "missing_scope")


async def test_findings_are_narrowed_and_come_in_pages(works: Supervision) -> None:
    page = await works.reads("/v1/compliance-findings", limit=2, region="141027")
    rest = await works.reads("/v1/compliance-findings", limit=2, region="141027", cursor=page["next_cursor"])
    told = [one["day"] for one in (*page["items"], *rest["items"])]
    assert told == sorted(told)
    assert (len(told), rest["next_cursor"]) == (3, None)
    narrowed: list[tuple[dict[str, Any], int]] = [
        ({"verdict": "suspected"}, 1),
        ({"look": True}, len([one for one in (*page["items"], *rest["items"]) if one["look"]])),
        ({"from": str(GONE)}, 1),
        ({"to": str(RAN)}, 1),
        ({"check": "cut_day"}, 0),
        ({"region": "140500"}, 0),
        ({"subject_id": works.line}, 0),
    ]
    assert [len(await works.findings(**wanted)) for wanted, _ in narrowed] == [count for _, count in narrowed]


async def test_thresholds_are_versions_with_a_source_and_a_run_names_its_own(works: Supervision) -> None:
    body = {
        "version": "linfen/1",
        "changes": [
            {"name": "run_minutes", "value": 900},
            {"name": "stop_main_pct", "value": 90},
            {"name": "burst_pct", "value": 100},
        ],
        "source": "临汾市用电监控实施细则",
        "confirm": "市生态环境局",
    }
    alone = await works.officer.post("/v1/compliance-thresholds", json=body, headers=key())
    assert (alone.status_code, alone.json()["code"]) == (403, "person_required")
    made = await works.officer.post("/v1/compliance-thresholds", json=body, headers=acting())
    assert made.status_code == 201, made.text
    grants: list[dict[str, Any]] = [
        {"regions": (), "enterprise_ids": (works.id,)},
        {"regions": ("141000",), "enterprise_ids": (works.id,)},
        {"regions": ("141000",), "sources": ("grid",)},
        {"regions": ()},
    ]
    for own in grants:
        other = await works.door.caller(on_behalf_of=True, **own)
        answer = await other.post("/v1/compliance-thresholds", json=body | {"version": "own/1"}, headers=acting())
        assert (answer.status_code, answer.json()["code"]) == (403, "officer_required"), own
    again = await works.officer.post("/v1/compliance-thresholds", json=body, headers=acting())
    assert (again.status_code, again.json()["code"]) == (409, "thresholds_taken")
    versions = (await works.reads("/v1/compliance-thresholds"))["items"]
    told = {one["version"]: {each["name"]: each for each in one["values"]} for one in versions}
    assert set(told) == {"published/1", "linfen/1"}
    assert (told["published/1"]["stop_main_pct"]["source"], told["linfen/1"]["stop_main_pct"]["value"]) == ("F46", 90)
    assert told["linfen/1"]["run_minutes"]["source"] == body["source"]
    nowhere = await works.asks(thresholds="nowhere/1")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "thresholds_unknown")
    before = await works.verdicts()
    await works.assesses(thresholds="linfen/1")
    # Fourteen hours of running are fewer than fifteen, three fifths of the usual day less than nine tenths, and what
    # is usual is no burst.
    now = await works.verdicts()
    changed = [each for one in await works.outbox("verdict.changed") for each in one["data"]["days"]]
    assert {one["day"]: (one["before"], one["now"]) for one in changed} == {
        day: (before[day]["verdict"], now[day]["verdict"])
        for day in now
        if now[day]["verdict"] != before[day]["verdict"]
    }
    assert (before[str(RAN)]["verdict"], now[str(RAN)]["verdict"]) == ("suspected", "compliant")
    assert await works.findings(check="stop", verdict="suspected") == []
    assert await works.damage() == []


async def test_thresholds_are_there_before_anything_is_assessed_and_reading_them_writes_nothing(door: Door) -> None:
    reader = await door.caller("compliance:read")
    async with door.sessions() as session:
        count = text("SELECT count(*) FROM compliance_thresholds")
        before = await session.scalar(count)
        versions = (await reader.get("/v1/compliance-thresholds")).json()["items"]
        assert await session.scalar(count) == before == 1
    assert [(one["version"], one["published"]["client_id"]) for one in versions] == [("published/1", "system")]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"region": "141000"}, "compliance_scope_unclear"),
        ({"enterprise_id": None}, "compliance_scope_unclear"),
        ({"season": 2019}, "compliance_scope_unclear"),
        ({"until_day": None}, "compliance_scope_unclear"),
        ({"until_day": str(FIRST)}, "compliance_days_invalid"),
        ({"until_day": str(TODAY + timedelta(days=1))}, "compliance_days_invalid"),
        ({"baseline": {"from_day": str(FIRST), "until_day": str(FIRST)}}, "baseline_invalid"),
    ],
)
async def test_a_run_that_does_not_hold_together_is_refused(
    works: Supervision, wanted: dict[str, Any], code: str
) -> None:
    answer = await works.asks(**wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_season_is_assessed_as_far_as_it_is_over(works: Supervision) -> None:
    result = await works.assesses(season=2019, from_day=None, until_day=None)
    assert sum(result["days"].values()) == (TODAY - date(2019, 10, 1)).days


async def test_an_inspection_that_saw_it_running_contradicts_the_meter(works: Supervision) -> None:
    day = RAN - timedelta(days=1)
    await visits(works, day, "unit_running")
    one = (await works.verdicts())[str(day)]
    assert [(each["kind"], each["says"], each["ran"]) for each in one["crosses"]] == [
        ("inspection", "contradicts", True)
    ]
    assert (one["verdict"], one["look"]) == ("compliant", True)

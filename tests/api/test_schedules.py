"""Schedules over HTTP: computed as scenarios, seen by whom they concern, compared, and refused whole when they break."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, table

from app.documents.workbook import read_csv, read_xlsx
from app.domain.schedules.planning.plan import plan
from app.domain.schedules.problem import Problem, Schedule
from app.jobs.compute_schedule import Heard
from tests.api.door import Door
from tests.api.foundry import Foundry
from tests.api.officer import key
from tests.api.scheduling import Planner, a_foundry, another_foundry, nothing
from tests.conftest import Clock


@pytest.fixture
async def foundry(door: Door, clock: Clock) -> Foundry:
    return await a_foundry(door, clock)


@pytest.fixture
async def planner(door: Door, clock: Clock, foundry: Foundry) -> Planner:
    return Planner(door=door, clock=clock, caller=await door.caller(regions=("141027",), on_behalf_of=True))


async def rows(door: Door, *names: str) -> list[int]:
    async with door.sessions() as session:
        return [await session.scalar(select(func.count()).select_from(table(name))) or 0 for name in names]


async def test_a_schedule_tells_how_good_it_is_and_who_stops_when_on_which_clause(
    planner: Planner, foundry: Foundry
) -> None:
    url = await planner.computes()
    answer = await planner.caller.get(url)
    one = answer.json()
    assert (one["state"], one["number"], answer.headers["ETag"]) == ("draft", None, '"1"')
    assert (one["lines"], one["enterprises"], one["from_day"]) == (1, 1, "2019-12-10")
    assert [pack["name"] for pack in one["packs"]] == ["fushan"]
    assert one["stages"][0] == {"name": "peak_preferred", "value": "2.5", "bound": "1.25", "gap_pct": "100"}
    (line,) = (await planner.reads(f"{url}/lines"))["items"]
    assert (line["line_id"], line["stop_days"]) == (foundry.line, "30")
    first = line["stretches"][0]
    assert (first["from_at"][:10], first["until_at"][:10], first["text"]) == ("2019-12-10", "2019-12-25", "停产")
    assert first["clauses"][0]["pack"] == "fushan"
    assert first["clauses"][0]["citations"][0]["provision"].startswith("FS-")


async def test_the_operation_tells_the_step_and_the_gap(planner: Planner) -> None:
    done = await planner.finished()
    assert (done["done"], done["total"]) == (4, 4)
    assert done["stage"] == {"name": "peak", "done": 0, "of": 1, "gap_pct": "12.5"}


async def test_tonnes_are_told_by_day_month_and_industry_against_a_named_baseline(planner: Planner) -> None:
    url = await planner.computes()
    found = await planner.reads(f"{url}/tonnes")
    assert (found["baseline"]["kind"], found["lines"], found["stop_days"]) == ("normal_day", 1, "30")
    nox = next(one for one in found["total"] if one["pollutant"] == "nox")
    assert nox["reduced_t"] == "60"
    assert float(nox["baseline_t"]) == 2 * len(found["days"])
    day = next(one for one in found["days"] if one["day"] == "2019-12-10")
    assert [(one["pollutant"], one["reduced_t"]) for one in day["tonnes"]] == [
        ("pm", "0.5"), ("so2", "0"), ("nox", "2"), ("voc", "0"),
    ]  # fmt: skip
    months = {one["month"]: one["tonnes"][2]["reduced_t"] for one in found["months"]}
    assert months["2019-12"] == "30"
    assert [one["industry"] for one in found["industries"]] == ["foundry"]
    assert [(one["pollutant"], one["lines"]) for one in found["unknown"]][1] == ("so2", 1)
    assert (await planner.reads(f"{url}/tonnes", industry="lime"))["lines"] == 0


async def test_an_enterprise_reads_its_part(planner: Planner, foundry: Foundry) -> None:
    url = await planner.computes()
    part = await planner.reads(f"{url}/enterprises/{foundry.id}")
    assert ([one["line_id"] for one in part["lines"]], part["stop_days"]) == ([foundry.line], "30")
    assert part["tonnes"][0] == part["tonnes"][0] | {"pollutant": "pm", "reduced_t": "15"}


async def test_scenarios_stand_side_by_side(planner: Planner) -> None:
    now, later = await planner.computes(), await planner.computes(name="方案乙", from_day="2019-12-20")
    found = await planner.reads(
        "/v1/schedules/comparison", ids=",".join(url.rpartition("/")[2] for url in (now, later))
    )
    first, second = found["items"]
    assert (first["lines_changed"], first["line_days_changed"]) == (0, 0)
    assert (second["schedule"]["name"], second["lines_changed"]) == ("方案乙", 1)
    # Ten days are stopped by the one alone, three by the other alone, and the second phase is the same.
    assert second["line_days_changed"] > 10
    refused = await planner.caller.get("/v1/schedules/comparison", params={"ids": now.rpartition("/")[2]})
    assert (refused.status_code, refused.json()["code"]) == (422, "schedule_comparison_unclear")


async def test_lines_come_in_pages_and_by_filter(planner: Planner, door: Door, clock: Clock) -> None:
    other = await another_foundry(door, clock)
    url = await planner.computes()
    first = await planner.reads(f"{url}/lines", limit=1)
    second = await planner.reads(f"{url}/lines", limit=1, cursor=first["next_cursor"])
    assert [one["items"][0]["position"] for one in (first, second)] == [0, 1]
    assert second["next_cursor"] is None
    for wanted, count in ({"enterprise_id": other.id}, 1), ({"region": "141000"}, 2), ({"industry": "lime"}, 0):
        assert len((await planner.reads(f"{url}/lines", **wanted))["items"]) == count


async def test_a_schedule_leaves_as_a_sheet_in_the_layout_of_lists(planner: Planner) -> None:
    url = await planner.computes()
    csv = await planner.caller.get(f"{url}/export")
    assert csv.headers["content-type"].startswith("text/csv")
    header, line = list(read_csv(csv.content))
    cells = dict(zip(header, line, strict=True))
    assert (cells["清单"], cells["企业名称"], cells["行业标签"], cells["绩效等级"], cells["停产天数"]) == (
        "方案甲", "铸造厂", "foundry", "B级", "30",
    )  # fmt: skip
    assert str(cells["季节措施"]).startswith("2019-12-10 00:00 – 2019-12-25 00:00 停产")
    assert (cells["氮氧化物减排 (t)"], cells["二氧化硫减排 (t)"]) == ("60", "未知")
    book = await planner.caller.get(f"{url}/export", params={"format": "xlsx"}, headers={"Accept-Language": "en"})
    ((name, sheet),) = read_xlsx(book.content)
    assert (name, len(list(sheet))) == ("schedule", 2)


async def test_a_draft_is_seen_by_who_looks_after_its_region_and_by_no_enterprise(
    planner: Planner, door: Door, foundry: Foundry
) -> None:
    url = await planner.computes()
    seen = {}
    for regions in (("141000",), ("141027",), ("141002",)):
        other = await door.caller(regions=regions)
        seen[regions[0]] = [(await other.get(f"{url}{more}")).status_code for more in ("", "/lines", "/tonnes")]
        assert len((await other.get("/v1/schedules")).json()["items"]) == (seen[regions[0]][0] == 200)
    assert seen == {"141000": [200] * 3, "141027": [200] * 3, "141002": [404] * 3}
    own = await door.caller(regions=(), enterprise_ids=(foundry.id,))
    assert (await own.get(url)).json()["code"] == "schedule_unknown"
    assert (await own.get("/v1/schedules/comparison", params={"ids": f"{url[-36:]},{foundry.id}"})).status_code == 404


async def test_an_enterprise_computes_for_itself(planner: Planner, door: Door, clock: Clock, foundry: Foundry) -> None:
    await another_foundry(door, clock)
    own = await door.caller(regions=(), enterprise_ids=(foundry.id,))
    mine = Planner(door=door, clock=clock, caller=own)
    url = await mine.computes(region=None, enterprise_id=foundry.id)
    one = await mine.reads(url)
    assert (one["enterprise_id"], one["region"], one["lines"]) == (foundry.id, "141027", 1)
    assert (await planner.reads(url))["id"] == one["id"]
    assert (await (await door.caller(regions=("141002",))).get(url)).status_code == 404


async def test_the_planner_itself_plans_what_the_checker_passes(planner: Planner, door: Door, clock: Clock) -> None:
    await another_foundry(door, clock)
    planner.plan = plan
    url = await planner.computes(
        settings={"floors": [{"pollutant": "nox", "month": 12, "tonnes": "30", "why": "补偿供暖"}]}
    )
    stages = {one["name"]: one for one in (await planner.reads(url))["stages"]}
    assert list(stages) == ["peak_preferred", "tonnes_preferred", "peak_outside", "restarts", "changes"]
    assert [one["stop_days"] for one in (await planner.reads(f"{url}/lines"))["items"]] == ["30", "30"]
    assert stages["peak_preferred"]["gap_pct"] is not None


async def test_what_cannot_be_kept_is_told_by_line_and_clause_with_a_way_out(planner: Planner, door: Door) -> None:
    planner.plan = plan
    wanted = {"pollutant": "nox", "month": 12, "tonnes": "5000", "why": "补偿供暖"}
    done = await planner.finished(settings={"floors": [wanted]})
    assert (done["state"], done["problem"]["code"]) == ("failed", "schedule_impossible")
    told = {one["code"]: one["detail"] for one in done["problem"]["errors"]}
    assert "补偿供暖" in told["contradicts"]
    assert told["relaxation"].startswith("可放宽")
    assert await rows(door, "schedules") == [0]


async def test_a_schedule_that_breaks_a_requirement_is_not_stored(planner: Planner, door: Door) -> None:
    planner.plan = nothing
    done = await planner.finished()
    assert (done["state"], done["problem"]["code"]) == ("failed", "schedule_breached")
    first = done["problem"]["errors"][0]
    assert (first["code"], "应停 360 小时" in first["detail"]) == ("stop_hours", True)
    assert await rows(door, "schedules", "schedule_lines") == [0, 0]


async def test_a_cancelled_computation_leaves_nothing(busy_door: Door, clock: Clock) -> None:
    await a_foundry(busy_door, clock)
    officer = await busy_door.caller(on_behalf_of=True)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def endless(problem: Problem, hear: Heard) -> Schedule:
        """Until nobody waits any more."""
        while True:
            hear("peak", 0, 1, None)
            loop.call_soon_threadsafe(told.set)

    planner = Planner(door=busy_door, clock=clock, caller=officer, plan=endless)
    operation = (await planner.asks()).headers["location"]
    working = asyncio.create_task(planner.works())
    await told.wait()
    assert (await officer.post(f"{operation}/cancel")).status_code == 202
    await working
    found = (await officer.get(operation)).json()
    assert (found["state"], found["stage"]["name"]) == ("cancelled", "peak")
    assert await rows(busy_door, "schedules", "schedule_lines") == [0, 0]


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "nobody": ({"region": None}, 422, "schedule_scope_unclear"),
    "a day of another season": ({"from_day": "2021-01-01"}, 422, "from_day_outside_season"),
    "an unknown plan": ({"packs": ["nowhere"]}, 404, "pack_unknown"),
    "a region of somebody else": ({"region": "140581"}, 403, "authority_required"),
    "a base that is not published": (
        {"based_on": "01890000-0000-7000-8000-000000000000"}, 409, "schedule_base_not_published",
    ),
    "tonnes below zero": (
        {"settings": {"floors": [{"pollutant": "pm", "tonnes": "-1", "why": "x"}]}}, 422, "validation_failed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
async def test_what_cannot_be_asked_is_refused_and_queued_for_nobody(what: str, planner: Planner, door: Door) -> None:
    changes, status, code = REFUSED[what]
    answer = await planner.asks(**changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await rows(door, "operations") == [0]


async def test_asking_reading_and_publishing_need_their_scopes(planner: Planner, door: Door) -> None:
    url = await planner.computes()
    reader = await door.caller("schedules:read")
    body = {"name": "x", "season": 2019, "region": "141027"}
    for path, sent in (("/v1/schedules", body), (f"{url}/publication", {"basis": "x"})):
        refused = await reader.post(path, json=sent, headers=key() | {"If-Match": '"1"'})
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    asker = await door.caller("schedules:write")
    assert (await asker.get("/v1/schedules")).status_code == 403

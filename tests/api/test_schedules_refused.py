"""Schedules over HTTP that cannot be: refused with the exact rows, and nothing half of them is left."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, table

from app.domain.schedules.planning.plan import plan
from tests.api.door import Door
from tests.api.foundry import registered
from tests.api.packs import publish
from tests.api.scheduling import EMITTED, Planner
from tests.conftest import Clock

Json = dict[str, Any]


@pytest.fixture
async def planner(door: Door, clock: Clock) -> Planner:
    await publish(door.sessions, "fushan")
    caller = await door.caller(regions=("141027",), on_behalf_of=True)
    return Planner(door=door, clock=clock, caller=caller, plan=plan)


def facts(**known: str) -> list[Json]:
    return [{"fact": name, "value": value} for name, value in known.items()]


def works(*lines: Json, **site: str) -> Json:
    made = {"code": "S", "name": "厂区", "region": "141027", "lines": list(lines), "facts": facts(**site)}
    return {"code": f"F-{uuid4()}", "name": "铸造厂", "region": "141027", "sites": [made]}


def line(number: int, industry: str = "foundry", **known: str) -> Json:
    return {"code": f"L{number}", "name": f"{number}号线", "industry": industry, "facts": facts(**known)}


async def registers(planner: Planner, body: Json) -> tuple[str, str, list[str]]:
    """The enterprise, its site and its lines."""
    foundry = await registered(planner.door, planner.clock, body)
    made = (await foundry.caller.get(f"/v1/enterprises/{foundry.id}")).json()
    return foundry.id, made["sites"][0]["id"], [one["id"] for one in made["sites"][0]["lines"]]


async def refused(planner: Planner, code: str, **asked: Any) -> list[tuple[str, str]]:
    """The rows of a computation that fails, which leaves neither a schedule nor a line of one."""
    done = await planner.finished(**asked)
    assert (done["state"], done["problem"]["code"]) == ("failed", code), done
    async with planner.door.sessions() as session:
        for name in ("schedules", "schedule_lines"):
            assert await session.scalar(select(func.count()).select_from(table(name))) == 0
    return [(one["pointer"], one["code"]) for one in done["problem"]["errors"]]


async def test_lines_that_have_to_be_weighed_without_a_capacity_are_named_one_by_one(planner: Planner) -> None:
    graded = {"performance_grade": "C"} | EMITTED
    known = line(1, "foundry_pig_iron", **graded, capacity_eia="365000")
    unknown = [line(number, "foundry_pig_iron", **graded) for number in (2, 3)]
    enterprise, _, (_, *lines) = await registers(planner, works(known, *unknown))
    rows = await refused(planner, "schedule_register_insufficient")
    assert rows == [(f"/enterprises/{enterprise}/subjects/{one}/facts/capacity_eia", "fact_needed") for one in lines]


async def test_a_heat_duty_beyond_all_that_carries_it_is_named_with_its_site(planner: Planner) -> None:
    lines = [line(number, performance_grade="C", heat_output_mw="20", **EMITTED) for number in (1, 2)]
    _, site, _ = await registers(planner, works(*lines, residential_heat="true", heat_duty_mw="50"))
    rows = await refused(planner, "schedule_invalid")
    assert rows == [(f"/requirements/heat~1{site}/needed_mw", "heat_duty_impossible")]


async def test_a_heat_duty_that_the_stops_break_is_told_by_line_and_clause_and_gives_way_last(planner: Planner) -> None:
    lines = [line(number, performance_grade="C", heat_output_mw="20", **EMITTED) for number in (1, 2)]
    _, site, ids = await registers(planner, works(*lines, residential_heat="true", heat_duty_mw="20"))
    done = await planner.finished(from_day="2019-11-01")
    assert (done["state"], done["problem"]["code"]) == ("failed", "schedule_impossible"), done
    errors = done["problem"]["errors"]
    contradicts = [one for one in errors if one["code"] == "contradicts"]
    assert len(contradicts) == 3
    assert {name for name in ids if any(name in one["pointer"] for one in contradicts)} == set(ids)
    assert all("FS-16" in one["detail"] for one in contradicts if site not in one["pointer"])
    ways = [one for one in errors if one["code"] == "relaxation"]
    assert [site in one["pointer"] for one in ways] == [False, False, True]
    assert [one["detail"].split("：")[0] for one in ways] == ["可放宽 696 h", "可放宽 696 h", "可放宽 20 MW"]


async def test_what_an_officer_concedes_falls_short_by_the_least_and_the_schedule_says_so(planner: Planner) -> None:
    lines = [line(number, performance_grade="C", heat_output_mw="20", **EMITTED) for number in (1, 2)]
    await registers(planner, works(*lines, residential_heat="true", heat_duty_mw="20"))
    refused = await planner.finished(from_day="2019-11-01")
    way = next(one for one in refused["problem"]["errors"] if one["code"] == "relaxation")
    requirement = way["pointer"].rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    asked = [{"requirement": requirement, "why": "供暖优先，县政府同意"}]
    url = await planner.computes(from_day="2019-11-01", settings={"concessions": asked})
    one = await planner.reads(url)
    assert one["settings"]["concessions"] == asked
    (note,) = (each for each in one["notes"] if each["kind"] == "conceded")
    assert "供暖优先，县政府同意" in note["text"]
    assert note["text"].startswith("已放宽 ")


async def test_a_concession_of_something_that_is_not_asked_is_refused_with_its_row(planner: Planner) -> None:
    await registers(planner, works(line(1, performance_grade="C", **EMITTED)))
    done = await planner.finished(settings={"concessions": [{"requirement": "fushan/FS-99/x", "why": "误"}]})
    assert done["problem"]["code"] == "schedule_concession_unknown"
    assert [one["pointer"] for one in done["problem"]["errors"]] == ["/settings/concessions/0/requirement"]


@pytest.mark.parametrize("known", ["pm_emission_t_d", "capacity_eia"])
async def test_tonnes_below_zero_are_refused_with_the_fact(planner: Planner, known: str) -> None:
    body = works(line(1, performance_grade="C", **{known: "-1"}))
    answer = await planner.caller.post("/v1/enterprises", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/sites/0/lines/0/facts/1/value"]


async def test_a_target_below_zero_is_refused_with_its_row(planner: Planner) -> None:
    floors = [{"pollutant": "pm", "tonnes": tonnes, "why": "补偿供暖"} for tonnes in ("1", "-1")]
    answer = await planner.asks(settings={"floors": floors})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/settings/floors/1/tonnes"]


async def test_windows_outside_the_season_are_refused_with_their_rows(planner: Planner) -> None:
    _, _, (mill,) = await registers(planner, works(line(1, performance_grade="C", **EMITTED)))
    wishes = [
        {"line_id": mill, "from_at": f"{first}T00:00:00+08:00", "until_at": f"{until}T00:00:00+08:00"}
        for first, until in [
            ("2019-12-20", "2019-12-30"),
            ("2019-06-20", "2019-07-10"),
            ("2020-06-20", "2020-07-10"),
            ("2020-01-20", "2020-01-10"),
        ]
    ]
    answer = await planner.asks(settings={"wishes": wishes})
    assert (answer.status_code, answer.json()["code"]) == (422, "schedule_wish_outside_season")
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/settings/wishes/1/from_at", "outside_season"),
        ("/settings/wishes/2/until_at", "outside_season"),
        ("/settings/wishes/3/until_at", "not_later"),
    ]


async def test_a_target_for_a_month_nothing_is_planned_in_is_refused_with_its_row(planner: Planner) -> None:
    await registers(planner, works(line(1, performance_grade="C", **EMITTED)))
    floors = [{"pollutant": "pm", "tonnes": "1", "month": month, "why": "补偿供暖"} for month in (1, 6)]
    rows = await refused(planner, "schedule_invalid", settings={"floors": floors})
    assert rows == [("/requirements/target~11~1pm/period", "period_outside")]


async def test_the_same_computed_twice_has_the_same_hash(planner: Planner) -> None:
    for number, grade in enumerate("BCB"):
        await registers(planner, works(line(number, performance_grade=grade, **EMITTED)))
    first, second = [await planner.reads(await planner.computes(from_day="2019-11-01")) for _ in range(2)]
    assert first["id"] != second["id"]
    assert (first["hash"], first["problem_hash"]) == (second["hash"], second["problem_hash"])

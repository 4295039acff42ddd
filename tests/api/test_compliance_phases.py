"""Cuts by time over a phase, at the door: a real plan computed and published, curves, how it stands, what it came to."""

from datetime import UTC, date, datetime
from typing import Any

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.complying import RUNNING, STANDING, Supervision, days
from tests.api.door import Door
from tests.api.feeding import a_grid
from tests.api.foundry import registered, works
from tests.api.packs import publish
from tests.api.scheduling import Planner
from tests.conftest import Clock

Json = dict[str, Any]
BASE, FIRST, UNTIL = date(2019, 7, 23), date(2019, 10, 21), date(2020, 1, 1)


class RealPlanner(Planner):
    """With the planner that the service itself plans with."""

    async def works(self) -> None:
        await Worker(sessions=self.door.sessions, clock=self.clock, handlers=HANDLERS).drain()


def iron_works() -> Json:
    """Two blast furnaces for foundry iron of grade C on one site, each with its meter: together they are cut by half."""
    facts = {
        "performance_grade": "C",
        "capacity_eia": "365000",
        "capacity_permit": "365000",
        "output_previous_year": "365000",
        "pm_emission_t_d": "0.5",
        "nox_emission_t_d": "2",
    }
    body = works("foundry_pig_iron", **facts)
    (site,) = body["sites"]
    (line,) = site["lines"]
    site["lines"] = [line | {"code": "L1", "name": "一号高炉"}, line | {"code": "L2", "name": "二号高炉"}]
    meters = [{"code": f"E{n}", "kind": "main", "level": "line", "subject": f"L{n}"} for n in (1, 2)]
    return body | {"meters": meters}


async def scheduled(door: Door, clock: Clock) -> tuple[Supervision, dict[str, list[Json]]]:
    """The works under its published schedule, and by channel the stretches in which its line stops."""
    await publish(door.sessions, "fushan")
    clock.now = datetime(2019, 10, 10, 2, tzinfo=UTC)
    iron = await registered(door, clock, iron_works())
    await iron.decides()
    planner = RealPlanner(door=door, clock=clock, caller=await door.lasting_caller(on_behalf_of=True))
    schedule = await planner.computes()
    await planner.publishes_and_serves(schedule)
    clock.now = datetime(2020, 1, 5, 2, tzinfo=UTC)
    grid = await a_grid(door, clock, keys=())
    grid.officer = await door.lasting_caller(on_behalf_of=True)
    grid.enterprise = (await grid.officer.get(f"/v1/enterprises/{iron.id}")).json()
    planned = {one["line_id"]: one["stretches"] for one in (await planner.reads(f"{schedule}/lines"))["items"]}
    stops: dict[str, list[Json]] = {}
    for number, (meter, line) in enumerate(
        zip(grid.enterprise["meters"], grid.enterprise["sites"][0]["lines"], strict=True), start=1
    ):
        await grid.registers(f"F{number}", meter_id=meter["id"])
        stops[f"F{number}"] = planned.get(line["id"], [])
    return Supervision(door=door, clock=clock, grid=grid), stops


def stands(stretches: list[Json], day: date) -> bool:
    at = f"{day}T12:00:00+08:00"
    return any(one["from_at"] <= at < one["until_at"] for one in stretches)


async def test_a_cut_by_time_is_told_as_it_stands_and_judged_once_its_phase_is_over(
    busy_door: Door, clock: Clock
) -> None:
    works, stops = await scheduled(busy_door, clock)
    assert any(stops.values())
    for channel, stretches in stops.items():
        await works.sends(dict.fromkeys(days(BASE, FIRST), RUNNING), channel=channel)
        season = {day: STANDING if stands(stretches, day) else RUNNING for day in days(FIRST, UNTIL)}
        await works.sends(season, channel=channel)
    works.clock.advance(hours=1)
    # Before its end it is told as it stands: what was taken until then beside half of as many usual days.
    await works.assesses(from_day=str(FIRST), until_day="2019-11-21")
    running = await works.phase("2019-11-20")
    taken = sum(
        200 if stands(each, day) else 9600 for each in stops.values() for day in days(FIRST, date(2019, 11, 21))
    )
    numbers = {each["name"]: each["value"] for each in running["numbers"]}
    assert (running["verdict"], running["signs"], running["until_day"]) == (
        "not_applicable",
        ["phase_running"],
        "2019-11-21",
    )
    assert (numbers["allowed_wh"], numbers["members"], numbers["metered"]) == (31 * 9_600_000, 2, 2)
    assert abs(numbers["total_wh"] - taken * 1000) < 1_000_000
    assert {each["rule"] for each in running["clauses"]} == {"FS-11"}
    # Over, it is judged from all of its days.
    result = await works.assesses(from_day=str(FIRST), until_day=str(UNTIL))
    assert (result["findings"], result["days"].get("suspected")) == (0, None)
    over = await works.phase("2019-12-31")
    assert (over["verdict"], over["last_day"], over["keep_pct"]) == ("compliant", "2019-12-31", 50.0)
    # One furnace did not stand still through its last planned stop: its days are told, and the phase is for both.
    (late,) = [each for each in stops["F2"] if each["from_at"] < str(UNTIL)][-1:]
    broken = days(date.fromisoformat(late["from_at"][:10]), UNTIL)
    await works.sends(dict.fromkeys(broken, RUNNING), channel="F2")
    await works.catches_up()
    over = await works.phase("2019-12-31")
    assert (over["verdict"], over["signs"]) == ("suspected", ["above_share"])
    told = await works.findings(verdict="suspected")
    assert len({one["subject_id"] for one in told if one["check"] == "cut_phase"}) == 2
    assert {one["day"] for one in told if one["check"] == "stop"} == {str(day) for day in broken}
    assert await works.damage() == []

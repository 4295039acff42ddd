"""Steel of the plan for twelve industries: furnaces under one cut over the season, from their plan to their verdicts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from app.documents.holidays import china
from app.domain.compliance.assessing import ASSESSOR_VERSION
from app.domain.compliance.baselines import Method
from app.domain.compliance.demanding import midnight
from app.domain.compliance.dossier import Terms
from app.domain.periods import Period
from app.domain.schedules.problem import Problem, Schedule, Stretch
from app.domain.schedules.requirements import Cut, Requirement
from app.domain.schedules.versions import StoredSchedule
from app.jobs.assess import EVERYWHERE, requirements_of
from app.jobs.compute_schedule import Heard
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.services.compliance.asking import plans
from app.services.compliance.assessing import assess_some
from app.services.compliance.yards import yard_of
from tests.api.complying import Supervision, days
from tests.api.door import Door
from tests.api.feeding import a_grid, flat
from tests.api.foundry import registered
from tests.api.officer import key
from tests.api.packs import LINFEN, publish
from tests.api.scheduling import Planner, stages
from tests.conftest import Clock

Json = dict[str, Any]
YAODU = "141002"
# The season of the plain counties; by when the first furnace has stood still, and the second been at half load.
BASE, FIRST, UNTIL = date(2019, 7, 3), date(2019, 10, 1), date(2020, 4, 1)
STOPPED, HALVED = date(2020, 1, 9), date(2020, 2, 8)
OF_SITE: Json = {
    "electricity_control_system": "accepted",
    "gas_flaring_treatment": "accepted",
    "residential_heat": False,
}
OF_LINE: Json = {
    "benchmark_35": "not_done",
    "full_reduction_35": "accepted",
    "organised_reduction_35": "accepted",
    "pm_emission_t_d": "0.5",
    "nox_emission_t_d": "2",
}


def said(facts: Json) -> list[Json]:
    return [{"fact": name, "value": value} for name, value in facts.items()]


def steel_works() -> Json:
    furnace = {
        "kind": "blast_furnace",
        "facts": said({"catalogue_class": "permitted", "blast_furnace_capacity_t_d": "3000"}),
    }
    units = [furnace | {"code": f"B{n}", "name": f"{n}号高炉"} for n in (1, 2, 3)]
    line = {"code": "L", "name": "炼铁", "industry": "steel", "facts": said(OF_LINE), "units": units}
    site = {"code": "S", "name": "厂区", "region": YAODU, "facts": said(OF_SITE), "lines": [line]}
    meters = [{"code": f"E{n}", "kind": "main", "level": "unit", "subject": f"B{n}"} for n in (1, 2, 3)]
    return {"code": "STEEL", "name": "某钢铁", "region": YAODU, "sites": [site], "meters": meters}


def one_stops_and_one_is_cut(problem: Problem, _heard: Heard) -> Schedule:
    """The first furnace stops for 100 days, the second makes half for 130, the third runs: 165 of 549 furnace days."""
    (cut,) = problem.requirements
    first, second = (one.id for one in problem.resources[:2])
    stretches = {
        first: (Stretch(from_at=midnight(FIRST), until_at=midnight(STOPPED), serves=(cut.id,)),),
        second: (
            Stretch(from_at=midnight(FIRST), until_at=midnight(HALVED), serves=(cut.id,), kind="limit", share=0.5),
        ),
    }
    return Schedule(stretches=stretches, stages=stages(problem, stretches))


async def scheduled(door: Door, clock: Clock) -> Supervision:
    await publish(door.sessions, LINFEN)
    clock.now = datetime(2019, 9, 20, 2, tzinfo=UTC)
    steel = await registered(door, clock, steel_works())
    await verified(door, steel.id)
    clock.advance(minutes=1)
    await steel.decides(LINFEN)
    caller = await door.lasting_caller(on_behalf_of=True)
    planner = Planner(door=door, clock=clock, caller=caller, plan=one_stops_and_one_is_cut)
    await planner.publishes_and_serves(await planner.computes(region=YAODU))
    clock.now = datetime(2020, 4, 5, 2, tzinfo=UTC)
    grid = await a_grid(door, clock, keys=())
    grid.officer = await door.lasting_caller(on_behalf_of=True)
    grid.enterprise = (await grid.officer.get(f"/v1/enterprises/{steel.id}")).json()
    for meter in grid.enterprise["meters"]:
        await grid.registers(meter["code"], meter_id=meter["id"])
    return Supervision(door=door, clock=clock, grid=grid)


async def verified(door: Door, enterprise: str) -> None:
    """Every claim, by somebody else."""
    other = await door.caller()
    page = (await other.get(f"/v1/enterprises/{enterprise}/assertions?limit=500")).json()
    body = {"assertion_ids": [one["id"] for one in page["items"]]}
    answer = await other.post(f"/v1/enterprises/{enterprise}/verifications", json=body, headers=key())
    assert answer.status_code == 201, answer.text


def counted(phase: Json) -> Json:
    return {one["name"]: one["value"] for one in phase["numbers"]}


async def test_three_furnaces_share_a_cut_of_thirty_percent_over_the_season(busy_door: Door, clock: Clock) -> None:
    works = await scheduled(busy_door, clock)
    running, standing, half = flat("100"), flat("2"), flat("50")
    base = dict.fromkeys(days(BASE, FIRST), running)
    season = dict.fromkeys(days(FIRST, UNTIL), running)
    await works.sends(base | season | dict.fromkeys(days(FIRST, STOPPED), standing), channel="E1")
    await works.sends(base | season | dict.fromkeys(days(FIRST, HALVED), half), channel="E2")
    await works.sends(base | season, channel="E3")
    clock.advance(hours=1)
    await works.assesses(from_day=str(FIRST), until_day=str(UNTIL))
    phase = await works.phase("2020-03-31")
    # A furnace takes 9,600 kWh a day, standing still 192, at half load 4,800; the season has 183 days.
    made = 83 * 9_600 + (130 * 4_800 + 53 * 9_600) + 183 * 9_600
    numbers = counted(phase)
    assert (numbers["total_wh"], numbers["held_wh"]) == ((made + 100 * 192) * 1_000, 100 * 192 * 1_000)
    assert (numbers["baseline_wh"], numbers["allowed_wh"]) == (5_270_400_000, 3_689_280_000)
    assert (numbers["limit_wh"], made) == (3_873_744_000, 3_686_400)
    assert (phase["verdict"], phase["keep_pct"], numbers["members"], numbers["metered"]) == ("compliant", 70.0, 3, 3)
    assert [(one["rule"], one["cites"][:2]) for one in phase["clauses"]] == [("L12-14", ["L12-14", "L12-18"])]
    assert await works.findings() == []
    first, second, third = await of_furnaces(works)
    assert (first["2019-11-15"], second["2019-11-15"]) == ("compliant", "compliant")
    # Nothing is asked of the third furnace, nor of the others once they have done their part, but for the whole.
    asked = {"2020-03-31": "compliant"}
    assert {day: told for day, told in third.items() if told != "not_applicable"} == asked
    assert {day for day, told in first.items() if told == "compliant"} == {
        *(str(day) for day in days(FIRST, STOPPED)), "2020-03-31",
    }  # fmt: skip
    # Twenty of the days at half load were run in full: those days are told, and the season stays within its tolerance.
    await works.sends(dict.fromkeys(days(FIRST, date(2019, 10, 21)), running), channel="E2")
    await works.catches_up()
    assert (await works.phase("2020-03-31"))["verdict"] == "compliant"
    told = await works.findings(verdict="suspected")
    assert {(one["check"], one["day"]) for one in told} == {
        ("cut_day", str(day)) for day in days(FIRST, date(2019, 10, 21))
    }
    # Forty are 192,000 kWh more: 3,878,400 are above the 3,873,744 that may remain with the tolerance.
    await works.sends(dict.fromkeys(days(date(2019, 10, 21), date(2019, 11, 10)), running), channel="E2")
    await works.catches_up()
    phase = await works.phase("2020-03-31")
    numbers = counted(phase)
    assert numbers["total_wh"] - numbers["held_wh"] == 3_878_400_000
    assert (phase["verdict"], phase["signs"]) == ("suspected", ["above_share"])
    assert len(await works.findings(check="cut_phase")) == 3
    assert await works.damage() == []


async def of_furnaces(works: Supervision) -> list[dict[str, str]]:
    """By furnace the verdict of each day."""
    url = f"/v1/enterprises/{works.id}/compliance"
    found: list[dict[str, str]] = []
    told: dict[str, dict[str, str]] = {}
    subjects = (await works.reads(url, **{"from": str(FIRST), "to": "2020-03-31"}))["subjects"]
    for one in subjects:
        told[one["subject_id"]] = {each["day"]: each["verdict"] for each in one["days"]}
    found += [told[each["subject_id"]] for each in works.grid.enterprise["meters"]]
    return found


async def test_a_cut_that_several_enterprises_share_is_told_as_such_with_what_to_do(
    busy_door: Door, clock: Clock
) -> None:
    works = await scheduled(busy_door, clock)
    until = date(2019, 12, 1)
    for name, taken in (("E1", "2"), ("E2", "50"), ("E3", "100")):
        season = dict.fromkeys(days(FIRST, until), flat(taken))
        await works.sends(dict.fromkeys(days(BASE, FIRST), flat("100")) | season, channel=name)
    clock.advance(hours=1)

    async def with_a_neighbour(unit: UnitOfWork, one: StoredSchedule) -> list[Requirement]:
        """No plan there is asks a cut of several enterprises together; what a schedule has to meet may."""
        asked = await requirements_of(unit, one)
        return [
            replace(each, weights_t_d={**each.weights_t_d, str(uuid4()): 3000.0})
            for each in asked
            if isinstance(each, Cut)
        ]

    terms = Terms(
        method=Method(name="eligible-days-mean/1", from_day=BASE, until_day=FIRST),
        thresholds="published/1",
        calendar=china().version,
        assessor=ASSESSOR_VERSION,
    )
    async with open_unit(works.door.sessions, now=clock()) as unit:
        known = await plans(unit, Period(BASE, until), None, by=EVERYWHERE, prepare=with_a_neighbour)
        yard = await yard_of(unit, terms)
        await assess_some(unit, [UUID(works.id)], known, yard, Period(FIRST, until), by=EVERYWHERE)
    phase = await works.phase("2019-11-30")
    assert (phase["verdict"], phase["signs"], len(phase["members"])) == ("not_applicable", ["phase_shared"], 4)
    assert "逐日核查各企业排定的停产" in phase["text"]
    assert "下达该限产的部门合计各企业用电" in phase["text"]
    # Each furnace is judged by what is planned for it, and nobody is held to the whole.
    assert await works.findings() == []
    first, second, third = await of_furnaces(works)
    assert [set(one.values()) for one in (first, second)] == [{"compliant"}, {"compliant"}]
    assert set(third.values()) <= {"not_applicable"}
    assert await works.damage() == []

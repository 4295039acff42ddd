"""Schedules for stories: a planner that is not clever, the officer who asks, and the worker who computes."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx

from app.domain.periods import SHANGHAI, Period
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.problem import Plan, Problem, Schedule, Stage, Stretch
from app.domain.schedules.requirements import StopHours
from app.jobs.compute_schedule import Heard, compute_schedule
from app.jobs.compute_schedule import Planner as PlanFunction
from app.jobs.context import Handler
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.api.door import Door, read
from tests.api.foundry import Foundry, registered, works
from tests.api.officer import PERSON, key
from tests.api.packs import publish
from tests.conftest import Clock

Json = dict[str, Any]
FUSHAN_REGION = "141027"


EMITTED = {"pm_emission_t_d": "0.5", "nox_emission_t_d": "2"}


def earliest(problem: Problem, heard: Heard) -> Schedule:
    """Everybody stops as soon as it counts, whatever that does to the air."""
    heard("peak", 0, 1, 12.5)
    plan = {name: list(stretches) for name, stretches in problem.past.items()}
    for one in problem.requirements:
        assert isinstance(one, StopHours)
        begins, ends = _midnight(max(one.period.start, problem.from_day)), _midnight(one.period.until or problem.end)
        own = plan.setdefault(one.resource, [])
        stood = sum((_common(each, one.period, problem) for each in own), timedelta())
        until = min(begins + timedelta(hours=one.hours) - stood, ends)
        if begins < until:
            own.append(Stretch(from_at=begins, until_at=until, serves=(one.id,)))
    stretches = {name: tuple(found) for name, found in plan.items()}
    return Schedule(stretches=stretches, stages=stages(problem, stretches))


def nothing(problem: Problem, heard: Heard) -> Schedule:
    """Nobody stops, which breaks whatever is asked."""
    return Schedule(stretches=problem.past, stages=stages(problem, problem.past))


def _common(one: Stretch, period: Period, problem: Problem) -> timedelta:
    start, until = _midnight(period.start), _midnight(period.until or problem.end)
    return max(timedelta(), min(one.until_at, until) - max(one.from_at, start))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def stages(problem: Problem, plan: Plan) -> tuple[Stage, ...]:
    """The values of a plan of whole stops, as its problem defines them."""
    days = [problem.from_day + timedelta(days=n) for n in range((problem.end - problem.from_day).days)]
    lines = [
        ScheduledLine(position=0, resource=one, stretches=tuple(plan.get(one.id, ()))) for one in problem.resources
    ]
    was = [replace(one, stretches=tuple(problem.published.get(one.resource.id, ()))) for one in lines]
    given_up = [line.given_up() for line in lines]
    left = {
        day: sum(one.resource.tonnes * (1 - gone.get(day, 0.0)) for one, gone in zip(lines, given_up, strict=True))
        for day in days
    }
    preferred = [tonnes for day, tonnes in left.items() if day.month in problem.preferred_months]
    others = [tonnes for day, tonnes in left.items() if day.month not in problem.preferred_months]
    # Against nothing that is published nothing changes.
    changes = bool(problem.published) and sum(
        abs(now.running().get(day, 1.0) - then.running().get(day, 1.0)) > 1e-9
        for now, then in zip(lines, was, strict=True)
        for day in days
        if problem.published
    )
    restarts = sum(start >= _midnight(problem.from_day) for line in lines for start, _ in line.stops)
    return (
        Stage(name="peak_preferred", value=max(preferred, default=0.0), bound=max(preferred, default=0.0) / 2),
        Stage(name="tonnes_preferred", value=sum(preferred)),
        Stage(name="peak_outside", value=max(others, default=0.0)),
        Stage(name="restarts", value=float(restarts)),
        Stage(name="changes", value=float(changes)),
    )


def handlers(plan: PlanFunction = earliest) -> dict[str, Handler]:
    return HANDLERS | {"compute_schedule": partial(compute_schedule, plan=plan)}


@dataclass(slots=True, kw_only=True)
class Planner:
    """An officer who computes schedules, with a worker at hand."""

    door: Door
    clock: Clock
    caller: httpx.AsyncClient
    plan: PlanFunction = earliest

    async def asks(self, **changes: Any) -> httpx.Response:
        body = {"name": "方案甲", "season": 2019, "region": FUSHAN_REGION} | changes
        return await self.caller.post("/v1/schedules", json=body, headers=key())

    async def works(self) -> None:
        await Worker(sessions=self.door.sessions, clock=self.door.clock, handlers=handlers(self.plan)).drain()

    async def finished(self, **changes: Any) -> Json:
        """The operation of a computation at its end."""
        answer = await self.asks(**changes)
        assert answer.status_code == 202, answer.text
        await self.works()
        found: Json = (await self.caller.get(answer.headers["location"])).json()
        return found

    async def computes(self, **changes: Any) -> str:
        """The address of a schedule."""
        done = await self.finished(**changes)
        assert done["state"] == "succeeded", done
        result = (await self.caller.get(done["result_url"])).json()["result"]
        self.clock.advance(minutes=1)
        return str(result["schedule_url"])

    async def publishes(self, url: str, *, seen: str = '"1"', **headers: str) -> httpx.Response:
        body = {"basis": "县政府办公会议纪要 5 号", "acknowledge_within_hours": 24}
        sent = key() | {"If-Match": seen} | (headers or PERSON)
        return await self.caller.post(f"{url}/publication", json=body, headers=sent)

    async def publishes_and_serves(self, url: str) -> Json:
        answer = await self.publishes(url)
        assert answer.status_code == 202, answer.text
        await self.works()
        done = (await self.caller.get(answer.headers["location"])).json()
        assert done["state"] == "succeeded", done
        result: Json = (await self.caller.get(done["result_url"])).json()["result"]
        self.clock.advance(minutes=1)
        return result

    async def reads(self, url: str, **params: Any) -> Json:
        return await read(self.caller, url, params)


def ids(url: str) -> UUID:
    return UUID(url.rpartition("/")[2])


def plant() -> Json:
    """A foundry of grade B, with what it emits: it owes 15 days in each phase."""
    return works(performance_grade="B", **EMITTED)


async def another_foundry(door: Door, clock: Clock) -> Foundry:
    made = await registered(door, clock, plant())
    await made.decides()
    return made


async def a_foundry(door: Door, clock: Clock) -> Foundry:
    await publish(door.sessions, "fushan")
    return await another_foundry(door, clock)

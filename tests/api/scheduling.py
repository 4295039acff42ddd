"""Schedules for stories: an engine that plans nothing cleverly, the officer who asks, and the worker who computes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import httpx

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.decisions.season import season_bounds
from app.domain.decisions.subjects import Subject
from app.domain.errors import Language
from app.domain.ledger.demands import demands
from app.domain.periods import SHANGHAI, Period, civil_day
from app.domain.schedules.problem import Problem, Resource, Schedule, Stage, Stretch
from app.domain.schedules.requirements import Clause, StopHours
from app.integrations.geometry import BuiltUpRuler
from app.jobs.compute_schedule import compute_schedule
from app.jobs.context import Handler
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.policies import StoredPack
from app.persistence.unit_of_work import UnitOfWork
from app.services.schedules.computing import Engine, Given, Heard
from tests.api.door import Door
from tests.api.officer import PERSON, key
from tests.conftest import Clock

Json = dict[str, Any]
FUSHAN_REGION = "141027"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """A problem, and what is told beside it."""

    problem: Problem
    free: Sequence[Resource] = ()
    open: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A requirement that is not kept."""

    code: str
    requirement: str | None
    resource: str | None

    def message(self, language: Language, /) -> str:
        return f"{self.code} ({language})"


def _lines(tree: Subject) -> Iterator[Resource]:
    for site in tree["children"]:
        for line in site["children"]:
            yield Resource(
                id=line["id"],
                label=line["name"],
                enterprise_id=tree["id"],
                site_id=site["id"],
                line_id=line["id"],
                region=site["region"],
                industry=line["industry"],
                emission_t_d={"pm": 0.5, "nox": 2.0},
            )


def _counted(tree: Subject, pack: StoredPack, season: int) -> Iterator[StopHours]:
    for subject, one in demands(evaluator_of(pack.document, pack.hash), tree, season=season).items():
        for slot in one.frame.slots:
            counted = [each.counted[slot.name] for each in one.stretches if slot.name in each.counted]
            if counted and (most := max(counted, key=lambda each: each.amount)).amount:
                says = {"zh": "停产", "en": "stop"}
                yield StopHours(
                    id=f"{subject}/{slot.name}",
                    clause=Clause(pack=pack.name, rule=most.cites[0], cites=most.cites, says=says),
                    resource=subject,
                    period=Period(civil_day(slot.start), civil_day(slot.end)),
                    hours=int(most.amount),
                    slot=slot.name,
                )


async def owed(uow: UnitOfWork, given: Given, by: Actor) -> Simple:
    """Every line with the stop days its plan counts, through the slots of its ledger."""
    asked = given.asked
    ids = await EnterpriseReader(uow.session).ids(asked.scope.region, visible_to=by)
    if asked.scope.enterprise_id is not None:
        ids = [asked.scope.enterprise_id]
    trees = await SnapshotReader(uow.session, ruler=BuiltUpRuler).of(ids, known_at=given.known_at, visible_to=by)
    resources = [one for tree in trees for one in _lines(tree)]
    required = [one for tree in trees for pack in given.packs for one in _counted(tree, pack, asked.season)]
    first, end = season_bounds(asked.season)
    problem = Problem(
        first=min([one.period.start for one in required], default=first),
        end=max([one.period.until or end for one in required], default=end),
        from_day=asked.from_day,
        resources=tuple(resources),
        requirements=tuple(required),
        preferred_months=asked.options.preferred_months or (12, 1, 2),
        past={name: _until(stretches, asked.from_day) for name, stretches in given.published.items()},
        published=given.published,
    )
    point = {
        "kind": "authority_decides", "enterprise_id": None, "subject_id": None, "label": "某线", "pack": "fushan",
        "rule": "FS-22", "first_day": None, "last_day": None, "says": {"zh": "待定", "en": "open"},
    }  # fmt: skip
    note = {"kind": "baseline", "subject_id": None, "label": "某线", "says": {"zh": "说明", "en": "note"}}
    return Simple(problem=problem, open=[point], notes=[note])


def _until(stretches: Sequence[Stretch], day: Any) -> tuple[Stretch, ...]:
    cut = datetime.combine(day, time(), SHANGHAI)
    return tuple(
        Stretch(from_at=one.from_at, until_at=min(one.until_at, cut), kind=one.kind, share=one.share, serves=one.serves)
        for one in stretches
        if one.from_at < cut
    )


def earliest(problem: Problem, heard: Heard) -> Schedule:
    """Everybody stops as soon as it counts."""
    heard("peak", 0, 1, 12.5)
    stretches: dict[str, tuple[Stretch, ...]] = {}
    for one in problem.requirements:
        assert isinstance(one, StopHours)
        start = datetime.combine(max(one.period.start, problem.from_day), time(), SHANGHAI)
        until = min(
            start + timedelta(hours=one.hours), datetime.combine(one.period.until or problem.end, time(), SHANGHAI)
        )
        if start < until:
            made = Stretch(from_at=start, until_at=until, serves=(one.id,))
            stretches[one.resource] = (*stretches.get(one.resource, ()), made)
    return Schedule(
        stretches=stretches,
        stages=(
            Stage(name="peak_preferred", value=3.5, bound=3.0),
            Stage(name="restarts", value=float(len(stretches))),
        ),
    )


SIMPLE = Engine(prepare=owed, plan=earliest, check=lambda _problem, _schedule: [])


def handlers(engine: Engine = SIMPLE) -> dict[str, Handler]:
    return HANDLERS | {"compute_schedule": partial(compute_schedule, engine=engine)}


@dataclass(slots=True, kw_only=True)
class Planner:
    """An officer who computes schedules, with a worker at hand."""

    door: Door
    clock: Clock
    caller: httpx.AsyncClient
    engine: Engine = field(default=SIMPLE)

    async def asks(self, **changes: Any) -> httpx.Response:
        body = {"name": "方案甲", "season": 2019, "region": FUSHAN_REGION} | changes
        return await self.caller.post("/v1/schedules", json=body, headers=key())

    async def works(self) -> None:
        await Worker(sessions=self.door.sessions, clock=self.door.clock, handlers=handlers(self.engine)).drain()

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
        answer = await self.caller.get(url, params=params)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found


def ids(url: str) -> UUID:
    return UUID(url.rpartition("/")[2])

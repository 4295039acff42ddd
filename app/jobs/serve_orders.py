"""Serving a warning in the background: everybody it reaches is decided again and told what it demands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from app.documents.orders import answers_warnings, demanded
from app.domain.access import Actor
from app.domain.acts.effects import Effect
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.subjects import Subject
from app.domain.decisions.warned import holds_in, under
from app.domain.orders import Demand, Occasion, OrderItem
from app.domain.periods import civil_day, season_of
from app.domain.warnings import PollutionWarning, Stretch, WarningChange
from app.jobs.context import JobContext
from app.jobs.decide import packs_in_force
from app.jobs.runner import SYSTEM
from app.persistence.acts.in_force import InForceReader
from app.persistence.decisions.snapshots import Head, SnapshotRepository
from app.persistence.decisions.stale import StaleRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.orders import OrderRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.warnings import WarningRepository
from app.services import orders
from app.services.decisions import deciding
from app.services.decisions.deciding import Task

# Enterprises stay locked while a batch is decided and served: no writer should wait longer than for a second.
BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One plan over some enterprises of a batch: their trees and the acts in force."""

    evaluator: Evaluator
    season: int
    trees: Sequence[Subject]
    acts: Mapping[UUID, Sequence[Effect]]


async def serve_orders(job: JobContext) -> dict[str, Any]:
    """Serve one change of a warning, after whatever earlier ones a job has not yet served to the end.

    Running again after a crash, or beside the job of another change, serves nobody twice.
    """
    warning_id, number = UUID(str(job.payload["warning_id"])), int(job.payload["number"])
    async with job.unit() as unit:
        warning = await WarningRepository(unit.session).get(warning_id, visible_to=SYSTEM)
        ids = await _reached(unit, warning)
    due = [one for one in warning.changes if one.number <= number and one.served_at is None]
    await job.progress(0, len(ids))
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        async with job.unit() as unit:
            await _serve(unit, warning, due, part, by=job.actor)
        await job.progress(start + len(part), len(ids))
    async with job.unit() as unit:
        await WarningRepository(unit.session).served(warning, [one.number for one in due], at=unit.now)
        return await _result(unit, warning_id, number, len(ids))


async def serve_again(unit: UnitOfWork, ids: Sequence[UUID], *, by: Actor) -> None:
    """Look again at the orders of enterprises that were decided again while they lie under a warning.

    What was said last and has not reached everybody yet has its own job, which sees the new decisions.
    """
    for warning, reached in await WarningRepository(unit.session).open_over(ids):
        if warning.last.served_at is not None:
            await _serve(unit, warning, [warning.last], reached, by=by, again=True)


async def _reached(unit: UnitOfWork, warning: PollutionWarning) -> list[UUID]:
    """Who has a site where the warning holds, and who was served under it even if the site has gone since."""
    inside = await EnterpriseReader(unit.session).with_sites_in(warning.region, visible_to=SYSTEM)
    return sorted({*inside, *await OrderRepository(unit.session).reached("warning", warning.id)})


async def _serve(
    unit: UnitOfWork,
    warning: PollutionWarning,
    due: Sequence[WarningChange],
    ids: Sequence[UUID],
    *,
    by: Actor,
    again: bool = False,
) -> None:
    heads = {one.id: one for one in await EnterpriseReader(unit.session).locked(ids, visible_to=SYSTEM)}
    await StaleRepository(unit.session).take_of(ids)
    seasons = sorted({season_of(civil_day(one.from_at)) for one in due})
    default = [pair for season in seasons for pair in await packs_in_force(unit, season)]
    decided = await deciding.redecide(unit, ids, by=SYSTEM, default=default)
    plans = await _plans(unit, [one for one in decided if one[0].season in seasons])
    for change in due:
        today = civil_day(unit.now) if again else None
        demands = _demands(warning, change, plans, list(heads), today=today)
        occasion = Occasion(
            kind="warning",
            id=warning.id,
            number=change.number,
            from_at=change.from_at,
            acknowledge_within=warning.acknowledge_within,
            again=again,
        )
        await orders.serve(unit, occasion, demands, heads=heads, by=by)


async def _plans(unit: UnitOfWork, decided: Sequence[tuple[Task, Sequence[Head]]]) -> list[Plan]:
    """The plans that ask for warnings, with the snapshots that were just decided."""
    asking = [(work, heads) for work, heads in decided if heads and answers_warnings(work.evaluator.pack)]
    heads = {one.enterprise_id: one for _, some in asking for one in some}
    documents = await SnapshotRepository(unit.session).documents(list(heads.values())) if heads else {}
    trees: dict[UUID, Subject] = {enterprise: orjson.loads(document) for enterprise, document in documents.items()}
    found: list[Plan] = []
    for work, some in asking:
        ids = [one.enterprise_id for one in some]
        acts = await InForceReader(unit.session).known(ids, work.pack.name, work.season, known_at=unit.now)
        found.append(Plan(evaluator=work.evaluator, season=work.season, trees=[trees[one] for one in ids], acts=acts))
    return found


def _demands(
    warning: PollutionWarning,
    change: WarningChange,
    plans: Sequence[Plan],
    ids: Sequence[UUID],
    *,
    today: date | None,
) -> list[Demand]:
    """What a change demands of each enterprise; of those it demands nothing of, the orders before may be lifted.

    As of the day it takes effect, or of `today` where that is later.
    """
    found: dict[UUID, list[OrderItem]] = {one: [] for one in ids}
    if change.colour is not None:
        stretch = Stretch(warning=warning, change=change, colour=change.colour, until_at=None)
        for plan in plans:
            if plan.season == season_of(stretch.first):
                for tree in plan.trees:
                    found[UUID(tree["id"])] += _items(plan, tree, stretch, max(stretch.first, today or stretch.first))
    return [
        Demand(
            enterprise_id=enterprise,
            items=tuple(one for one in items if one.open is None),
            questions=tuple(one for one in items if one.open is not None),
        )
        for enterprise, items in found.items()
    ]


def _items(plan: Plan, tree: Subject, stretch: Stretch, day: date) -> Iterator[OrderItem]:
    acts = plan.acts.get(UUID(tree["id"]), ())
    for decision in plan.evaluator.evaluate(under(tree, stretch), season=plan.season, day=day, acts=acts):
        if holds_in(stretch, decision.bound.region):
            yield from demanded(decision, from_at=stretch.change.from_at)


async def _result(unit: UnitOfWork, warning_id: UUID, number: int, enterprises: int) -> dict[str, Any]:
    """Counted from what is stored, so that a job which ran in two halves tells of both."""
    stored = OrderRepository(unit.session)
    counted = await stored.counted("warning", warning_id, number)
    questions = await stored.questions("warning", warning_id, number)
    return {
        "warning_id": str(warning_id),
        "number": number,
        "enterprises": enterprises,
        "commands": counted.get("command", 0),
        "notices": counted.get("notice", 0),
        "lifts": counted.get("lift", 0),
        "open_questions": [asdict(one) for one in questions],
    }

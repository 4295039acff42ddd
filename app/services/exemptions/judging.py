"""Judging a place on a list by the facts known now: what its plan's criteria come to for one subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.decisions.criteria import Criterion, criteria
from app.domain.decisions.evaluate import Evaluator
from app.domain.exemptions.entries import Entry
from app.domain.exemptions.lists import ExemptionList
from app.domain.periods import civil_day
from app.domain.policies.pack import Pack, Rule
from app.integrations.geometry import BuiltUpRuler
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.policies import PackNotInForce, PackRepository
from app.persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Judged:
    """The criteria for one subject and fact; `claimed` are those of the rule an entry names."""

    pack: Pack
    every: list[Criterion]
    claimed: list[Criterion]


def granting_rules(pack: Pack) -> Mapping[str, Rule]:
    """The criteria of a plan by their id."""
    return {rule.id: rule for rule in pack.rules() if rule.granted_by}


async def evaluator_for(uow: UnitOfWork, one: ExemptionList) -> Evaluator:
    """The plan of a list in the version that decides its season; raises PackNotInForce where that is retired."""
    stored = await PackRepository(uow.session).get(one.pack_name, season=one.season)
    return evaluator_of(stored.document, stored.hash)


async def judge(uow: UnitOfWork, evaluator: Evaluator, entry: Entry, *, day: date, by: Actor) -> Judged:
    """What the facts known now say of an entry."""
    reader = SnapshotReader(uow.session, ruler=BuiltUpRuler)
    tree = await reader.snapshot(entry.enterprise_id, known_at=uow.now, visible_to=by)
    every = criteria(evaluator, tree, day=day, fact=entry.fact, subject_id=str(entry.subject_id))
    return Judged(evaluator.pack, every, [one for one in every if one.rule.id == entry.rule])


async def judged_now(uow: UnitOfWork, one: ExemptionList, entry: Entry, *, by: Actor) -> Judged | None:
    """The same today; None where the plan is no longer in force, so that there is nothing to judge by."""
    try:
        evaluator = await evaluator_for(uow, one)
    except PackNotInForce:
        return None
    return await judge(uow, evaluator, entry, day=one.day(civil_day(uow.now)), by=by)

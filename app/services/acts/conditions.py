"""The plan's own conditions for what an act would grant, judged on what is known today (CZ-04: special limit and filing)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.documents.criteria import lacking_errors
from app.domain.access import Actor
from app.domain.acts.act import Act
from app.domain.acts.applications import Application
from app.domain.decisions.criteria import Criterion, criteria, verdict
from app.domain.decisions.evaluate import Evaluator
from app.domain.errors import Conflict
from app.domain.facts.values import value_of
from app.domain.periods import civil_day
from app.integrations.geometry import BuiltUpRuler
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.acts.loads import refuse_not_below, refuse_shared
from app.services.acts.plans import plan_of


class ConditionsFail(Conflict):
    code = "conditions_fail"
    zh = "不符合方案规定的条件，不能申请；逐条见 errors。"
    en = "The plan's conditions are not met, so this cannot be asked for; see errors."


class GrantReachesNothing(Conflict):
    code = "grant_reaches_nothing"
    zh = "方案 {pack} 没有规则会对该对象（及其下属线、设备）用到“{fact}”，批准不会改变任何决定；请核对对象、行业、设备种类和所选程序。"
    en = (
        "No rule of {pack} would use {fact} for this subject or anything below it, so a grant would change nothing; "
        "check the subject, its industry, its units' kinds and the workflow."
    )


class ConditionsNotMet(Conflict):
    code = "conditions_not_met"
    zh = "方案规定的条件尚未全部满足或尚不清楚，不能批准；逐条见 errors。"
    en = "The plan's conditions are not all met, or not all known, so this cannot be granted; see errors."


async def refuse_if_failed(
    uow: UnitOfWork, enterprise_id: UUID, application: Application, terms: Mapping[str, Any], *, by: Actor
) -> None:
    """Raises ConditionsFail where what is known already rules the grant out; what is unknown may still be shown."""
    evaluator = await plan_of(uow, application.pack_name or "", application.season or 0)
    found = await _judged(uow, evaluator, terms, enterprise_id=enterprise_id, subject_id=application.subject_id, by=by)
    if not found:
        raise GrantReachesNothing(pack=application.pack_name, fact=terms["fact"])
    if verdict(found).standing == "failed":
        raise ConditionsFail(errors=lacking_errors(found, evaluator.pack, "/workflow"))
    _refuse_load(terms.get("load"), found, final=False)


async def refuse_unless_met(
    uow: UnitOfWork, act: Act, evaluator: Evaluator, load: Mapping[str, str] | None, *, by: Actor
) -> None:
    """Raises ConditionsNotMet unless every condition of some rule that the grant opens is known to hold.

    The load it fixes has to fit those rules too.
    """
    found = await _judged(uow, evaluator, act.terms, enterprise_id=act.enterprise_id, subject_id=act.subject_id, by=by)
    if verdict(found).standing != "met":
        raise ConditionsNotMet(errors=lacking_errors(found, evaluator.pack, "/workflow"))
    _refuse_load(load, found, final=True)


def _refuse_load(load: Mapping[str, str] | None, found: Sequence[Criterion], *, final: bool) -> None:
    if load is not None:
        reached = [(one.rule, one.bound) for one in found]
        refuse_shared(load, reached)
        refuse_not_below(load, reached, final=final)


async def _judged(
    uow: UnitOfWork, evaluator: Evaluator, terms: Mapping[str, Any], *, enterprise_id: UUID, subject_id: UUID, by: Actor
) -> Sequence[Criterion]:
    reader = SnapshotReader(uow.session, ruler=BuiltUpRuler)
    tree = await reader.snapshot(enterprise_id, known_at=uow.now, visible_to=by)
    spec = evaluator.pack.catalogue[terms["fact"]]
    return criteria(
        evaluator,
        tree,
        day=civil_day(uow.now),
        fact=spec.name,
        value=value_of(spec.type, terms["value"]),
        subject_id=str(subject_id),
    )

"""Applying: somebody asks for a dispatch, a credit, or that a declared exception be noted."""

from typing import Any
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.acts.act import DECISION, Act, ActState, settled_by_asking
from app.domain.acts.applications import (
    Application,
    EvidenceMissing,
    chain_terms,
    credit_terms,
    dispatch_terms,
    file_by,
    is_late,
    workflow_of,
)
from app.domain.decisions.season import season_bounds
from app.domain.events import Event
from app.domain.evidence import checked
from app.domain.facts.assertions import SubjectUnknown, refuse_if_any
from app.domain.facts.values import ValueRefused
from app.domain.periods import civil_day
from app.domain.policies.facts import Level
from app.domain.policies.undertakings import Step
from app.integrations.ids import new_id
from app.persistence.acts.repository import ActRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.acts.conditions import refuse_if_failed
from app.services.acts.plans import plan_of


async def apply(uow: UnitOfWork, enterprise_id: UUID, application: Application, *, by: Actor) -> Act:
    """File an application; whoever sees the enterprise may, and the plan's own conditions must not fail already."""
    reader = EnterpriseReader(uow.session)
    head = await reader.head(enterprise_id, visible_to=by, lock=True)
    levels = await reader.levels(enterprise_id)
    if application.subject_id not in levels:
        raise SubjectUnknown(subject_id=application.subject_id)
    terms = await _terms(uow, application, levels[application.subject_id])
    if "fact" in terms:
        await refuse_if_failed(uow, enterprise_id, application, terms, by=by)
    act = _act(uow, enterprise_id, application, terms, by)
    await ActRepository(uow.session).add(act)
    await uow.record(
        Event(
            type=f"{act.kind}.requested",
            subject=str(act.id),
            enterprise_id=str(enterprise_id),
            region=head.region,
            data={"subject_id": str(act.subject_id), "workflow": act.workflow, "season": act.season},
        ),
        by=by,
    )
    return act


async def _terms(uow: UnitOfWork, application: Application, level: Level) -> dict[str, Any]:
    if application.kind == "exception":
        if not application.evidence:
            raise EvidenceMissing(needs="检修、调试或自备发电的证明材料", needs_en="proof of the declared exception")
        return chain_terms(DECISION) | {"what": application.what}
    evaluator = await plan_of(uow, application.pack_name or "", application.season or 0)
    if application.kind == "credit":
        return credit_terms(application, evaluator.pack)
    try:
        terms = dispatch_terms(application, evaluator.pack, level)
    except ValueRefused as refused:
        refuse_if_any([refused.at("/value")])
        raise
    workflow = workflow_of(evaluator.pack, application.workflow)
    day = civil_day(uow.now)
    return terms | {
        "late": is_late(workflow, season=application.season or 0, day=day),
        **file_by(workflow, application),
    }


def _act(uow: UnitOfWork, enterprise_id: UUID, application: Application, terms: dict[str, Any], by: Actor) -> Act:
    season = application.season
    valid_to = application.valid_to
    if valid_to is None and season is not None:
        # What a plan lets somebody do, it lets them do this season.
        valid_to = season_bounds(season)[1]
    chain = tuple(Step(**step) for step in terms["chain"])
    return Act(
        id=new_id(),
        enterprise_id=enterprise_id,
        kind=application.kind,
        pack_name=application.pack_name,
        season=season,
        workflow=application.workflow,
        subject_id=application.subject_id,
        terms=terms,
        valid_from=application.valid_from,
        valid_to=valid_to,
        basis=application.basis,
        evidence=checked(application.evidence),
        asked_by=Origin.of(by),
        known_at=uow.now,
        state=ActState.REQUESTED,
        steps_done=settled_by_asking(chain),
        version=1,
    )

"""Reporting a suspicion, hearing the enterprise, its reply, and letting a suspicion go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.documents.published import evaluator_of
from app.domain.access import Actor, Origin
from app.domain.evidence import Evidence
from app.domain.facts.assertions import SubjectUnknown
from app.domain.periods import civil_day
from app.domain.violations.claims import PackElsewhere, Suspicion, checked_claims, refuse_days, refuse_outside_window
from app.domain.violations.findings import in_window
from app.domain.violations.violation import (
    VIOLATIONS,
    Case,
    Terms,
    Violation,
    ViolationAction,
    ViolationState,
    least_reply,
)
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.violations.repository import ViolationRepository
from app.services.violations.moving import Deed, checked_evidence, event, in_hand, move


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A suspicion as somebody reports it; no subject means the enterprise as a whole."""

    subject_id: UUID | None
    pack_name: str
    season: int
    occurred_from: date
    occurred_to: date
    suspicions: Sequence[Suspicion]
    what: str
    evidence: Sequence[Evidence]


async def report_violation(uow: UnitOfWork, enterprise_id: UUID, report: Report, *, by: Actor) -> Case:
    """Open a case; an officer does, or a program that looks after the region, but not the enterprise itself."""
    reader = EnterpriseReader(uow.session)
    head = await reader.head(enterprise_id, visible_to=by, lock=True)
    by.must_look_after(head.region)
    enterprise = await reader.get(enterprise_id, visible_to=by)
    subject = report.subject_id or enterprise_id
    level = enterprise.level_of(subject)
    if level is None:
        raise SubjectUnknown(subject_id=subject)
    stored = await PackRepository(uow.session).get(report.pack_name, season=report.season)
    pack = evaluator_of(stored.document, stored.hash).pack
    regions = enterprise.regions_of(subject)
    if not any(pack.governs(region) for region in regions):
        raise PackElsewhere(pack=pack.name)
    occurred = report.occurred_from, report.occurred_to
    refuse_days(*occurred, season=report.season, today=civil_day(uow.now))
    claims = checked_claims(report.suspicions, pack, level, occurred=occurred)
    refuse_outside_window(claims, pack, inside=in_window(pack, regions, report.season, occurred))
    violation = Violation(
        id=new_id(),
        enterprise_id=enterprise_id,
        subject_id=subject,
        level=level,
        pack_name=report.pack_name,
        season=report.season,
        occurred_from=report.occurred_from,
        occurred_to=report.occurred_to,
        claims=claims,
        what=report.what,
        evidence=await checked_evidence(uow, enterprise_id, report.evidence, by=by),
        reported_by=Origin.of(by),
        known_at=uow.now,
        state=ViolationState.SUSPECTED,
        version=1,
    )
    await ViolationRepository(uow.session).add(violation)
    await uow.record(event("violation.suspected", violation, head), by=by)
    return Case(violation=violation, steps=())


async def hear(
    uow: UnitOfWork, violation_id: UUID, *, reply_until: datetime, notice: str, seen: int, by: Actor
) -> Case:
    """Tell the enterprise what it is suspected of, and until when it may reply."""
    head, case = await in_hand(uow, violation_id, seen=seen, by=by)
    VIOLATIONS.after(case.violation.state, ViolationAction.HEAR)
    terms = Terms(reply_until=least_reply(reply_until, now=uow.now))
    return await move(uow, head, case, Deed(action=ViolationAction.HEAR, note=notice, terms=terms), by=by)


async def reply(
    uow: UnitOfWork, violation_id: UUID, *, text: str, evidence: Sequence[Evidence], seen: int, by: Actor
) -> Case:
    """The enterprise's own word; it may speak more than once while it is heard."""
    head, case = await in_hand(uow, violation_id, seen=seen, by=by, own=True)
    return await move(uow, head, case, Deed(action=ViolationAction.REPLY, note=text, evidence=evidence), by=by)


async def dismiss(
    uow: UnitOfWork, violation_id: UUID, *, reason: str, evidence: Sequence[Evidence], seen: int, by: Actor
) -> Case:
    """A person lets the suspicion go; nothing becomes fact."""
    head, case = await in_hand(uow, violation_id, seen=seen, by=by)
    return await move(uow, head, case, Deed(action=ViolationAction.DISMISS, note=reason, evidence=evidence), by=by)

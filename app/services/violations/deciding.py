"""Deciding a violation: confirmed by a person who did not report it, rectified, or overturned."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.enterprises.structure import Head
from app.domain.evidence import Evidence
from app.domain.periods import civil_day
from app.domain.violations.holdings import holdings
from app.domain.violations.violation import VIOLATIONS, Case, Terms, ViolationAction, wrong
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.violations.repository import ViolationRepository
from app.services.violations.foreseeing import Foresight, Proven, foresee
from app.services.violations.moving import Deed, in_hand, move
from app.services.violations.recording import chains_of, due, held_by, write


async def confirm(
    uow: UnitOfWork,
    violation_id: UUID,
    proven: Proven,
    *,
    basis: str,
    evidence: Sequence[Evidence],
    seen: int,
    by: Actor,
) -> tuple[Case, Foresight]:
    """What is found proven becomes fact; answers what followed. Raises SameHands, HearingOpen and what is wrong."""
    head, case = await in_hand(uow, violation_id, seen=seen, by=by)
    case.may_confirm(by=Origin.of(by), now=uow.now)
    foresight = await foresee(uow, case, proven, by=by)
    made, gone = await write(uow, head.id, foresight.amendment, reason=case.violation.document, by=by)
    deed = Deed(action=ViolationAction.CONFIRM, note=basis, terms=foresight.terms, evidence=evidence)
    return await move(uow, head, case, deed, by=by, assertions=made, retracted=gone), foresight


async def rectify(
    uow: UnitOfWork,
    violation_id: UUID,
    *,
    accepted_on: date | None,
    note: str,
    evidence: Sequence[Evidence],
    seen: int,
    by: Actor,
) -> Case:
    """What lasted until rectified ends on the day of acceptance; what lasts for the season stays."""
    head, case = await in_hand(uow, violation_id, seen=seen, by=by)
    violation = case.violation
    VIOLATIONS.after(violation.state, ViolationAction.RECTIFY)
    today = civil_day(uow.now)
    day = accepted_on or today
    if not violation.occurred_from <= day <= today:
        raise wrong(
            "/accepted_on",
            "outside_case",
            f"须在行为发生之日 {violation.occurred_from} 与今日之间。",
            f"It lies between {violation.occurred_from}, when it happened, and today.",
        )
    deed = Deed(action=ViolationAction.RECTIFY, note=note, terms=Terms(accepted_on=day), evidence=evidence)
    return await _rewritten(uow, head, case, deed, by=by)


async def overturn(
    uow: UnitOfWork, violation_id: UUID, *, reason: str, evidence: Sequence[Evidence], seen: int, by: Actor
) -> Case:
    """Whatever the violation made true is taken back; as known before, it stays as it was."""
    head, case = await in_hand(uow, violation_id, seen=seen, by=by)
    VIOLATIONS.after(case.violation.state, ViolationAction.OVERTURN)
    deed = Deed(action=ViolationAction.OVERTURN, note=reason, evidence=evidence)
    return await _rewritten(uow, head, case, deed, by=by)


async def _rewritten(uow: UnitOfWork, head: Head, case: Case, deed: Deed, *, by: Actor) -> Case:
    """Let the register say what all violations of the enterprise still make true once the deed is done."""
    enterprise = await EnterpriseReader(uow.session).get(head.id, visible_to=by)
    cases = await ViolationRepository(uow.session).of_enterprise(head.id, visible_to=by)
    held = held_by(cases, beside=case.violation.id)
    confirmed = case.step(ViolationAction.CONFIRM)
    if deed.action is ViolationAction.RECTIFY and confirmed is not None:
        day = deed.terms.accepted_on
        held += holdings(case.violation, confirmed.terms, found_at=confirmed.at, accepted_on=day)
    writing = await due(uow, cases, held, chains_of(enterprise, cases), by=by)
    made, gone = await write(uow, head.id, writing, reason=deed.note, by=by)
    return await move(uow, head, case, deed, by=by, assertions=made, retracted=gone)

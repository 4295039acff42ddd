"""Taking a violation in hand: seen, locked, in the version somebody has read, and moved on by one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.enterprises.structure import Head
from app.domain.errors import FieldError
from app.domain.events import Event
from app.domain.evidence import Evidence, EvidenceInvalid, checked
from app.domain.violations.violation import (
    VIOLATIONS,
    Case,
    Terms,
    Violation,
    ViolationAction,
    ViolationStale,
    ViolationStep,
)
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.inspections import InspectionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.violations.repository import ViolationRepository

EVENTS = {
    ViolationAction.HEAR: "violation.heard",
    ViolationAction.REPLY: "violation.replied",
    ViolationAction.CONFIRM: "violation.confirmed",
    ViolationAction.DISMISS: "violation.dismissed",
    ViolationAction.RECTIFY: "violation.rectified",
    ViolationAction.OVERTURN: "violation.overturned",
}
# What most steps fix.
NOTHING = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody does about a violation, in whose words and on what evidence."""

    action: ViolationAction
    note: str
    terms: Terms = NOTHING
    evidence: Sequence[Evidence] = ()


async def in_hand(uow: UnitOfWork, violation_id: UUID, *, seen: int, by: Actor, own: bool = False) -> tuple[Head, Case]:
    """The enterprise, locked, and the violation; only the reply is the enterprise's `own` step."""
    if not own:
        by.named_person()
    violations = ViolationRepository(uow.session)
    enterprise_id = (await violations.get(violation_id, visible_to=by)).violation.enterprise_id
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by, lock=True)
    if own:
        by.must_own(enterprise_id)
    else:
        by.must_look_after(head.region)
    case = await violations.get(violation_id, visible_to=by)
    if case.violation.version != seen:
        raise ViolationStale()
    return head, case


async def move(
    uow: UnitOfWork,
    head: Head,
    case: Case,
    deed: Deed,
    *,
    by: Actor,
    assertions: tuple[UUID, ...] = (),
    retracted: tuple[UUID, ...] = (),
) -> Case:
    """Append the step and say so; raises TransitionRefused where the violation cannot take it."""
    violation = case.violation
    step = ViolationStep(
        id=new_id(),
        violation_id=violation.id,
        number=violation.version,
        action=deed.action,
        state=VIOLATIONS.after(violation.state, deed.action),
        at=uow.now,
        by=Origin.of(by),
        note=deed.note,
        terms=deed.terms,
        evidence=await checked_evidence(uow, violation.enterprise_id, deed.evidence, by=by),
        assertions=assertions,
        retracted=retracted,
    )
    await ViolationRepository(uow.session).take(violation, step)
    await uow.record(event(EVENTS[deed.action], violation, head, terms=deed.terms), by=by)
    return await ViolationRepository(uow.session).get(violation.id, visible_to=by)


async def checked_evidence(
    uow: UnitOfWork, enterprise_id: UUID, evidence: Sequence[Evidence], *, by: Actor
) -> tuple[Evidence, ...]:
    """The pieces; one that is an inspection names one of this enterprise that stands. Raises EvidenceInvalid."""
    found = checked(evidence)
    if any(one.kind == "inspection" for one in found):
        visits = await InspectionRepository(uow.session).of_enterprise(enterprise_id, visible_to=by)
        known = {str(one.id) for one in visits if one.corrected_by is None}
        errors = [
            FieldError(
                pointer=f"/evidence/{index}/reference",
                code="inspection_unknown",
                zh="应为该企业一份有效（未被更正）的检查记录的编号。",
                en="This has to be the id of an inspection of the enterprise that was not corrected.",
            )
            for index, one in enumerate(found)
            if one.kind == "inspection" and one.reference not in known
        ]
        if errors:
            raise EvidenceInvalid(errors=errors)
    return found


def event(kind: str, violation: Violation, head: Head, *, terms: Terms = NOTHING) -> Event:
    """What happened to a violation, for audit and outbox alike."""
    return Event(
        type=kind,
        subject=str(violation.id),
        enterprise_id=str(violation.enterprise_id),
        region=head.region,
        data={
            "subject_id": str(violation.subject_id),
            "pack": violation.pack_name,
            "season": violation.season,
            "claims": [one.as_json() for one in violation.claims],
            "terms": terms.as_json(),
        },
    )

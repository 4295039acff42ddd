"""Inspections: a person of the authority records what was seen, and corrects it by recording it anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.events import Event
from app.domain.evidence import Evidence, checked
from app.domain.facts.assertions import SubjectUnknown
from app.domain.inspections import (
    Finding,
    Inspection,
    InspectionCorrected,
    InspectionUnknown,
    refuse_misfits,
    running_for,
)
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.inspections import InspectionRepository
from app.persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit as somebody reports it; no subject means the enterprise as a whole."""

    subject_id: UUID | None
    from_at: datetime
    until_at: datetime
    inspectors: Sequence[str]
    findings: Sequence[Finding]
    evidence: Sequence[Evidence]
    corrects: UUID | None = None
    reason: str | None = None


async def record_inspection(uow: UnitOfWork, enterprise_id: UUID, visit: Visit, *, by: Actor) -> Inspection:
    """Keep a visit; one that corrects another takes its place, and each is corrected at most once."""
    by.named_person()
    reader = EnterpriseReader(uow.session)
    # Under the lock: of two who correct the same visit, one finds it corrected.
    head = await reader.head(enterprise_id, visible_to=by, lock=True)
    by.must_look_after(head.region)
    enterprise = await reader.get(enterprise_id, visible_to=by)
    subject = visit.subject_id or enterprise_id
    if enterprise.level_of(subject) is None:
        raise SubjectUnknown(subject_id=subject)
    if visit.corrects is not None:
        await _correctable(uow, enterprise_id, visit.corrects, by)
    inspection = Inspection(
        id=new_id(),
        enterprise_id=enterprise_id,
        subject_id=subject,
        from_at=visit.from_at,
        until_at=visit.until_at,
        inspectors=tuple(visit.inspectors),
        findings=tuple(replace(one, runs_for=running_for(one, enterprise)) for one in visit.findings),
        evidence=checked(visit.evidence),
        corrects=visit.corrects,
        reason=visit.reason,
        known_at=uow.now,
        recorded_by=Origin.of(by),
    )
    refuse_misfits(inspection, enterprise)
    await InspectionRepository(uow.session).add(inspection)
    done = "recorded" if visit.corrects is None else "corrected"
    event = Event(
        type=f"inspection.{done}",
        subject=str(inspection.id),
        enterprise_id=str(enterprise_id),
        region=head.region,
        data={
            "subject_id": str(subject),
            "from_at": visit.from_at.isoformat(),
            "until_at": visit.until_at.isoformat(),
            "kinds": sorted({one.kind for one in inspection.findings}),
            "corrects": None if visit.corrects is None else str(visit.corrects),
        },
    )
    await uow.record(event, by=by)
    return inspection


async def _correctable(uow: UnitOfWork, enterprise_id: UUID, inspection_id: UUID, by: Actor) -> None:
    former = await InspectionRepository(uow.session).get(inspection_id, visible_to=by)
    if former.enterprise_id != enterprise_id:
        raise InspectionUnknown()
    if former.corrected_by is not None:
        raise InspectionCorrected(by=former.corrected_by)

"""Inspections: visits with what was seen, as recorded by a person of the authority."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import AwareDatetime, Field, model_validator

from app.api.bodies import AnswerBody, Instant, Name, RegionCode, RequestBody
from app.api.evidence import EvidenceItem, EvidenceRequests, HandOut
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.structure import Text
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.facts.values import decimal_text
from app.domain.inspections import Finding, FindingKind, Inspection
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.inspections import InspectionRepository, InspectionSearch
from app.services import inspections

routes = router("inspections", "")
Reader = Annotated[Actor, Depends(caller("inspections:read"))]
Recorder = Annotated[Actor, Depends(caller("inspections:write"))]
Count = Annotated[int, Field(ge=0, le=100_000)]


class FindingRequest(RequestBody):
    """One thing that was seen; which further fields it takes depends on its kind.

    `units_running` takes `count` and `total`; `meter_reading` takes `value`, `unit` and the registered `meter`;
    `other` takes `text`, which every kind may carry.
    """

    subject_id: UUID
    kind: FindingKind
    at: AwareDatetime
    value: Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,6})?$")] | None = None
    unit: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    meter: Annotated[str, Field(min_length=1, max_length=64, description="Code of a registered meter.")] | None = None
    count: Count | None = None
    total: Annotated[int, Field(ge=1, le=100_000)] | None = None
    text: Text | None = None

    def finding(self) -> Finding:
        return Finding(
            subject_id=self.subject_id,
            kind=self.kind,
            at=self.at,
            value=None if self.value is None else Decimal(self.value),
            unit=self.unit,
            meter=self.meter,
            count=self.count,
            total=self.total,
            text=self.text,
        )


class InspectionRequest(RequestBody):
    """A visit that is over; without a subject it was to the enterprise as a whole."""

    subject_id: UUID | None = None
    from_at: AwareDatetime
    until_at: AwareDatetime
    inspectors: Annotated[list[Name], Field(min_length=1, max_length=20)]
    findings: Annotated[list[FindingRequest], Field(min_length=1, max_length=500)]
    evidence: EvidenceRequests = Field(default_factory=list)
    corrects: UUID | None = Field(default=None, description="The inspection that this one takes the place of.")
    reason: Text | None = Field(default=None, description="Why it is corrected; only with `corrects`.")

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if (self.corrects is None) != (self.reason is None):
            raise ValueError("a correction names the inspection and the reason, both or neither")
        return self


class FindingOut(AnswerBody):
    """One thing that was seen; `runs` says that it shows production running."""

    subject_id: UUID
    kind: FindingKind
    at: Instant
    value: str | None
    unit: str | None
    meter: str | None
    count: int | None
    total: int | None
    text: str | None
    runs: bool


class InspectionOut(AnswerBody):
    """A visit; one that was corrected no longer counts and stays readable."""

    id: UUID
    enterprise_id: UUID
    subject_id: UUID
    from_at: Instant
    until_at: Instant
    inspectors: list[str]
    findings: list[FindingOut]
    evidence: list[EvidenceItem]
    recorded: HandOut
    corrects: UUID | None
    reason: str | None
    corrected_by: UUID | None


class InspectionPage(AnswerBody):
    """Some inspections, newest first."""

    items: list[InspectionOut]
    next_cursor: str | None


@routes.post("/enterprises/{enterprise_id}/inspections", status_code=201, dependencies=[Idempotent])
async def record_inspection(
    enterprise_id: UUID, body: InspectionRequest, actor: Recorder, uow: Unit, response: Response
) -> InspectionOut:
    """Reserved to a person of the authority; a correction is a new inspection that names the one it corrects."""
    visit = inspections.Visit(
        subject_id=body.subject_id,
        from_at=body.from_at,
        until_at=body.until_at,
        inspectors=body.inspectors,
        findings=[one.finding() for one in body.findings],
        evidence=[one.evidence() for one in body.evidence],
        corrects=body.corrects,
        reason=body.reason,
    )
    made = await inspections.record_inspection(uow, enterprise_id, visit, by=actor)
    response.headers["Location"] = f"/v1/inspections/{made.id}"
    return out(made)


@routes.get("/enterprises/{enterprise_id}/inspections")
async def list_enterprise_inspections(
    *,
    enterprise_id: UUID,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    known_at: Annotated[AwareDatetime | None, Query(description="As it was known at this instant.")] = None,
) -> InspectionPage:
    """Visits to one enterprise, corrections beside what they correct."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    return await _page(uow, actor, page, InspectionSearch(enterprise_id=enterprise_id, known_at=known_at))


@routes.get("/inspections")
async def list_inspections(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    first: Annotated[date | None, Query(alias="from", description="First day of visits, in China.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last day of visits, included.")] = None,
) -> InspectionPage:
    """Visits in a region."""
    return await _page(uow, actor, page, InspectionSearch(region=region, first=first, last=last))


@routes.get("/inspections/{inspection_id}")
async def get_inspection(inspection_id: UUID, actor: Reader, uow: Unit) -> InspectionOut:
    """One visit with its findings."""
    return out(await InspectionRepository(uow.session).get(inspection_id, visible_to=actor))


async def _page(uow: Unit, actor: Actor, page: PageQuery, search: InspectionSearch) -> InspectionPage:
    found = await InspectionRepository(uow.session).page(
        search, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return InspectionPage(items=[out(one) for one in items], next_cursor=next_cursor)


def out(one: Inspection) -> InspectionOut:
    return InspectionOut(
        id=one.id,
        enterprise_id=one.enterprise_id,
        subject_id=one.subject_id,
        from_at=one.from_at,
        until_at=one.until_at,
        inspectors=list(one.inspectors),
        findings=[_finding(finding) for finding in one.findings],
        evidence=[EvidenceItem.of(item) for item in one.evidence],
        recorded=HandOut.of(one.recorded_by, one.known_at),
        corrects=one.corrects,
        reason=one.reason,
        corrected_by=one.corrected_by,
    )


def _finding(one: Finding) -> FindingOut:
    return FindingOut(
        subject_id=one.subject_id,
        kind=one.kind,
        at=one.at,
        value=None if one.value is None else decimal_text(one.value),
        unit=one.unit,
        meter=one.meter,
        count=one.count,
        total=one.total,
        text=one.text,
        runs=bool(one.runs_for),
    )

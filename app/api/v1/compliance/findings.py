"""Findings: everything that is not compliant, with what reproduces it; a person opens a case from one."""

from datetime import date
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.compliance_bodies import (
    CheckWord,
    ComplianceFindingOut,
    ComplianceFindingPage,
    ComplianceFindingSummary,
    ComplianceViolationRequest,
    baseline_out,
    finding_out,
    summary_fields,
)
from app.api.language import Lang
from app.api.pagination import PageQuery
from app.api.preconditions import etag
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.api.violation_bodies import ViolationDetail, detail
from app.domain.access import Actor
from app.domain.compliance.findings import VerdictWord
from app.domain.periods import season_of
from app.persistence.compliance.findings import FindingRepository, FindingSearch
from app.persistence.compliance.rows import PartRow
from app.persistence.compliance.verdicts import VerdictRepository
from app.services.compliance import accusing
from app.services.violations import reporting

routes = router("compliance", "/compliance-findings")
Reader = Annotated[Actor, Depends(caller("compliance:read"))]
Accuser = Annotated[Actor, Depends(caller("violations:write"))]


def search(
    *,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    enterprise_id: Annotated[UUID | None, Query()] = None,
    subject_id: Annotated[UUID | None, Query()] = None,
    first_day: Annotated[date | None, Query(alias="from", description="The first day.")] = None,
    last_day: Annotated[date | None, Query(alias="to", description="The last day, included.")] = None,
    check: Annotated[CheckWord | None, Query()] = None,
    verdict: Annotated[VerdictWord | None, Query()] = None,
    look: Annotated[bool | None, Query(description="Only what a person should look at.")] = None,
) -> FindingSearch:
    return FindingSearch(
        region=region,
        enterprise_id=enterprise_id,
        subject_id=subject_id,
        first_day=first_day,
        last_day=last_day,
        check=check,
        verdict=verdict,
        look=look,
    )


@routes.get("")
async def list_compliance_findings(
    actor: Reader, uow: Unit, page: PageQuery, language: Lang, wanted: Annotated[FindingSearch, Depends(search)]
) -> ComplianceFindingPage:
    """Those that stand, in order of days."""
    found = await FindingRepository(uow.session).page(wanted, visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.day, one.id))
    return ComplianceFindingPage(
        items=[ComplianceFindingSummary(**summary_fields(one, orjson.loads(one.document), language)) for one in items],
        next_cursor=next_cursor,
    )


@routes.get("/{finding_id}")
async def get_compliance_finding(finding_id: UUID, actor: Reader, uow: Unit, language: Lang) -> ComplianceFindingOut:
    """Also one that no longer stands."""
    one = await FindingRepository(uow.session).get(finding_id, visible_to=actor)
    verdicts = VerdictRepository(uow.session)
    named: dict[str, str] = orjson.loads(one.document).get("baselines", {})
    keys = [(one.enterprise_id, bytes.fromhex(digest)) for digest in named.values()]
    parts = await verdicts.documents(PartRow, keys) if keys else {}
    row = await verdicts.one(one.enterprise_id, one.subject_id, one.verdict_id)
    baselines = [baseline_out(digest.hex(), orjson.loads(document)) for (_, digest), document in sorted(parts.items())]
    return finding_out(one, language, baselines, None if row is None else row.replaces)


@routes.post("/{finding_id}/violation", status_code=201, dependencies=[Idempotent])
async def open_violation(
    finding_id: UUID, body: ComplianceViolationRequest, actor: Accuser, uow: Unit, response: Response
) -> ViolationDetail:
    """A person opens a case with the finding as its evidence; nothing becomes fact by it."""
    found = await accusing.grounds(uow, finding_id, by=actor)
    report = reporting.Report(
        subject_id=found.subject_id,
        pack_name=body.pack,
        season=season_of(found.day),
        occurred_from=found.day,
        occurred_to=found.day,
        suspicions=[one.suspicion() for one in body.claims],
        what=body.what or accusing.says(found),
        evidence=[accusing.evidence_of(found), *(one.evidence() for one in body.evidence)],
    )
    case = await reporting.report_violation(uow, found.enterprise_id, report, by=actor)
    response.headers["Location"] = f"/v1/violations/{case.violation.id}"
    response.headers["ETag"] = etag(case.violation.version)
    return detail(case)

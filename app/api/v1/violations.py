"""Violations: suspected, heard, and decided by a person; facts and measures follow only from a confirmation."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.changes import change_out, redecided
from app.api.consequence_bodies import ConsequenceReport, report_out
from app.api.language import Lang
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.api.violation_bodies import (
    ChangedViolation,
    ConfirmationRequest,
    ConfirmedViolation,
    DismissalRequest,
    HearingRequest,
    OverturningRequest,
    RectificationRequest,
    ReplyRequest,
    ViolationDetail,
    ViolationList,
    ViolationPage,
    ViolationRequest,
    ViolationStateCode,
    detail,
    steps_out,
    violation_out,
)
from app.domain.access import Actor
from app.domain.errors import Language
from app.domain.violations.violation import Case, ViolationState
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.violations.repository import ViolationRepository
from app.services.violations import deciding, foreseeing, reporting

routes = router("violations", "")
Reader = Annotated[Actor, Depends(caller("violations:read"))]
Speaker = Annotated[Actor, Depends(caller("violations:write"))]
Authority = Annotated[Actor, Depends(caller("violations:decide"))]


@routes.post("/enterprises/{enterprise_id}/violations", status_code=201, dependencies=[Idempotent])
async def report_violation(
    enterprise_id: UUID, body: ViolationRequest, actor: Speaker, uow: Unit, response: Response
) -> ViolationDetail:
    """An officer of the region reports it, or a program does; nothing becomes fact by it."""
    report = reporting.Report(
        subject_id=body.subject_id,
        pack_name=body.pack,
        season=body.season,
        occurred_from=body.occurred_from,
        occurred_to=body.occurred_to or body.occurred_from,
        suspicions=[one.suspicion() for one in body.claims],
        what=body.what,
        evidence=[one.evidence() for one in body.evidence],
    )
    case = await reporting.report_violation(uow, enterprise_id, report, by=actor)
    response.headers["Location"] = f"/v1/violations/{case.violation.id}"
    return told(case, response)


@routes.get("/enterprises/{enterprise_id}/violations")
async def list_enterprise_violations(enterprise_id: UUID, actor: Reader, uow: Unit) -> ViolationList:
    """Cases against one enterprise, in whatever state."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    found = await ViolationRepository(uow.session).of_enterprise(enterprise_id, visible_to=actor)
    return ViolationList(items=[violation_out(case.violation) for case in found])


@routes.get("/violations")
async def list_violations(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    state: Annotated[ViolationStateCode | None, Query(description="Only what stands here.")] = None,
) -> ViolationPage:
    """Cases in a region, by state."""
    found = await ViolationRepository(uow.session).page(
        region=region,
        state=None if state is None else ViolationState(state),
        visible_to=actor,
        after=page.after,
        limit=page.limit + 1,
    )
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return ViolationPage(items=[violation_out(one) for one in items], next_cursor=next_cursor)


@routes.get("/violations/{violation_id}")
async def get_violation(violation_id: UUID, actor: Reader, uow: Unit, response: Response) -> ViolationDetail:
    """One case: the claims, what was heard, and how it stands."""
    return told(await ViolationRepository(uow.session).get(violation_id, visible_to=actor), response)


@routes.get("/violations/{violation_id}/consequences")
async def foresee_consequences(
    violation_id: UUID,
    *,
    actor: Reader,
    uow: Unit,
    language: Lang,
    from_day: Annotated[date | None, Query(description="The day in the order; today if absent.")] = None,
    fact: Annotated[list[str] | None, Query(description="Only these of the claims.", max_length=20)] = None,
    overrides: Annotated[bool, Query(description="Hold instead of another value that stands.")] = False,
) -> ConsequenceReport:
    """What confirming it would change, as things are now; nothing is stored."""
    proven = foreseeing.Proven(from_day=from_day, facts=fact, overrides=overrides)
    found = await foreseeing.would_follow(uow, violation_id, proven, by=actor)
    case = await ViolationRepository(uow.session).get(violation_id, visible_to=actor)
    changes = [change_out(one.pack_name, one.season, each, language) for one in found.plans for each in one.changes]
    return report_out(found, case.violation, changes, language)


@routes.post("/violations/{violation_id}/hearing", status_code=201, dependencies=[Idempotent])
async def open_hearing(
    *, violation_id: UUID, body: HearingRequest, version: IfMatch, actor: Authority, uow: Unit, response: Response
) -> ViolationDetail:
    """A person tells the enterprise what it is suspected of and until when it may reply."""
    case = await reporting.hear(
        uow, violation_id, reply_until=body.reply_until, notice=body.notice, seen=version, by=actor
    )
    return told(case, response)


@routes.post("/violations/{violation_id}/reply", status_code=201, dependencies=[Idempotent])
async def reply_to_violation(
    *, violation_id: UUID, body: ReplyRequest, version: IfMatch, actor: Speaker, uow: Unit, response: Response
) -> ViolationDetail:
    """The enterprise's own step."""
    evidence = [one.evidence() for one in body.evidence]
    case = await reporting.reply(uow, violation_id, text=body.text, evidence=evidence, seen=version, by=actor)
    return told(case, response)


@routes.post("/violations/{violation_id}/confirmation", status_code=201, dependencies=[Idempotent])
async def confirm_violation(
    *,
    violation_id: UUID,
    body: ConfirmationRequest,
    version: IfMatch,
    actor: Authority,
    uow: Unit,
    language: Lang,
    response: Response,
) -> ConfirmedViolation:
    """A person who did not report it; only after the reply, or when the time for it is over."""
    proven = foreseeing.Proven(from_day=body.from_day, facts=body.facts, overrides=body.overrides)
    case, found = await deciding.confirm(
        uow,
        violation_id,
        proven,
        basis=body.basis,
        evidence=[one.evidence() for one in body.evidence],
        seen=version,
        by=actor,
    )
    changes = await redecided(uow, case.violation.enterprise_id, by=actor, language=language)
    response.headers["ETag"] = etag(case.violation.version)
    return ConfirmedViolation(
        violation=violation_out(case.violation),
        steps=steps_out(case),
        report=report_out(found, case.violation, changes, language),
    )


@routes.post("/violations/{violation_id}/dismissal", status_code=201, dependencies=[Idempotent])
async def dismiss_violation(
    *, violation_id: UUID, body: DismissalRequest, version: IfMatch, actor: Authority, uow: Unit, response: Response
) -> ViolationDetail:
    """A person lets the suspicion go, before or after hearing."""
    evidence = [one.evidence() for one in body.evidence]
    case = await reporting.dismiss(uow, violation_id, reason=body.reason, evidence=evidence, seen=version, by=actor)
    return told(case, response)


@routes.post("/violations/{violation_id}/rectification", status_code=201, dependencies=[Idempotent])
async def accept_rectification(
    *,
    violation_id: UUID,
    body: RectificationRequest,
    version: IfMatch,
    actor: Authority,
    uow: Unit,
    language: Lang,
    response: Response,
) -> ChangedViolation:
    """A person accepts it: what was to last until rectified ends on that day, what lasts for the season stays."""
    case = await deciding.rectify(
        uow,
        violation_id,
        accepted_on=body.accepted_on,
        note=body.note,
        evidence=[one.evidence() for one in body.evidence],
        seen=version,
        by=actor,
    )
    return await changed(uow, case, actor, language, response)


@routes.post("/violations/{violation_id}/overturning", status_code=201, dependencies=[Idempotent])
async def overturn_violation(
    *,
    violation_id: UUID,
    body: OverturningRequest,
    version: IfMatch,
    actor: Authority,
    uow: Unit,
    language: Lang,
    response: Response,
) -> ChangedViolation:
    """A person takes the finding back, and with it all facts it made; what was known before stays readable."""
    evidence = [one.evidence() for one in body.evidence]
    case = await deciding.overturn(uow, violation_id, reason=body.reason, evidence=evidence, seen=version, by=actor)
    return await changed(uow, case, actor, language, response)


async def changed(uow: Unit, case: Case, actor: Actor, language: Language, response: Response) -> ChangedViolation:
    changes = await redecided(uow, case.violation.enterprise_id, by=actor, language=language)
    response.headers["ETag"] = etag(case.violation.version)
    return ChangedViolation(violation=violation_out(case.violation), steps=steps_out(case), changes=changes)


def told(case: Case, response: Response) -> ViolationDetail:
    response.headers["ETag"] = etag(case.violation.version)
    return detail(case)

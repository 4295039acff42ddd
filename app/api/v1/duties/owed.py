"""Duties: what plans ask people to report, file or do, listed by day, filed, received and waived."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.bodies import Moment, RegionCode
from app.api.duty_bodies import (
    DutyFilingRequest,
    DutyOut,
    DutyPage,
    DutyReceiptRequest,
    DutyWaiverRequest,
    DutyWithFilings,
)
from app.api.language import Lang
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.refusals import ValidationFailed
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.duties.filing import DutyCase, DutyState
from app.domain.duties.terms import Who
from app.domain.errors import FieldError, Language
from app.persistence.duties.repository import DutyRepository, DutySearch
from app.persistence.duties.rows import NEVER
from app.persistence.unit_of_work import UnitOfWork
from app.services.duties import filing

routes = router("duties")
Reader = Annotated[Actor, Depends(caller("duties:read"))]
Filer = Annotated[Actor, Depends(caller("duties:write"))]
Authority = Annotated[Actor, Depends(caller("duties:decide"))]


@routes.get("")
async def list_duties(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    language: Lang,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    enterprise_id: Annotated[UUID | None, Query()] = None,
    state: Annotated[
        DutyState | None, Query(description="As of now; left out, everything but what is owed no more.")
    ] = None,
    who: Annotated[Who | None, Query(description="Whose duty it is.")] = None,
    pack: Annotated[str | None, Query(max_length=60, description="The plan.")] = None,
    season: Annotated[int | None, Query(ge=2013, le=2100)] = None,
    duty: Annotated[str | None, Query(max_length=100, description="The duty's name in its pack.")] = None,
    due_from: Annotated[Moment | None, Query(description="Due at this instant or later.")] = None,
    due_until: Annotated[Moment | None, Query(description="Due before this instant.")] = None,
) -> DutyPage:
    """The earliest due first, what has no day last."""
    search = DutySearch(
        region=region,
        enterprise_id=enterprise_id,
        state=state,
        who=who,
        pack=pack,
        season=season,
        duty=duty,
        due_from=due_from,
        due_until=due_until,
    )
    found = await DutyRepository(uow.session).page(
        search, now=uow.now, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: ((one.term.due_at or NEVER).isoformat(), one.id))
    return DutyPage(items=[DutyOut.of(one, uow.now, language) for one in items], next_cursor=next_cursor)


@routes.get("/{duty_id}")
async def get_duty(duty_id: UUID, actor: Reader, uow: Unit, language: Lang, response: Response) -> DutyWithFilings:
    """One dated duty, and how it stands."""
    case = await DutyRepository(uow.session).get(duty_id, visible_to=actor)
    return told(uow, case, language, response)


@routes.post("/{duty_id}/filings", status_code=201, dependencies=[Idempotent])
async def file_duty_report(
    *,
    duty_id: UUID,
    body: DutyFilingRequest,
    seen: IfMatch,
    actor: Filer,
    uow: Unit,
    language: Lang,
    response: Response,
) -> DutyWithFilings:
    """By the enterprise itself, the power supplier, or a named person of the body; filed again, it is a new version."""
    case = await filing.file_report(uow, duty_id, body.reported(), seen=seen, by=actor)
    return told(uow, case, language, response)


@routes.post("/{duty_id}/receipt", status_code=201, dependencies=[Idempotent])
async def receive_duty_report(
    *,
    duty_id: UUID,
    body: DutyReceiptRequest,
    seen: IfMatch,
    actor: Authority,
    uow: Unit,
    language: Lang,
    response: Response,
) -> DutyWithFilings:
    """A person of the plan's authority confirms the newest filing or returns it; not whoever filed it."""
    if body.verdict == "returned" and not body.reason:
        raise ValidationFailed(errors=[REASON_MISSING])
    case = await filing.receive(uow, duty_id, body.verdict, body.reason or "", seen=seen, by=actor)
    return told(uow, case, language, response)


@routes.post("/{duty_id}/waiver", status_code=201, dependencies=[Idempotent])
async def waive_duty(
    *,
    duty_id: UUID,
    body: DutyWaiverRequest,
    seen: IfMatch,
    actor: Authority,
    uow: Unit,
    language: Lang,
    response: Response,
) -> DutyWithFilings:
    """A person of the authority frees somebody else; a body is freed by the region above it."""
    case = await filing.waive(uow, duty_id, body.reason, seen=seen, by=actor)
    return told(uow, case, language, response)


REASON_MISSING = FieldError(pointer="/reason", code="missing", zh="退回须说明理由。", en="Say why it is returned.")


def told(uow: UnitOfWork, case: DutyCase, language: Language, response: Response) -> DutyWithFilings:
    response.headers["ETag"] = etag(case.owed.version)
    return DutyWithFilings.of_case(case, uow.now, language)

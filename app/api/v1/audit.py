"""The audit: who did what, when, to what; written with each change and never altered."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field

from app.api.bodies import AnswerBody, Instant
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.transactions import Unit, router
from app.domain.access import Actor
from app.persistence.audit import AuditReader

routes = router("audit")
Reader = Annotated[Actor, Depends(caller("audit:read"))]
Identifier = Annotated[str | None, Query(max_length=60)]


class AuditEntry(AnswerBody):
    """One act, and the person behind it where there is one."""

    position: int
    at: Instant
    type: str
    subject: str
    enterprise_id: str | None
    region: str | None
    data: dict[str, Any] = Field(json_schema_extra={"additionalProperties": True})
    client_id: str
    person_name: str | None
    person_office: str | None
    request_id: str | None


class AuditPage(AnswerBody):
    """Some of the audit, newest first."""

    items: list[AuditEntry]
    next_cursor: str | None


@routes.get("")
async def list_audit_entries(
    actor: Reader, uow: Unit, page: PageQuery, subject: Identifier = None, enterprise_id: Identifier = None
) -> AuditPage:
    """Who changed what, the newest first."""
    found = await AuditReader(uow.session).newest(
        subject=subject, enterprise_id=enterprise_id, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda entry: (entry.position,))
    return AuditPage(
        items=[AuditEntry.model_validate(one, from_attributes=True) for one in items], next_cursor=next_cursor
    )

"""Attachments: files for a duty's reports, checked by their bytes, answered with their hash, given out as downloads."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator, Field

from app.api.bodies import AnswerBody, Instant
from app.api.files import BINARY, attached
from app.api.options import options_of
from app.api.refusals import UnsupportedMediaType
from app.api.security import caller
from app.api.structure import plain
from app.api.transactions import Idempotent, StrictRequest, TransactionalRoute, Unit, router
from app.domain.access import Actor
from app.domain.duties.attachments import ENDINGS, Attachment
from app.integrations.media_types import media_type_of
from app.persistence.duties.attachments import AttachmentRepository
from app.services.duties import attaching

ANY = "application/octet-stream"
Reader = Annotated[Actor, Depends(caller("duties:read"))]
Filer = Annotated[Actor, Depends(caller("duties:write"))]


class AttachmentRoute(TransactionalRoute):
    """A route whose body is bounded by its own setting."""

    async def read(self, request: StrictRequest) -> None:
        if request.method == "POST":
            request.limit_body(options_of(request).max_attachment_bytes)
        await super().read(request)


routes = router("attachments", route_class=AttachmentRoute)


class AttachmentOut(AnswerBody):
    """A file without its bytes."""

    id: UUID
    duty_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str = Field(description="SHA-256 of the bytes that were sent, in hex.")
    uploaded_at: Instant

    @classmethod
    def of(cls, one: Attachment) -> "AttachmentOut":
        return cls(
            id=one.id,
            duty_id=one.duty_id,
            name=one.name,
            media_type=one.media_type,
            size=one.size,
            sha256=one.sha256,
            uploaded_at=one.at,
        )


@routes.post(
    "",
    status_code=201,
    dependencies=[Idempotent],
    openapi_extra={"requestBody": {"required": True, "content": {ANY: BINARY}}},
)
async def upload_attachment(
    *,
    request: Request,
    actor: Filer,
    uow: Unit,
    duty_id: Annotated[UUID, Query(description="The duty whose report it belongs to.")],
    name: Annotated[
        str,
        Query(min_length=1, max_length=255, description="What people call the file; it is tidied."),
        AfterValidator(plain),
    ],
) -> AttachmentOut:
    """PDF, JPEG, PNG, DOCX, XLSX or CSV, told from the bytes; by whoever files the duty's reports."""
    content = await request.body()
    media_type = media_type_of(content) if content else ANY
    if media_type is None:
        raise UnsupportedMediaType(accepted=", ".join(sorted(set(ENDINGS.values()))))
    return AttachmentOut.of(await attaching.attach(uow, duty_id, content, name=name, media_type=media_type, by=actor))


@routes.get(
    "/{attachment_id}",
    response_class=Response,
    responses={200: {"description": "The bytes as they were sent.", "content": {ANY: BINARY}}},
)
async def download_attachment(attachment_id: UUID, actor: Reader, uow: Unit) -> Response:
    """By whoever sees the duty; always a download, whatever it is."""
    found, content = await AttachmentRepository(uow.session).get(attachment_id, visible_to=actor)
    headers = attached(found.name) | {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "ETag": f'"{found.sha256}"',
        "Cache-Control": "private, no-cache",
    }
    return Response(content, media_type=ANY, headers=headers)

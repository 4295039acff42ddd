"""Operations: long work, its progress, its result, and the way to stop it."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Response
from pydantic import Field

from app.api.bodies import AnswerBody
from app.api.language import Lang
from app.api.long_work import OperationOut, out
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.transactions import Now, Unit, router
from app.domain.access import Actor
from app.domain.operations import OperationHasNoFile, OperationState, ResultNotReady
from app.persistence.operations import OperationRepository
from app.persistence.uploads import UploadRepository
from app.services import operations

routes = router("operations")
Anyone = Annotated[Actor, Depends(caller(None))]


class OperationPage(AnswerBody):
    """Some of the caller's operations, newest first."""

    items: list[OperationOut]
    next_cursor: str | None


class OperationResult(AnswerBody):
    """What an operation brought; the content of `result` is described where the operation was started."""

    operation_id: UUID
    kind: str
    result: dict[str, Any] = Field(json_schema_extra={"additionalProperties": True})


@routes.get("")
async def list_operations(
    *, actor: Anyone, uow: Unit, page: PageQuery, language: Lang, state: OperationState | None = None
) -> OperationPage:
    """Long work of this caller, the newest first; everybody's failed ones are at /v1/jobs/failures."""
    found = await OperationRepository(uow.session).newest(
        visible_to=actor, state=state, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda operation: (operation.id,))
    return OperationPage(items=[out(one, language) for one in items], next_cursor=next_cursor)


@routes.get("/{operation_id}")
async def get_operation(
    operation_id: UUID, actor: Anyone, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """How far long work has come; `Retry-After` says when to ask again."""
    operation = await OperationRepository(uow.session).get(operation_id, visible_to=actor)
    if not operation.is_over:
        response.headers["Retry-After"] = "1"
    return out(operation, language)


@routes.post("/{operation_id}/cancel", status_code=202)
async def cancel_operation(operation_id: UUID, actor: Anyone, uow: Unit, now: Now, language: Lang) -> OperationOut:
    """Cancelling twice is cancelling once; work already done stays."""
    return out(await operations.cancel(uow, operation_id, by=actor, now=now), language)


@routes.get("/{operation_id}/result")
async def get_operation_result(operation_id: UUID, actor: Anyone, uow: Unit) -> OperationResult:
    """What long work found, once it has succeeded."""
    operation = await OperationRepository(uow.session).get(operation_id, visible_to=actor)
    if operation.state is not OperationState.SUCCEEDED:
        raise ResultNotReady(state=operation.state)
    return OperationResult(operation_id=operation.id, kind=operation.kind, result=dict(operation.result or {}))


@routes.get(
    "/{operation_id}/file",
    response_class=Response,
    responses={
        200: {
            "description": "The file the operation made.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def get_operation_file(operation_id: UUID, actor: Anyone, uow: Unit) -> Response:
    """The file that long work left, such as rejected rows."""
    operation = await OperationRepository(uow.session).get(operation_id, visible_to=actor)
    if operation.state is not OperationState.SUCCEEDED:
        raise ResultNotReady(state=operation.state)
    if operation.file_id is None:
        raise OperationHasNoFile()
    file = await UploadRepository(uow.session).get(operation.file_id)
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(file.content, media_type=file.media_type, headers={"Content-Disposition": disposition})

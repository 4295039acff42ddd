"""Long work at the door: 202 with the operation to watch."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import Field

from app.api.bodies import AnswerBody, Instant
from app.domain.errors import Language
from app.domain.operations import Operation, OperationState


class OperationProblemError(AnswerBody):
    """One thing that was wrong."""

    pointer: str
    code: str
    detail: str


class OperationProblem(AnswerBody):
    """Why an operation failed."""

    code: str
    detail: str
    errors: list[OperationProblemError]


class OperationStage(AnswerBody):
    """What a computation works on: the step and how far it is in it, and the gap to the best possible in percent."""

    name: str
    done: int
    of: int
    gap_pct: str | None


class OperationOut(AnswerBody):
    """Long work and how far it is; ask again after `Retry-After` seconds until `state` is final."""

    id: UUID
    kind: str
    state: OperationState
    done: int
    total: int | None
    stage: OperationStage | None = Field(description="Where the work is one computation that gets better and better.")
    cancel_requested: bool
    problem: OperationProblem | None
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    result_url: str | None
    file_url: str | None


def out(operation: Operation, language: Language) -> OperationOut:
    here = f"/v1/operations/{operation.id}"
    succeeded = operation.state is OperationState.SUCCEEDED
    return OperationOut(
        id=operation.id,
        kind=operation.kind,
        state=operation.state,
        done=operation.done,
        total=operation.total,
        stage=None if operation.stage is None else OperationStage.model_validate(operation.stage),
        cancel_requested=operation.cancel_requested,
        problem=None if operation.problem is None else problem_out(dict(operation.problem), language),
        created_at=operation.created_at,
        started_at=operation.started_at,
        finished_at=operation.finished_at,
        result_url=f"{here}/result" if succeeded else None,
        file_url=f"{here}/file" if succeeded and operation.file_id else None,
    )


def problem_out(stored: Mapping[str, Any], language: Language) -> OperationProblem:
    """The worker wrote both languages; the reader chooses."""
    return OperationProblem(
        code=stored["code"],
        detail=stored[language],
        errors=[
            OperationProblemError(pointer=error["pointer"], code=error["code"], detail=error[language])
            for error in stored["errors"]
        ],
    )


def accepted(operation: Operation, response: Response, language: Language) -> OperationOut:
    """The answer of a route declared with status_code=202."""
    response.headers["Location"] = f"/v1/operations/{operation.id}"
    response.headers["Retry-After"] = "1"
    return out(operation, language)

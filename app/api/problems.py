"""Problems: every refusal leaves as one problem document of RFC 9457 with a stable code, in Chinese or English."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from app.api.language import language_of
from app.api.refusals import (
    HttpRefusal,
    MalformedRequest,
    MethodNotAllowed,
    RouteUnknown,
    ServiceUnavailable,
    ValidationFailed,
)
from app.api.validation import field_error
from app.domain.access import MissingScope
from app.domain.errors import Conflict, Forbidden, Invalid, Language, NotFound, Refusal, Stale
from app.persistence.unit_of_work import DatabaseUnavailable

MEDIA_TYPE = "application/problem+json"
STATUS_BY_KIND: dict[type[Refusal], int] = {NotFound: 404, Forbidden: 403, Conflict: 409, Stale: 412, Invalid: 422}
TITLES_ZH = {
    400: "请求格式错误",
    401: "未认证",
    403: "无权操作",
    404: "未找到",
    405: "方法不支持",
    409: "状态冲突",
    410: "已撤回",
    412: "版本已过期",
    413: "请求体过大",
    415: "内容类型不支持",
    422: "内容不符合要求",
    428: "缺少前提条件",
    429: "请求过于频繁",
    500: "内部错误",
    503: "暂不可用",
}


class ProblemError(BaseModel):
    """One wrong field of a refused request."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    pointer: str
    code: str
    detail: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457); programs decide by `code`, people read `detail`."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    errors: list[ProblemError]
    request_id: str


def status_of(refusal: type[Refusal]) -> int:
    own: int | None = getattr(refusal, "http", None)
    if own is not None:
        return own
    return next(status for kind, status in STATUS_BY_KIND.items() if issubclass(refusal, kind))


def title_of(status: int, language: Language) -> str:
    return TITLES_ZH.get(status, "错误") if language == "zh" else HTTPStatus(status).phrase


def problem_of(refusal: Refusal, *, language: Language, instance: str, request_id: str) -> Problem:
    status = status_of(type(refusal))
    return Problem(
        type=f"/v1/problems/{refusal.code}",
        title=title_of(status, language),
        status=status,
        code=refusal.code,
        detail=refusal.message(language),
        instance=instance,
        errors=[
            ProblemError(pointer=error.pointer, code=error.code, detail=error.message(language))
            for error in refusal.errors
        ],
        request_id=request_id,
    )


def problem_response(request: Request, refusal: Refusal, *, headers: Mapping[str, str] | None = None) -> Response:
    language = language_of(request)
    problem = problem_of(
        refusal,
        language=language,
        instance=request.url.path,
        request_id=getattr(request.state, "request_id", ""),
    )
    # The wide log line names the code of every refusal.
    request.state.problem = problem.code
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={
            **getattr(refusal, "headers", {}),
            **(headers or {}),
            "Content-Language": language,
            "Cache-Control": "no-store",
        },
    )


async def refused(request: Request, error: Exception) -> Response:
    """The one place where a domain error, a framework error or a lost database becomes a problem."""
    if isinstance(error, MissingScope):
        challenge = f'Bearer realm="cuofeng", error="insufficient_scope", scope="{error.params["scope"]}"'
        return problem_response(request, error, headers={"WWW-Authenticate": challenge})
    if isinstance(error, Refusal):
        return problem_response(request, error)
    if isinstance(error, RequestValidationError):
        return problem_response(request, validation_refusal(error))
    if isinstance(error, HTTPException):
        return problem_response(request, framework_refusal(error), headers=error.headers)
    return problem_response(request, ServiceUnavailable(headers={"Retry-After": "5"}))


def validation_refusal(error: RequestValidationError) -> Refusal:
    found = error.errors()
    if found and found[0]["type"] == "json_invalid":
        return MalformedRequest(reason=found[0].get("ctx", {}).get("error", "JSON"))
    return ValidationFailed(errors=[field_error(one) for one in found])


def framework_refusal(error: HTTPException) -> HttpRefusal:
    match error.status_code:
        case 404:
            return RouteUnknown()
        case 405:
            return MethodNotAllowed()
        case _:
            return MalformedRequest(reason=error.detail)


def add_problems(app: FastAPI) -> None:
    for kind in (Refusal, RequestValidationError, HTTPException, DatabaseUnavailable):
        app.add_exception_handler(kind, refused)

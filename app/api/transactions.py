"""One request, one transaction, committed before the first byte leaves.

A `yield` dependency would commit after the client has its 201 (FastAPI runs its exit code behind the response),
so a route class owns the unit of work. Whatever the method, a request that succeeds ends in one COMMIT (reads too:
the cheapest honest end of a transaction); a refusal and the replay of an earlier answer end in a ROLLBACK.
"""

import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi import params as fastapi_params
from fastapi.routing import APIRoute
from starlette.types import Message

from app.api.idempotency import Idempotent, Replayed, idempotency_key, keep_answer, optional_key
from app.api.preconditions import unless_known
from app.api.refusals import BodyTooLarge, MalformedRequest, UnsupportedMediaType
from app.api.security import Caller, recognise
from app.persistence.unit_of_work import UnitOfWork, open_unit

__all__ = ["Idempotent", "Now", "TransactionalRoute", "Unit", "router"]

# What anybody may send without a token: a form, no file.
PUBLIC_BODY_BYTES = 65_536
_BODY_METHODS = {"POST", "PUT", "PATCH", "DELETE"}
# An escaped NUL is valid JSON, and no PostgreSQL text can hold it; an even run of backslashes before it is plain text.
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class StrictRequest(Request):
    """A request whose JSON is read strictly: UTF-8 only, no NaN, no endless nesting."""

    def limit_body(self, limit: int) -> None:
        """Refuse more than this many bytes, whatever the service allows callers it knows."""
        receive, received = self._receive, 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge(limit=limit, headers={"Connection": "close"})
            return message

        self._receive = counted

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            body = await self.body()
            if _ESCAPED_NUL.search(body):
                raise MalformedRequest(reason="U+0000")
            try:
                self._json = orjson.loads(body)
            except orjson.JSONDecodeError as error:
                raise MalformedRequest(reason=error.msg) from None
        return self._json


class TransactionalRoute(APIRoute):
    """A route that runs in its own unit of work and answers only after the commit."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.needs_token = any(isinstance(one.call, Caller) for one in self.dependant.dependencies)
        declared = {one.dependency for one in self.dependencies}
        self.idempotent = bool(declared & {idempotency_key, optional_key})
        self.key_optional = optional_key in declared

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        run = super().get_route_handler()

        async def handle(bare: Request) -> Response:
            request = StrictRequest(bare.scope, bare.receive)
            # The body is read before the transaction opens: a slow sender holds no connection.
            await self.read(request)
            state = request.app.state
            try:
                async with open_unit(
                    state.sessions, now=state.clock(), request_id=getattr(request.state, "request_id", None)
                ) as unit:
                    request.state.unit = unit
                    response = await run(request)
                    await keep_answer(request, response)
            except Replayed as replayed:
                return replayed.response
            return unless_known(request, response)

        return handle

    async def read(self, request: StrictRequest) -> None:
        refuse_nul(request)
        if request.method not in _BODY_METHODS:
            return
        if self.needs_token:
            await recognise(request, now=request.app.state.clock())
        else:
            request.limit_body(PUBLIC_BODY_BYTES)
        body = await request.body()
        if not body or self.body_field is None:
            return
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if isinstance(self.body_field.field_info, fastapi_params.Form):
            if media_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
                raise UnsupportedMediaType(accepted="application/x-www-form-urlencoded")
        elif media_type != "application/json" and not media_type.endswith("+json"):
            raise UnsupportedMediaType(accepted="application/json")
        else:
            await request.json()


def refuse_nul(request: Request) -> None:
    if b"%00" in request.scope.get("query_string", b"") or "\0" in request.scope["path"]:
        raise MalformedRequest(reason="U+0000")


def unit_of(request: Request) -> UnitOfWork:
    unit: UnitOfWork = request.state.unit
    return unit


def now_of(request: Request) -> datetime:
    return unit_of(request).now


Unit = Annotated[UnitOfWork, Depends(unit_of)]
Now = Annotated[datetime, Depends(now_of)]


def operation_id(route: APIRoute) -> str:
    """`register_enterprise` becomes `registerEnterprise`: the method name in every generated SDK."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def router(
    tag: str, prefix: str | None = None, *, route_class: type[TransactionalRoute] = TransactionalRoute
) -> APIRouter:
    """The routes of one room, below /v1 and tagged with its name."""
    path = "/" + tag.replace("_", "-") if prefix is None else prefix
    return APIRouter(
        prefix="/v1" + path,
        tags=[tag],
        route_class=route_class,
        generate_unique_id_function=operation_id,
    )

"""Idempotent POSTs: the same key and body give the same bytes, however often and however concurrently they are sent."""

import hashlib
import re
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.api.refusals import IdempotencyAnswerLost, IdempotencyKeyMissing, IdempotencyKeyReused
from app.domain.access import Actor
from app.integrations.tokens import Tokens
from app.persistence.idempotency import Answer, Claim, IdempotencyRepository
from app.persistence.unit_of_work import UnitOfWork

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# These belong to one exchange, not to the answer.
_PASSING = {"content-length", "date", "x-request-id", "ratelimit", "ratelimit-policy"}


class Replayed(Exception):
    """Not a refusal: the answer exists already and only has to be said again."""

    def __init__(self, response: Response) -> None:
        super().__init__("replayed")
        self.response = response


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(description="A new value for every new request; repeat it when you repeat the request.", max_length=255),
    ] = None,
) -> None:
    """Declares the header; the key is claimed once the caller is known and allowed."""


Idempotent = Depends(idempotency_key)


def optional_key(
    idempotency_key: Annotated[
        str | None,
        Header(description="May be left out: the same body is known by its digest.", max_length=255),
    ] = None,
) -> None:
    """Declares the header where it may be left out, because repeating the request does no harm without it."""


OptionallyIdempotent = Depends(optional_key)


async def claim_key(request: Request, actor: Actor) -> None:
    key = request.headers.get("idempotency-key")
    if key is None or not _KEY.fullmatch(key):
        raise IdempotencyKeyMissing()
    claim = Claim(
        client_id=actor.client_id,
        route=f"{request.method} {request.url.path}",
        key=key,
        fingerprint=await fingerprint(request, actor),
    )
    unit: UnitOfWork = request.state.unit
    answer = await IdempotencyRepository(unit.session).claim(claim, at=unit.now)
    if answer is None:
        request.state.claim = claim
        return
    if answer.fingerprint != claim.fingerprint:
        raise IdempotencyKeyReused()
    request.state.idempotent_replay = True
    raise Replayed(replay(answer, request.app.state.tokens))


async def fingerprint(request: Request, actor: Actor) -> bytes:
    """Everything that makes it the same request: query, media type, body, and the person it is made for."""
    digest = hashlib.sha256()
    person = f"{actor.person.name}\0{actor.person.office}" if actor.person else ""
    for part in (request.url.query, request.headers.get("content-type", ""), person):
        digest.update(part.encode() + b"\0")
    digest.update(await request.body())
    return digest.digest()


async def keep_answer(request: Request, response: Response) -> None:
    claim: Claim | None = getattr(request.state, "claim", None)
    if claim is None:
        return
    unit: UnitOfWork = request.state.unit
    body = bytes(response.body)
    if is_secret(response.headers.get("cache-control")):
        body = request.app.state.tokens.seal(body)
    headers = [(name, value) for name, value in response.headers.items() if name not in _PASSING]
    await IdempotencyRepository(unit.session).keep(claim, status=response.status_code, headers=headers, body=body)


def is_secret(cache_control: str | None) -> bool:
    """An answer marked no-store carries a secret, so it is not kept readable."""
    return "no-store" in (cache_control or "")


def replay(answer: Answer, tokens: Tokens) -> Response:
    body: bytes | None = answer.body
    if any(name == "cache-control" and is_secret(value) for name, value in answer.headers):
        body = tokens.unseal(answer.body)
    if body is None:
        raise IdempotencyAnswerLost()
    response = Response(body, status_code=answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return response

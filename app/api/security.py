"""Security: who calls, whether the scope allows it, and for which person; what they may see is the repositories' part."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Request

from app.api.idempotency import claim_key
from app.api.limits import limiter_of
from app.api.options import options_of
from app.api.refusals import MalformedPerson, NotTrustedForPersons, Unauthenticated
from app.domain.access import Actor, Person
from app.domain.clients import SCOPES
from app.integrations.tokens import TokenInvalid, Tokens, Verified, new_signing_key
from app.persistence.clients import ClientRepository
from app.persistence.signing_keys import SigningKeyRepository
from app.persistence.unit_of_work import UnitOfWork, open_unit


class Caller:
    """The dependency of a route: an authenticated client that holds `scope` (None: any client)."""

    def __init__(self, scope: str | None) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Actor:
        actor = await authenticate(request)
        await limiter_of(request).count(
            request, policy="client", name=actor.client_id, per_minute=options_of(request).requests_per_minute
        )
        if self.scope is not None:
            actor.require(self.scope)
        # The key of an idempotent POST is claimed here: the caller is known and allowed, nothing is done yet.
        route = request.scope.get("route")
        left_out = getattr(route, "key_optional", False) and "idempotency-key" not in request.headers
        if getattr(route, "idempotent", False) and not left_out:
            await claim_key(request, actor)
        return actor


def caller(scope: str | None) -> Caller:
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"{scope} is not one of the scopes in app.domain.clients")
    return Caller(scope)


async def tokens_of(request: Request) -> Tokens:
    """The token service, with its key: from the settings, or made once and kept in the database."""
    state = request.app.state
    tokens: Tokens = state.tokens
    if tokens.key is None:
        async with open_unit(state.sessions, now=state.clock()) as unit:
            tokens.use(await signing_key(unit))
    return tokens


TokenService = Annotated[Tokens, Depends(tokens_of)]


async def signing_key(unit: UnitOfWork) -> str:
    keys = SigningKeyRepository(unit.session)
    return await keys.find() or await keys.first(new_signing_key(), at=unit.now)


async def recognise(request: Request, *, now: datetime) -> Verified:
    """Whose token this is; asked before a body is read, so that nobody unknown makes us hold one."""
    tokens = await tokens_of(request)
    try:
        return await tokens.verify(bearer(request), now=now)
    except TokenInvalid:
        raise unauthenticated(error="invalid_token") from None


async def authenticate(request: Request) -> Actor:
    unit: UnitOfWork = request.state.unit
    verified = await recognise(request, now=unit.now)
    actor = await actor_of(request, verified, unit)
    request.state.client_id = actor.client_id
    return actor


async def actor_of(request: Request, verified: Verified, unit: UnitOfWork) -> Actor:
    stated = request.headers.get("on-behalf-of")
    if verified.external is not None:
        if stated is not None:
            raise NotTrustedForPersons()
        return verified.external
    # Read on every request, so that a disabled client or a narrowed grant holds at once.
    client = await ClientRepository(unit.session).authenticating(verified.client_id)
    if client is None or client.disabled_at is not None:
        raise unauthenticated(error="invalid_token")
    actor = client.as_actor(verified.scopes)
    if stated is None:
        return actor
    if not client.on_behalf_of:
        raise NotTrustedForPersons()
    return replace(actor, person=read_person(stated))


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated()
    return token.strip()


def unauthenticated(*, error: str | None = None) -> Unauthenticated:
    challenge = 'Bearer realm="cuofeng"' + (f', error="{error}"' if error else "")
    return Unauthenticated(headers={"WWW-Authenticate": challenge})


def read_person(header: str) -> Person:
    """`name=%E5%BC%A0%E4%B8%89; office=…`: percent-encoded because headers carry only ASCII."""
    fields: dict[str, str] = {}
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        fields[name] = unquote(value.strip(), errors="replace").strip()
    if set(fields) != {"name", "office"} or not all(map(sound, fields.values())):
        raise MalformedPerson()
    return Person(name=fields["name"], office=fields["office"])


def sound(text: str) -> bool:
    return 0 < len(text) <= 100 and text.isprintable() and "\ufffd" not in text

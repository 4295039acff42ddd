"""Clients: credentials for programs, handed out and withdrawn by administrators."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from pydantic import Field, StrictBool

from app.api.bodies import AnswerBody, Instant, Name, RegionCode, RequestBody
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.transactions import Idempotent, Now, Unit, router
from app.domain.access import Actor
from app.domain.clients import SCOPES, Client
from app.domain.errors import FieldError, Invalid
from app.persistence.clients import ClientRepository
from app.services import clients

routes = router("clients")
Admin = Annotated[Actor, Depends(caller("clients:admin"))]
Texts = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=1000)]


class ScopeUnknown(Invalid):
    code = "scope_unknown"
    zh = "不认识的权限；可用权限见 GET /v1/vocabulary 的 scopes。"
    en = "Unknown scopes; GET /v1/vocabulary lists them under scopes."


class ClientRequest(RequestBody):
    """A program that shall call the service."""

    name: Name
    region: RegionCode = Field(description="The administrative region whose administrators look after this client.")
    scopes: Texts
    regions: list[RegionCode] = Field(default_factory=list, description="Regions it may see, with all below them.")
    enterprise_ids: Texts = Field(default_factory=list, description="Enterprises it may see as its own.")
    sources: Texts = Field(default_factory=list, description="Power feeds it may see and write as its own.")
    on_behalf_of: StrictBool = Field(default=False, description="Trusted to name the person it acts for.")


class RotationRequest(RequestBody):
    """How long the old secret stays good beside the new one."""

    keep_previous_hours: int = Field(default=24, ge=0, le=168)


class ClientOut(AnswerBody):
    """A client without its secret."""

    id: str
    name: str
    region: str
    scopes: list[str]
    regions: list[str]
    enterprise_ids: list[str]
    sources: list[str]
    on_behalf_of: bool
    all_scopes: bool = Field(description="Whether it also holds the scopes that later versions bring.")
    secret_hint: str = Field(description="The last four characters of the secret.")
    previous_until: Instant | None
    created_at: Instant
    disabled_at: Instant | None
    version: int


class ClientWithSecret(AnswerBody):
    """A client and its secret, shown this once."""

    client: ClientOut
    client_secret: str


class ClientPage(AnswerBody):
    """Some clients, newest first."""

    items: list[ClientOut]
    next_cursor: str | None


@routes.post("", status_code=201, dependencies=[Idempotent])
async def create_client(
    *, body: ClientRequest, actor: Admin, uow: Unit, now: Now, response: Response
) -> ClientWithSecret:
    """Credentials for a program; the secret is told once."""
    grants = clients.Grants(
        name=body.name,
        region=body.region,
        scopes=known_scopes(body.scopes),
        regions=tuple(body.regions),
        enterprise_ids=tuple(body.enterprise_ids),
        sources=tuple(body.sources),
        on_behalf_of=body.on_behalf_of,
    )
    client, secret = await clients.create_client(uow, grants, by=actor, now=now)
    response.headers["Location"] = f"/v1/clients/{client.id}"
    return with_secret(client, secret, response)


@routes.get("")
async def list_clients(actor: Admin, uow: Unit, page: PageQuery) -> ClientPage:
    """Credentials of programs, the newest first; secrets are never shown again."""
    found = await ClientRepository(uow.session).newest(visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda client: (client.id,))
    return ClientPage(items=[out(client) for client in items], next_cursor=next_cursor)


@routes.get("/{client_id}")
async def get_client(client_id: UUID, actor: Admin, uow: Unit, response: Response) -> ClientOut:
    """One client and its version, without its secret."""
    client = await ClientRepository(uow.session).get(str(client_id), visible_to=actor)
    response.headers["ETag"] = etag(client.version)
    return out(client)


@routes.post("/{client_id}/secret", dependencies=[Idempotent])
async def rotate_client_secret(
    *, client_id: UUID, body: RotationRequest, version: IfMatch, actor: Admin, uow: Unit, now: Now, response: Response
) -> ClientWithSecret:
    """A new secret, told once; the one before may live on for some hours."""
    client, secret = await clients.rotate_secret(
        uow,
        str(client_id),
        version=version,
        keep_previous=timedelta(hours=body.keep_previous_hours),
        by=actor,
        now=now,
    )
    return with_secret(client, secret, response)


@routes.post("/{client_id}/disable")
async def disable_client(
    *, client_id: UUID, version: IfMatch, actor: Admin, uow: Unit, now: Now, response: Response
) -> ClientOut:
    """Its tokens end at once, for good."""
    client = await clients.disable_client(uow, str(client_id), version=version, by=actor, now=now)
    response.headers["ETag"] = etag(client.version)
    return out(client)


def known_scopes(scopes: list[str]) -> frozenset[str]:
    wrong = [
        FieldError(pointer=f"/scopes/{index}", code="scope_unknown", zh=f"没有权限 {scope}", en=f"no scope {scope}")
        for index, scope in enumerate(scopes)
        if scope not in SCOPES
    ]
    if wrong:
        raise ScopeUnknown(errors=wrong)
    return frozenset(scopes)


def with_secret(client: Client, secret: str, response: Response) -> ClientWithSecret:
    response.headers["ETag"] = etag(client.version)
    # Also keeps the answer sealed in the table of request keys.
    response.headers["Cache-Control"] = "no-store"
    return ClientWithSecret(client=out(client), client_secret=secret)


def out(client: Client) -> ClientOut:
    return ClientOut(
        id=client.id,
        name=client.name,
        region=client.region,
        scopes=sorted(client.scopes),
        regions=list(client.regions),
        enterprise_ids=list(client.enterprise_ids),
        sources=list(client.sources),
        on_behalf_of=client.on_behalf_of,
        all_scopes=client.all_scopes,
        secret_hint=client.secret_hint,
        previous_until=client.previous_until,
        created_at=client.created_at,
        disabled_at=client.disabled_at,
        version=client.version,
    )

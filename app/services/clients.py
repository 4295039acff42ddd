"""Clients: created, given new secrets and disabled by administrators who hold at least what they hand out."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.access import Actor
from app.domain.clients import SCOPES, Client, refuse_excess
from app.domain.events import Event
from app.integrations.ids import new_id
from app.persistence.clients import ClientRepository, ClientVersionStale
from app.persistence.unit_of_work import UnitOfWork

COUNTRY = "000000"
BOOTSTRAP = Actor(client_id="bootstrap", scopes=frozenset(SCOPES), regions=(COUNTRY,), all_scopes=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What a client may do and see."""

    name: str
    region: str
    scopes: frozenset[str]
    regions: tuple[str, ...] = ()
    enterprise_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    on_behalf_of: bool = False
    all_scopes: bool = False


def new_secret() -> str:
    """256 random bits; the prefix lets scanners of source code find one that leaked."""
    return "cuofeng_" + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """One SHA-256 is enough: a slow hash protects guessable passwords, and nobody guesses 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def holds(client: Client, secret: str, *, now: datetime) -> bool:
    """Compared in constant time, all of them, whichever fits."""
    given = hash_secret(secret)
    fits = [hmac.compare_digest(given, known) for known in client.secret_hashes(at=now)]
    return any(fits)


async def create_client(uow: UnitOfWork, grants: Grants, *, by: Actor, now: datetime) -> tuple[Client, str]:
    """The client and its secret, which is shown once and never again."""
    secret = new_secret()
    client = Client(
        id=str(new_id()),
        name=grants.name,
        region=grants.region,
        scopes=grants.scopes,
        regions=grants.regions,
        enterprise_ids=grants.enterprise_ids,
        sources=grants.sources,
        on_behalf_of=grants.on_behalf_of,
        all_scopes=grants.all_scopes,
        secret_hash=hash_secret(secret),
        secret_hint=secret[-4:],
        previous_hash=None,
        previous_until=None,
        created_at=now,
        disabled_at=None,
        version=1,
    )
    refuse_excess(client, granted_by=by)
    await ClientRepository(uow.session).add(client)
    await uow.record(event("client.created", client, granted=described(client)), by=by)
    return client, secret


async def rotate_secret(
    uow: UnitOfWork, client_id: str, *, version: int, keep_previous: timedelta, by: Actor, now: datetime
) -> tuple[Client, str]:
    """A new secret; who could not grant what the client holds cannot take it over this way either."""
    secret = new_secret()
    client = await seen(uow, client_id, version=version, by=by)
    refuse_excess(client, granted_by=by)
    until = now + keep_previous if keep_previous else None
    rotated = client.rotate(secret_hash=hash_secret(secret), secret_hint=secret[-4:], previous_until=until)
    saved = await ClientRepository(uow.session).save(rotated)
    await uow.record(event("client.secret_rotated", saved), by=by)
    return saved, secret


async def disable_client(uow: UnitOfWork, client_id: str, *, version: int, by: Actor, now: datetime) -> Client:
    """Its tokens stop working with this transaction's commit."""
    client = await seen(uow, client_id, version=version, by=by)
    refuse_excess(client, granted_by=by)
    saved = await ClientRepository(uow.session).save(client.disable(at=now))
    await uow.record(event("client.disabled", saved), by=by)
    return saved


async def bootstrap_admin(uow: UnitOfWork, *, now: datetime) -> tuple[Client, str] | None:
    """The first administrator, who may do everything everywhere, now and later; None once there is any client."""
    if await ClientRepository(uow.session).any():
        return None
    everything = Grants(
        name="administrator",
        region=COUNTRY,
        scopes=frozenset(SCOPES),
        regions=(COUNTRY,),
        on_behalf_of=True,
        all_scopes=True,
    )
    return await create_client(uow, everything, by=BOOTSTRAP, now=now)


async def seen(uow: UnitOfWork, client_id: str, *, version: int, by: Actor) -> Client:
    client = await ClientRepository(uow.session).get(client_id, visible_to=by)
    if client.version != version:
        raise ClientVersionStale()
    return client


def event(kind: str, client: Client, **data: object) -> Event:
    return Event(type=kind, subject=client.id, region=client.region, data={"name": client.name, **data})


def described(client: Client) -> dict[str, Iterable[str] | bool]:
    return {
        "scopes": sorted(client.scopes),
        "regions": list(client.regions),
        "enterprise_ids": list(client.enterprise_ids),
        "sources": list(client.sources),
        "on_behalf_of": client.on_behalf_of,
        "all_scopes": client.all_scopes,
    }

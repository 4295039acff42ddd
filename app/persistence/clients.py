"""Clients as rows; secrets are kept only as hashes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, false, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor, region_prefix
from app.domain.clients import SCOPES, Client, ClientUnknown
from app.domain.errors import Stale
from app.persistence.engine import Row

_TEXTS = ARRAY(Text())
# Stands for whatever scopes there are.
_ALL = ["*"]


class ClientVersionStale(Stale):
    code = "client_version_stale"
    zh = "此客户端已被他人修改；请重新读取后再试。"
    en = "Somebody changed this client since you read it; read it again."


class ClientRow(Row):
    """One client."""

    __tablename__ = "clients"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    region: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(_TEXTS)
    regions: Mapped[list[str]] = mapped_column(_TEXTS)
    enterprise_ids: Mapped[list[str]] = mapped_column(_TEXTS)
    sources: Mapped[list[str]] = mapped_column(_TEXTS)
    on_behalf_of: Mapped[bool]
    secret_hash: Mapped[str]
    secret_hint: Mapped[str]
    previous_hash: Mapped[str | None]
    previous_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int]


def in_regions(column: Any, actor: Actor) -> ColumnElement[bool]:
    """The rows whose region lies in one of the actor's subtrees; the code of the country covers everything."""
    return or_(*(column.startswith(region_prefix(code), autoescape=True) for code in actor.regions), false())


class ClientRepository:
    """Reads and writes of clients."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, client_id: str, *, visible_to: Actor) -> Client:
        found = await self._one(client_id, _visible(visible_to))
        if found is None:
            raise ClientUnknown()
        return found

    async def authenticating(self, client_id: str) -> Client | None:
        """The one read without an actor: it is how a caller becomes one."""
        return await self._one(client_id, ClientRow.id.is_not(None))

    async def newest(self, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int) -> list[Client]:
        query = select(ClientRow).where(_visible(visible_to)).order_by(ClientRow.id.desc()).limit(limit)
        if after is not None:
            query = query.where(ClientRow.id < UUID(after[0]))
        return [client_of(row) for row in await self.session.scalars(query)]

    async def any(self) -> bool:
        return await self.session.scalar(select(func.count()).select_from(ClientRow)) != 0

    async def add(self, client: Client) -> None:
        await self.session.execute(insert(ClientRow).values(_values(client)))

    async def save(self, client: Client) -> Client:
        row = await self.session.scalar(
            update(ClientRow)
            .where(tuple_(ClientRow.id, ClientRow.version) == tuple_(UUID(client.id), client.version))
            .values(_values(client) | {"version": client.version + 1})
            .returning(ClientRow)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise ClientVersionStale()
        return client_of(row)

    async def _one(self, client_id: str, visible: ColumnElement[bool]) -> Client | None:
        try:
            key = UUID(client_id)
        except ValueError:
            return None
        row = await self.session.scalar(select(ClientRow).where(ClientRow.id == key, visible))
        return None if row is None else client_of(row)


def _visible(actor: Actor) -> ColumnElement[bool]:
    return in_regions(ClientRow.region, actor)


def client_of(row: ClientRow) -> Client:
    return Client(
        id=str(row.id),
        name=row.name,
        region=row.region,
        scopes=frozenset(SCOPES if row.scopes == _ALL else row.scopes),
        all_scopes=row.scopes == _ALL,
        regions=tuple(row.regions),
        enterprise_ids=tuple(row.enterprise_ids),
        sources=tuple(row.sources),
        on_behalf_of=row.on_behalf_of,
        secret_hash=row.secret_hash,
        secret_hint=row.secret_hint,
        previous_hash=row.previous_hash,
        previous_until=row.previous_until,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        version=row.version,
    )


def _values(client: Client) -> dict[str, Any]:
    return {
        "id": UUID(client.id),
        "name": client.name,
        "region": client.region,
        "scopes": _ALL if client.all_scopes else sorted(client.scopes),
        "regions": list(client.regions),
        "enterprise_ids": list(client.enterprise_ids),
        "sources": list(client.sources),
        "on_behalf_of": client.on_behalf_of,
        "secret_hash": client.secret_hash,
        "secret_hint": client.secret_hint,
        "previous_hash": client.previous_hash,
        "previous_until": client.previous_until,
        "created_at": client.created_at,
        "disabled_at": client.disabled_at,
        "version": client.version,
    }

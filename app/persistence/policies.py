"""Published packs: immutable, found by name or by the hash of their content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import UniqueConstraint, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.errors import NotFound
from app.persistence.engine import Row


class PackUnknown(NotFound):
    code = "pack_unknown"
    zh = "没有名为 {name} 的已发布方案；可用方案见 GET /v1/policy-packs。"
    en = "No published pack is named {name}; see GET /v1/policy-packs."


class PackRow(Row):
    """One version of a plan as published."""

    __tablename__ = "packs"
    __table_args__ = (UniqueConstraint("name", "version"), UniqueConstraint("hash"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[str]
    hash: Mapped[str]
    source_hash: Mapped[str]
    region: Mapped[str]
    level: Mapped[str]
    title: Mapped[dict[str, Any]]
    document: Mapped[str]
    scenarios: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPack:
    """A published pack; `document` and `scenarios` are JSON texts, kept as they were hashed.

    `hash` is of that content, `source_hash` of the YAML texts it was read from.
    """

    id: UUID
    name: str
    version: str
    hash: str
    source_hash: str
    region: str
    level: str
    title: Mapping[str, str]
    document: str
    scenarios: str
    published_at: datetime
    published_by: str

    def content(self) -> dict[str, Any]:
        """The document as plain data."""
        found: dict[str, Any] = orjson.loads(self.document)
        return found


class PackRepository:
    """Packs are public: whoever may call the room may read them all."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def newest(self) -> list[StoredPack]:
        """The newest version of each pack, by name."""
        rows = await self.session.scalars(
            select(PackRow).ext(distinct_on(PackRow.name)).order_by(PackRow.name, PackRow.published_at.desc())
        )
        return [_stored(row) for row in rows]

    async def versions(self, name: str) -> list[StoredPack]:
        """All versions of a pack, newest first; raises PackUnknown."""
        rows = await self.session.scalars(
            select(PackRow).where(PackRow.name == name).order_by(PackRow.published_at.desc())
        )
        found = [_stored(row) for row in rows]
        if not found:
            raise PackUnknown(name=name)
        return found

    async def get(self, name: str) -> StoredPack:
        """The version in force: the newest one."""
        return (await self.versions(name))[0]

    async def find(self, digest: str) -> StoredPack | None:
        row = await self.session.scalar(select(PackRow).where(PackRow.hash == digest))
        return None if row is None else _stored(row)

    async def from_source(self, digest: str) -> StoredPack | None:
        """The pack published from these very texts."""
        row = await self.session.scalar(select(PackRow).where(PackRow.source_hash == digest))
        return None if row is None else _stored(row)

    async def add(self, pack: StoredPack) -> None:
        values = {column: getattr(pack, column) for column in StoredPack.__dataclass_fields__}
        await self.session.execute(insert(PackRow).values(values))


def _stored(row: PackRow) -> StoredPack:
    return StoredPack(**{column: getattr(row, column) for column in StoredPack.__dataclass_fields__})

"""Published packs: immutable, found by name and season or by the hash of their content; retiring one is a row beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, ColumnElement, Select, UniqueConstraint, cast, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Person
from app.domain.errors import Conflict, NotFound
from app.domain.policies.drafts import PackVersionUnknown, Texts
from app.domain.policies.life import Edition, PackState, Seasons, states
from app.persistence.engine import Row


class PackUnknown(NotFound):
    code = "pack_unknown"
    zh = "没有名为 {name} 的已发布方案；可用方案见 GET /v1/policy-packs。"
    en = "No published pack is named {name}; see GET /v1/policy-packs."


class PackNotInForce(Conflict):
    code = "pack_not_in_force"
    zh = "方案 {name} 没有适用于 {season} 年度的有效版本：已废止，或生效日期不含该年度。"
    en = "No version of {name} is in force in season {season}: retired, or dated for other seasons."


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
    nature: Mapped[str] = mapped_column(server_default=text("'staggered'"))
    effective_from: Mapped[date | None]
    effective_until: Mapped[date | None]
    first_season: Mapped[int | None]
    last_season: Mapped[int | None]
    supersedes: Mapped[str | None]


class PackTextRow(Row):
    """The YAML a version was published from, with its comments."""

    __tablename__ = "pack_texts"

    pack_id: Mapped[UUID] = mapped_column(primary_key=True)
    pack: Mapped[str]
    scenarios: Mapped[str | None]


class RetirementRow(Row):
    """Who retired a version, when and why."""

    __tablename__ = "pack_retirements"

    pack_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str]
    person_name: Mapped[str]
    person_office: Mapped[str]
    client_id: Mapped[str]
    retired_at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """A person's word that a version decides nothing new."""

    reason: str
    person: Person
    client_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PackHead:
    """A published version without its content; `effective_until` is exclusive."""

    id: UUID
    name: str
    version: str
    hash: str
    source_hash: str
    region: str
    level: str
    title: Mapping[str, str]
    published_at: datetime
    published_by: str
    nature: str = "staggered"
    effective_from: date | None = None
    effective_until: date | None = None
    first_season: int | None = None
    last_season: int | None = None
    supersedes: str | None = None

    @property
    def seasons(self) -> Seasons:
        return Seasons(first=self.first_season, last=self.last_season)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPack(PackHead):
    """A published pack; `document` and `scenarios` are JSON texts, kept as they were hashed.

    `hash` is of that content, `source_hash` of the YAML texts it was read from.
    """

    document: str
    scenarios: str

    def content(self) -> dict[str, Any]:
        """The document as plain data."""
        found: dict[str, Any] = orjson.loads(self.document)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PackVersion:
    """A published version and where it is in its life."""

    head: PackHead
    state: PackState
    retirement: Retirement | None

    @property
    def edition(self) -> Edition:
        return Edition(version=self.head.version, seasons=self.head.seasons, retired=self.retirement is not None)


HEAD = tuple(PackHead.__dataclass_fields__)
STORED = tuple(StoredPack.__dataclass_fields__)
_NEWEST_FIRST = (PackRow.published_at.desc(), PackRow.id.desc())


class PackRepository:
    """Packs are public: whoever may call the room may read them all."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def everything(self) -> list[PackVersion]:
        """All published versions, by name, the newest first."""
        return await self._versions(_heads().order_by(PackRow.name, *_NEWEST_FIRST))

    async def versions(self, name: str) -> list[PackVersion]:
        """All published versions of a plan, newest first."""
        return await self._versions(_heads().where(PackRow.name == name).order_by(*_NEWEST_FIRST))

    async def get(self, name: str, *, season: int) -> StoredPack:
        """The version that decides a season; raises PackUnknown or PackNotInForce."""
        row = await self.session.scalar(
            select(PackRow).where(PackRow.name == name, *_in_force(season)).order_by(*_NEWEST_FIRST).limit(1)
        )
        if row is None:
            known = await self.session.scalar(select(PackRow.id).where(PackRow.name == name).limit(1))
            raise PackUnknown(name=name) if known is None else PackNotInForce(name=name, season=season)
        return _stored(row)

    async def in_force(self, season: int) -> list[str]:
        """The names of the plans that decide a season."""
        return list(
            await self.session.scalars(select(PackRow.name).where(*_in_force(season)).distinct().order_by(PackRow.name))
        )

    async def version(self, name: str, version: str) -> StoredPack:
        row = await self.session.scalar(select(PackRow).where(PackRow.name == name, PackRow.version == version))
        if row is None:
            raise PackVersionUnknown(name=name, version=version)
        return _stored(row)

    async def find(self, digest: str) -> StoredPack | None:
        row = await self.session.scalar(select(PackRow).where(PackRow.hash == digest))
        return None if row is None else _stored(row)

    async def from_source(self, digest: str) -> StoredPack | None:
        """The pack published from these very texts."""
        row = await self.session.scalar(select(PackRow).where(PackRow.source_hash == digest).limit(1))
        return None if row is None else _stored(row)

    async def texts(self, pack: PackHead) -> Texts | None:
        """What it was published from; packs published before texts were kept have none."""
        row = await self.session.scalar(select(PackTextRow).where(PackTextRow.pack_id == pack.id))
        return None if row is None else Texts(pack=row.pack, scenarios=row.scenarios, hash=pack.source_hash)

    async def lock(self, name: str) -> None:
        """Whoever publishes or retires versions of a plan does so alone until the transaction ends."""
        await self.session.execute(select(func.pg_advisory_xact_lock(cast(func.hashtext(f"pack {name}"), BigInteger))))

    async def add(self, pack: StoredPack, texts: Texts | None = None) -> None:
        await self.session.execute(insert(PackRow).values({column: getattr(pack, column) for column in STORED}))
        if texts is not None:
            values = {"pack_id": pack.id, "pack": texts.pack, "scenarios": texts.scenarios}
            await self.session.execute(insert(PackTextRow).values(values))

    async def retire(self, pack: PackHead, retirement: Retirement) -> None:
        await self.session.execute(
            insert(RetirementRow).values(
                pack_id=pack.id,
                reason=retirement.reason,
                person_name=retirement.person.name,
                person_office=retirement.person.office,
                client_id=retirement.client_id,
                retired_at=retirement.at,
            )
        )

    async def _versions(self, query: Select[Any]) -> list[PackVersion]:
        rows = (await self.session.execute(query)).all()
        found: list[PackVersion] = []
        for _, of_name in groupby(rows, key=lambda row: row.name):
            found += _with_states(list(of_name))
        return found


def _heads() -> Select[Any]:
    retirement = ("reason", "person_name", "person_office", "client_id", "retired_at")
    return select(
        *(getattr(PackRow, column) for column in HEAD), *(getattr(RetirementRow, column) for column in retirement)
    ).outerjoin(RetirementRow, RetirementRow.pack_id == PackRow.id)


def _with_states(rows: Sequence[Any]) -> list[PackVersion]:
    read = [
        PackVersion(
            head=PackHead(**{column: getattr(row, column) for column in HEAD}),
            state=PackState.PUBLISHED,
            retirement=_retirement(row),
        )
        for row in rows
    ]
    found = states([one.edition for one in read])
    return [
        PackVersion(head=one.head, state=state, retirement=one.retirement)
        for one, state in zip(read, found, strict=True)
    ]


def _retirement(row: Any) -> Retirement | None:
    if row.retired_at is None:
        return None
    person = Person(name=row.person_name, office=row.person_office)
    return Retirement(reason=row.reason, person=person, client_id=row.client_id, at=row.retired_at)


def _in_force(season: int) -> tuple[ColumnElement[bool], ...]:
    return (
        or_(PackRow.first_season.is_(None), PackRow.first_season <= season),
        or_(PackRow.last_season.is_(None), PackRow.last_season >= season),
        PackRow.id.not_in(select(RetirementRow.pack_id)),
    )


def _stored(row: PackRow) -> StoredPack:
    return StoredPack(**{column: getattr(row, column) for column in STORED})

"""Public lists as everybody may read them: only what was published, never a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import region_prefix
from app.domain.disclosures.lists import DisclosureState, Publication, PublicListUnknown, Series, Withdrawal, state_of
from app.domain.disclosures.rows import ListKind
from app.persistence.disclosures.repository import (
    ONE,
    PUBLISHED,
    SERIES,
    WITHDRAWN,
    publication_of,
    series_of,
    withdrawal_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSearch:
    """What public lists may be narrowed by; a region means its subtree, `q` is part of a name or credit code."""

    region: str | None = None
    season: int | None = None
    kind: ListKind | None = None
    pack: str | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicVersion:
    """A version without its document, with its tombstone if it has one."""

    publication: Publication
    withdrawal: Withdrawal | None
    newest: int
    rows: int
    enterprises: int

    @property
    def state(self) -> DisclosureState:
        return state_of(self.publication, self.withdrawal, self.newest)

    @property
    def changed_at(self) -> datetime:
        """When something about it was said last, but for being superseded."""
        return self.publication.known_at if self.withdrawal is None else self.withdrawal.known_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicList:
    """A list with all its versions, oldest first."""

    series: Series
    versions: Sequence[PublicVersion]

    @property
    def standing(self) -> PublicVersion | None:
        """The newest version, unless it was withdrawn."""
        last = self.versions[-1]
        return last if last.withdrawal is None else None

    @property
    def changed_at(self) -> datetime:
        return max(one.changed_at for one in self.versions)


class PublicListReader:
    """Reads for anybody at all."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def page(self, search: PublicSearch, *, after: tuple[str, ...] | None, limit: int) -> list[PublicList]:
        """Newest lists first."""
        query = _narrowed(select(SERIES).where(SERIES.newest > 0), search)
        if after is not None:
            query = query.where(SERIES.id < UUID(after[0]))
        rows = list(await self.session.scalars(query.order_by(SERIES.id.desc()).limit(limit)))
        return [await self._whole(series_of(row)) for row in rows]

    async def get(self, list_id: UUID) -> PublicList:
        row = await self.session.scalar(select(SERIES).where(SERIES.id == list_id, SERIES.newest > 0))
        if row is None:
            raise PublicListUnknown()
        return await self._whole(series_of(row))

    async def version(self, list_id: UUID, number: int) -> PublicVersion:
        row = (await self.session.execute(_versions(list_id).where(PUBLISHED.number == number))).first()
        if row is None:
            raise PublicListUnknown()
        return _version(row)

    async def document(self, one: PublicVersion) -> str:
        """The text of a version as it was hashed."""
        own = one.publication
        query = select(PUBLISHED.document).where(PUBLISHED.series_id == own.series_id, PUBLISHED.number == own.number)
        return (await self.session.scalars(query)).one()

    async def _whole(self, series: Series) -> PublicList:
        rows = await self.session.execute(_versions(series.id).order_by(PUBLISHED.number))
        return PublicList(series=series, versions=[_version(row) for row in rows])


def _versions(list_id: UUID) -> Select[*tuple[Any, ...]]:
    of_version = (WITHDRAWN.series_id == PUBLISHED.series_id) & (WITHDRAWN.number == PUBLISHED.number)
    return (
        select(PUBLISHED, WITHDRAWN, SERIES.newest, ONE.rows, ONE.enterprises)
        .join(ONE, ONE.id == PUBLISHED.disclosure_id)
        .join(SERIES, SERIES.id == PUBLISHED.series_id)
        .outerjoin(WITHDRAWN, of_version)
        .where(PUBLISHED.series_id == list_id)
    )


def _version(row: Any) -> PublicVersion:
    published, withdrawn, newest, rows, enterprises = row
    return PublicVersion(
        publication=publication_of(published),
        withdrawal=None if withdrawn is None else withdrawal_of(withdrawn),
        newest=newest,
        rows=rows,
        enterprises=enterprises,
    )


def _narrowed(query: Select[Any], search: PublicSearch) -> Select[Any]:
    if search.region is not None:
        query = query.where(SERIES.region.startswith(region_prefix(search.region), autoescape=True))
    wanted = {"season": search.season, "kind": search.kind, "pack_name": search.pack}
    query = query.where(*(getattr(SERIES, name) == value for name, value in wanted.items() if value is not None))
    if search.q is None:
        return query
    standing = (PUBLISHED.series_id == SERIES.id) & (PUBLISHED.number == SERIES.newest)
    withdrawn = (WITHDRAWN.series_id == SERIES.id) & (WITHDRAWN.number == SERIES.newest)
    named = func.array_to_string(PUBLISHED.names, "\n").icontains(search.q, autoescape=True)
    return query.where(
        select(PUBLISHED.number).where(standing, named).exists(), ~select(WITHDRAWN.number).where(withdrawn).exists()
    )

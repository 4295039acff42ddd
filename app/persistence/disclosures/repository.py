"""Drafts of public lists, seen by whoever looks after their region, and the series of what was published."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor, region_prefix
from app.domain.disclosures.lists import (
    Disclosure,
    DisclosureState,
    DisclosureUnknown,
    Lack,
    ListScope,
    Publication,
    Series,
    Wanted,
    Withdrawal,
)
from app.domain.disclosures.rows import ListKind
from app.persistence.clients import in_regions
from app.persistence.disclosures.rows import (
    DisclosurePublicationRow,
    DisclosureRow,
    DisclosureSeriesRow,
    DisclosureWithdrawalRow,
)
from app.persistence.signed import signature

ONE, SERIES = DisclosureRow, DisclosureSeriesRow
PUBLISHED, WITHDRAWN = DisclosurePublicationRow, DisclosureWithdrawalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureSearch:
    """What the disclosures may be narrowed by; a region means its subtree."""

    region: str | None = None
    season: int | None = None
    kind: ListKind | None = None
    pack: str | None = None
    state: DisclosureState | None = None


class DisclosureRepository:
    """Drafts are for the office that keeps the list; what it publishes everybody reads by `PublicListReader`."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, one: Disclosure, content: str) -> None:
        await self.session.execute(
            insert(ONE).values(
                id=one.id,
                **scope_values(one.scope),
                day=one.asked.day,
                through=one.asked.through,
                list_version=one.asked.list_version,
                content=content,
                rows=one.rows,
                enterprises=one.enterprises,
                lacking=[asdict(each) for each in one.lacking],
                based_on=one.based_on,
                **signature(one.created_by),
                known_at=one.known_at,
            )
        )

    async def find(self, disclosure_id: UUID, *, visible_to: Actor) -> Disclosure | None:
        query = _disclosures().where(ONE.id == disclosure_id, in_regions(ONE.region, visible_to))
        row = (await self.session.execute(query)).first()
        return None if row is None else _disclosure(row)

    async def get(self, disclosure_id: UUID, *, visible_to: Actor) -> Disclosure:
        found = await self.find(disclosure_id, visible_to=visible_to)
        if found is None:
            raise DisclosureUnknown()
        return found

    async def page(
        self, search: DisclosureSearch, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[Disclosure]:
        """Newest first."""
        query = _narrowed(_disclosures().where(in_regions(ONE.region, visible_to)), search)
        if after is not None:
            query = query.where(ONE.id < UUID(after[0]))
        return [_disclosure(row) for row in await self.session.execute(query.order_by(ONE.id.desc()).limit(limit))]

    async def series_of(self, scope: ListScope) -> Series | None:
        row = await self.session.scalar(select(SERIES).where(*_is(scope)))
        return None if row is None else series_of(row)

    async def taken(self, scope: ListScope, *, new_id: UUID) -> Series:
        """The series of a list, made if there is none; publishers of one list come one after the other."""
        made = {"id": new_id, **scope_values(scope), "newest": 0}
        await self.session.execute(upsert(SERIES).values(made).on_conflict_do_nothing())
        query = select(SERIES).where(*_is(scope)).with_for_update()
        return series_of((await self.session.scalars(query)).one())

    async def content(self, one: Disclosure) -> str:
        """What it says, as it was drafted."""
        return (await self.session.scalars(select(ONE.content).where(ONE.id == one.id))).one()

    async def append(self, one: Publication, *, document: str, names: Sequence[str]) -> None:
        """`names` are the enterprises on it, by which it is found."""
        await self.session.execute(
            insert(PUBLISHED).values(
                series_id=one.series_id,
                number=one.number,
                disclosure_id=one.disclosure_id,
                serial=one.serial,
                document=document,
                hash=one.hash,
                previous_hash=one.previous_hash,
                basis=one.basis,
                names=list(names),
                **signature(one.published_by),
                known_at=one.known_at,
            )
        )
        await self.session.execute(update(SERIES).where(SERIES.id == one.series_id).values(newest=one.number))

    async def withdraw(self, one: Withdrawal) -> None:
        await self.session.execute(
            insert(WITHDRAWN).values(
                series_id=one.series_id,
                number=one.number,
                reason=one.reason,
                **signature(one.withdrawn_by),
                known_at=one.known_at,
            )
        )

    async def newest_hash(self, series: Series) -> str:
        """The hash of the last version, which the next one names; nothing before the first."""
        query = select(PUBLISHED.hash).where(PUBLISHED.series_id == series.id, PUBLISHED.number == series.newest)
        return await self.session.scalar(query) or ""

    async def everything(self) -> list[tuple[Series, Sequence[tuple[Publication, str]]]]:
        """All lists with their versions and documents, for verification."""
        found: list[tuple[Series, Sequence[tuple[Publication, str]]]] = []
        for row in await self.session.scalars(select(SERIES).order_by(SERIES.id)):
            query = select(PUBLISHED, PUBLISHED.document).where(PUBLISHED.series_id == row.id)
            published = await self.session.execute(query.order_by(PUBLISHED.number))
            found.append((series_of(row), [(publication_of(one), document) for one, document in published]))
        return found


def _disclosures() -> Select[*tuple[Any, ...]]:
    of_version = (WITHDRAWN.series_id == PUBLISHED.series_id) & (WITHDRAWN.number == PUBLISHED.number)
    return (
        select(ONE, PUBLISHED, WITHDRAWN, SERIES.newest)
        .outerjoin(PUBLISHED, PUBLISHED.disclosure_id == ONE.id)
        .outerjoin(WITHDRAWN, of_version)
        .outerjoin(SERIES, SERIES.id == PUBLISHED.series_id)
    )


def _narrowed(query: Select[*tuple[Any, ...]], search: DisclosureSearch) -> Select[*tuple[Any, ...]]:
    if search.region is not None:
        query = query.where(ONE.region.startswith(region_prefix(search.region), autoescape=True))
    wanted = {"season": search.season, "kind": search.kind, "pack_name": search.pack}
    query = query.where(*(getattr(ONE, name) == value for name, value in wanted.items() if value is not None))
    return query if search.state is None else query.where(_IN_STATE[search.state])


_IN_STATE = {
    DisclosureState.DRAFT: PUBLISHED.number.is_(None),
    DisclosureState.PUBLISHED: (PUBLISHED.number == SERIES.newest) & WITHDRAWN.number.is_(None),
    DisclosureState.SUPERSEDED: (PUBLISHED.number < SERIES.newest) & WITHDRAWN.number.is_(None),
    DisclosureState.WITHDRAWN: WITHDRAWN.number.is_not(None),
}


def scope_values(scope: ListScope) -> dict[str, Any]:
    return {"kind": scope.kind.value, "region": scope.region, "pack_name": scope.pack, "season": scope.season}


def _is(scope: ListScope) -> list[Any]:
    return [getattr(SERIES, name) == value for name, value in scope_values(scope).items()]


def _scope(row: DisclosureRow | DisclosureSeriesRow) -> ListScope:
    return ListScope(kind=ListKind(row.kind), region=row.region, pack=row.pack_name, season=row.season)


def series_of(row: DisclosureSeriesRow) -> Series:
    return Series(id=row.id, scope=_scope(row), newest=row.newest)


def _disclosure(found: Any) -> Disclosure:
    row, published, withdrawn, newest = found
    return Disclosure(
        id=row.id,
        asked=Wanted(scope=_scope(row), day=row.day, through=row.through, list_version=row.list_version),
        rows=row.rows,
        enterprises=row.enterprises,
        lacking=tuple(Lack(**one) for one in row.lacking),
        based_on=row.based_on,
        created_by=row.origin,
        known_at=row.known_at,
        publication=None if published is None else publication_of(published),
        withdrawal=None if withdrawn is None else withdrawal_of(withdrawn),
        newest=newest or 0,
    )


def publication_of(row: DisclosurePublicationRow) -> Publication:
    return Publication(
        series_id=row.series_id,
        number=row.number,
        disclosure_id=row.disclosure_id,
        serial=row.serial,
        hash=row.hash,
        previous_hash=row.previous_hash,
        basis=row.basis,
        published_by=row.origin,
        known_at=row.known_at,
    )


def withdrawal_of(row: DisclosureWithdrawalRow) -> Withdrawal:
    return Withdrawal(
        series_id=row.series_id,
        number=row.number,
        reason=row.reason,
        withdrawn_by=row.origin,
        known_at=row.known_at,
    )

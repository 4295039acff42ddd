"""Lists and their versions: a version is appended under the version of the list somebody has read, and stays as it is."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor, region_prefix
from app.domain.evidence import Evidence
from app.domain.exemptions.lists import ExemptionList, ListStale, ListUnknown, ListVersion, Lock, VersionUnknown
from app.persistence.clients import in_regions
from app.persistence.enterprises.rows import SiteRow
from app.persistence.enterprises.visibility import own_enterprises
from app.persistence.exemptions.rows import ExemptionListHeadRow, ExemptionListRow, ExemptionVersionRow
from app.persistence.signed import signature

HEAD, LIST, VERSION = ExemptionListHeadRow, ExemptionListRow, ExemptionVersionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSearch:
    """What the lists may be narrowed by; a region means its subtree."""

    pack: str | None = None
    season: int | None = None
    region: str | None = None


class ListRepository:
    """Lists are seen by whoever looks after a region above or below theirs, and by the enterprises in it."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, one: ExemptionList) -> bool:
        """False where the plan already has a list for the season."""
        by = one.created_by
        made = await self.session.scalar(
            insert(LIST)
            .values(
                id=one.id,
                pack_name=one.pack_name,
                season=one.season,
                workflow=one.workflow,
                region=one.region,
                **signature(by),
                created_at=one.created_at,
            )
            .on_conflict_do_nothing(index_elements=["pack_name", "season"])
            .returning(LIST.id)
        )
        if made is None:
            return False
        await self.session.execute(insert(HEAD).values(list_id=one.id, newest=one.newest, version=one.version))
        return True

    async def get(self, list_id: UUID, *, visible_to: Actor, steady: bool = False) -> ExemptionList:
        """`steady` lets nobody publish a version until the transaction ends."""
        query = _lists().where(LIST.id == list_id, _visible(visible_to))
        if steady:
            query = query.with_for_update(read=True, of=HEAD)
        row = (await self.session.execute(query)).first()
        if row is None:
            raise ListUnknown()
        return _list(row)

    async def page(
        self, search: ListSearch, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[ExemptionList]:
        """In the order they were opened."""
        query = _lists().where(_visible(visible_to))
        if search.pack is not None:
            query = query.where(LIST.pack_name == search.pack)
        if search.season is not None:
            query = query.where(LIST.season == search.season)
        if search.region is not None:
            query = query.where(LIST.region.startswith(region_prefix(search.region), autoescape=True))
        if after is not None:
            query = query.where(LIST.id > UUID(after[0]))
        return [_list(row) for row in await self.session.execute(query.order_by(LIST.id).limit(limit))]

    async def some(self, ids: Collection[UUID]) -> dict[UUID, ExemptionList]:
        """Only for work that has already settled who may see what stands on them."""
        found = [_list(row) for row in await self.session.execute(_lists().where(LIST.id.in_(ids)))]
        return {one.id: one for one in found}

    async def everything(self) -> list[ExemptionList]:
        """All lists, for verification."""
        return [_list(row) for row in await self.session.execute(_lists().order_by(LIST.id))]

    async def take(self, one: ExemptionList) -> None:
        """Make room for the next version, alone; raises ListStale where somebody else has published meanwhile."""
        moved = await self.session.scalar(
            update(HEAD)
            .where(HEAD.list_id == one.id, HEAD.version == one.version)
            .values(newest=one.newest + 1, version=one.version + 1)
            .returning(HEAD.version)
        )
        if moved is None:
            raise ListStale()

    async def append(self, one: ListVersion) -> None:
        await self.session.execute(
            insert(VERSION).values(
                list_id=one.list_id,
                number=one.number,
                document=one.document,
                hash=one.hash,
                previous_hash=one.previous_hash,
                effective_on=one.effective_on,
                basis=one.basis,
                filing=[piece.as_json() for piece in one.filing],
                facts=list(one.facts),
                regions=list(one.regions),
                **signature(one.published_by),
                known_at=one.known_at,
            )
        )

    async def version(self, one: ExemptionList, number: int) -> ListVersion:
        row = await self.session.get(VERSION, (one.id, number))
        if row is None:
            raise VersionUnknown(number=number)
        return _version(row)

    async def newest(self, one: ExemptionList) -> ListVersion | None:
        return None if one.newest == 0 else await self.version(one, one.newest)

    async def versions(self, one: ExemptionList, *, first: int = 1, last: int | None = None) -> list[ListVersion]:
        """Its versions in order, whoever may see the list."""
        query = select(VERSION).where(VERSION.list_id == one.id, VERSION.number >= first)
        if last is not None:
            query = query.where(VERSION.number <= last)
        return [_version(row) for row in await self.session.scalars(query.order_by(VERSION.number))]

    async def locks(self, facts: Collection[str]) -> list[Lock]:
        """The published lists that alone may say some of these facts."""
        newest = (HEAD.list_id == VERSION.list_id) & (HEAD.newest == VERSION.number)
        rows = await self.session.execute(
            select(LIST.id, LIST.pack_name, LIST.season, VERSION.number, VERSION.facts, VERSION.regions)
            .join(VERSION, VERSION.list_id == LIST.id)
            .join(HEAD, newest)
            .where(VERSION.facts.overlap(list(facts)))
            .order_by(LIST.id)
        )
        return [
            Lock(
                list_id=list_id,
                pack_name=pack,
                season=season,
                number=number,
                facts=tuple(locked),
                regions=tuple(regions),
            )
            for list_id, pack, season, number, locked, regions in rows
        ]

    async def regions_of(self, enterprise_id: UUID) -> list[str]:
        """Where the sites of an enterprise lie, for whoever may speak of it."""
        query = select(SiteRow.region).where(SiteRow.enterprise_id == enterprise_id).distinct()
        return list(await self.session.scalars(query))


def _lists() -> Select[ExemptionListRow, int, int]:
    return select(LIST, HEAD.newest, HEAD.version).join(HEAD, HEAD.list_id == LIST.id)


def _visible(actor: Actor) -> ColumnElement[bool]:
    above = {region for own in actor.regions for region in (own, f"{own[:4]}00", f"{own[:2]}0000", "000000")}
    # The digits that the codes below a region share: 140400 → 1404.
    below = func.regexp_replace(LIST.region, "(00)+$", "").concat("%")
    own = select(SiteRow.id).where(SiteRow.enterprise_id.in_(own_enterprises(actor)), SiteRow.region.like(below))
    return or_(in_regions(LIST.region, actor), LIST.region.in_(above), own.exists())


def _list(row: Any) -> ExemptionList:
    one, newest, version = row
    return ExemptionList(
        id=one.id,
        pack_name=one.pack_name,
        season=one.season,
        workflow=one.workflow,
        region=one.region,
        created_by=one.origin,
        created_at=one.created_at,
        newest=newest,
        version=version,
    )


def _version(row: ExemptionVersionRow) -> ListVersion:
    return ListVersion(
        list_id=row.list_id,
        number=row.number,
        document=row.document,
        hash=row.hash,
        previous_hash=row.previous_hash,
        effective_on=row.effective_on,
        basis=row.basis,
        filing=tuple(Evidence.of_json(piece) for piece in row.filing),
        facts=tuple(row.facts),
        regions=tuple(row.regions),
        published_by=row.origin,
        known_at=row.known_at,
    )

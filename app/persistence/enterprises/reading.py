"""Reading the register: heads in pages, enterprises whole, always through the eyes of an actor."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor, region_prefix
from app.domain.enterprises.structure import (
    Coupling,
    Enterprise,
    EnterpriseUnknown,
    Head,
    Line,
    Meter,
    Part,
    Process,
    Site,
    Unit,
)
from app.domain.policies.facts import Level
from app.persistence.engine import one_of
from app.persistence.enterprises.rows import (
    CouplingRow,
    EnterpriseRow,
    LineRow,
    MeterRow,
    ProcessRow,
    SiteRow,
    UnitRow,
)
from app.persistence.enterprises.visibility import visible

P = TypeVar("P", bound=Part)
PartRow = type[SiteRow] | type[LineRow] | type[ProcessRow] | type[UnitRow] | type[CouplingRow] | type[MeterRow]

# The column of a row for each field of its part, where the names differ.
ROW_NAMES: dict[type[Any], dict[str, str]] = {
    Site: {},
    Line: {"site": "site_id"},
    Process: {"line": "line_id"},
    Unit: {"line": "line_id", "process": "process_id"},
    Coupling: {},
    Meter: {"subject": "subject_id"},
}
ROWS: dict[type[Any], PartRow] = {
    Site: SiteRow,
    Line: LineRow,
    Process: ProcessRow,
    Unit: UnitRow,
    Coupling: CouplingRow,
    Meter: MeterRow,
}
HEAD = tuple(field.name for field in fields(Head))


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a list of enterprises may be narrowed by."""

    region: str | None = None
    industry: str | None = None
    q: str | None = None


_LEVELS = union_all(
    *(
        select(literal(level), row.id).where(row.enterprise_id == bindparam("enterprise"))
        for level, row in (("site", SiteRow), ("line", LineRow), ("process", ProcessRow), ("unit", UnitRow))
    )
)


class EnterpriseReader:
    """Reads of enterprises; writes are in `writing`."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, enterprise_id: UUID, *, visible_to: Actor) -> Enterprise:
        found = await self.whole([enterprise_id], visible_to=visible_to)
        if not found:
            raise EnterpriseUnknown()
        return found[0]

    async def head(self, enterprise_id: UUID, *, visible_to: Actor, lock: bool = False) -> Head:
        """`lock` makes other writers of the same enterprise wait for this transaction."""
        query = _heads().where(EnterpriseRow.id == enterprise_id, visible(visible_to))
        row = (await self.session.execute(query.with_for_update() if lock else query)).first()
        if row is None:
            raise EnterpriseUnknown()
        return _head(row)

    async def called(self, names: Collection[str], *, visible_to: Actor) -> list[Head]:
        """Those whose own code or credit code is among the names, held until the transaction ends."""
        # In the order in which imports of the register lock them.
        query = _heads().where(
            or_(EnterpriseRow.code.in_(names), EnterpriseRow.uscc.in_([name.upper() for name in names])),
            visible(visible_to),
        )
        query = query.order_by(EnterpriseRow.code, EnterpriseRow.id).with_for_update(of=EnterpriseRow)
        return [_head(row) for row in await self.session.execute(query)]

    async def page(self, search: Search, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int) -> list[Head]:
        """In order of registration."""
        query = narrowed(_heads().where(visible(visible_to)), search)
        if after is not None:
            query = query.where(EnterpriseRow.id > UUID(after[0]))
        rows = await self.session.execute(query.order_by(EnterpriseRow.id).limit(limit))
        return [_head(row) for row in rows]

    async def ids(self, region: str, *, visible_to: Actor) -> list[UUID]:
        """Every enterprise of a region, in order: asked once, where pages would each search the whole region."""
        in_region = EnterpriseRow.region.startswith(region_prefix(region), autoescape=True)
        found = func.array_agg(aggregate_order_by(EnterpriseRow.id, EnterpriseRow.id))
        return await self.session.scalar(select(found).where(in_region, visible(visible_to))) or []

    async def with_sites_in(self, region: str, *, visible_to: Actor) -> list[UUID]:
        """Every enterprise with a site in a region's subtree, wherever its seat is."""
        inside = SiteRow.region.startswith(region_prefix(region), autoescape=True)
        sites = select(SiteRow.enterprise_id).where(inside)
        query = select(EnterpriseRow.id).where(EnterpriseRow.id.in_(sites), visible(visible_to))
        return list(await self.session.scalars(query.order_by(EnterpriseRow.id)))

    async def locked(self, ids: Sequence[UUID], *, visible_to: Actor) -> list[Head]:
        """Heads in order of ids; other writers of these enterprises wait for this transaction."""
        query = _heads().where(one_of(EnterpriseRow.id, ids), visible(visible_to)).order_by(EnterpriseRow.id)
        return [_head(row) for row in await self.session.execute(query.with_for_update(key_share=True))]

    async def heads(self, ids: Sequence[UUID], *, visible_to: Actor) -> list[Head]:
        """Those of a list that the actor may see, in order of ids."""
        query = _heads().where(one_of(EnterpriseRow.id, ids), visible(visible_to)).order_by(EnterpriseRow.id)
        return [_head(row) for row in await self.session.execute(query)]

    async def whole(self, ids: Sequence[UUID], *, visible_to: Actor) -> list[Enterprise]:
        """Enterprises with everything below them, in order of ids: seven queries however many they are."""
        query = _heads().where(EnterpriseRow.id.in_(ids), visible(visible_to)).order_by(EnterpriseRow.id)
        return await self.below([_head(row) for row in await self.session.execute(query)])

    async def below(self, heads: Sequence[Head]) -> list[Enterprise]:
        """The trees below heads that the caller has already been allowed to see."""
        ids = [head.id for head in heads]
        sites, lines = await self._parts(Site, ids), await self._parts(Line, ids)
        processes, units = await self._parts(Process, ids), await self._parts(Unit, ids)
        couplings, meters = await self._parts(Coupling, ids), await self._parts(Meter, ids)
        return [
            Enterprise(
                head=head,
                sites=tuple(sites.get(head.id, ())),
                lines=tuple(lines.get(head.id, ())),
                processes=tuple(processes.get(head.id, ())),
                units=tuple(units.get(head.id, ())),
                couplings=tuple(couplings.get(head.id, ())),
                meters=tuple(meters.get(head.id, ())),
            )
            for head in heads
        ]

    async def levels(self, enterprise_id: UUID) -> dict[UUID, Level]:
        """The level of every subject of an enterprise that the caller has already been allowed to see."""
        rows = await self.session.execute(_LEVELS, {"enterprise": enterprise_id})
        return {enterprise_id: "enterprise", **{subject: cast("Level", level) for level, subject in rows}}

    async def _parts(self, kind: type[P], ids: Iterable[UUID]) -> dict[UUID, list[P]]:
        row, names = ROWS[kind], [field.name for field in fields(kind)]
        renamed = ROW_NAMES[kind]
        columns = [getattr(row, renamed.get(name, name)) for name in names]
        query = select(row.enterprise_id, *columns).where(row.enterprise_id.in_(ids)).order_by(row.id)
        found: dict[UUID, list[P]] = {}
        for enterprise_id, *values in await self.session.execute(query):
            found.setdefault(enterprise_id, []).append(kind(**dict(zip(names, values, strict=True))))
        return found


def narrowed(query: Select[Any], search: Search) -> Select[Any]:
    if search.region is not None:
        prefix = region_prefix(search.region)
        sites = select(SiteRow.enterprise_id).where(SiteRow.region.startswith(prefix, autoescape=True))
        query = query.where(or_(EnterpriseRow.region.startswith(prefix, autoescape=True), EnterpriseRow.id.in_(sites)))
    if search.industry is not None:
        query = query.where(
            exists().where(LineRow.industry == search.industry, LineRow.enterprise_id == EnterpriseRow.id)
        )
    if search.q is not None:
        query = query.where(
            or_(
                EnterpriseRow.name.icontains(search.q, autoescape=True),
                EnterpriseRow.code.istartswith(search.q, autoescape=True),
                EnterpriseRow.uscc == search.q.upper(),
            )
        )
    return query


def _heads() -> Select[Any]:
    return select(*(getattr(EnterpriseRow, name) for name in HEAD))


def _head(row: Any) -> Head:
    return Head(**dict(zip(HEAD, row, strict=True)))

"""Warnings as rows: what was said of each, in order, and a head that says where it stands; read as known at an instant."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor, region_prefix
from app.domain.warnings import (
    Colour,
    PollutionWarning,
    WarningChange,
    WarningOutdated,
    WarningStands,
    WarningState,
    WarningUnknown,
    covering,
)
from app.persistence.clients import in_regions
from app.persistence.engine import Row, one_of
from app.persistence.enterprises.rows import SiteRow
from app.persistence.enterprises.visibility import own_enterprises
from app.persistence.signed import Signed, signature

OPEN = "state = 'issued'"


class WarningRow(Row):
    """One warning, for the subtree of a region."""

    __tablename__ = "warnings"
    __table_args__ = (Index(None, "region"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    acknowledge_within_hours: Mapped[int]


class WarningChangeRow(Signed, Row):
    """One thing said of a warning; without a colour it is lifted."""

    __tablename__ = "warning_changes"

    warning_id: Mapped[UUID] = mapped_column(ForeignKey("warnings.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    colour: Mapped[str | None]
    from_at: Mapped[datetime]
    known_at: Mapped[datetime]
    basis: Mapped[str]
    operation_id: Mapped[UUID]


class WarningHeadRow(Row):
    """Where a warning stands; a region has one that is open at most."""

    __tablename__ = "warning_heads"
    __table_args__ = (Index("uq_warning_heads_open", "region", unique=True, postgresql_where=text(OPEN)),)

    id: Mapped[UUID] = mapped_column(ForeignKey("warnings.id"), primary_key=True)
    region: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]


class WarningServingRow(Row):
    """A change of a warning that everybody it concerns has been served."""

    __tablename__ = "warning_servings"

    warning_id: Mapped[UUID] = mapped_column(ForeignKey("warnings.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class WarningRepository:
    """Warnings are seen inside their region, by whoever looks after a region they cover, and by an enterprise they reach."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, warning: PollutionWarning) -> None:
        """Raises WarningStands where the same region has an open one, also one that is being issued just now."""
        await self.session.execute(
            insert(WarningRow).values(
                id=warning.id,
                region=warning.region,
                acknowledge_within_hours=warning.acknowledge_within // timedelta(hours=1),
            )
        )
        head = upsert(WarningHeadRow).values(
            id=warning.id, region=warning.region, state=warning.state, version=warning.version
        )
        head = head.on_conflict_do_nothing(index_elements=["region"], index_where=text(OPEN))
        if await self.session.scalar(head.returning(WarningHeadRow.id)) is None:
            raise WarningStands(region=warning.region)
        await self._append(warning)

    async def take(self, warning: PollutionWarning) -> None:
        """Keep what was said last; raises WarningOutdated where somebody else spoke since the version before was read."""
        moved = await self.session.scalar(
            update(WarningHeadRow)
            .where(WarningHeadRow.id == warning.id, WarningHeadRow.version == warning.version - 1)
            .values(state=warning.state, version=warning.version)
            .returning(WarningHeadRow.version)
        )
        if moved is None:
            raise WarningOutdated()
        await self._append(warning)

    async def served(self, warning: PollutionWarning, numbers: Iterable[int], *, at: datetime) -> None:
        """Everybody has been served these changes; saying it twice is saying it once."""
        for number in numbers:
            row = upsert(WarningServingRow).values(warning_id=warning.id, number=number, at=at)
            await self.session.execute(row.on_conflict_do_nothing())

    async def get(self, warning_id: UUID, *, visible_to: Actor) -> PollutionWarning:
        found = await self._read(_warnings().where(WarningRow.id == warning_id, _visible(visible_to)))
        if not found:
            raise WarningUnknown()
        return found[0]

    async def newest(
        self,
        *,
        region: str | None,
        state: WarningState | None,
        visible_to: Actor,
        after: tuple[str, ...] | None,
        limit: int,
    ) -> list[PollutionWarning]:
        """Those issued inside a region's subtree or for one it lies in, newest first."""
        query = _warnings().where(_visible(visible_to))
        if region is not None:
            inside = WarningRow.region.startswith(region_prefix(region), autoescape=True)
            query = query.where(or_(inside, WarningRow.region.in_(covering(region))))
        if state is not None:
            query = query.where(WarningHeadRow.state == state)
        if after is not None:
            query = query.where(WarningRow.id < UUID(after[0]))
        return await self._read(query.order_by(WarningRow.id.desc()).limit(limit))

    async def known(self, regions: Iterable[str], *, at: datetime) -> list[PollutionWarning]:
        """What was announced by an instant for these regions or above; public, and for work that sees the sites."""
        above = {code for region in regions for code in covering(region)}
        rows = await self.session.execute(
            select(WarningRow, WarningHeadRow.version, WarningChangeRow)
            .join(WarningHeadRow, WarningHeadRow.id == WarningRow.id)
            .join(WarningChangeRow, WarningChangeRow.warning_id == WarningRow.id)
            .where(WarningRow.region.in_(above), WarningChangeRow.known_at <= at)
            .order_by(WarningRow.id, WarningChangeRow.number)
        )
        found: dict[UUID, tuple[WarningRow, int, list[WarningChange]]] = {}
        for row, version, change in rows:
            found.setdefault(row.id, (row, version, []))[2].append(_change(change, None))
        return [_warning(*one) for one in found.values()]

    async def open_regions(self) -> list[str]:
        """The regions that warnings are issued for; for work that sees them."""
        query = select(WarningHeadRow.region).where(WarningHeadRow.state == WarningState.ISSUED)
        return list(await self.session.scalars(query.distinct().order_by(WarningHeadRow.region)))

    async def open_over(self, ids: Sequence[UUID]) -> list[tuple[PollutionWarning, list[UUID]]]:
        """The warnings that are issued over some enterprises, each with those it reaches; for work that sees them."""
        rows = await self.session.execute(
            select(WarningHeadRow.id, SiteRow.enterprise_id)
            .join(SiteRow, reaches(SiteRow.region, WarningHeadRow.region))
            .where(WarningHeadRow.state == WarningState.ISSUED, one_of(SiteRow.enterprise_id, ids))
            .distinct()
            .order_by(WarningHeadRow.id, SiteRow.enterprise_id)
        )
        reached: dict[UUID, list[UUID]] = {}
        for warning_id, enterprise_id in rows:
            reached.setdefault(warning_id, []).append(enterprise_id)
        found = await self._read(_warnings().where(WarningRow.id.in_(reached)).order_by(WarningRow.id))
        return [(one, reached[one.id]) for one in found]

    async def known_changes(self, warning_ids: Iterable[UUID]) -> set[tuple[UUID, int]]:
        """Which changes of some warnings there are, for verification."""
        query = select(WarningChangeRow.warning_id, WarningChangeRow.number)
        rows = await self.session.execute(query.where(WarningChangeRow.warning_id.in_(warning_ids)))
        return {(row[0], row[1]) for row in rows}

    async def _append(self, warning: PollutionWarning) -> None:
        change = warning.last
        await self.session.execute(
            insert(WarningChangeRow).values(
                warning_id=warning.id,
                number=change.number,
                colour=change.colour,
                from_at=change.from_at,
                known_at=change.known_at,
                **signature(change.by),
                basis=change.basis,
                operation_id=change.operation_id,
            )
        )

    async def _read(self, query: Select[WarningRow, int]) -> list[PollutionWarning]:
        """Warnings with what was said up to the version read, and nothing that somebody says between the two queries."""
        found = [(row, version) for row, version in await self.session.execute(query)]
        changes: dict[UUID, list[WarningChange]] = {row.id: [] for row, _ in found}
        served = (WarningServingRow.warning_id, WarningServingRow.number)
        rows = await self.session.execute(
            select(WarningChangeRow, WarningServingRow.at)
            .outerjoin(
                WarningServingRow, tuple_(*served) == tuple_(WarningChangeRow.warning_id, WarningChangeRow.number)
            )
            .where(WarningChangeRow.warning_id.in_(changes))
            .order_by(WarningChangeRow.warning_id, WarningChangeRow.number)
        )
        versions = {row.id: version for row, version in found}
        for change, at in rows:
            if change.number < versions[change.warning_id]:
                changes[change.warning_id].append(_change(change, at))
        return [_warning(row, version, changes[row.id]) for row, version in found]


def _warnings() -> Select[WarningRow, int]:
    return select(WarningRow, WarningHeadRow.version).join(WarningHeadRow, WarningHeadRow.id == WarningRow.id)


def _visible(actor: Actor) -> ColumnElement[bool]:
    above = {code for region in actor.regions for code in covering(region)}
    sites = select(SiteRow.id).where(SiteRow.enterprise_id.in_(own_enterprises(actor)), reaches(SiteRow.region))
    return or_(in_regions(WarningRow.region, actor), WarningRow.region.in_(above), sites.exists())


def reaches(region: Any, warned: Any = WarningRow.region) -> ColumnElement[bool]:
    """As `covering`, for a column."""
    above = (func.left(region, 4) + "00", func.left(region, 2) + "0000", literal("000000"))
    return or_(warned == region, *(warned == code for code in above))


def _warning(row: WarningRow, version: int, changes: Sequence[WarningChange]) -> PollutionWarning:
    return PollutionWarning(
        id=row.id,
        region=row.region,
        acknowledge_within=timedelta(hours=row.acknowledge_within_hours),
        changes=tuple(changes),
        version=version,
    )


def _change(row: WarningChangeRow, served_at: datetime | None) -> WarningChange:
    return WarningChange(
        number=row.number,
        colour=None if row.colour is None else Colour(row.colour),
        from_at=row.from_at,
        known_at=row.known_at,
        by=row.origin,
        basis=row.basis,
        operation_id=row.operation_id,
        served_at=served_at,
    )

"""Simulations and their changes; a simulation appears only once all its changes are there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor
from app.domain.errors import NotFound
from app.persistence.clients import in_regions
from app.persistence.engine import Row

# A statement takes 32,767 parameters; a change has six.
AT_ONCE = 2000


class SimulationUnknown(NotFound):
    code = "simulation_unknown"
    zh = "没有此项模拟、尚未完成，或您无权查看。"
    en = "There is no such simulation, it is not finished, or you may not see it."


class SimulationRow(Row):
    """One draft beside what is in force, over one population."""

    __tablename__ = "simulations"
    __table_args__ = (Index(None, "requested_by", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    requested_by: Mapped[str]
    region: Mapped[str | None]
    season: Mapped[int]
    day: Mapped[date]
    known_at: Mapped[datetime]
    draft: Mapped[dict[str, Any]]
    against: Mapped[dict[str, Any] | None]
    evaluator_version: Mapped[str]
    summary: Mapped[dict[str, Any]]


class ChangeRow(Row):
    """One subject that the draft would treat otherwise."""

    __tablename__ = "simulation_changes"

    simulation_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    industry: Mapped[str | None]
    region: Mapped[str]
    direction: Mapped[str]
    document: Mapped[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSimulation:
    """What was asked and counted; `draft` and `against` name the packs with their hashes."""

    id: UUID
    requested_by: str
    region: str | None
    season: int
    day: date
    known_at: datetime
    draft: Mapping[str, Any]
    against: Mapping[str, Any] | None
    evaluator_version: str
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """A change with what lists are filtered by."""

    position: int
    industry: str | None
    region: str
    direction: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which changes of a simulation a reader wants."""

    industry: str | None = None
    region: str | None = None
    direction: str | None = None


class SimulationRepository:
    """Seen by who asked, and by whoever looks after the whole region that was asked about."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, simulation_id: UUID, *, visible_to: Actor) -> StoredSimulation:
        found = await self._find(simulation_id, _visible(visible_to))
        if found is None:
            raise SimulationUnknown()
        return found

    async def find(self, simulation_id: UUID, *, visible_to: Actor) -> StoredSimulation | None:
        return await self._find(simulation_id, _visible(visible_to))

    async def newest(self, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int) -> list[StoredSimulation]:
        query = select(SimulationRow).where(_visible(visible_to)).order_by(SimulationRow.id.desc()).limit(limit)
        if after is not None:
            query = query.where(SimulationRow.id < UUID(after[0]))
        return [_simulation(row) for row in await self.session.scalars(query)]

    async def changes(
        self, simulation: StoredSimulation, wanted: Wanted, *, after: int, limit: int
    ) -> list[StoredChange]:
        """The next changes in their order; `after` is a position, -1 before the first."""
        row = ChangeRow
        query = select(row).where(row.simulation_id == simulation.id, row.position > after)
        if wanted.industry is not None:
            query = query.where(row.industry == wanted.industry)
        if wanted.region is not None:
            query = query.where(row.region.startswith(wanted.region, autoescape=True))
        if wanted.direction is not None:
            query = query.where(row.direction == wanted.direction)
        return [_change(one) for one in await self.session.scalars(query.order_by(row.position).limit(limit))]

    async def add(self, simulation: StoredSimulation) -> None:
        values = {name: getattr(simulation, name) for name in StoredSimulation.__dataclass_fields__}
        await self.session.execute(insert(SimulationRow).values(values))

    async def add_changes(self, simulation_id: UUID, changes: Sequence[StoredChange]) -> None:
        for start in range(0, len(changes), AT_ONCE):
            rows = [
                {"simulation_id": simulation_id}
                | {name: getattr(one, name) for name in StoredChange.__dataclass_fields__}
                for one in changes[start : start + AT_ONCE]
            ]
            await self.session.execute(insert(ChangeRow), rows)

    async def forget_changes(self, simulation_id: UUID) -> None:
        """What an attempt that did not finish has left."""
        await self.session.execute(delete(ChangeRow).where(ChangeRow.simulation_id == simulation_id))

    async def _find(self, simulation_id: UUID, seen: ColumnElement[bool]) -> StoredSimulation | None:
        row = await self.session.scalar(select(SimulationRow).where(SimulationRow.id == simulation_id, seen))
        return None if row is None else _simulation(row)


def _visible(actor: Actor) -> ColumnElement[bool]:
    return or_(SimulationRow.requested_by == actor.client_id, in_regions(SimulationRow.region, actor))


def _simulation(row: SimulationRow) -> StoredSimulation:
    return StoredSimulation(**{name: getattr(row, name) for name in StoredSimulation.__dataclass_fields__})


def _change(row: ChangeRow) -> StoredChange:
    return StoredChange(**{name: getattr(row, name) for name in StoredChange.__dataclass_fields__})

"""Regions and built-up areas as rows: reference data with the time in which it holds."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import false, insert, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import region_prefix
from app.domain.enterprises.regions import BuiltUpArea, Region, RegionTable, RegionUnknown
from app.persistence.engine import Row


class RegionRow(Row):
    """One code under one name."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class BuiltUpAreaRow(Row):
    """One edition of a city's built-up polygon; a newer edition is a new row."""

    __tablename__ = "built_up_areas"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    name: Mapped[str]
    polygon: Mapped[dict[str, Any]]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    known_at: Mapped[datetime]
    document: Mapped[str | None]


class RegionRepository:
    """Regions are public: everybody may read all of them."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def table(self) -> RegionTable:
        return RegionTable(_region(row) for row in await self.session.scalars(select(RegionRow)))

    async def around(self, codes: Iterable[str]) -> RegionTable:
        """These codes and their neighbours below the same parent, which is where an heir is found."""
        near = [RegionRow.code.startswith(prefix, autoescape=True) for prefix in {code[:4] for code in codes}]
        query = select(RegionRow.code, RegionRow.name, RegionRow.valid_from, RegionRow.valid_to).where(
            or_(false(), *near)
        )
        return RegionTable(
            Region(code=code, name=name, valid_from=start, valid_to=end)
            for code, name, start, end in await self.session.execute(query)
        )

    async def get(self, code: str) -> list[Region]:
        """All names the code ever bore, newest last."""
        query = select(RegionRow).where(RegionRow.code == code).order_by(RegionRow.valid_from.nulls_first())
        found = [_region(row) for row in await self.session.scalars(query)]
        if not found:
            raise RegionUnknown(region=code)
        return found

    async def below(
        self, code: str, *, day: date | None, q: str | None, after: tuple[str, ...] | None, limit: int
    ) -> list[Region]:
        """The subtree of a code, the code itself included, in order of codes."""
        query = select(RegionRow).where(RegionRow.code.startswith(region_prefix(code), autoescape=True))
        if day is not None:
            query = query.where(
                or_(RegionRow.valid_from.is_(None), RegionRow.valid_from <= day),
                or_(RegionRow.valid_to.is_(None), RegionRow.valid_to > day),
            )
        if q is not None:
            query = query.where(RegionRow.name.contains(q, autoescape=True))
        if after is not None:
            query = query.where(tuple_(RegionRow.code, RegionRow.name) > tuple_(*after[:2]))
        query = query.order_by(RegionRow.code, RegionRow.name).limit(limit)
        return [_region(row) for row in await self.session.scalars(query)]


class BuiltUpAreaRepository:
    """Built-up areas are public; each row is kept for ever, so that a distance can be recomputed as it was known."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, area: BuiltUpArea) -> None:
        await self.session.execute(insert(BuiltUpAreaRow).values(**{name: getattr(area, name) for name in _AREA}))

    async def known(self, *, at: datetime) -> list[BuiltUpArea]:
        query = select(BuiltUpAreaRow).where(BuiltUpAreaRow.known_at <= at).order_by(BuiltUpAreaRow.id)
        return [_area(row) for row in await self.session.scalars(query)]

    async def of_regions(self, codes: Iterable[str]) -> list[BuiltUpArea]:
        query = select(BuiltUpAreaRow).where(BuiltUpAreaRow.region.in_(codes)).order_by(BuiltUpAreaRow.id)
        return [_area(row) for row in await self.session.scalars(query)]


_AREA = ("id", "region", "name", "polygon", "valid_from", "valid_to", "known_at", "document")


def _region(row: RegionRow) -> Region:
    return Region(code=row.code, name=row.name, valid_from=row.valid_from, valid_to=row.valid_to)


def _area(row: BuiltUpAreaRow) -> BuiltUpArea:
    return BuiltUpArea(**{name: getattr(row, name) for name in _AREA})

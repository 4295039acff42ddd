"""Inspections in PostgreSQL: every visit is a row that stays; a correction is a further row that names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Select, UniqueConstraint, and_, insert, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.domain.access import Actor
from app.domain.evidence import Evidence
from app.domain.inspections import Finding, Inspection, InspectionUnknown
from app.domain.periods import ONE_DAY, midnight
from app.persistence.engine import Row, one_of
from app.persistence.enterprises.reading import Search, narrowed
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.signed import Signed, signature


class InspectionRow(Signed, Row):
    """A visit with its findings."""

    __tablename__ = "inspections"
    __table_args__ = (
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        ForeignKeyConstraint(["enterprise_id", "corrects"], ["inspections.enterprise_id", "inspections.id"]),
        UniqueConstraint("enterprise_id", "corrects"),
        Index(None, "id"),
        Index(None, "from_at"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    inspectors: Mapped[list[Any]]
    findings: Mapped[list[Any]]
    evidence: Mapped[list[Any]]
    corrects: Mapped[UUID | None]
    reason: Mapped[str | None]
    known_at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionSearch:
    """What a list of inspections may be narrowed by; days are those on which the visit began, both included."""

    enterprise_id: UUID | None = None
    region: str | None = None
    first: date | None = None
    last: date | None = None
    known_at: datetime | None = None


CORRECTION = aliased(InspectionRow, name="correction")
_PLAIN = ("id", "enterprise_id", "subject_id", "from_at", "until_at", "corrects", "reason", "known_at")


class InspectionRepository:
    """Inspections are seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, inspection: Inspection) -> None:
        by = inspection.recorded_by
        await self.session.execute(
            insert(InspectionRow).values(
                **{name: getattr(inspection, name) for name in _PLAIN},
                inspectors=list(inspection.inspectors),
                findings=[one.as_json() for one in inspection.findings],
                evidence=[one.as_json() for one in inspection.evidence],
                **signature(by),
            )
        )

    async def get(self, inspection_id: UUID, *, visible_to: Actor) -> Inspection:
        found = await self._read(_seen(None, visible_to).where(InspectionRow.id == inspection_id))
        if not found:
            raise InspectionUnknown()
        return found[0]

    async def of_enterprise(
        self, enterprise_id: UUID, *, visible_to: Actor, known_at: datetime | None = None
    ) -> list[Inspection]:
        """All of one enterprise, newest first."""
        search = InspectionSearch(enterprise_id=enterprise_id, known_at=known_at)
        return await self._read(_narrowed(_seen(known_at, visible_to), search))

    async def of_enterprises(
        self, ids: Sequence[UUID], *, first: date, last: date, known_at: datetime
    ) -> list[Inspection]:
        """The visits to some enterprises that began on some days and count; visibility is settled."""
        query = _known(known_at).where(one_of(InspectionRow.enterprise_id, ids), CORRECTION.id.is_(None))
        return await self._read(_narrowed(query, InspectionSearch(first=first, last=last)))

    async def page(
        self, search: InspectionSearch, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int
    ) -> list[Inspection]:
        """The newest first."""
        query = _narrowed(_seen(search.known_at, visible_to), search)
        if after is not None:
            query = query.where(InspectionRow.id < UUID(after[0]))
        return await self._read(query.limit(limit))

    async def _read(self, query: Select[*tuple[Any, ...]]) -> list[Inspection]:
        rows = await self.session.execute(query.order_by(InspectionRow.id.desc()))
        return [_inspection(row, corrected_by) for row, corrected_by in rows]


def _seen(known_at: datetime | None, actor: Actor) -> Select[*tuple[Any, ...]]:
    return _known(known_at).where(visible(actor))


def _known(known_at: datetime | None) -> Select[*tuple[Any, ...]]:
    known = true() if known_at is None else CORRECTION.known_at <= known_at
    own = and_(CORRECTION.enterprise_id == InspectionRow.enterprise_id, CORRECTION.corrects == InspectionRow.id, known)
    query = (
        select(InspectionRow, CORRECTION.id)
        .join(EnterpriseRow, EnterpriseRow.id == InspectionRow.enterprise_id)
        .outerjoin(CORRECTION, own)
    )
    return query if known_at is None else query.where(InspectionRow.known_at <= known_at)


def _narrowed(query: Select[*tuple[Any, ...]], search: InspectionSearch) -> Select[*tuple[Any, ...]]:
    query = narrowed(query, Search(region=search.region))
    if search.enterprise_id is not None:
        query = query.where(InspectionRow.enterprise_id == search.enterprise_id)
    if search.first is not None:
        query = query.where(InspectionRow.from_at >= midnight(search.first))
    if search.last is not None:
        query = query.where(InspectionRow.from_at < midnight(search.last + ONE_DAY))
    return query


def _inspection(row: InspectionRow, corrected_by: UUID | None) -> Inspection:
    return Inspection(
        **{name: getattr(row, name) for name in _PLAIN},
        inspectors=tuple(row.inspectors),
        findings=tuple(Finding.of_json(one) for one in row.findings),
        evidence=tuple(Evidence.of_json(one) for one in row.evidence),
        recorded_by=row.origin,
        corrected_by=corrected_by,
    )

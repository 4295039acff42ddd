"""Acts as rows: determinations, and the determinations that revoke them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, UniqueConstraint, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.domain.access import Actor, Person
from app.domain.acts import Determination
from app.domain.errors import NotFound
from app.persistence.engine import Row, one_of
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible


class DeterminationUnknown(NotFound):
    code = "determination_unknown"
    zh = "没有此认定，或不在您的管辖范围内。"
    en = "There is no such determination, or it lies outside what you may see."


class DeterminationRow(Row):
    """A choice an authority made, or (with `revokes`) took back."""

    __tablename__ = "determinations"
    __table_args__ = (UniqueConstraint("enterprise_id", "revokes"),)

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    pack_name: Mapped[str]
    season: Mapped[int]
    rule_id: Mapped[str]
    choice: Mapped[int]
    number: Mapped[Decimal | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    basis: Mapped[str]
    person_name: Mapped[str]
    person_office: Mapped[str]
    client_id: Mapped[str]
    known_at: Mapped[datetime]
    revokes: Mapped[UUID | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDetermination:
    """A determination with what it is about and who recorded it when."""

    enterprise_id: UUID
    pack_name: str
    season: int
    act: Determination
    client_id: str
    known_at: datetime
    revoked_at: datetime | None = None


class ActRepository:
    """Acts are seen by whoever sees the enterprise."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, stored: StoredDetermination, *, revokes: UUID | None = None) -> None:
        act = stored.act
        await self.session.execute(
            insert(DeterminationRow).values(
                enterprise_id=stored.enterprise_id,
                id=UUID(act.id),
                subject_id=UUID(act.subject_id),
                pack_name=stored.pack_name,
                season=stored.season,
                rule_id=act.rule_id,
                choice=act.choice,
                number=None if act.number is None else Decimal(repr(act.number)),
                valid_from=act.valid_from,
                valid_to=act.valid_to,
                basis=act.basis,
                person_name=act.person.name,
                person_office=act.person.office,
                client_id=stored.client_id,
                known_at=stored.known_at,
                revokes=revokes,
            )
        )

    async def in_force(
        self, ids: Sequence[UUID], pack_name: str, season: int, *, known_at: datetime
    ) -> dict[UUID, list[Determination]]:
        """The acts known at an instant and not revoked by then; the newest answer to a question comes first."""
        found: dict[UUID, list[Determination]] = {}
        for stored in await self._read(
            one_of(DeterminationRow.enterprise_id, ids)
            & (DeterminationRow.pack_name == pack_name)
            & (DeterminationRow.season == season),
            known_at,
        ):
            if stored.revoked_at is None:
                found.setdefault(stored.enterprise_id, []).append(stored.act)
        return found

    async def named(self, enterprise_id: UUID, ids: Sequence[UUID]) -> list[Determination]:
        """The acts a run was made under, newest first; whoever reads the run has already seen the enterprise."""
        rows = await self.session.scalars(
            select(DeterminationRow)
            .where(DeterminationRow.enterprise_id == enterprise_id, DeterminationRow.id.in_(ids))
            .order_by(DeterminationRow.known_at.desc(), DeterminationRow.id.desc())
        )
        return [_stored(row, None).act for row in rows]

    async def of_enterprise(
        self, enterprise_id: UUID, *, known_at: datetime, visible_to: Actor
    ) -> list[StoredDetermination]:
        """Every determination about an enterprise, revoked ones included, newest first."""
        return await self._read((DeterminationRow.enterprise_id == enterprise_id) & visible(visible_to), known_at)

    async def get(self, determination_id: UUID, *, known_at: datetime, visible_to: Actor) -> StoredDetermination:
        found = await self._read((DeterminationRow.id == determination_id) & visible(visible_to), known_at)
        if not found:
            raise DeterminationUnknown()
        return found[0]

    async def _read(self, where: ColumnElement[bool], known_at: datetime) -> list[StoredDetermination]:
        revocation = aliased(DeterminationRow)
        rows = await self.session.execute(
            select(DeterminationRow, revocation.known_at)
            .join(EnterpriseRow, EnterpriseRow.id == DeterminationRow.enterprise_id)
            .outerjoin(
                revocation,
                (revocation.enterprise_id == DeterminationRow.enterprise_id)
                & (revocation.revokes == DeterminationRow.id)
                & (revocation.known_at <= known_at),
            )
            .where(where, DeterminationRow.revokes.is_(None), DeterminationRow.known_at <= known_at)
            .order_by(DeterminationRow.known_at.desc(), DeterminationRow.id.desc())
        )
        return [_stored(row, revoked_at) for row, revoked_at in rows]


def _stored(row: DeterminationRow, revoked_at: datetime | None) -> StoredDetermination:
    return StoredDetermination(
        enterprise_id=row.enterprise_id,
        pack_name=row.pack_name,
        season=row.season,
        act=Determination(
            id=str(row.id),
            subject_id=str(row.subject_id),
            rule_id=row.rule_id,
            choice=row.choice,
            number=None if row.number is None else float(row.number),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            person=Person(name=row.person_name, office=row.person_office),
            basis=row.basis,
        ),
        client_id=row.client_id,
        known_at=row.known_at,
        revoked_at=revoked_at,
    )

"""Confirmations of readings: appended, the newest for a wording counts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Person
from app.domain.acts.readings import Confirmation
from app.persistence.engine import Row


class ReadingConfirmationRow(Row):
    """One person's word on one wording of a reading."""

    __tablename__ = "reading_confirmations"
    __table_args__ = (Index("ix_reading_confirmations_newest", "pack_name", "reading_id", "known_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pack_name: Mapped[str]
    reading_id: Mapped[str]
    wording: Mapped[str]
    verdict: Mapped[str]
    basis: Mapped[str]
    person_name: Mapped[str]
    person_office: Mapped[str]
    client_id: Mapped[str]
    known_at: Mapped[datetime]


class ReadingRepository:
    """Like the plans themselves, what was said of their readings is for everybody who may read plans."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, one: Confirmation) -> None:
        await self.session.execute(
            insert(ReadingConfirmationRow).values(
                id=one.id,
                pack_name=one.pack_name,
                reading_id=one.reading_id,
                wording=one.wording,
                verdict=one.verdict,
                basis=one.basis,
                person_name=one.person.name,
                person_office=one.person.office,
                client_id=one.client_id,
                known_at=one.known_at,
            )
        )

    async def newest(self, pack_name: str, *, known_at: datetime) -> dict[tuple[str, str], Confirmation]:
        """The newest word on each reading and wording of a plan."""
        row = ReadingConfirmationRow
        rows = await self.session.scalars(
            select(row)
            .where(row.pack_name == pack_name, row.known_at <= known_at)
            .ext(distinct_on(row.reading_id, row.wording))
            .order_by(row.reading_id, row.wording, row.known_at.desc(), row.id.desc())
        )
        return {(one.reading_id, one.wording): _confirmation(one) for one in rows}


def _confirmation(row: ReadingConfirmationRow) -> Confirmation:
    return Confirmation(
        id=row.id,
        pack_name=row.pack_name,
        reading_id=row.reading_id,
        wording=row.wording,
        verdict="confirmed" if row.verdict == "confirmed" else "rejected",
        basis=row.basis,
        person=Person(name=row.person_name, office=row.person_office),
        client_id=row.client_id,
        known_at=row.known_at,
    )

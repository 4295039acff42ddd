"""Ratings: appended, never altered, read by whoever sees the enterprise, also as they were known at an instant."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Select, Uuid, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Actor
from app.domain.evidence import Evidence
from app.domain.policies.facts import Level
from app.domain.ratings.rating import Rating, RatingAct, RatingUnknown
from app.persistence.engine import Row, one_of
from app.persistence.enterprises.rows import EnterpriseRow
from app.persistence.enterprises.visibility import visible
from app.persistence.signed import Signed, signature


class RatingRow(Signed, Row):
    """One rating; a rating is corrected at most once, for its correction takes its place."""

    __tablename__ = "ratings"
    __table_args__ = (
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        ForeignKeyConstraint(["enterprise_id", "replaces"], ["ratings.enterprise_id", "ratings.id"]),
        Index(None, "id"),
        Index(
            "uq_ratings_corrected",
            "enterprise_id",
            "replaces",
            unique=True,
            postgresql_where=text("act = 'correction'"),
        ),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    level: Mapped[str]
    fact: Mapped[str]
    grade: Mapped[str]
    act: Mapped[str]
    replaces: Mapped[UUID | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    basis: Mapped[str]
    awarded_by: Mapped[str]
    document: Mapped[str]
    evidence: Mapped[list[Any]]
    assertions: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    known_at: Mapped[datetime]


class RatingRepository:
    """Whoever adds ratings has locked their enterprises, so that two at once cannot overlap."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, ratings: Sequence[Rating]) -> None:
        if ratings:
            await self.session.execute(insert(RatingRow), [_values(one) for one in ratings])

    async def get(self, rating_id: UUID, *, visible_to: Actor) -> Rating:
        row = await self.session.scalar(_seen(visible_to).where(RatingRow.id == rating_id))
        if row is None:
            raise RatingUnknown()
        return _rating(row)

    async def of_enterprise(
        self, enterprise_id: UUID, *, visible_to: Actor, known_at: datetime | None = None
    ) -> list[Rating]:
        """The whole history of an enterprise as known at an instant, newest first."""
        query = _seen(visible_to).where(RatingRow.enterprise_id == enterprise_id)
        if known_at is not None:
            query = query.where(RatingRow.known_at <= known_at)
        rows = await self.session.scalars(query.order_by(RatingRow.known_at.desc(), RatingRow.id.desc()))
        return [_rating(row) for row in rows]

    async def of_many(self, enterprise_ids: Iterable[UUID]) -> dict[UUID, list[Rating]]:
        """The histories of enterprises that the caller has already been allowed to see."""
        ids = list(enterprise_ids)
        found: dict[UUID, list[Rating]] = {one: [] for one in ids}
        for row in await self.session.scalars(select(RatingRow).where(one_of(RatingRow.enterprise_id, ids))):
            found[row.enterprise_id].append(_rating(row))
        return found


def _seen(actor: Actor) -> Select[RatingRow]:
    return select(RatingRow).join(EnterpriseRow, EnterpriseRow.id == RatingRow.enterprise_id).where(visible(actor))


def _values(one: Rating) -> dict[str, Any]:
    return {
        "enterprise_id": one.enterprise_id,
        "id": one.id,
        "subject_id": one.subject_id,
        "level": one.level,
        "fact": one.fact,
        "grade": one.grade,
        "act": one.act,
        "replaces": one.replaces,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "basis": one.basis,
        "awarded_by": one.awarded_by,
        "document": one.document,
        "evidence": [piece.as_json() for piece in one.evidence],
        "assertions": list(one.assertions),
        **signature(one.by),
        "known_at": one.known_at,
    }


def _rating(row: RatingRow) -> Rating:
    return Rating(
        id=row.id,
        enterprise_id=row.enterprise_id,
        subject_id=row.subject_id,
        level=cast("Level", row.level),
        fact=row.fact,
        grade=row.grade,
        act=RatingAct(row.act),
        replaces=row.replaces,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        basis=row.basis,
        awarded_by=row.awarded_by,
        document=row.document,
        evidence=tuple(Evidence.of_json(piece) for piece in row.evidence),
        assertions=tuple(row.assertions),
        by=row.origin,
        known_at=row.known_at,
    )

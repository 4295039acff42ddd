"""The tables of public lists; all but the heads of series are evidence."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row
from app.persistence.signed import Signed


class DisclosureRow(Signed, Row):
    """One draft: what would be published, and what keeps it from being published."""

    __tablename__ = "disclosures"
    __table_args__ = (Index(None, "region", "season", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    region: Mapped[str]
    pack_name: Mapped[str]
    season: Mapped[int]
    day: Mapped[date]
    through: Mapped[date | None]
    list_version: Mapped[int | None]
    # Long, so only read where it is asked for.
    content: Mapped[str] = mapped_column(deferred=True)
    rows: Mapped[int]
    enterprises: Mapped[int]
    lacking: Mapped[list[Any]]
    based_on: Mapped[int]
    known_at: Mapped[datetime]


class DisclosureSeriesRow(Row):
    """How far the versions of one list have come; its id is the public one."""

    __tablename__ = "disclosure_series"
    __table_args__ = (UniqueConstraint("kind", "region", "pack_name", "season"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    region: Mapped[str]
    pack_name: Mapped[str]
    season: Mapped[int]
    newest: Mapped[int]


class DisclosurePublicationRow(Signed, Row):
    """One published version, as it was hashed."""

    __tablename__ = "disclosure_publications"
    __table_args__ = (
        ForeignKeyConstraint(["series_id"], ["disclosure_series.id"]),
        ForeignKeyConstraint(["disclosure_id"], ["disclosures.id"]),
        UniqueConstraint("disclosure_id"),
        UniqueConstraint("serial"),
    )

    series_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    disclosure_id: Mapped[UUID]
    serial: Mapped[str]
    document: Mapped[str] = mapped_column(deferred=True)
    hash: Mapped[str]
    previous_hash: Mapped[str]
    basis: Mapped[str]
    names: Mapped[list[str]] = mapped_column(ARRAY(Text()), deferred=True)
    known_at: Mapped[datetime]


class DisclosureWithdrawalRow(Signed, Row):
    """Why a version is no longer shown."""

    __tablename__ = "disclosure_withdrawals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["series_id", "number"], ["disclosure_publications.series_id", "disclosure_publications.number"]
        ),
    )

    series_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    known_at: Mapped[datetime]

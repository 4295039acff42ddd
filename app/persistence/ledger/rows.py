"""The tables of the ledger; both are evidence."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row
from app.persistence.signed import Signed


class SettlementRow(Row):
    """One settling of an enterprise's ledger: under which run, as of which day, after how many entries."""

    __tablename__ = "settlements"
    __table_args__ = (
        ForeignKeyConstraint(["enterprise_id", "run_id"], ["decision_runs.enterprise_id", "decision_runs.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    pack_name: Mapped[str]
    season: Mapped[int]
    run_id: Mapped[UUID]
    as_of: Mapped[date]
    seen: Mapped[int]
    known_at: Mapped[datetime]


class LedgerEntryRow(Signed, Row):
    """Hours on one account of one subject, and what they rest on."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "position"),
        UniqueConstraint("enterprise_id", "reverses"),
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        ForeignKeyConstraint(["enterprise_id", "settlement_id"], ["settlements.enterprise_id", "settlements.id"]),
        Index(None, "id"),
        Index("ix_ledger_entries_of_plan", "pack_name", "season", "enterprise_id"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    subject_id: Mapped[UUID]
    pack_name: Mapped[str]
    pack_hash: Mapped[str]
    season: Mapped[int]
    account: Mapped[str]
    kind: Mapped[str]
    hours: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    reason: Mapped[str]
    cites: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    source_kind: Mapped[str]
    source: Mapped[str]
    note: Mapped[str]
    evidence: Mapped[list[Any]]
    settlement_id: Mapped[UUID | None]
    reverses: Mapped[UUID | None]
    known_at: Mapped[datetime]

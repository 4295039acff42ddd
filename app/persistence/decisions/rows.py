"""The tables of decisions; all of them are evidence except the two that say what is newest and what is stale."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Text, Uuid, desc
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row

_TEXTS = ARRAY(Text())


class SnapshotRow(Row):
    """An enterprise's tree as canonical JSON, under its SHA-256."""

    __tablename__ = "snapshots"

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    known_at: Mapped[datetime]


class SnapshotHeadRow(Row):
    """Which snapshot of an enterprise is the newest, and its facts without evidence (`domain/decisions/flat.py`)."""

    __tablename__ = "snapshot_heads"

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    flat: Mapped[bytes] = mapped_column(LargeBinary)


class RunRow(Row):
    """One evaluation of one enterprise under one pack for one season."""

    __tablename__ = "decision_runs"

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    pack_name: Mapped[str]
    pack_hash: Mapped[str]
    season: Mapped[int]
    snapshot_hash: Mapped[bytes] = mapped_column(LargeBinary)
    acts: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    evaluator_version: Mapped[str]
    known_at: Mapped[datetime]

    __table_args__ = (Index("ix_decision_runs_newest", "enterprise_id", "pack_name", "season", desc("known_at")),)


class DecisionRow(Row):
    """What a run said of one subject from one day until another (exclusive)."""

    __tablename__ = "decisions"

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    from_day: Mapped[date] = mapped_column(primary_key=True)
    until_day: Mapped[date]
    level: Mapped[str]
    status: Mapped[str]
    stagger_class: Mapped[str | None]
    rules: Mapped[list[str]] = mapped_column(_TEXTS)
    possible: Mapped[list[str]] = mapped_column(_TEXTS)


class StaleEnterpriseRow(Row):
    """An enterprise about which something was said since it was last decided."""

    __tablename__ = "stale_enterprises"

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime]

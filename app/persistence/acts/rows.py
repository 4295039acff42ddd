"""The tables of acts; all but the heads are evidence."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row
from app.persistence.signed import Signed, Step


class ActRow(Signed, Row):
    """What was asked for, by whom, on what basis."""

    __tablename__ = "acts"
    __table_args__ = (
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        Index(None, "id"),
        Index("ix_acts_of_plan", "enterprise_id", "pack_name", "season"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    pack_name: Mapped[str | None]
    season: Mapped[int | None]
    workflow: Mapped[str]
    subject_id: Mapped[UUID]
    terms: Mapped[dict[str, Any]]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    basis: Mapped[str]
    evidence: Mapped[list[Any]]
    known_at: Mapped[datetime]


class ActHeadRow(Row):
    """Where an act stands: what its steps come to."""

    __tablename__ = "act_heads"
    __table_args__ = (ForeignKeyConstraint(["enterprise_id", "id"], ["acts.enterprise_id", "acts.id"]),)

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    steps_done: Mapped[int]
    version: Mapped[int]


class ActStepRow(Step, Row):
    """One thing done to an act."""

    __tablename__ = "act_steps"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "act_id", "number"),
        ForeignKeyConstraint(["enterprise_id", "act_id"], ["acts.enterprise_id", "acts.id"]),
    )

    act_id: Mapped[UUID]
    does: Mapped[str]

"""The tables of acts; all but the heads are evidence."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class ActRow(Row):
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
    client_id: Mapped[str]
    person_name: Mapped[str | None]
    person_office: Mapped[str | None]
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


class ActStepRow(Row):
    """One thing done to an act."""

    __tablename__ = "act_steps"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "act_id", "number"),
        ForeignKeyConstraint(["enterprise_id", "act_id"], ["acts.enterprise_id", "acts.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    act_id: Mapped[UUID]
    number: Mapped[int]
    action: Mapped[str]
    does: Mapped[str]
    state: Mapped[str]
    at: Mapped[datetime]
    client_id: Mapped[str]
    person_name: Mapped[str | None]
    person_office: Mapped[str | None]
    note: Mapped[str]
    terms: Mapped[dict[str, Any]]
    evidence: Mapped[list[Any]]
    assertions: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))

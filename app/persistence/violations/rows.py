"""The tables of violations; all but the heads are evidence."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row
from app.persistence.signed import Signed, Step


class ViolationRow(Signed, Row):
    """What was suspected, by whom, on what evidence."""

    __tablename__ = "violations"
    __table_args__ = (ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]), Index(None, "id"))

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    level: Mapped[str]
    pack_name: Mapped[str]
    season: Mapped[int]
    occurred_from: Mapped[date]
    occurred_to: Mapped[date]
    claims: Mapped[list[Any]]
    what: Mapped[str]
    evidence: Mapped[list[Any]]
    known_at: Mapped[datetime]


class ViolationHeadRow(Row):
    """Where a violation stands: what its steps come to."""

    __tablename__ = "violation_heads"
    __table_args__ = (ForeignKeyConstraint(["enterprise_id", "id"], ["violations.enterprise_id", "violations.id"]),)

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    version: Mapped[int]


class ViolationStepRow(Step, Row):
    """One thing done about a violation."""

    __tablename__ = "violation_steps"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "violation_id", "number"),
        ForeignKeyConstraint(["enterprise_id", "violation_id"], ["violations.enterprise_id", "violations.id"]),
    )

    violation_id: Mapped[UUID]
    retracted: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))

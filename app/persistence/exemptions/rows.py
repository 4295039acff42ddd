"""The tables of exemption lists; all but the heads are evidence."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row
from app.persistence.signed import Signed, Step


class ExemptionListRow(Signed, Row):
    """The list of one plan for one season."""

    __tablename__ = "exemption_lists"
    __table_args__ = (UniqueConstraint("pack_name", "season"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pack_name: Mapped[str]
    season: Mapped[int]
    workflow: Mapped[str]
    region: Mapped[str]
    created_at: Mapped[datetime]


class ExemptionListHeadRow(Row):
    """How far a list has come: the number of its newest version."""

    __tablename__ = "exemption_list_heads"
    __table_args__ = (ForeignKeyConstraint(["list_id"], ["exemption_lists.id"]),)

    list_id: Mapped[UUID] = mapped_column(primary_key=True)
    newest: Mapped[int]
    version: Mapped[int]


class ExemptionVersionRow(Signed, Row):
    """One published version, as it was hashed."""

    __tablename__ = "exemption_versions"
    __table_args__ = (ForeignKeyConstraint(["list_id"], ["exemption_lists.id"]),)

    list_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str]
    hash: Mapped[str]
    previous_hash: Mapped[str]
    effective_on: Mapped[date]
    basis: Mapped[str]
    filing: Mapped[list[Any]]
    facts: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    regions: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    known_at: Mapped[datetime]


class ExemptionEntryRow(Signed, Row):
    """Who asked for what, on which criterion."""

    __tablename__ = "exemption_entries"
    __table_args__ = (
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        ForeignKeyConstraint(["list_id"], ["exemption_lists.id"]),
        Index(None, "id"),
        Index(None, "list_id", "id"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    list_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    level: Mapped[str]
    fact: Mapped[str]
    rule: Mapped[str]
    reason: Mapped[str]
    evidence: Mapped[list[Any]]
    expires_on: Mapped[date | None]
    known_at: Mapped[datetime]


class ExemptionEntryHeadRow(Row):
    """Where an entry stands: what its steps come to."""

    __tablename__ = "exemption_entry_heads"
    __table_args__ = (
        ForeignKeyConstraint(["enterprise_id", "id"], ["exemption_entries.enterprise_id", "exemption_entries.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    version: Mapped[int]


class ExemptionEntryStepRow(Step, Row):
    """One thing done to an entry."""

    __tablename__ = "exemption_entry_steps"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "entry_id", "number"),
        ForeignKeyConstraint(
            ["enterprise_id", "entry_id"], ["exemption_entries.enterprise_id", "exemption_entries.id"]
        ),
    )

    entry_id: Mapped[UUID]
    finding_id: Mapped[UUID | None]


class ExemptionFindingRow(Row):
    """What a look at new facts found about a listed entry."""

    __tablename__ = "exemption_findings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["enterprise_id", "entry_id"], ["exemption_entries.enterprise_id", "exemption_entries.id"]
        ),
        Index(None, "enterprise_id", "entry_id"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID]
    standing: Mapped[str]
    fails_on: Mapped[date | None]
    lacking: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    otherwise: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    snapshot: Mapped[bytes]
    known_at: Mapped[datetime]

"""The tables of the register's structure."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Integer, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class EnterpriseRow(Row):
    """The head of an enterprise; the registrar's own code is unique among what that registrar entered."""

    __tablename__ = "enterprises"
    __table_args__ = (
        UniqueConstraint("registrar", "code"),
        Index(None, "region", "id", postgresql_ops={"region": "text_pattern_ops"}),
        Index(None, "uscc"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    registrar: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    region: Mapped[str]
    uscc: Mapped[str | None]
    gbt4754: Mapped[str | None]
    sample: Mapped[bool]
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class SiteRow(Row):
    """A site."""

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "code"),
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        Index(None, "region", "enterprise_id", postgresql_ops={"region": "text_pattern_ops"}),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    region: Mapped[str]
    address: Mapped[str | None]
    longitude: Mapped[Decimal | None] = mapped_column(Numeric())
    latitude: Mapped[Decimal | None] = mapped_column(Numeric())


class LineRow(Row):
    """A production line."""

    __tablename__ = "lines"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "code"),
        ForeignKeyConstraint(["enterprise_id", "site_id"], ["sites.enterprise_id", "sites.id"]),
        Index(None, "industry", "enterprise_id"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID]
    code: Mapped[str]
    name: Mapped[str]
    industry: Mapped[str | None]
    gbt4754: Mapped[str | None]


class ProcessRow(Row):
    """A process of a line."""

    __tablename__ = "processes"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "code"),
        ForeignKeyConstraint(["enterprise_id", "line_id"], ["lines.enterprise_id", "lines.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID]
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str | None]


class UnitRow(Row):
    """A unit of a line."""

    __tablename__ = "units"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "code"),
        ForeignKeyConstraint(["enterprise_id", "line_id"], ["lines.enterprise_id", "lines.id"]),
        ForeignKeyConstraint(["enterprise_id", "process_id"], ["processes.enterprise_id", "processes.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID]
    process_id: Mapped[UUID | None]
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str | None]


class CouplingRow(Row):
    """A dependency between lines or units."""

    __tablename__ = "couplings"
    __table_args__ = (
        UniqueConstraint(
            "enterprise_id", "kind", "from_level", "from_id", "to_level", "to_id", name="uq_couplings_ends"
        ),
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    from_level: Mapped[str]
    from_id: Mapped[UUID]
    to_level: Mapped[str]
    to_id: Mapped[UUID]


class MeterRow(Row):
    """An electricity meter and what it measures."""

    __tablename__ = "meters"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "code"),
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    kind: Mapped[str]
    level: Mapped[str]
    subject_id: Mapped[UUID]
    multiplier: Mapped[Decimal] = mapped_column(Numeric())

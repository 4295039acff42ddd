"""The tables of assertions: what was claimed, and what was said about the claim later."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class AssertionRow(Row):
    """One claim; `type` travels with the value, so that a snapshot never depends on today's catalogue."""

    __tablename__ = "assertions"
    __table_args__ = (ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]), Index(None, "id"))

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[str]
    subject_id: Mapped[UUID]
    fact: Mapped[str]
    type: Mapped[str]
    value: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    document: Mapped[str | None]
    known_at: Mapped[datetime]
    client_id: Mapped[str]
    person: Mapped[str | None]


class AssertionMarkRow(Row):
    """A verification or a retraction; each assertion bears at most one of either.

    `counts_from` is the first day of a verification; none was kept of the earliest ones.
    """

    __tablename__ = "assertion_marks"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "assertion_id", "kind"),
        ForeignKeyConstraint(["enterprise_id", "assertion_id"], ["assertions.enterprise_id", "assertions.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    assertion_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
    client_id: Mapped[str]
    person: Mapped[str | None]
    note: Mapped[str | None]
    counts_from: Mapped[date | None]

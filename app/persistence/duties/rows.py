"""The tables of duties: terms of plans, who owes them, and what was filed, received, waived, attached and told.

A duty of a body has no enterprise; its rows carry NOBODY in the distribution column, which can never be empty.
"""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row
from app.persistence.signed import Signed

NOBODY = UUID(int=0)
# What has no day stands behind everything that has one; a column without NULL keeps the order of pages one index.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_TEXTS = ARRAY(Text())
NOT_DONE = "filed_at IS NULL AND waived_at IS NULL AND ceased_at IS NULL"


def _of_a_duty() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["enterprise_id", "duty_id"], ["duties.enterprise_id", "duties.id"])


class DutyTermRow(Row):
    """One period of one duty of a plan and season."""

    __tablename__ = "duty_terms"
    __table_args__ = (Index(None, "pack", "season"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pack: Mapped[str]
    season: Mapped[int]
    section: Mapped[str]
    duty: Mapped[str]
    key: Mapped[str]
    who: Mapped[str]
    what: Mapped[dict[str, Any]]
    cites: Mapped[list[str]] = mapped_column(_TEXTS)
    readings: Mapped[list[str]] = mapped_column(_TEXTS)
    forms: Mapped[list[str]] = mapped_column(_TEXTS)
    force: Mapped[str]
    addressee: Mapped[str]
    covers_from: Mapped[date | None]
    covers_until: Mapped[date | None]
    opens_at: Mapped[datetime | None]
    soon_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    conflicts: Mapped[list[Any]]
    grants: Mapped[str]


class DutyRow(Row):
    """A term as one enterprise or body owes it, with what its filings and waivers amount to."""

    __tablename__ = "duties"
    __table_args__ = (
        Index(None, "id"),
        Index(None, "due_at", "id"),
        Index(None, "term_id"),
        Index(None, "enterprise_id", "due_at", "id"),
        Index(None, "region", "due_at", "id", postgresql_ops={"region": "text_pattern_ops"}),
        Index("ix_duties_waiting", "soon_at", postgresql_where=text(NOT_DONE)),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    term_id: Mapped[UUID] = mapped_column(ForeignKey("duty_terms.id"))
    region: Mapped[str]
    receiving_region: Mapped[str]
    due_at: Mapped[datetime]
    soon_at: Mapped[datetime | None]
    filed_at: Mapped[datetime | None]
    waived_at: Mapped[datetime | None]
    ceased_at: Mapped[datetime | None]
    version: Mapped[int]


class DutyRoundRow(Row):
    """What the duties of a plan and season were made from last, so that nothing is made again for nothing."""

    __tablename__ = "duty_rounds"

    pack: Mapped[str] = mapped_column(primary_key=True)
    season: Mapped[int] = mapped_column(primary_key=True)
    stood_on: Mapped[str]


class DutyFilingRow(Signed, Row):
    """One version of what was filed."""

    __tablename__ = "duty_filings"
    __table_args__ = (UniqueConstraint("enterprise_id", "duty_id", "number"), _of_a_duty())

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    duty_id: Mapped[UUID]
    number: Mapped[int]
    form: Mapped[str]
    report: Mapped[dict[str, Any]]
    note: Mapped[str]
    attachments: Mapped[list[Any]]
    at: Mapped[datetime]
    hash: Mapped[str]


class DutyReceiptRow(Signed, Row):
    """The addressee's word on one filing."""

    __tablename__ = "duty_receipts"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "filing_id"),
        ForeignKeyConstraint(["enterprise_id", "filing_id"], ["duty_filings.enterprise_id", "duty_filings.id"]),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    filing_id: Mapped[UUID]
    verdict: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class DutyWaiverRow(Signed, Row):
    """Who freed somebody of a duty."""

    __tablename__ = "duty_waivers"
    __table_args__ = (UniqueConstraint("enterprise_id", "duty_id"), _of_a_duty())

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    duty_id: Mapped[UUID]
    reason: Mapped[str]
    at: Mapped[datetime]


class DutyReminderRow(Row):
    """A duty of which it was told once that it is due soon, or late."""

    __tablename__ = "duty_reminders"
    __table_args__ = (_of_a_duty(),)

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    duty_id: Mapped[UUID] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class AttachmentRow(Signed, Row):
    """A file with its fingerprint."""

    __tablename__ = "attachments"
    __table_args__ = (Index(None, "id"), _of_a_duty())

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    duty_id: Mapped[UUID]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class ContactRow(Signed, Row):
    """One version of a contact; its personal fields are the only thing that is ever erased."""

    __tablename__ = "contacts"
    __table_args__ = (Index(None, "id"), Index(None, "region", postgresql_ops={"region": "text_pattern_ops"}))

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    region: Mapped[str]
    body: Mapped[str]
    role: Mapped[str]
    name: Mapped[str | None]
    phone: Mapped[str | None]
    office: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class DutySettingsRow(Signed, Row):
    """What a region set, one version after the other."""

    __tablename__ = "duty_settings"

    region: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    lead_days: Mapped[int]
    lead_hours: Mapped[int]
    power_supplier_day: Mapped[int | None]
    contact_months: Mapped[int]
    basis: Mapped[str]
    at: Mapped[datetime]

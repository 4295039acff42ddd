"""The tables of compliance; all but the heads of findings and the arrivals looked at are evidence."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row
from app.persistence.signed import Signed


class _Yardstick(Signed):
    """One version of data that verdicts are measured by, as it was hashed."""

    version: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    known_at: Mapped[datetime]


class ThresholdsRow(_Yardstick, Row):
    """Thresholds with their provenance."""

    __tablename__ = "compliance_thresholds"


class WorkCalendarRow(_Yardstick, Row):
    """Public holidays and worked weekends."""

    __tablename__ = "work_calendars"


class TermsRow(Row):
    """What an assessment was asked for."""

    __tablename__ = "compliance_terms"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    known_at: Mapped[datetime]


class _Document:
    """A document of an enterprise under the hash of its bytes."""

    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    known_at: Mapped[datetime]


class DossierRow(_Document, Row):
    """What an enterprise was asked, and how it is metered."""

    __tablename__ = "compliance_dossiers"


class PartRow(_Document, Row):
    """A meter's baseline, or what a treatment usually takes."""

    __tablename__ = "compliance_parts"


class ComplianceVerdictRow(Row):
    """The verdicts of a subject on consecutive days; of several rows that speak of a day the newest stands."""

    __tablename__ = "compliance_verdicts"
    __table_args__ = (
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        ForeignKeyConstraint(["terms"], ["compliance_terms.hash"]),
        ForeignKeyConstraint(
            ["enterprise_id", "dossier"], ["compliance_dossiers.enterprise_id", "compliance_dossiers.hash"]
        ),
        CheckConstraint("from_day < until_day", name="days"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    from_day: Mapped[date]
    until_day: Mapped[date]
    # A byte for the day and one for each check, day after day.
    verdicts: Mapped[bytes] = mapped_column(LargeBinary)
    terms: Mapped[bytes] = mapped_column(LargeBinary)
    dossier: Mapped[bytes] = mapped_column(LargeBinary)
    # The hashes of baselines, one behind the other.
    parts: Mapped[bytes] = mapped_column(LargeBinary)
    inputs_hash: Mapped[bytes] = mapped_column(LargeBinary)
    replaces: Mapped[UUID | None]
    changed: Mapped[int]
    known_at: Mapped[datetime]


class ComplianceFindingRow(Row):
    """A finding as it was hashed; it belongs to the verdicts it came with."""

    __tablename__ = "compliance_findings"
    __table_args__ = (ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]), Index(None, "id"))

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    day: Mapped[date]
    check: Mapped[str]
    verdict: Mapped[str]
    document: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    verdict_id: Mapped[UUID]
    known_at: Mapped[datetime]


class ComplianceFindingHeadRow(Row):
    """A finding that stands now."""

    __tablename__ = "compliance_finding_heads"
    __table_args__ = (Index(None, "enterprise_id", "subject_id", "day"), Index(None, "day", "id"))

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    day: Mapped[date]
    check: Mapped[str]
    verdict: Mapped[str]
    look: Mapped[bool]
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AssessedArrivalRow(Row):
    """A batch of readings, what was parked of it, or a word on a meter, whose days were assessed again."""

    __tablename__ = "assessed_arrivals"

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)

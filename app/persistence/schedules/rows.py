"""The tables of schedules; all but the heads of series and the addresses of calendars are evidence."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row
from app.persistence.signed import Signed


class ScheduleRow(Signed, Row):
    """One computation: what was asked and how good it came out."""

    __tablename__ = "schedules"
    __table_args__ = (Index(None, "region", "season", "id"), Index(None, "client_id", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str]
    region: Mapped[str]
    enterprise_id: Mapped[UUID | None]
    season: Mapped[int]
    from_day: Mapped[date]
    first: Mapped[date]
    end: Mapped[date]
    asked: Mapped[dict[str, Any]]
    preferred_months: Mapped[list[Any]]
    problem_hash: Mapped[str]
    hash: Mapped[str]
    stages: Mapped[list[Any]]
    open: Mapped[list[Any]]
    notes: Mapped[list[Any]]
    lines: Mapped[int]
    enterprises: Mapped[int]
    known_at: Mapped[datetime]


class ScheduleLineRow(Row):
    """One resource of a schedule: a line, or a part of it that stops by itself, with its stretches and their clauses."""

    __tablename__ = "schedule_lines"
    __table_args__ = (
        ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]),
        ForeignKeyConstraint(["schedule_id"], ["schedules.id"]),
        UniqueConstraint("enterprise_id", "schedule_id", "position"),
        Index(None, "schedule_id", "position"),
        Index(None, "schedule_id", "resource"),
    )

    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    schedule_id: Mapped[UUID] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    site_id: Mapped[UUID]
    line_id: Mapped[UUID]
    region: Mapped[str]
    industry: Mapped[str | None]
    kind: Mapped[str | None]
    label: Mapped[str]
    capacity_t_d: Mapped[float | None]
    emission_t_d: Mapped[dict[str, Any]]
    idle_share: Mapped[float]
    stretches: Mapped[list[Any]]
    clauses: Mapped[dict[str, Any]]


class ScheduleSeriesRow(Row):
    """How far the versions of a scope and season have come."""

    __tablename__ = "schedule_series"
    __table_args__ = (UniqueConstraint("scope", "season"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str]
    region: Mapped[str]
    enterprise_id: Mapped[UUID | None]
    season: Mapped[int]
    newest: Mapped[int]
    published: Mapped[UUID | None]


class SchedulePublicationRow(Signed, Row):
    """One published version, locked."""

    __tablename__ = "schedule_publications"
    __table_args__ = (
        ForeignKeyConstraint(["series_id"], ["schedule_series.id"]),
        ForeignKeyConstraint(["schedule_id"], ["schedules.id"]),
        UniqueConstraint("schedule_id"),
    )

    series_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[UUID]
    supersedes: Mapped[UUID | None]
    basis: Mapped[str]
    acknowledge_within_hours: Mapped[int]
    hash: Mapped[str]
    previous_hash: Mapped[str]
    operation_id: Mapped[UUID]
    known_at: Mapped[datetime]


class CalendarFeedRow(Signed, Row):
    """A secret address under which an enterprise's calendar can be fetched; only the secret's hash is kept."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"]), Index(None, "enterprise_id", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    enterprise_id: Mapped[UUID]
    name: Mapped[str]
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

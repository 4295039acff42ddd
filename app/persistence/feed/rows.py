"""The tables of readings: one row for each channel and civil day, one for each reading of a day still open."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, LargeBinary, SmallInteger, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row

BY_MONTH: dict[str, Any] = {"postgresql_partition_by": "RANGE (day)"}


class _Place:
    """The day comes first, so that the batch of a day is written in one place of the index."""

    day: Mapped[date] = mapped_column(primary_key=True)
    enterprise_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(primary_key=True)


class _Curve:
    """A scaled integer of four bytes for each slot, most significant first, and in a byte what is known of it.

    Bytes, because an array would be taken apart and put together again value by value, which costs more than all else.
    """

    values: Mapped[bytes] = mapped_column(LargeBinary)
    quality: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[datetime | None]
    # Of each slot in eight bytes (microseconds since 2000), where they were sent with different ones; `version` is the newest.
    versions: Mapped[bytes | None] = mapped_column(LargeBinary)
    batch_id: Mapped[UUID]
    known_at: Mapped[datetime]


class _Point:
    """One scaled integer of one slot."""

    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    value: Mapped[int | None] = mapped_column(Integer)
    quality: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[datetime | None]
    batch_id: Mapped[UUID]
    known_at: Mapped[datetime]


class LoadCurveRow(_Place, _Curve, Row):
    """A day of a channel as it is known now."""

    __tablename__ = "load_curves"
    __table_args__ = BY_MONTH

    revision: Mapped[int]


class LoadCurveRevisionRow(_Place, _Curve, Row):
    """A day of a channel as it was known until `replaced_at`."""

    __tablename__ = "load_curve_revisions"

    revision: Mapped[int] = mapped_column(primary_key=True)
    replaced_at: Mapped[datetime]
    replaced_by: Mapped[UUID]


class LoadPointRow(_Place, _Point, Row):
    """A reading of a day that is still open."""

    __tablename__ = "load_points"
    __table_args__ = BY_MONTH

    revision: Mapped[int]


class FoldedPointsRow(_Place, Row):
    """The readings of a day as they were known until `folded_at`, when they became part of its curve.

    One row for a day: rows for each reading would each repeat its key.
    """

    __tablename__ = "folded_points"

    folded_at: Mapped[datetime] = mapped_column(primary_key=True)
    slot: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    value: Mapped[list[int | None]] = mapped_column(ARRAY(Integer))
    quality: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    version: Mapped[list[datetime | None]] = mapped_column(ARRAY(DateTime(timezone=True)))
    batch_id: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    known_at: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    revision: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class LoadPointRevisionRow(_Place, _Point, Row):
    """A reading as it was known until `replaced_at`."""

    __tablename__ = "load_point_revisions"

    revision: Mapped[int] = mapped_column(primary_key=True)
    replaced_at: Mapped[datetime] = mapped_column(primary_key=True)
    replaced_by: Mapped[UUID]

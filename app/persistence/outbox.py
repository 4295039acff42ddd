"""The outbox: events that were committed with their change and wait to be passed on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class OutboxRow(Row):
    """One event; `position` is the order in which it was written.

    Positions are handed out before their transactions commit, so they tell readers nothing; `sequence` does, which
    the relay gives out once an event is committed, together with `relayed_at`.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "position", postgresql_where=text("relayed_at IS NULL")),)

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    at: Mapped[datetime]
    type: Mapped[str]
    subject: Mapped[str]
    enterprise_id: Mapped[str | None]
    region: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    client_id: Mapped[str | None]
    relayed_at: Mapped[datetime | None]
    sequence: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class EventSequenceRow(Row):
    """One row: the last sequence given out, and the last one that was swept."""

    __tablename__ = "event_sequence"
    __table_args__ = (CheckConstraint("slot = 1", name="slot"),)

    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)
    swept: Mapped[int] = mapped_column(BigInteger)

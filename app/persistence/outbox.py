"""The outbox: events that were committed with their change and wait to be passed on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class OutboxRow(Row):
    """One event; `position` is the order in which it was written, `relayed_at` when it was passed on."""

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
    relayed_at: Mapped[datetime | None]

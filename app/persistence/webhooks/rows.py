"""The tables of webhooks: a subscription, one queue per enterprise, one delivery per event, one line per try."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class WebhookRow(Row):
    """One subscription; its secrets are sealed with the service's key."""

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint("disabled_as IN ('by_owner', 'gone')", name="disabled_as"),
        Index(None, "client_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    url: Mapped[str]
    types: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    region: Mapped[str | None]
    enterprise_id: Mapped[UUID | None]
    description: Mapped[str]
    secret: Mapped[bytes]
    previous: Mapped[bytes | None]
    previous_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_as: Mapped[str | None]
    version: Mapped[int]


class QueueRow(Row):
    """The events of one enterprise (or of none: the empty text) for one webhook; `next_at` is null when none waits."""

    __tablename__ = "webhook_queues"
    __table_args__ = (
        Index("ix_webhook_queues_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_webhook_queues_leased", "webhook_id", postgresql_where=text("lease_until IS NOT NULL")),
    )

    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(BigInteger)


class DeliveryRow(Row):
    """One event for one webhook."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'dead', 'withheld')", name="state"),
        Index(None, "sequence"),
        Index(
            "ix_webhook_deliveries_waiting",
            "webhook_id",
            "queue",
            "sequence",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_webhook_deliveries_dead", "webhook_id", "sequence", postgresql_where=text("state = 'dead'")),
    )

    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("outbox.sequence", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    queue: Mapped[str]
    state: Mapped[str]
    tries: Mapped[int]
    attempts: Mapped[int]
    queued_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class AttemptRow(Row):
    """One try of one delivery."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["webhook_id", "sequence"],
            ["webhook_deliveries.webhook_id", "webhook_deliveries.sequence"],
            name="fk_webhook_attempts_webhook_id_sequence_webhook_deliveries",
            ondelete="CASCADE",
        ),
    )

    webhook_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    status: Mapped[int | None]
    failure: Mapped[str | None]
    latency_ms: Mapped[int]

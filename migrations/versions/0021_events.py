"""Number events once they are committed, and keep webhooks with their queues, deliveries and tries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("outbox", sa.Column("client_id", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("sequence", sa.BigInteger(), nullable=True))
    op.create_unique_constraint("uq_outbox_sequence", "outbox", ["sequence"])
    op.create_table(
        "event_sequence",
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("swept", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_event_sequence"),
        sa.CheckConstraint("slot = 1", name="ck_event_sequence_slot"),
    )
    op.execute("INSERT INTO event_sequence (slot, last, swept) VALUES (1, 0, 0)")
    create_webhooks()
    create_queues()
    create_deliveries()


def create_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("disabled_as", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_webhooks_client_id_clients"),
        sa.CheckConstraint("disabled_as IN ('by_owner', 'gone')", name="ck_webhooks_disabled_as"),
    )
    op.create_index("ix_webhooks_client_id_id", "webhooks", ["client_id", "id"])


def create_queues() -> None:
    op.create_table(
        "webhook_queues",
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", "queue", name="pk_webhook_queues"),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_webhook_queues_webhook_id_webhooks", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_webhook_queues_due", "webhook_queues", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL")
    )
    op.create_index(
        "ix_webhook_queues_leased",
        "webhook_queues",
        ["webhook_id"],
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )


def create_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("webhook_id", "sequence", name="pk_webhook_deliveries"),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_webhook_deliveries_webhook_id_webhooks", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sequence"], ["outbox.sequence"], name="fk_webhook_deliveries_sequence_outbox", ondelete="CASCADE"
        ),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'dead', 'withheld')", name="ck_webhook_deliveries_state"),
    )
    op.create_index("ix_webhook_deliveries_sequence", "webhook_deliveries", ["sequence"])
    op.create_index(
        "ix_webhook_deliveries_waiting",
        "webhook_deliveries",
        ["webhook_id", "queue", "sequence"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_webhook_deliveries_dead",
        "webhook_deliveries",
        ["webhook_id", "sequence"],
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", "sequence", "number", name="pk_webhook_attempts"),
        sa.ForeignKeyConstraint(
            ["webhook_id", "sequence"],
            ["webhook_deliveries.webhook_id", "webhook_deliveries.sequence"],
            name="fk_webhook_attempts_webhook_id_sequence_webhook_deliveries",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_queues", "webhooks", "event_sequence"):
        op.drop_table(table)
    op.drop_constraint("uq_outbox_sequence", "outbox")
    op.drop_column("outbox", "sequence")
    op.drop_column("outbox", "client_id")

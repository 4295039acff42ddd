"""Keep a ledger of stop days: entries in hours, and the settlings that posted what is owed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_settlements()
    create_entries()
    append_only("settlements")
    append_only("ledger_entries")


def create_settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_settlements"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "run_id"],
            ["decision_runs.enterprise_id", "decision_runs.id"],
            name="fk_settlements_enterprise_id_run_id_decision_runs",
        ),
    )


def create_entries() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=False),
        sa.Column("pack_hash", sa.Text(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hours", sa.Numeric(12, 4), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cites", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("from_at", INSTANT, nullable=True),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence", pg.JSONB(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=True),
        sa.Column("reverses", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_ledger_entries"),
        sa.UniqueConstraint("enterprise_id", "position", name="uq_ledger_entries_enterprise_id_position"),
        sa.UniqueConstraint("enterprise_id", "reverses", name="uq_ledger_entries_enterprise_id_reverses"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name="fk_ledger_entries_enterprise_id_enterprises"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "settlement_id"],
            ["settlements.enterprise_id", "settlements.id"],
            name="fk_ledger_entries_enterprise_id_settlement_id_settlements",
        ),
    )
    op.create_index("ix_ledger_entries_id", "ledger_entries", ["id"])
    op.create_index("ix_ledger_entries_of_plan", "ledger_entries", ["pack_name", "season", "enterprise_id"])


def downgrade() -> None:
    op.drop_table("ledger_entries")
    op.drop_table("settlements")

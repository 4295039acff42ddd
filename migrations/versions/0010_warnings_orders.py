"""Keep warnings with everything said of them, and the orders that enterprises are served."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_warnings()
    create_orders()
    for table in ("warnings", "warning_changes", "warning_servings", "orders", "order_marks"):
        append_only(table)


def create_warnings() -> None:
    op.create_table(
        "warnings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("acknowledge_within_hours", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_warnings"),
    )
    op.create_index("ix_warnings_region", "warnings", ["region"])
    op.create_table(
        "warning_changes",
        sa.Column("warning_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=True),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("warning_id", "number", name="pk_warning_changes"),
        sa.ForeignKeyConstraint(["warning_id"], ["warnings.id"], name="fk_warning_changes_warning_id_warnings"),
    )
    op.create_table(
        "warning_heads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_warning_heads"),
        sa.ForeignKeyConstraint(["id"], ["warnings.id"], name="fk_warning_heads_id_warnings"),
    )
    op.create_index(
        "uq_warning_heads_open",
        "warning_heads",
        ["region"],
        unique=True,
        postgresql_where=sa.text("state = 'issued'"),
    )
    op.create_table(
        "warning_servings",
        sa.Column("warning_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("warning_id", "number", name="pk_warning_servings"),
        sa.ForeignKeyConstraint(["warning_id"], ["warnings.id"], name="fk_warning_servings_warning_id_warnings"),
    )


def create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("occasion_id", sa.Uuid(), nullable=False),
        sa.Column("occasion_number", sa.Integer(), nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("items", pg.JSONB(), nullable=False),
        sa.Column("questions", pg.JSONB(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_orders"),
        sa.UniqueConstraint("enterprise_id", "number", name="uq_orders_enterprise_id_number"),
        sa.UniqueConstraint(
            "enterprise_id", "occasion", "occasion_id", "occasion_number", name="uq_orders_enterprise_id_occasion"
        ),
        sa.UniqueConstraint("enterprise_id", "supersedes", name="uq_orders_enterprise_id_supersedes"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_orders_enterprise_id_enterprises"),
    )
    op.create_index("ix_orders_id", "orders", ["id"])
    op.create_index(
        "ix_orders_occasion_occasion_id_occasion_number", "orders", ["occasion", "occasion_id", "occasion_number"]
    )
    op.create_table(
        "order_marks",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_order_marks"),
        sa.UniqueConstraint("enterprise_id", "order_id", "kind", name="uq_order_marks_enterprise_id_order_id_kind"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "order_id"],
            ["orders.enterprise_id", "orders.id"],
            name="fk_order_marks_enterprise_id_orders",
        ),
    )


def downgrade() -> None:
    for table in ("order_marks", "orders", "warning_servings", "warning_heads", "warning_changes", "warnings"):
        op.drop_table(table)

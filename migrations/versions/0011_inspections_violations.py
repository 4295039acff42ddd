"""Record inspections, and carry suspected violations to a person's decision step by step."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
UUIDS = pg.ARRAY(sa.Uuid())


def upgrade() -> None:
    create_inspections()
    create_violations()
    create_steps()
    for table in ("inspections", "violations", "violation_steps"):
        append_only(table)


def create_inspections() -> None:
    op.create_table(
        "inspections",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("inspectors", pg.JSONB(), nullable=False),
        sa.Column("findings", pg.JSONB(), nullable=False),
        sa.Column("evidence", pg.JSONB(), nullable=False),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_inspections"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_inspections_enterprise_id_enterprises"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "corrects"],
            ["inspections.enterprise_id", "inspections.id"],
            name="fk_inspections_enterprise_id_corrects_inspections",
        ),
        sa.UniqueConstraint("enterprise_id", "corrects", name="uq_inspections_enterprise_id_corrects"),
    )
    op.create_index("ix_inspections_id", "inspections", ["id"])
    op.create_index("ix_inspections_from_at", "inspections", ["from_at"])


def create_violations() -> None:
    op.create_table(
        "violations",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("occurred_from", sa.Date(), nullable=False),
        sa.Column("occurred_to", sa.Date(), nullable=False),
        sa.Column("claims", pg.JSONB(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("evidence", pg.JSONB(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_violations"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_violations_enterprise_id_enterprises"),
    )
    op.create_index("ix_violations_id", "violations", ["id"])


def create_steps() -> None:
    op.create_table(
        "violation_heads",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_violation_heads"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "id"],
            ["violations.enterprise_id", "violations.id"],
            name="fk_violation_heads_enterprise_id_id_violations",
        ),
    )
    op.create_table(
        "violation_steps",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("terms", pg.JSONB(), nullable=False),
        sa.Column("evidence", pg.JSONB(), nullable=False),
        sa.Column("assertions", UUIDS, nullable=False),
        sa.Column("retracted", UUIDS, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_violation_steps"),
        sa.UniqueConstraint(
            "enterprise_id", "violation_id", "number", name="uq_violation_steps_enterprise_id_violation_id_number"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "violation_id"],
            ["violations.enterprise_id", "violations.id"],
            name="fk_violation_steps_enterprise_id_violation_id_violations",
        ),
    )


def downgrade() -> None:
    for name in ("violation_steps", "violation_heads", "violations", "inspections"):
        op.drop_table(name)

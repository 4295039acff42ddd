"""Keep compliance: thresholds and calendars, dossiers and baselines by hash, verdicts by span of days, and findings."""

import sqlalchemy as sa
from alembic import op

from migrations.append_only import append_only

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TABLES = (
    "assessed_arrivals",
    "compliance_finding_heads",
    "compliance_findings",
    "compliance_verdicts",
    "compliance_parts",
    "compliance_dossiers",
    "compliance_terms",
    "work_calendars",
    "compliance_thresholds",
)
APPEND_ONLY = (
    "compliance_findings",
    "compliance_verdicts",
    "compliance_parts",
    "compliance_dossiers",
    "compliance_terms",
    "work_calendars",
    "compliance_thresholds",
)


def upgrade() -> None:
    create_yardsticks()
    create_documents()
    create_verdicts()
    create_findings()
    for table in APPEND_ONLY:
        append_only(table)


def create_yardsticks() -> None:
    for table in ("compliance_thresholds", "work_calendars"):
        op.create_table(
            table,
            sa.Column("version", sa.Text(), nullable=False),
            sa.Column("document", sa.LargeBinary(), nullable=False),
            sa.Column("hash", sa.LargeBinary(), nullable=False),
            sa.Column("known_at", INSTANT, nullable=False),
            sa.Column("client_id", sa.Text(), nullable=False),
            sa.Column("person_name", sa.Text(), nullable=True),
            sa.Column("person_office", sa.Text(), nullable=True),
            sa.PrimaryKeyConstraint("version", name=f"pk_{table}"),
        )
    op.create_table(
        "compliance_terms",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_compliance_terms"),
    )


def create_documents() -> None:
    for table in ("compliance_dossiers", "compliance_parts"):
        op.create_table(
            table,
            sa.Column("enterprise_id", sa.Uuid(), nullable=False),
            sa.Column("hash", sa.LargeBinary(), nullable=False),
            sa.Column("document", sa.LargeBinary(), nullable=False),
            sa.Column("known_at", INSTANT, nullable=False),
            sa.PrimaryKeyConstraint("enterprise_id", "hash", name=f"pk_{table}"),
            sa.ForeignKeyConstraint(
                ["enterprise_id"], ["enterprises.id"], name=f"fk_{table}_enterprise_id_enterprises"
            ),
        )


def create_verdicts() -> None:
    op.create_table(
        "compliance_verdicts",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("verdicts", sa.LargeBinary(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("dossier", sa.LargeBinary(), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=False),
        sa.Column("inputs_hash", sa.LargeBinary(), nullable=False),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "subject_id", "id", name="pk_compliance_verdicts"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name="fk_compliance_verdicts_enterprise_id_enterprises"
        ),
        sa.ForeignKeyConstraint(
            ["terms"], ["compliance_terms.hash"], name="fk_compliance_verdicts_terms_compliance_terms"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "dossier"],
            ["compliance_dossiers.enterprise_id", "compliance_dossiers.hash"],
            name="fk_compliance_verdicts_enterprise_id_compliance_dossiers",
        ),
        sa.CheckConstraint("from_day < until_day", name="ck_compliance_verdicts_days"),
    )


def create_findings() -> None:
    op.create_table(
        "compliance_findings",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("verdict_id", sa.Uuid(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_compliance_findings"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name="fk_compliance_findings_enterprise_id_enterprises"
        ),
    )
    op.create_index("ix_compliance_findings_id", "compliance_findings", ["id"])
    op.create_table(
        "compliance_finding_heads",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("look", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_compliance_finding_heads"),
    )
    op.create_index(
        "ix_compliance_finding_heads_enterprise_id_subject_id_day",
        "compliance_finding_heads",
        ["enterprise_id", "subject_id", "day"],
    )
    op.create_index("ix_compliance_finding_heads_day_id", "compliance_finding_heads", ["day", "id"])
    op.create_table(
        "assessed_arrivals",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "at", name="pk_assessed_arrivals"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)

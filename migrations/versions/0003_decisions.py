"""Open the decisions: packs as published, snapshots, runs and their decisions, and determinations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TEXTS = pg.ARRAY(sa.Text())
TABLES = ("stale_enterprises", "determinations", "decisions", "decision_runs", "snapshot_heads", "snapshots", "packs")


def upgrade() -> None:
    create_packs()
    create_snapshots()
    create_decisions()
    create_determinations()
    op.create_table(
        "stale_enterprises",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", name="pk_stale_enterprises"),
    )


def create_packs() -> None:
    op.create_table(
        "packs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("title", pg.JSONB(), nullable=False),
        # JSON as text: jsonb would rewrite numbers and key order, and the hash is of the content as it was read.
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("scenarios", sa.Text(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_packs"),
        sa.UniqueConstraint("name", "version", name="uq_packs_name_version"),
        sa.UniqueConstraint("hash", name="uq_packs_hash"),
    )
    append_only("packs")


def create_snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("hash", pg.BYTEA(), nullable=False),
        sa.Column("document", pg.BYTEA(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "hash", name="pk_snapshots"),
    )
    append_only("snapshots")
    op.create_table(
        "snapshot_heads",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("hash", pg.BYTEA(), nullable=False),
        # The same facts without evidence, for deciding many at once.
        sa.Column("flat", pg.BYTEA(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", name="pk_snapshot_heads"),
    )


def create_decisions() -> None:
    op.create_table(
        "decision_runs",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=False),
        sa.Column("pack_hash", sa.Text(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("snapshot_hash", pg.BYTEA(), nullable=False),
        sa.Column("determinations", pg.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("evaluator_version", sa.Text(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_decision_runs"),
    )
    op.create_index(
        "ix_decision_runs_newest", "decision_runs", ["enterprise_id", "pack_name", "season", sa.text("known_at DESC")]
    )
    append_only("decision_runs")
    op.create_table(
        "decisions",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stagger_class", sa.Text(), nullable=True),
        sa.Column("rules", TEXTS, nullable=False),
        sa.Column("possible", TEXTS, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "run_id", "subject_id", "from_day", name="pk_decisions"),
    )
    append_only("decisions")


def create_determinations() -> None:
    op.create_table(
        "determinations",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("person_office", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("revokes", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_determinations"),
        sa.UniqueConstraint("enterprise_id", "revokes", name="uq_determinations_enterprise_id_revokes"),
    )
    append_only("determinations")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)

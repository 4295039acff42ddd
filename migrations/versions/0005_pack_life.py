"""Give packs a life: drafts before they are published, dates and predecessors, the texts they came from, retirements."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COLUMNS = ("supersedes", "last_season", "first_season", "effective_until", "effective_from", "nature")
TABLES = ("pack_drafts", "pack_retirements", "pack_texts")


def upgrade() -> None:
    # The trigger that keeps published packs as they are refuses UPDATE, so what is new must do without one.
    op.add_column("packs", sa.Column("nature", sa.Text(), nullable=False, server_default=sa.text("'staggered'")))
    op.add_column("packs", sa.Column("effective_from", sa.Date(), nullable=True))
    op.add_column("packs", sa.Column("effective_until", sa.Date(), nullable=True))
    op.add_column("packs", sa.Column("first_season", sa.Integer(), nullable=True))
    op.add_column("packs", sa.Column("last_season", sa.Integer(), nullable=True))
    op.add_column("packs", sa.Column("supersedes", sa.Text(), nullable=True))
    op.create_table(
        "pack_texts",
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("scenarios", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pack_id", name="pk_pack_texts"),
    )
    append_only("pack_texts")
    op.create_table(
        "pack_retirements",
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("person_office", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("retired_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("pack_id", name="pk_pack_retirements"),
    )
    append_only("pack_retirements")
    create_drafts()


def create_drafts() -> None:
    op.create_table(
        "pack_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("title", pg.JSONB(), nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("scenarios", sa.Text(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("report", pg.JSONB(), nullable=True),
        sa.Column("report_hash", sa.Text(), nullable=True),
        sa.Column("reported_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pack_drafts"),
        sa.UniqueConstraint("name", "version", name="uq_pack_drafts_name_version"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for column in COLUMNS:
        op.drop_column("packs", column)

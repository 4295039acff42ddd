"""Keep the national performance grades: who awarded which, corrected or lowered it, for which days and on which paper."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ratings",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("awarded_by", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("evidence", pg.JSONB(), nullable=False),
        sa.Column("assertions", pg.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_ratings"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_ratings_enterprise_id_enterprises"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "replaces"],
            ["ratings.enterprise_id", "ratings.id"],
            name="fk_ratings_enterprise_id_replaces_ratings",
        ),
    )
    op.create_index("ix_ratings_id", "ratings", ["id"])
    op.create_index(
        "uq_ratings_corrected",
        "ratings",
        ["enterprise_id", "replaces"],
        unique=True,
        postgresql_where=sa.text("act = 'correction'"),
    )
    append_only("ratings")


def downgrade() -> None:
    """The facts that ratings recorded stay where they are."""
    op.drop_table("ratings")

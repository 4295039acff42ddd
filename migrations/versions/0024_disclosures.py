"""Keep public lists: drafts, the series of what was published, and what was withdrawn."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TABLES = ("disclosure_withdrawals", "disclosure_publications", "disclosure_series", "disclosures")


def hands() -> list[sa.Column[str]]:
    """Who did it."""
    return [
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
    ]


def scope() -> list[sa.Column[object]]:
    """What makes two versions versions of one list."""
    return [
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("pack_name", sa.Text(), nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Uuid(), nullable=False),
        *scope(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("through", sa.Date(), nullable=True),
        sa.Column("list_version", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("enterprises", sa.Integer(), nullable=False),
        sa.Column("lacking", pg.JSONB(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        *hands(),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_disclosures"),
    )
    op.create_index("ix_disclosures_region_season_id", "disclosures", ["region", "season", "id"])
    op.create_table(
        "disclosure_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        *scope(),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure_series"),
        sa.UniqueConstraint(
            "kind", "region", "pack_name", "season", name="uq_disclosure_series_kind_region_pack_name_season"
        ),
    )
    create_publications()
    for table in ("disclosures", "disclosure_publications", "disclosure_withdrawals"):
        append_only(table)


def create_publications() -> None:
    op.create_table(
        "disclosure_publications",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("disclosure_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("names", pg.ARRAY(sa.Text()), nullable=False),
        *hands(),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "number", name="pk_disclosure_publications"),
        sa.UniqueConstraint("disclosure_id", name="uq_disclosure_publications_disclosure_id"),
        sa.UniqueConstraint("serial", name="uq_disclosure_publications_serial"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["disclosure_series.id"], name="fk_disclosure_publications_series_id_disclosure_series"
        ),
        sa.ForeignKeyConstraint(
            ["disclosure_id"], ["disclosures.id"], name="fk_disclosure_publications_disclosure_id_disclosures"
        ),
    )
    op.create_table(
        "disclosure_withdrawals",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *hands(),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "number", name="pk_disclosure_withdrawals"),
        sa.ForeignKeyConstraint(
            ["series_id", "number"],
            ["disclosure_publications.series_id", "disclosure_publications.number"],
            name="fk_disclosure_withdrawals_series_id_number",
        ),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)

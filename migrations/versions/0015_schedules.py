"""Keep schedules: who stops when, which of them were published, and the secret addresses of calendars."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TABLES = ("calendar_feeds", "schedule_publications", "schedule_series", "schedule_lines", "schedules")


def hands() -> list[sa.Column[str]]:
    """Who did it."""
    return [
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    create_schedules()
    create_lines()
    create_publications()
    create_feeds()
    for table in ("schedules", "schedule_lines", "schedule_publications"):
        append_only(table)
    # Which of its goals a computation works on, and how near it is to the best possible.
    op.add_column("operations", sa.Column("stage", pg.JSONB(), nullable=True))


def create_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("asked", pg.JSONB(), nullable=False),
        sa.Column("preferred_months", pg.JSONB(), nullable=False),
        sa.Column("problem_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("stages", pg.JSONB(), nullable=False),
        sa.Column("open", pg.JSONB(), nullable=False),
        sa.Column("notes", pg.JSONB(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("enterprises", sa.Integer(), nullable=False),
        *hands(),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
    )
    op.create_index("ix_schedules_region_season_id", "schedules", ["region", "season", "id"])
    op.create_index("ix_schedules_client_id_id", "schedules", ["client_id", "id"])


def create_lines() -> None:
    op.create_table(
        "schedule_lines",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("capacity_t_d", sa.Float(), nullable=True),
        sa.Column("emission_t_d", pg.JSONB(), nullable=False),
        sa.Column("idle_share", sa.Float(), nullable=False),
        sa.Column("stretches", pg.JSONB(), nullable=False),
        sa.Column("clauses", pg.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "schedule_id", "resource", name="pk_schedule_lines"),
        sa.UniqueConstraint(
            "enterprise_id", "schedule_id", "position", name="uq_schedule_lines_enterprise_id_schedule_id_position"
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name="fk_schedule_lines_enterprise_id_enterprises"
        ),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedules.id"], name="fk_schedule_lines_schedule_id_schedules"),
    )
    op.create_index("ix_schedule_lines_schedule_id_position", "schedule_lines", ["schedule_id", "position"])
    op.create_index("ix_schedule_lines_schedule_id_resource", "schedule_lines", ["schedule_id", "resource"])


def create_publications() -> None:
    op.create_table(
        "schedule_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("published", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_series"),
        sa.UniqueConstraint("scope", "season", name="uq_schedule_series_scope_season"),
    )
    op.create_table(
        "schedule_publications",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("acknowledge_within_hours", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        *hands(),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "number", name="pk_schedule_publications"),
        sa.UniqueConstraint("schedule_id", name="uq_schedule_publications_schedule_id"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["schedule_series.id"], name="fk_schedule_publications_series_id_schedule_series"
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name="fk_schedule_publications_schedule_id_schedules"
        ),
    )


def create_feeds() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        *hands(),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feeds"),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name="fk_calendar_feeds_enterprise_id_enterprises"
        ),
    )
    op.create_index("ix_calendar_feeds_enterprise_id_id", "calendar_feeds", ["enterprise_id", "id"])


def downgrade() -> None:
    op.drop_column("operations", "stage")
    for table in TABLES:
        op.drop_table(table)

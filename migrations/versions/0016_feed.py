"""Keep the feed: sources, channels, readings as curves of a day, and every batch with what became of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TABLES = (
    "resend_requests",
    "feed_parked",
    "feed_reports",
    "feed_batches",
    "load_point_revisions",
    "load_points",
    "load_curve_revisions",
    "load_curves",
    "meter_replacements",
    "channel_multipliers",
    "channels",
    "channel_heads",
    "feed_source_heads",
    "feed_sources",
)
APPEND_ONLY = (
    "channel_multipliers",
    "meter_replacements",
    "load_curve_revisions",
    "load_point_revisions",
    "feed_batches",
    "feed_reports",
)


def hands() -> list[sa.Column[str]]:
    """Who did it."""
    return [
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=True),
        sa.Column("person_office", sa.Text(), nullable=True),
    ]


def upgrade() -> None:
    create_sources()
    create_channels()
    create_curves()
    create_points()
    create_batches()
    create_resends()
    for table in ("load_curves", "load_points"):
        # It stays empty: days out of range are refused at the door.
        op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
    for table in APPEND_ONLY:
        append_only(table)


def create_sources() -> None:
    op.create_table(
        "feed_sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("profile", pg.JSONB(), nullable=False),
        sa.Column("refuse_above_pct", sa.Integer(), nullable=False),
        sa.Column("grace_minutes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_feed_sources"),
    )
    op.create_table(
        "feed_source_heads",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("directory", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_feed_source_heads"),
        sa.ForeignKeyConstraint(["source"], ["feed_sources.name"], name="fk_feed_source_heads_source_feed_sources"),
    )


def create_channels() -> None:
    op.create_table(
        "channel_heads",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name="pk_channel_heads"),
        sa.UniqueConstraint("channel_id", name="uq_channel_heads_channel_id"),
        sa.ForeignKeyConstraint(["source"], ["feed_sources.name"], name="fk_channel_heads_source_feed_sources"),
    )
    op.create_index("ix_channel_heads_enterprise_id", "channel_heads", ["enterprise_id"])
    op.create_table(
        "channels",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("supply_point", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("interval_minutes", sa.Integer(), nullable=False),
        sa.Column("decimals", sa.Integer(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=True),
        sa.Column("own_generation", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_channels"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_channels_enterprise_id_enterprises"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "meter_id"],
            ["meters.enterprise_id", "meters.id"],
            name="fk_channels_enterprise_id_meters",
        ),
        sa.ForeignKeyConstraint(
            ["source", "key"], ["channel_heads.source", "channel_heads.key"], name="fk_channels_source_channel_heads"
        ),
        sa.CheckConstraint("interval_minutes IN (15, 30, 60, 1440)", name="ck_channels_interval"),
    )
    op.create_index("ix_channels_id", "channels", ["id"])
    op.create_index("ix_channels_source_key", "channels", ["source", "key"])
    op.create_table(
        "channel_multipliers",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("factor", sa.Numeric(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        *hands(),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_channel_multipliers"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "channel_id"],
            ["channels.enterprise_id", "channels.id"],
            name="fk_channel_multipliers_enterprise_id_channels",
        ),
    )
    op.create_index(
        "ix_channel_multipliers_enterprise_id_channel_id", "channel_multipliers", ["enterprise_id", "channel_id"]
    )
    op.create_table(
        "meter_replacements",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("final_old", sa.Numeric(), nullable=False),
        sa.Column("initial_new", sa.Numeric(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        *hands(),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_meter_replacements"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "channel_id"],
            ["channels.enterprise_id", "channels.id"],
            name="fk_meter_replacements_enterprise_id_channels",
        ),
    )
    op.create_index(
        "ix_meter_replacements_enterprise_id_channel_id", "meter_replacements", ["enterprise_id", "channel_id"]
    )


def place() -> list[sa.Column[object]]:
    """Which civil day of which channel; the day comes first, so that a day's batch is written in one place."""
    return [
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
    ]


def origin(*dated: sa.Column[object]) -> list[sa.Column[object]]:
    """Where a reading comes from; no foreign key, which would cost more than the reading."""
    return [
        sa.Column("version", INSTANT, nullable=True),
        *dated,
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
    ]


def replaced() -> list[sa.Column[object]]:
    return [sa.Column("replaced_at", INSTANT, nullable=False), sa.Column("replaced_by", sa.Uuid(), nullable=False)]


def create_curves() -> None:
    def content() -> list[sa.Column[object]]:
        return [
            sa.Column("values", sa.LargeBinary(), nullable=False),
            sa.Column("quality", sa.LargeBinary(), nullable=False),
        ]

    op.create_table(
        "load_curves",
        *place(),
        *content(),
        *origin(sa.Column("versions", sa.LargeBinary(), nullable=True)),
        sa.PrimaryKeyConstraint("day", "enterprise_id", "channel_id", name="pk_load_curves"),
        postgresql_partition_by="RANGE (day)",
    )
    op.create_table(
        "load_curve_revisions",
        *place(),
        *content(),
        *origin(sa.Column("versions", sa.LargeBinary(), nullable=True)),
        *replaced(),
        sa.PrimaryKeyConstraint("day", "enterprise_id", "channel_id", "revision", name="pk_load_curve_revisions"),
    )


def create_points() -> None:
    def content() -> list[sa.Column[object]]:
        return [
            sa.Column("slot", sa.SmallInteger(), nullable=False),
            sa.Column("value", sa.Integer(), nullable=True),
            sa.Column("quality", sa.SmallInteger(), nullable=False),
        ]

    op.create_table(
        "load_points",
        *place(),
        *content(),
        *origin(),
        sa.PrimaryKeyConstraint("day", "enterprise_id", "channel_id", "slot", name="pk_load_points"),
        postgresql_partition_by="RANGE (day)",
    )
    op.create_table(
        "load_point_revisions",
        *place(),
        *content(),
        *origin(),
        *replaced(),
        sa.PrimaryKeyConstraint(
            "day", "enterprise_id", "channel_id", "slot", "revision", "replaced_at", name="pk_load_point_revisions"
        ),
    )


def create_batches() -> None:
    op.create_table(
        "feed_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("force", sa.Boolean(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        *hands(),
        sa.PrimaryKeyConstraint("id", name="pk_feed_batches"),
        sa.UniqueConstraint("source", "number", name="uq_feed_batches_source_number"),
        sa.ForeignKeyConstraint(["source"], ["feed_sources.name"], name="fk_feed_batches_source_feed_sources"),
    )
    # Bodies come compressed; trying again costs more than it saves.
    op.execute("ALTER TABLE feed_batches ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_index("ix_feed_batches_source_sha256", "feed_batches", ["source", "sha256"])
    op.create_index("ix_feed_batches_source_id", "feed_batches", ["source", "id"])
    op.create_table(
        "feed_reports",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("report", pg.JSONB(), nullable=False),
        sa.Column("rejections", sa.LargeBinary(), nullable=True),
        sa.Column("reported_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name="pk_feed_reports"),
        sa.ForeignKeyConstraint(["batch_id"], ["feed_batches.id"], name="fk_feed_reports_batch_id_feed_batches"),
        sa.CheckConstraint("state IN ('merged', 'refused')", name="ck_feed_reports_state"),
    )
    op.create_table(
        "feed_parked",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("parked_at", INSTANT, nullable=False),
        sa.Column("replayed_at", INSTANT, nullable=True),
        sa.Column("replay", pg.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("source", "key", "batch_id", name="pk_feed_parked"),
        sa.ForeignKeyConstraint(["batch_id"], ["feed_batches.id"], name="fk_feed_parked_batch_id_feed_batches"),
    )


def create_resends() -> None:
    op.create_table(
        "resend_requests",
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_as", sa.Text(), nullable=True),
        *hands(),
        sa.PrimaryKeyConstraint("enterprise_id", "id", name="pk_resend_requests"),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "channel_id"],
            ["channels.enterprise_id", "channels.id"],
            name="fk_resend_requests_enterprise_id_channels",
        ),
        sa.CheckConstraint("closed_as IN ('filled', 'withdrawn')", name="ck_resend_requests_closed_as"),
    )
    op.create_index(
        "ix_resend_requests_open",
        "resend_requests",
        ["source", "id"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)

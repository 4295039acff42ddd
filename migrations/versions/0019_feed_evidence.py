"""Keep single readings as they were known until their day was folded, and bodies beside their batches."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from migrations.append_only import append_only

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "folded_points",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("folded_at", INSTANT, nullable=False),
        sa.Column("slot", pg.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("value", pg.ARRAY(sa.Integer()), nullable=False),
        sa.Column("quality", pg.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("version", pg.ARRAY(INSTANT), nullable=False),
        sa.Column("batch_id", pg.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("known_at", pg.ARRAY(INSTANT), nullable=False),
        sa.Column("revision", pg.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("day", "enterprise_id", "channel_id", "folded_at", name="pk_folded_points"),
    )
    op.create_table(
        "feed_bodies",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name="pk_feed_bodies"),
    )
    # Bodies come compressed; trying again costs more than it saves.
    op.execute("ALTER TABLE feed_bodies ALTER COLUMN body SET STORAGE EXTERNAL")
    op.execute("INSERT INTO feed_bodies (batch_id, body) SELECT id, body FROM feed_batches")
    op.drop_column("feed_batches", "body")
    op.create_foreign_key("fk_feed_batches_id_feed_bodies", "feed_batches", "feed_bodies", ["id"], ["batch_id"])
    for table in ("folded_points", "feed_bodies"):
        append_only(table)


def downgrade() -> None:
    """Bodies return to their batches; how folded days were known before is lost, as it was."""
    op.add_column("feed_batches", sa.Column("body", sa.LargeBinary(), nullable=True))
    op.execute("ALTER TABLE feed_batches ALTER COLUMN body SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE feed_batches DISABLE TRIGGER feed_batches_append_only")
    op.execute("UPDATE feed_batches b SET body = o.body FROM feed_bodies o WHERE o.batch_id = b.id")
    op.execute("ALTER TABLE feed_batches ENABLE TRIGGER feed_batches_append_only")
    op.alter_column("feed_batches", "body", nullable=False)
    op.drop_constraint("fk_feed_batches_id_feed_bodies", "feed_batches")
    op.drop_table("feed_bodies")
    op.drop_table("folded_points")

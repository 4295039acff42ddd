"""Open the simulations: what a draft would change, and subject by subject why."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "simulations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        # None where a table was asked about instead of the register.
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("draft", pg.JSONB(), nullable=False),
        sa.Column("against", pg.JSONB(), nullable=True),
        sa.Column("evaluator_version", sa.Text(), nullable=False),
        sa.Column("summary", pg.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_simulations"),
    )
    op.create_index("ix_simulations_requested_by_id", "simulations", ["requested_by", "id"])
    # Written before their simulation is: a job that stopped half-way leaves nothing to be seen.
    op.create_table(
        "simulation_changes",
        sa.Column("simulation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("document", pg.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("simulation_id", "position", name="pk_simulation_changes"),
    )


def downgrade() -> None:
    op.drop_table("simulation_changes")
    op.drop_table("simulations")

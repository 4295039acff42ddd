"""Keep the day from which a verification counts; those recorded before have none and count as they did."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assertion_marks", sa.Column("counts_from", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("assertion_marks", "counts_from")

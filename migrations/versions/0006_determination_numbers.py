"""Let a determination carry the number an authority chose inside a bracket."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("determinations", sa.Column("number", sa.Numeric(), nullable=True))


def downgrade() -> None:
    op.drop_column("determinations", "number")

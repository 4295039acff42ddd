"""Let an order take the place of another about the same change of a warning, when decisions have changed since."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ONE_FOR_EACH = "uq_orders_enterprise_id_occasion"


def upgrade() -> None:
    op.drop_constraint(ONE_FOR_EACH, "orders")


def downgrade() -> None:
    op.create_unique_constraint(ONE_FOR_EACH, "orders", ["enterprise_id", "occasion", "occasion_id", "occasion_number"])

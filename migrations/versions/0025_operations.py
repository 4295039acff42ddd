"""Keep how recurring jobs went and which day they have reached; let the first administrator hold all scopes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.clients import SCOPES

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# Others of that name, and what people made on the command line, keep the scopes they were given one by one.
FIRST_ADMINISTRATOR = """
SELECT clients.id FROM clients JOIN audit ON audit.subject = clients.id::text
WHERE audit.type = 'client.created' AND audit.client_id = 'bootstrap' AND clients.name = 'administrator'
  AND clients.region = '000000' AND clients.regions = ARRAY['000000'] AND clients.on_behalf_of
ORDER BY audit.position LIMIT 1
"""
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute(f"UPDATE clients SET scopes = ARRAY['*'], version = version + 1 WHERE id = ({FIRST_ADMINISTRATOR})")
    op.add_column("recurring_jobs", sa.Column("reached", sa.Date()))
    op.add_column("recurring_jobs", sa.Column("operation_id", sa.Uuid()))
    op.add_column("recurring_jobs", sa.Column("ended_at", INSTANT))
    op.add_column("recurring_jobs", sa.Column("succeeded_at", INSTANT))
    op.add_column("recurring_jobs", sa.Column("outcome", sa.Text()))
    op.add_column("recurring_jobs", sa.Column("problem", JSONB()))
    op.add_column("recurring_jobs", sa.Column("result", JSONB()))
    op.add_column("recurring_jobs", sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.create_index("ix_operations_failed", "operations", ["id"], postgresql_where=sa.text("state = 'failed'"))


def downgrade() -> None:
    op.drop_index("ix_operations_failed", "operations")
    for column in ("failures", "result", "problem", "outcome", "succeeded_at", "ended_at", "operation_id", "reached"):
        op.drop_column("recurring_jobs", column)
    statement = sa.text("UPDATE clients SET scopes = :scopes, version = version + 1 WHERE scopes = ARRAY['*']")
    op.execute(statement.bindparams(sa.bindparam("scopes", sorted(SCOPES), sa.ARRAY(sa.Text()))))

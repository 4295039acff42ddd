"""Let the first administrator hold all scopes, those of later versions too, as it did when it was made."""

import sqlalchemy as sa
from alembic import op

from app.domain.clients import SCOPES

revision = "0025"
down_revision = "0018"
branch_labels = None
depends_on = None

# Others of that name, and what people made on the command line, keep the scopes they were given one by one.
FIRST_ADMINISTRATOR = """
SELECT clients.id FROM clients JOIN audit ON audit.subject = clients.id::text
WHERE audit.type = 'client.created' AND audit.client_id = 'bootstrap' AND clients.name = 'administrator'
  AND clients.region = '000000' AND clients.regions = ARRAY['000000'] AND clients.on_behalf_of
ORDER BY audit.position LIMIT 1
"""


def upgrade() -> None:
    op.execute(f"UPDATE clients SET scopes = ARRAY['*'], version = version + 1 WHERE id = ({FIRST_ADMINISTRATOR})")


def downgrade() -> None:
    statement = sa.text("UPDATE clients SET scopes = :scopes, version = version + 1 WHERE scopes = ARRAY['*']")
    op.execute(statement.bindparams(sa.bindparam("scopes", sorted(SCOPES), sa.ARRAY(sa.Text()))))

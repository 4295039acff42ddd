"""Publish the thresholds and the calendar that come with the service, so that they can be read before any assessment."""

import sqlalchemy as sa
from alembic import op

from app.services.compliance.yards import SERVICE, supplied

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for kind, version, document, digest in supplied():
        statement = sa.text(
            f"INSERT INTO {kind.__tablename__} (version, document, hash, known_at, client_id)"
            " VALUES (:version, :document, :hash, now(), :client_id) ON CONFLICT DO NOTHING"
        )
        op.execute(statement.bindparams(version=version, document=document, hash=digest, client_id=SERVICE.client_id))


def downgrade() -> None:
    """What was published stays: nothing forgets what verdicts may stand on."""

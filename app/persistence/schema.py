"""The schema's version: brought to the newest, or taken back down the stairs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from app.domain.errors import Mendable

LOCK_NOT_AVAILABLE = "55P03"
ROOT = Path(__file__).resolve().parents[2]


class MigrationBlocked(Mendable):
    """A migration gave up waiting for a lock; nothing of it was kept and it can be run again."""


def alembic_config(url: str) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run the missing migrations; blocks, and needs no running event loop.

    Each is a transaction of its own; raises MigrationBlocked where one would keep the service waiting.
    """
    try:
        command.upgrade(alembic_config(url), revision)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise MigrationBlocked(
                "Somebody holds a lock that a migration needs, and it did not wait longer lest everybody else waits "
                "behind it. What was migrated before stays; run `cuofeng migrate` again."
            ) from error
        raise


def downgrade(url: str, revision: str = "base") -> None:
    command.downgrade(alembic_config(url), revision)

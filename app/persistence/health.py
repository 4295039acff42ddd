"""Health: whether the database answers, and whether its schema is the one this code was written for."""

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.domain.errors import Mendable
from app.persistence.engine import Sessions
from app.persistence.schema import alembic_config


class SchemaMismatch(Mendable):
    """The database is not at the schema this code was written for; the message says what to do."""


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(alembic_config(""))


def newest_revision() -> str | None:
    return _scripts().get_current_head()


@cache
def known_revisions() -> frozenset[str]:
    """Every schema that this code can bring to the newest."""
    return frozenset(script.revision for script in _scripts().walk_revisions())


async def schema_revision(sessions: Sessions) -> str | None:
    """None for a database that was never migrated."""
    try:
        async with sessions() as session:
            found: str | None = await session.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    except ProgrammingError:
        return None


def mismatch(found: str | None) -> str | None:
    """What is wrong with a schema and what to do about it; None for the one this code was written for."""
    needed = newest_revision()
    if found == needed:
        return None
    if found is None:
        return "The database is empty: run `cuofeng migrate`, or `cuofeng restore` if there is a backup."
    if found in known_revisions():
        return f"The database is at schema {found} and this version needs {needed}: back it up, then run `cuofeng migrate`."
    return f"The database is at schema {found}, which a newer version made; this one knows up to {needed}: install the newer one."


async def require_newest_schema(sessions: Sessions) -> None:
    wrong = mismatch(await schema_revision(sessions))
    if wrong is not None:
        raise SchemaMismatch(wrong)

"""Health: whether the database answers, and whether its schema is the one this code was written for."""

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.persistence.engine import Sessions
from app.persistence.schema import alembic_config


class SchemaOutdated(RuntimeError):
    """The database is not at the newest migration; run `cuofeng migrate`."""


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(alembic_config("")).get_current_head()


async def schema_revision(sessions: Sessions) -> str | None:
    """None for a database that was never migrated."""
    try:
        async with sessions() as session:
            found: str | None = await session.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    except ProgrammingError:
        return None


async def require_newest_schema(sessions: Sessions) -> None:
    found = await schema_revision(sessions)
    if found != newest_revision():
        raise SchemaOutdated(f"the database is at {found}, this code needs {newest_revision()}: run `cuofeng migrate`")

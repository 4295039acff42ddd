"""The database of this process: the configured one, or the embedded one."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from app.cli.screen import step
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.engine import create_engine, create_sessions
from app.persistence.health import require_newest_schema
from app.persistence.schema import upgrade
from app.settings import Settings


@contextmanager
def running_database(settings: Settings) -> Iterator[str]:
    """The address of a database that is there; the last process that uses the embedded server ends it."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with ExitStack() as until_done:
        with step("Starting the embedded PostgreSQL"):
            url = until_done.enter_context(EmbeddedPostgres(settings.data_dir).in_use())
        yield url


def must_be_newest(url: str) -> None:
    """Refuse a schema this code was not written for before anything starts; raises SchemaMismatch."""

    async def look() -> None:
        engine = create_engine(url, pool_size=1)
        try:
            await require_newest_schema(create_sessions(engine))
        finally:
            await engine.dispose()

    asyncio.run(look())


def migrate() -> None:
    """Bring the database to the newest schema."""
    with running_database(Settings()) as url, step("Migrating the database"):
        upgrade(url)

"""What a backup has to know of the database: its rows at one instant, and whether anything may be restored into it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy import table as table_named
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.persistence.engine import APPLICATION

TABLES = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
)
OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = :name AND pid <> pg_backend_pid()"
)
# Tables go with what hangs on them, in whatever order; what else a schema of ours holds are functions and sequences.
# A partition whose parent was dropped before it has its name still, while its oid no longer gives one.
EMPTIED = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT format('DROP TABLE IF EXISTS public.%I CASCADE', relname) AS statement FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
  LOOP EXECUTE one.statement; END LOOP;
  FOR one IN SELECT format('DROP SEQUENCE %s', oid::regclass) AS statement FROM pg_class
    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
  LOOP EXECUTE one.statement; END LOOP;
  FOR one IN SELECT format('DROP FUNCTION %s', oid::regprocedure) AS statement FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
  LOOP EXECUTE one.statement; END LOOP;
END $$;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A database at one instant; others may read the same by the name of its snapshot while it is held."""

    snapshot: str
    revision: str | None
    rows: Mapping[str, int]


@asynccontextmanager
async def held(engine: AsyncEngine) -> AsyncIterator[Standing]:
    """One consistent view of everything, while the service goes on writing."""
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with connection.begin():
            # However long others read by it.
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            snapshot = str(await connection.scalar(text("SELECT pg_export_snapshot()")))
            rows = await counted(connection)
            revision: str | None = None
            if "alembic_version" in rows:
                revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            yield Standing(snapshot=snapshot, revision=revision, rows=rows)


async def counted(connection: AsyncConnection) -> dict[str, int]:
    """The rows of every table, partitions each for itself."""
    found: dict[str, int] = {}
    for table in (await connection.scalars(TABLES)).all():
        query = select(func.count()).select_from(table_named(table, schema="public"))
        found[table] = await connection.scalar(query) or 0
    return found


async def server_version(engine: AsyncEngine) -> int:
    """The major version of the server."""
    async with engine.connect() as connection:
        return int(await connection.scalar(text("SELECT current_setting('server_version_num')::int")) or 0) // 10000


async def tables(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return list(await connection.scalars(TABLES))


async def others_at_work(engine: AsyncEngine) -> int:
    """Connections of the service, of whatever process."""
    async with engine.connect() as connection:
        return await connection.scalar(OTHERS, {"name": APPLICATION}) or 0


async def analyse(engine: AsyncEngine) -> None:
    """The planner knows nothing of restored tables until they are looked at."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))


def must_hold(rows: Mapping[str, int]) -> str:
    """Statements that fail unless every table has just so many rows."""
    checks = " ".join(
        f"ASSERT (SELECT count(*) FROM public.{table}) = {number}, '{table} does not have {number} rows';"  # noqa: S608  names and numbers of a manifest are checked
        for table, number in rows.items()
    )
    return f"DO $$ BEGIN {checks} END $$;"

"""How migrations run: one connection, one transaction each, and never waiting long for a lock."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine

from app.persistence.engine import Row, async_url
from app.persistence.feed.partitions import is_partition
from app.persistence.metadata import load_rows

# A migration that waits for a lock makes everybody behind it wait too; it gives up and is run again.
LOCK_TIMEOUT = "5s"

load_rows()


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Partitions come and go with the months; only their parents are the schema."""
    return kind != "table" or name is None or not is_partition(name)


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        transaction_per_migration=True,
        compare_server_default=True,
        include_name=ours,
    )
    with context.begin_transaction():
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        context.run_migrations()


async def run_online() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        raise RuntimeError("no database address: call app.persistence.schema.upgrade(url)")
    engine = create_async_engine(async_url(url), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(run_online())

"""The way to PostgreSQL: one engine, one session factory, one naming convention for everything in the schema."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import URL, ColumnElement, DateTime, MetaData, Text, Uuid, any_, literal, make_url
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import QueuePool

Engine = AsyncEngine
Sessions = async_sessionmaker[AsyncSession]

# How the server's own lists tell our connections from others.
APPLICATION = "cuofeng"

# Names are spelled out so that a migration can drop what another one made.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(DeclarativeBase):
    """A row of one table; it never leaves the persistence floor."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        str: Text(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
        list[Any]: JSONB(none_as_null=True),
    }


def async_url(url: str) -> str:
    """Accept the address as other PostgreSQL tools write it."""
    scheme, separator, rest = url.partition("://")
    if scheme in {"postgres", "postgresql"}:
        scheme = "postgresql+asyncpg"
    return scheme + separator + rest


def libpq_address(url: str) -> tuple[str, str | None]:
    """The address as PostgreSQL's own programs read it, and the password, which is no part of it."""
    given = make_url(url)
    # asyncpg calls it `ssl`, libpq `sslmode`.
    query = {"sslmode" if name == "ssl" else name: value for name, value in given.query.items()}
    plain = URL.create("postgresql", given.username, None, given.host, given.port, given.database, query)
    return plain.render_as_string(), given.password


def dump_json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def create_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    return create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        # A caller hears 503 rather than waiting half a minute for a connection.
        pool_timeout=10,
        json_serializer=dump_json,
        json_deserializer=orjson.loads,
        connect_args={
            "server_settings": {
                "application_name": APPLICATION,
                "timezone": "UTC",
                # Every statement here is short; compiling one costs more than running it.
                "jit": "off",
                # A process that stopped in the middle of a job must not hold its rows for ever.
                "idle_in_transaction_session_timeout": "600000",
            }
        },
    )


def pool_use(engine: AsyncEngine) -> dict[str, int]:
    """Connections that are kept open, and those that are busy, which may be more for a while."""
    pool = engine.pool
    if not isinstance(pool, QueuePool):
        return {"size": 0, "in_use": 0}
    return {"size": pool.size(), "in_use": pool.checkedout()}


def create_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


async def driver_of(session: AsyncSession) -> Any:
    """asyncpg's own connection, inside the session's transaction: for COPY, and for very many rows."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    if driver is None:  # pragma: no cover  an open connection has a driver
        raise RuntimeError("the connection is closed")
    if not driver.is_in_transaction():
        # The transaction opens with the first statement that SQLAlchemy sees.
        await connection.exec_driver_sql("SELECT 1")
    return driver


def one_of(column: Any, ids: Sequence[UUID]) -> ColumnElement[bool]:
    """`column IN (ids)` with one array parameter: a thousand bound values would cost more than the query."""
    found: ColumnElement[bool] = column == any_(literal(list(ids), ARRAY(Uuid())))
    return found

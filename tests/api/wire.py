"""What goes over the wire, in order: statements to PostgreSQL and bytes to the caller."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from sqlalchemy import event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.persistence.engine import Sessions


class Wire:
    """A list of what happened, filled by the driver of the database and by the transport of the answer."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def query(self, record: Any) -> None:
        self.seen.append(record.query.strip().rstrip(";").upper())

    def transactions(self) -> list[str]:
        """BEGIN, COMMIT, ROLLBACK and bytes only."""
        return [one.split()[0] for one in self.seen if one.startswith(("BEGIN", "COMMIT", "ROLLBACK", "BYTES"))]

    def watched(self, app: ASGIApp) -> ASGIApp:
        async def watch(scope: Scope, receive: Receive, send: Send) -> None:
            async def sending(message: Message) -> None:
                self.seen.append("BYTES " + message["type"])
                await send(message)

            await app(scope, receive, sending)

        return watch


@contextmanager
def tapped(sessions: Sessions) -> Iterator[Wire]:
    """Listen to asyncpg itself on every connection the engine hands out."""
    wire = Wire()
    pool = sessions.kw["bind"].sync_engine.pool
    tapped_connections: set[asyncpg.Connection] = set()

    def tap(dbapi_connection: Any, *_: object) -> None:
        connection = dbapi_connection.driver_connection
        if connection not in tapped_connections:
            tapped_connections.add(connection)
            connection.add_query_logger(wire.query)

    event.listen(pool, "checkout", tap)
    try:
        yield wire
    finally:
        event.remove(pool, "checkout", tap)
        for connection in tapped_connections:
            connection.remove_query_logger(wire.query)

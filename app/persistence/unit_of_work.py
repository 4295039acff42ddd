"""The unit of work: one transaction that either keeps everything, with its audit and outbox entries, or nothing."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor
from app.domain.events import Event
from app.persistence.audit import AuditRow
from app.persistence.decisions.stale import StaleRepository
from app.persistence.engine import Sessions
from app.persistence.outbox import OutboxRow

# deadlock, serialization failure, lock not available, administrator's shutdown: the same request may succeed later
PASSING = {"40P01", "40001", "55P03", "57P01", "57P02", "57P03", "53300"}


# What is said in these rooms about an enterprise may change what has to stop there.
CHANGES_DECISIONS = {"enterprise", "fact", "determination", "dispatch", "rating", "exemption", "violation"}


class DatabaseUnavailable(Exception):
    """The database cannot serve this now; the same request may succeed later."""


@dataclass(slots=True, kw_only=True)
class UnitOfWork:
    """One transaction; `now` is the instant at which everything in it happens."""

    session: AsyncSession
    now: datetime
    request_id: str | None = None

    async def record(self, event: Event, *, by: Actor) -> None:
        """Write audit and outbox together, so that neither can be forgotten."""
        await self.record_all([event], by=by)

    async def record_all(self, events: Sequence[Event], *, by: Actor) -> None:
        """The same for many events, in the order given."""
        if not events:
            return
        person = by.person
        author = {
            "client_id": by.client_id,
            "person_name": person.name if person else None,
            "person_office": person.office if person else None,
            "request_id": self.request_id,
        }
        shared = [
            {
                "at": self.now,
                "type": event.type,
                "subject": event.subject,
                "enterprise_id": event.enterprise_id,
                "region": event.region,
                "data": dict(event.data),
            }
            for event in events
        ]
        connection = await self.session.connection()
        await connection.execute(insert(AuditRow), [row | author for row in shared])
        await connection.execute(insert(OutboxRow), [row | {"client_id": by.client_id} for row in shared])
        stale = {
            UUID(event.enterprise_id) for event in events if event.enterprise_id and event.room in CHANGES_DECISIONS
        }
        await StaleRepository(self.session).mark(stale, since=self.now)


@asynccontextmanager
async def open_unit(sessions: Sessions, *, now: datetime, request_id: str | None = None) -> AsyncIterator[UnitOfWork]:
    """Commit when the block ends well, roll back when it does not; nobody else commits."""
    try:
        async with sessions() as session, session.begin():
            yield UnitOfWork(session=session, now=now, request_id=request_id)
    except (OSError, PoolExhausted) as error:
        raise DatabaseUnavailable from error
    except DBAPIError as error:
        if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in PASSING:
            raise DatabaseUnavailable from error
        raise

"""The log of deliveries, for the owner of a webhook and for those who watch over the service."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.webhooks import Attempt, Delivery, DeliveryState, DeliveryUnknown, Failure
from app.persistence.engine import one_of
from app.persistence.events import relayed
from app.persistence.outbox import OutboxRow
from app.persistence.webhooks.rows import AttemptRow, DeliveryRow, QueueRow

WAITING = DeliveryState.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which deliveries to send again: these events, or those in a state, or those of a span of time."""

    event_ids: Sequence[UUID] = ()
    state: DeliveryState | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits, and since when; how many dead letters there are."""

    waiting: int
    oldest: timedelta
    dead: int


class DeliveryRepository:
    """The deliveries of webhooks that the caller has been shown to own."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def newest(
        self, webhook_id: UUID, *, state: DeliveryState | None, after: tuple[str, ...] | None, limit: int
    ) -> list[Delivery]:
        terms = [DeliveryRow.webhook_id == webhook_id]
        if state is not None:
            terms.append(DeliveryRow.state == state)
        if after is not None:
            terms.append(DeliveryRow.sequence < int(after[0]))
        return await self._read(*terms, limit=limit)

    async def get(self, webhook_id: UUID, event_id: UUID) -> Delivery:
        """One delivery with all its tries, oldest first."""
        found = await self._read(DeliveryRow.webhook_id == webhook_id, OutboxRow.id == event_id, limit=1)
        if not found:
            raise DeliveryUnknown()
        tries = await self.session.scalars(
            select(AttemptRow)
            .where(AttemptRow.webhook_id == webhook_id, AttemptRow.sequence == found[0].event.sequence)
            .order_by(AttemptRow.number)
        )
        return replace(found[0], log=[_attempt(one) for one in tries])

    async def queue_again(self, webhook_id: UUID, chosen: Chosen, *, at: datetime) -> list[str]:
        """Deliveries that have ended wait once more, with all their tries before them; the queue of each."""
        queued = await self.session.scalars(
            update(DeliveryRow)
            .where(
                DeliveryRow.webhook_id == webhook_id,
                DeliveryRow.state != WAITING,
                DeliveryRow.sequence == OutboxRow.sequence,
                *_narrowed(chosen),
            )
            .values(state=WAITING, tries=0, queued_at=at, ended_at=None)
            .returning(DeliveryRow.queue)
            .execution_options(synchronize_session=False)
        )
        return list(queued)

    async def backlog(self, *, now: datetime) -> Backlog:
        waiting = select(func.count().label("number"), func.min(DeliveryRow.queued_at).label("oldest"))
        found = (await self.session.execute(waiting.where(DeliveryRow.state == WAITING))).one()
        oldest: datetime | None = found.oldest
        dead = await self.session.scalar(select(func.count()).where(DeliveryRow.state == DeliveryState.DEAD))
        age = timedelta() if oldest is None else max(now - oldest, timedelta())
        return Backlog(waiting=found.number, oldest=age, dead=dead or 0)

    async def _read(self, *terms: ColumnElement[bool], limit: int) -> list[Delivery]:
        newest = and_(
            AttemptRow.webhook_id == DeliveryRow.webhook_id,
            AttemptRow.sequence == DeliveryRow.sequence,
            AttemptRow.number == DeliveryRow.attempts,
        )
        at_head = and_(QueueRow.webhook_id == DeliveryRow.webhook_id, QueueRow.queue == DeliveryRow.queue)
        query = (
            select(DeliveryRow, OutboxRow, AttemptRow, QueueRow.next_at)
            .join(OutboxRow, OutboxRow.sequence == DeliveryRow.sequence)
            .outerjoin(AttemptRow, newest)
            .outerjoin(QueueRow, at_head)
            .where(*terms)
            .order_by(DeliveryRow.sequence.desc())
            .limit(limit)
            .execution_options(populate_existing=True)
        )
        return [_of_row(*row) for row in await self.session.execute(query)]


def _narrowed(chosen: Chosen) -> list[ColumnElement[bool]]:
    terms: list[ColumnElement[bool]] = []
    if chosen.event_ids:
        terms.append(one_of(OutboxRow.id, chosen.event_ids))
    if chosen.state is not None:
        terms.append(DeliveryRow.state == chosen.state)
    if chosen.from_at is not None:
        terms.append(OutboxRow.at >= chosen.from_at)
    if chosen.until_at is not None:
        terms.append(OutboxRow.at < chosen.until_at)
    return terms


def _of_row(row: DeliveryRow, event: OutboxRow, newest: AttemptRow | None, next_at: datetime | None) -> Delivery:
    return Delivery(
        event=relayed(event),
        state=DeliveryState(row.state),
        tries=row.tries,
        attempts=row.attempts,
        last=None if newest is None else _attempt(newest),
        next_at=next_at if row.state == WAITING else None,
        queued_at=row.queued_at,
        ended_at=row.ended_at,
    )


def _attempt(row: AttemptRow) -> Attempt:
    return Attempt(
        at=row.at,
        status=row.status,
        failure=None if row.failure is None else Failure(row.failure),
        latency_ms=row.latency_ms,
    )

"""Queues of webhooks: filled by the relay, held by one worker at a time under a fence, in the order of the events.

Whoever changes a queue locks its row first, and reads what waits in it afterwards: an event that the relay adds at the
same moment is either seen by the worker, or wakes the queue again after it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Text,
    Uuid,
    and_,
    any_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.access import Actor
from app.domain.clients import Client
from app.domain.webhooks import PINGED, Attempt, DeliveryState, Parcel, Webhook
from app.persistence.clients import ClientRow, client_of
from app.persistence.events import EventSearch, Numbered, matches, relayed, visible
from app.persistence.outbox import OutboxRow
from app.persistence.webhooks.repository import webhook_of
from app.persistence.webhooks.rows import AttemptRow, DeliveryRow, QueueRow, WebhookRow

# One receiver that answers slowly must not keep all workers waiting.
AT_ONCE_PER_WEBHOOK = 4


class QueueLost(Exception):
    """Another worker holds this queue by now, or its webhook is gone; what this one learnt must not be kept."""


class QueueRepository:
    """What the relay and the workers do with queues."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def fill(self, webhook: Webhook, owner: Actor, numbered: Numbered, *, now: datetime) -> int:
        """Queue the events of one relay that a webhook wants and its owner may see; how many they are."""
        wanted = webhook.wanted
        search = EventSearch(types=wanted.types, region=wanted.region, enterprise_id=wanted.enterprise_id)
        asked = or_(and_(matches(search), OutboxRow.type != PINGED), _ping_of(webhook))
        chosen = select(
            literal(webhook.id, Uuid()),
            OutboxRow.sequence,
            func.coalesce(OutboxRow.enterprise_id, ""),
            literal(DeliveryState.WAITING, Text()),
            literal(0),
            literal(0),
            literal(now),
        ).where(OutboxRow.sequence > numbered.after, OutboxRow.sequence <= numbered.last, asked, visible(owner))
        names = ["webhook_id", "sequence", "queue", "state", "tries", "attempts", "queued_at"]
        filled = await self.session.scalars(insert(DeliveryRow).from_select(names, chosen).returning(DeliveryRow.queue))
        queues = list(filled)
        await self.wake(webhook.id, sorted(set(queues)), now=now)
        return len(queues)

    async def wake(self, webhook_id: UUID, queues: Sequence[str], *, now: datetime) -> None:
        """Queues with something new at their head; one that pauses after a failure goes on pausing."""
        if not queues:
            return
        statement = upsert(QueueRow).values(
            [{"webhook_id": webhook_id, "queue": one, "next_at": now, "fence": 0} for one in queues]
        )
        await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=[QueueRow.webhook_id, QueueRow.queue],
                set_={"next_at": func.coalesce(QueueRow.next_at, statement.excluded.next_at)},
            )
        )

    async def hasten(self, webhook_id: UUID, queues: Sequence[str], *, now: datetime) -> None:
        """Queues whose pause is over because somebody asked for a redelivery."""
        await self.wake(webhook_id, queues, now=now)
        await self.session.execute(
            update(QueueRow)
            .where(
                QueueRow.webhook_id == webhook_id,
                QueueRow.queue == any_(literal(list(queues), ARRAY(Text()))),
                QueueRow.next_at > now,
            )
            .values(next_at=now)
        )

    async def claim(self, *, now: datetime, until: datetime) -> tuple[UUID, str, int] | None:
        """The queue that has been due longest and that nobody holds; its webhook, name and fence."""
        other = aliased(QueueRow)
        busy = select(func.count()).where(other.webhook_id == QueueRow.webhook_id, other.lease_until > now)
        free = or_(QueueRow.lease_until.is_(None), QueueRow.lease_until <= now)
        chosen = (
            select(QueueRow.webhook_id, QueueRow.queue)
            .join(WebhookRow, WebhookRow.id == QueueRow.webhook_id)
            .join(ClientRow, ClientRow.id == WebhookRow.client_id)
            .where(
                QueueRow.next_at <= now,
                free,
                WebhookRow.disabled_at.is_(None),
                ClientRow.disabled_at.is_(None),
                busy.scalar_subquery() < AT_ONCE_PER_WEBHOOK,
            )
            .order_by(QueueRow.next_at)
            .limit(1)
            .with_for_update(of=QueueRow, skip_locked=True)
            .subquery()
        )
        taken = await self.session.execute(
            update(QueueRow)
            .where(QueueRow.webhook_id == chosen.c.webhook_id, QueueRow.queue == chosen.c.queue)
            .values(lease_until=until, fence=QueueRow.fence + 1)
            .returning(QueueRow.webhook_id, QueueRow.queue, QueueRow.fence)
        )
        row = taken.one_or_none()
        return None if row is None else (row.webhook_id, row.queue, row.fence)

    async def hold(self, webhook_id: UUID, queue: str, fence: int) -> None:
        """Lock the queue while it is still ours."""
        held = await self.session.scalar(
            select(QueueRow.fence).where(_queue(webhook_id, queue), QueueRow.fence == fence).with_for_update()
        )
        if held is None:
            raise QueueLost

    async def head(self, webhook_id: UUID, queue: str, fence: int) -> tuple[Parcel, Client] | None:
        """The oldest event that waits, with the webhook and its client as they are now."""
        query = (
            select(DeliveryRow, OutboxRow, WebhookRow, ClientRow)
            .join(OutboxRow, OutboxRow.sequence == DeliveryRow.sequence)
            .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
            .join(ClientRow, ClientRow.id == WebhookRow.client_id)
            .where(
                DeliveryRow.webhook_id == webhook_id,
                DeliveryRow.queue == queue,
                DeliveryRow.state == DeliveryState.WAITING,
            )
            .order_by(DeliveryRow.sequence)
            .limit(1)
            .execution_options(populate_existing=True)
        )
        row = (await self.session.execute(query)).one_or_none()
        if row is None:
            return None
        delivery, event, webhook, client = row
        parcel = Parcel(
            webhook=webhook_of(webhook),
            queue=queue,
            fence=fence,
            event=relayed(event),
            tries=delivery.tries,
            attempts=delivery.attempts,
        )
        return parcel, client_of(client)

    async def tried(self, parcel: Parcel, attempt: Attempt) -> None:
        await self.session.execute(
            insert(AttemptRow).values(
                webhook_id=parcel.webhook.id,
                sequence=parcel.event.sequence,
                number=parcel.attempts + 1,
                at=attempt.at,
                status=attempt.status,
                failure=attempt.failure,
                latency_ms=attempt.latency_ms,
            )
        )
        await self.session.execute(
            update(DeliveryRow).where(_delivery(parcel)).values(tries=parcel.tries + 1, attempts=parcel.attempts + 1)
        )

    async def end(self, parcel: Parcel, state: DeliveryState, *, at: datetime) -> None:
        await self.session.execute(update(DeliveryRow).where(_delivery(parcel)).values(state=state, ended_at=at))

    async def release(self, webhook_id: UUID, queue: str, *, next_at: datetime | None) -> None:
        """Give the queue back, to be looked at again at an instant; None: once something new is added."""
        await self.session.execute(
            update(QueueRow).where(_queue(webhook_id, queue)).values(lease_until=None, next_at=next_at)
        )

    async def keep(self, webhook_id: UUID, queue: str, *, until: datetime) -> None:
        """Hold the queue for one more event."""
        await self.session.execute(update(QueueRow).where(_queue(webhook_id, queue)).values(lease_until=until))

    async def remove_empty(self) -> int:
        """Queues of enterprises of which nothing has been told of late."""
        recent = exists().where(DeliveryRow.webhook_id == QueueRow.webhook_id, DeliveryRow.queue == QueueRow.queue)
        gone = await self.session.scalars(
            delete(QueueRow)
            .where(QueueRow.next_at.is_(None), QueueRow.lease_until.is_(None), ~recent)
            .returning(QueueRow.queue)
        )
        return len(gone.all())


def _ping_of(webhook: Webhook) -> ColumnElement[bool]:
    """A test goes to the webhook it is for, whatever that wants otherwise."""
    return and_(OutboxRow.type == PINGED, OutboxRow.subject == str(webhook.id))


def _queue(webhook_id: UUID, queue: str) -> ColumnElement[bool]:
    return tuple_(QueueRow.webhook_id, QueueRow.queue) == tuple_(webhook_id, queue)


def _delivery(parcel: Parcel) -> ColumnElement[bool]:
    key = tuple_(DeliveryRow.webhook_id, DeliveryRow.sequence)
    return key == tuple_(parcel.webhook.id, parcel.event.sequence)

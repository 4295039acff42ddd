"""Delivering: a worker takes the head of a queue, sends it with no transaction open, and keeps what came of it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.domain.access import Actor
from app.domain.events import Event
from app.domain.webhooks import Attempt, DeliveryState, DisabledAs, Parcel, settle
from app.persistence.events import EventReader
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.webhooks.queues import QueueRepository
from app.persistence.webhooks.repository import WebhookRepository

# Longer than a try may take, so that a queue changes hands only when its worker is gone.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A queue in the hands of this worker."""

    webhook_id: UUID
    queue: str
    fence: int


async def claim(uow: UnitOfWork) -> Claim | None:
    """The queue that has been due longest; its lease outlasts one try."""
    taken = await QueueRepository(uow.session).claim(now=uow.now, until=uow.now + LEASE)
    if taken is None:
        return None
    webhook_id, queue, fence = taken
    return Claim(webhook_id=webhook_id, queue=queue, fence=fence)


async def take(uow: UnitOfWork, held: Claim) -> Parcel | None:
    """The next event to send; None once the queue is given back. Raises QueueLost where it is no longer ours.

    What its owner may not see any more is withheld: grants are looked up now, not when the event was queued.
    """
    queues = QueueRepository(uow.session)
    await queues.hold(held.webhook_id, held.queue, held.fence)
    while (found := await queues.head(held.webhook_id, held.queue, held.fence)) is not None:
        parcel, client = found
        if parcel.webhook.disabled_at is not None or client.disabled_at is not None:
            await queues.release(held.webhook_id, held.queue, next_at=uow.now)
            return None
        if await EventReader(uow.session).sees(parcel.event.sequence, visible_to=client.as_actor(client.scopes)):
            await queues.keep(held.webhook_id, held.queue, until=uow.now + LEASE)
            return parcel
        await queues.end(parcel, DeliveryState.WITHHELD, at=uow.now)
    await queues.release(held.webhook_id, held.queue, next_at=None)
    return None


async def keep(uow: UnitOfWork, parcel: Parcel, attempt: Attempt) -> DeliveryState:
    """What came of a try; a failed one pauses its queue, and only that. Raises QueueLost where it is no longer ours."""
    queues = QueueRepository(uow.session)
    await queues.hold(parcel.webhook.id, parcel.queue, parcel.fence)
    await queues.tried(parcel, attempt)
    settled = settle(parcel.tries + 1, attempt)
    if settled.state is not DeliveryState.WAITING:
        await queues.end(parcel, settled.state, at=uow.now)
    if settled.pause is not None:
        await queues.release(parcel.webhook.id, parcel.queue, next_at=uow.now + settled.pause)
    if settled.disables:
        await _disable(uow, parcel.webhook.id)
    return settled.state


async def give_back(uow: UnitOfWork, held: Claim) -> None:
    """Let another worker take the queue at once. Raises QueueLost where it is no longer ours."""
    queues = QueueRepository(uow.session)
    await queues.hold(held.webhook_id, held.queue, held.fence)
    await queues.release(held.webhook_id, held.queue, next_at=uow.now)


async def _disable(uow: UnitOfWork, webhook_id: UUID) -> None:
    """The receiver says that it is gone for good (410)."""
    webhooks = WebhookRepository(uow.session)
    webhook = await webhooks.lock(webhook_id)
    if webhook is None or webhook.disabled_at is not None:
        return
    await webhooks.save(webhook.disable(DisabledAs.GONE, at=uow.now))
    # Told to its owner, whose act it would have been.
    owner = Actor(client_id=str(webhook.client_id))
    event = Event(type="webhook.disabled", subject=str(webhook.id), data={"reason": DisabledAs.GONE.value})
    await uow.record(event, by=owner)

"""Events: relayed once they are committed, queued for the webhooks that want them, and swept when they are old."""

from app.domain.events import KEPT
from app.persistence.events import SequenceRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.webhooks.queues import QueueRepository
from app.persistence.webhooks.repository import WebhookRepository

AT_ONCE = 1000


async def relay(uow: UnitOfWork) -> int:
    """Number what waits and queue it for webhooks, in one transaction; how many events that were."""
    numbered = await SequenceRepository(uow.session).number(now=uow.now, limit=AT_ONCE)
    if numbered is None:
        return 0
    queues = QueueRepository(uow.session)
    for webhook, client in await WebhookRepository(uow.session).enabled():
        await queues.fill(webhook, client.as_actor(client.scopes), numbered, now=uow.now)
    return numbered.last - numbered.after


async def sweep(uow: UnitOfWork) -> int:
    """Forget a portion of the events that are older than readers were promised; how many they were."""
    return await SequenceRepository(uow.session).sweep(before=uow.now - KEPT, limit=AT_ONCE)


async def sweep_queues(uow: UnitOfWork) -> int:
    """Forget queues in which nothing was of late."""
    return await QueueRepository(uow.session).remove_empty()

"""Managing webhooks: made, changed, rested and removed by their clients; secrets are made here and shown once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app.domain.access import Actor
from app.domain.events import Event
from app.domain.webhooks import (
    MOST_WEBHOOKS,
    PINGED,
    DisabledAs,
    TooManyWebhooks,
    Wanted,
    Webhook,
    WebhookDisabled,
    WebhookNeedsClient,
    WebhookStale,
)
from app.integrations.ids import new_id
from app.integrations.webhooks import new_secret
from app.persistence.clients import ClientRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.webhooks.deliveries import Chosen, DeliveryRepository
from app.persistence.webhooks.queues import QueueRepository
from app.persistence.webhooks.repository import WebhookRepository

# Seals what must not lie readable in a table.
Seal = Callable[[bytes], bytes]


async def create(uow: UnitOfWork, wanted: Wanted, *, seal: Seal, by: Actor) -> tuple[Webhook, str]:
    """The webhook and its secret, which is shown once; its owner must be able to see events at all."""
    by.require("events:read")
    owner = await ClientRepository(uow.session).authenticating(by.client_id)
    if owner is None:
        raise WebhookNeedsClient()
    webhooks = WebhookRepository(uow.session)
    if await webhooks.count(visible_to=by) >= MOST_WEBHOOKS:
        raise TooManyWebhooks(most=MOST_WEBHOOKS)
    secret = new_secret()
    made = Webhook(
        id=new_id(),
        client_id=UUID(owner.id),
        wanted=wanted,
        secret=seal(secret.encode()),
        previous=None,
        previous_until=None,
        created_at=uow.now,
        disabled_at=None,
        disabled_as=None,
        version=1,
    )
    await webhooks.add(made)
    await uow.record(_event("webhook.created", made, **_told(wanted)), by=by)
    return made, secret


async def change(uow: UnitOfWork, webhook_id: UUID, wanted: Wanted, *, version: int, by: Actor) -> Webhook:
    """From the next event on; what waits already goes to the new address."""
    found = await _seen(uow, webhook_id, version=version, by=by)
    return await _save(uow, replace(found, wanted=wanted), "webhook.changed", by=by)


async def rotate_secret(
    uow: UnitOfWork, webhook_id: UUID, *, version: int, keep_previous: timedelta, seal: Seal, by: Actor
) -> tuple[Webhook, str]:
    """A new secret; the old one signs beside it for a while, so that receivers can change over."""
    found = await _seen(uow, webhook_id, version=version, by=by)
    secret = new_secret()
    until = uow.now + keep_previous if keep_previous else None
    rotated = found.rotate(secret=seal(secret.encode()), previous_until=until)
    return await _save(uow, rotated, "webhook.secret_rotated", by=by), secret


async def disable(uow: UnitOfWork, webhook_id: UUID, *, version: int, by: Actor) -> Webhook:
    """Nothing is queued any more; what waits goes on when the webhook is enabled again."""
    found = await _seen(uow, webhook_id, version=version, by=by)
    return await _save(uow, found.disable(DisabledAs.BY_OWNER, at=uow.now), "webhook.disabled", by=by)


async def enable(uow: UnitOfWork, webhook_id: UUID, *, version: int, by: Actor) -> Webhook:
    """What was said meanwhile was not queued; whoever wants it reads it with GET /v1/events."""
    found = await _seen(uow, webhook_id, version=version, by=by)
    return await _save(uow, found.enable(), "webhook.enabled", by=by)


async def remove(uow: UnitOfWork, webhook_id: UUID, *, version: int, by: Actor) -> None:
    """With the log of its deliveries."""
    found = await _seen(uow, webhook_id, version=version, by=by)
    await WebhookRepository(uow.session).remove(found)
    await uow.record(_event("webhook.removed", found), by=by)


async def ping(uow: UnitOfWork, webhook_id: UUID, *, by: Actor) -> Webhook:
    """A test event that goes to this webhook the way every event goes."""
    found = await WebhookRepository(uow.session).get(webhook_id, visible_to=by)
    if found.disabled_at is not None:
        raise WebhookDisabled()
    await uow.record(_event(PINGED, found), by=by)
    return found


async def redeliver(uow: UnitOfWork, webhook_id: UUID, chosen: Chosen, *, by: Actor) -> int:
    """Queue deliveries that have ended once more; how many they are."""
    found = await WebhookRepository(uow.session).get(webhook_id, visible_to=by)
    queued = await DeliveryRepository(uow.session).queue_again(found.id, chosen, at=uow.now)
    await QueueRepository(uow.session).hasten(found.id, sorted(set(queued)), now=uow.now)
    await uow.record(_event("webhook.redelivered", found, deliveries=len(queued)), by=by)
    return len(queued)


async def _seen(uow: UnitOfWork, webhook_id: UUID, *, version: int, by: Actor) -> Webhook:
    found = await WebhookRepository(uow.session).get(webhook_id, visible_to=by)
    if found.version != version:
        raise WebhookStale()
    return found


async def _save(uow: UnitOfWork, webhook: Webhook, kind: str, *, by: Actor) -> Webhook:
    saved = await WebhookRepository(uow.session).save(webhook)
    told = _told(saved.wanted) if kind == "webhook.changed" else {}
    await uow.record(_event(kind, saved, **told), by=by)
    return saved


def _told(wanted: Wanted) -> dict[str, object]:
    """Not the address: it may hold a key."""
    enterprise = None if wanted.enterprise_id is None else str(wanted.enterprise_id)
    return {"types": list(wanted.types), "region": wanted.region, "enterprise_id": enterprise}


def _event(kind: str, webhook: Webhook, **data: object) -> Event:
    return Event(type=kind, subject=str(webhook.id), data=data)

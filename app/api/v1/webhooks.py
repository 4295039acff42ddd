"""Webhooks: events pushed to other platforms, signed, in order, tried again, with a log of every delivery."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.options import options_of
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import TokenService, caller
from app.api.transactions import Idempotent, StrictRequest, TransactionalRoute, Unit, router
from app.api.webhook_bodies import (
    DeliveryLog,
    DeliveryPage,
    RedeliveryOut,
    RedeliveryRequest,
    State,
    WebhookOut,
    WebhookPage,
    WebhookRequest,
    WebhookRotation,
    WebhookWithSecret,
    attempt_out,
    delivery_out,
    webhook_out,
)
from app.domain.access import Actor
from app.domain.errors import FieldError
from app.domain.webhooks import DeliveryState, Webhook, WebhookInvalid
from app.integrations.webhooks import Sender, TargetRefused
from app.persistence.webhooks.deliveries import DeliveryRepository
from app.persistence.webhooks.repository import WebhookRepository
from app.services.webhooks import managing


class AddressedRoute(TransactionalRoute):
    """Asks for the addresses of a receiver before the transaction opens: names of others may be slow to resolve."""

    async def read(self, request: StrictRequest) -> None:
        await super().read(request)
        body = await request.json() if self.body_field is not None and await request.body() else None
        if isinstance(body, dict) and isinstance(body.get("url"), str):
            await refuse_inward(body["url"], Sender(private_targets=options_of(request).webhook_private_targets))


routes = router("webhooks", route_class=AddressedRoute)
Reader = Annotated[Actor, Depends(caller("webhooks:read"))]
Writer = Annotated[Actor, Depends(caller("webhooks:write"))]

WORDS = {
    "malformed": ("不是完整的网址", "this is no complete address"),
    "scheme": ("须以 https:// 开头", "it has to begin with https://"),
    "credentials_or_fragment": ("网址中不能有用户名、密码或 #", "no user name, password or # in an address"),
    "unresolved": ("无法解析此主机名", "this host name does not resolve"),
    "private": ("此主机位于内部网络", "this host lies inside a private network"),
}


async def refuse_inward(url: str, sender: Sender) -> None:
    """What would be refused at every delivery is refused at once."""
    try:
        await sender.check(url)
    except TargetRefused as refused:
        zh, en = WORDS[refused.reason]
        error = FieldError(pointer="/url", code=f"url_{refused.reason}", zh=zh, en=en)
        raise WebhookInvalid(errors=[error]) from None


@routes.post("", status_code=201, dependencies=[Idempotent])
async def create_webhook(
    *, body: WebhookRequest, actor: Writer, uow: Unit, tokens: TokenService, response: Response
) -> WebhookWithSecret:
    """Events that happen from now on are pushed; what happened before is read with GET /v1/events."""
    made, secret = await managing.create(uow, body.wanted(), seal=tokens.seal, by=actor)
    response.headers["Location"] = f"/v1/webhooks/{made.id}"
    return with_secret(made, secret, response)


@routes.get("")
async def list_webhooks(actor: Reader, uow: Unit, page: PageQuery) -> WebhookPage:
    """Subscriptions, without their secrets."""
    found = await WebhookRepository(uow.session).newest(visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return WebhookPage(items=[webhook_out(one) for one in items], next_cursor=next_cursor)


@routes.get("/{webhook_id}")
async def get_webhook(webhook_id: UUID, actor: Reader, uow: Unit, response: Response) -> WebhookOut:
    """One subscription and its version, without its secret."""
    return tagged(await WebhookRepository(uow.session).get(webhook_id, visible_to=actor), response)


@routes.put("/{webhook_id}")
async def change_webhook(
    *, webhook_id: UUID, body: WebhookRequest, version: IfMatch, actor: Writer, uow: Unit, response: Response
) -> WebhookOut:
    """Change what a subscription wants to hear, and where."""
    return tagged(await managing.change(uow, webhook_id, body.wanted(), version=version, by=actor), response)


@routes.delete("/{webhook_id}", status_code=204)
async def remove_webhook(webhook_id: UUID, version: IfMatch, actor: Writer, uow: Unit) -> None:
    """With the log of its deliveries."""
    await managing.remove(uow, webhook_id, version=version, by=actor)


@routes.post("/{webhook_id}/secret", dependencies=[Idempotent])
async def rotate_webhook_secret(
    *,
    webhook_id: UUID,
    body: WebhookRotation,
    version: IfMatch,
    actor: Writer,
    uow: Unit,
    tokens: TokenService,
    response: Response,
) -> WebhookWithSecret:
    """Both secrets sign for a while, so that a receiver can change over when it likes."""
    kept = timedelta(hours=body.keep_previous_hours)
    saved, secret = await managing.rotate_secret(
        uow, webhook_id, version=version, keep_previous=kept, seal=tokens.seal, by=actor
    )
    return with_secret(saved, secret, response)


@routes.post("/{webhook_id}/disable")
async def disable_webhook(
    webhook_id: UUID, version: IfMatch, actor: Writer, uow: Unit, response: Response
) -> WebhookOut:
    """Nothing is queued meanwhile; what waits already goes on once it is enabled."""
    return tagged(await managing.disable(uow, webhook_id, version=version, by=actor), response)


@routes.post("/{webhook_id}/enable")
async def enable_webhook(
    webhook_id: UUID, version: IfMatch, actor: Writer, uow: Unit, response: Response
) -> WebhookOut:
    """Send again to a subscription that was disabled."""
    return tagged(await managing.enable(uow, webhook_id, version=version, by=actor), response)


@routes.post("/{webhook_id}/ping", status_code=202, dependencies=[Idempotent])
async def ping_webhook(webhook_id: UUID, actor: Writer, uow: Unit, response: Response) -> WebhookOut:
    """Sends a `webhook.pinged` event to this webhook only; its deliveries tell what came of it."""
    return tagged(await managing.ping(uow, webhook_id, by=actor), response)


@routes.get("/{webhook_id}/deliveries")
async def list_webhook_deliveries(
    *, webhook_id: UUID, actor: Reader, uow: Unit, page: PageQuery, state: Annotated[State | None, Query()] = None
) -> DeliveryPage:
    """What was sent to a subscription, and what came of it."""
    webhook = await WebhookRepository(uow.session).get(webhook_id, visible_to=actor)
    found = await DeliveryRepository(uow.session).newest(
        webhook.id,
        state=None if state is None else DeliveryState(state),
        after=page.after,
        limit=page.limit + 1,
    )
    items, next_cursor = page.cut(found, lambda one: (one.event.sequence,))
    return DeliveryPage(items=[delivery_out(one) for one in items], next_cursor=next_cursor)


@routes.get("/{webhook_id}/deliveries/{event_id}")
async def get_webhook_delivery(webhook_id: UUID, event_id: UUID, actor: Reader, uow: Unit) -> DeliveryLog:
    """One event for a subscription, with every attempt."""
    webhook = await WebhookRepository(uow.session).get(webhook_id, visible_to=actor)
    found = await DeliveryRepository(uow.session).get(webhook.id, event_id)
    return DeliveryLog(delivery=delivery_out(found), log=[attempt_out(one) for one in found.log])


@routes.post("/{webhook_id}/redeliveries", status_code=202, dependencies=[Idempotent])
async def redeliver_webhook_events(
    webhook_id: UUID, body: RedeliveryRequest, actor: Writer, uow: Unit
) -> RedeliveryOut:
    """Of deliveries that have ended; each keeps its id and takes its place in the order of its enterprise again."""
    return RedeliveryOut(deliveries=await managing.redeliver(uow, webhook_id, body.chosen(), by=actor))


def tagged(one: Webhook, response: Response) -> WebhookOut:
    response.headers["ETag"] = etag(one.version)
    return webhook_out(one)


def with_secret(one: Webhook, secret: str, response: Response) -> WebhookWithSecret:
    # Also keeps the answer sealed in the table of request keys.
    response.headers["Cache-Control"] = "no-store"
    return WebhookWithSecret(webhook=tagged(one, response), secret=secret)

"""The subscriptions: seen and changed by the client they belong to, and by nobody else."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, false, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.access import Actor
from app.domain.clients import Client
from app.domain.webhooks import DisabledAs, Wanted, Webhook, WebhookStale, WebhookUnknown
from app.persistence.clients import ClientRow, client_of
from app.persistence.webhooks.rows import WebhookRow


class WebhookRepository:
    """Reads and writes of webhooks."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(self, webhook_id: UUID, *, visible_to: Actor) -> Webhook:
        row = await self.session.scalar(select(WebhookRow).where(WebhookRow.id == webhook_id, _visible(visible_to)))
        if row is None:
            raise WebhookUnknown()
        return webhook_of(row)

    async def newest(self, *, visible_to: Actor, after: tuple[str, ...] | None, limit: int) -> list[Webhook]:
        query = select(WebhookRow).where(_visible(visible_to)).order_by(WebhookRow.id.desc()).limit(limit)
        if after is not None:
            query = query.where(WebhookRow.id < UUID(after[0]))
        return [webhook_of(row) for row in await self.session.scalars(query)]

    async def count(self, *, visible_to: Actor) -> int:
        return await self.session.scalar(select(func.count(WebhookRow.id)).where(_visible(visible_to))) or 0

    async def enabled(self) -> Sequence[tuple[Webhook, Client]]:
        """Those that events are queued for, with their clients as they are now; for the relay."""
        query = (
            select(WebhookRow, ClientRow)
            .join(ClientRow, ClientRow.id == WebhookRow.client_id)
            .where(WebhookRow.disabled_at.is_(None), ClientRow.disabled_at.is_(None))
            .order_by(WebhookRow.id)
            # None of them can be removed before its events are queued.
            .with_for_update(of=WebhookRow, read=True, key_share=True)
        )
        return [(webhook_of(row), client_of(client)) for row, client in await self.session.execute(query)]

    async def lock(self, webhook_id: UUID) -> Webhook | None:
        """For a worker; whoever changes the webhook at the same time waits."""
        row = await self.session.scalar(
            select(WebhookRow)
            .where(WebhookRow.id == webhook_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        return None if row is None else webhook_of(row)

    async def add(self, webhook: Webhook) -> None:
        await self.session.execute(insert(WebhookRow).values(_values(webhook)))

    async def save(self, webhook: Webhook) -> Webhook:
        row = await self.session.scalar(
            update(WebhookRow)
            .where(_same(webhook))
            .values(_values(webhook) | {"version": webhook.version + 1})
            .returning(WebhookRow)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise WebhookStale()
        return webhook_of(row)

    async def remove(self, webhook: Webhook) -> None:
        """With its queues and the log of its deliveries."""
        gone = await self.session.scalar(delete(WebhookRow).where(_same(webhook)).returning(WebhookRow.id))
        if gone is None:
            raise WebhookStale()


def _same(webhook: Webhook) -> ColumnElement[bool]:
    return tuple_(WebhookRow.id, WebhookRow.version) == tuple_(webhook.id, webhook.version)


def _visible(actor: Actor) -> ColumnElement[bool]:
    try:
        return WebhookRow.client_id == UUID(actor.client_id)
    except ValueError:
        # A client of another issuer owns none.
        return false()


def webhook_of(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        client_id=row.client_id,
        wanted=Wanted(
            url=row.url,
            types=tuple(row.types),
            region=row.region,
            enterprise_id=row.enterprise_id,
            description=row.description,
        ),
        secret=row.secret,
        previous=row.previous,
        previous_until=row.previous_until,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        disabled_as=None if row.disabled_as is None else DisabledAs(row.disabled_as),
        version=row.version,
    )


def _values(webhook: Webhook) -> dict[str, Any]:
    wanted = webhook.wanted
    return {
        "id": webhook.id,
        "client_id": webhook.client_id,
        "url": wanted.url,
        "types": list(wanted.types),
        "region": wanted.region,
        "enterprise_id": wanted.enterprise_id,
        "description": wanted.description,
        "secret": webhook.secret,
        "previous": webhook.previous,
        "previous_until": webhook.previous_until,
        "created_at": webhook.created_at,
        "disabled_at": webhook.disabled_at,
        "disabled_as": webhook.disabled_as,
        "version": webhook.version,
    }

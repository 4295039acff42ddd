"""Enterprises about which something was said since they were last decided."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.persistence.decisions.rows import StaleEnterpriseRow
from app.persistence.engine import one_of


class StaleRepository:
    """What has to be decided again."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def mark(self, enterprise_ids: Iterable[UUID], *, since: datetime) -> None:
        rows = [{"enterprise_id": one, "since": since} for one in enterprise_ids]
        if rows:
            await self.session.execute(insert(StaleEnterpriseRow).on_conflict_do_nothing(), rows)

    async def clear(self, enterprise_ids: Sequence[UUID]) -> None:
        await self.session.execute(
            delete(StaleEnterpriseRow).where(one_of(StaleEnterpriseRow.enterprise_id, enterprise_ids))
        )

    async def take(self, limit: int) -> list[UUID]:
        """Some stale enterprises, locked until the end of the transaction so that no other worker takes them."""
        rows = await self.session.scalars(
            select(StaleEnterpriseRow.enterprise_id)
            .order_by(StaleEnterpriseRow.since)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return list(rows)

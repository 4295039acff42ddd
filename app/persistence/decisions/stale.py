"""Enterprises about which something was said since they were last decided."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.persistence.decisions.rows import StaleEnterpriseRow


class StaleRepository:
    """What has to be decided again.

    A mark locks its row until the news commits, and taking removes the row before the snapshot is read: so news that
    commits while a worker decides either is in the snapshot or leaves a mark behind.
    """

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def mark(self, enterprise_ids: Iterable[UUID], *, since: datetime) -> None:
        # In one order, so that two writers never wait for each other in a circle.
        rows = [{"enterprise_id": one, "since": since} for one in sorted(enterprise_ids)]
        if rows:
            statement = insert(StaleEnterpriseRow)
            statement = statement.on_conflict_do_update(
                index_elements=["enterprise_id"], set_={"since": StaleEnterpriseRow.since}
            )
            await self.session.execute(statement, rows)

    async def take(self, limit: int) -> list[UUID]:
        """Remove and return some marks that nobody else holds; they come back if the transaction fails."""
        free = (
            select(StaleEnterpriseRow.enterprise_id)
            .order_by(StaleEnterpriseRow.since)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        rows = await self.session.scalars(
            delete(StaleEnterpriseRow)
            .where(StaleEnterpriseRow.enterprise_id.in_(free))
            .returning(StaleEnterpriseRow.enterprise_id)
        )
        return sorted(rows)

"""Recurring jobs: whichever worker comes first after the hour queues the job, exactly one does."""

from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class RecurringJobRow(Row):
    """When a job is due next."""

    __tablename__ = "recurring_jobs"

    kind: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]


class RecurringJobRepository:
    """Takes a turn when it is due."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def take_turn(self, kind: str, *, now: datetime, every: timedelta) -> bool:
        """True for one caller per interval; a job never run before is due at once."""
        statement = insert(RecurringJobRow).values(kind=kind, next_at=now + every)
        turn = await self.session.scalar(
            statement.on_conflict_do_update(
                index_elements=[RecurringJobRow.kind],
                set_={"next_at": now + every},
                where=RecurringJobRow.next_at <= now,
            ).returning(RecurringJobRow.kind)
        )
        return turn is not None

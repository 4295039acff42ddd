"""Recurring jobs: whichever worker comes first after the hour queues the job, exactly one does; and how they went.

Steady work stands here too, as if every worker's turn at it were a run that no operation was made for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.persistence.engine import Row


class RecurringJobRow(Row):
    """When a job is due next, how it went last, and for jobs about days the last day they dealt with."""

    __tablename__ = "recurring_jobs"

    kind: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    reached: Mapped[date | None]
    operation_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    problem: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringJob:
    """One kind of recurring job: its next turn, and how its last run ended; `failures` in a row."""

    kind: str
    next_at: datetime
    operation_id: UUID | None
    ended_at: datetime | None
    succeeded_at: datetime | None
    outcome: str | None
    problem: Mapping[str, Any] | None
    result: Mapping[str, Any] | None
    failures: int


class RecurringJobRepository:
    """Takes turns when they are due, and remembers how they ended."""

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

    async def ended(
        self,
        kind: str,
        operation_id: UUID | None,
        *,
        outcome: str,
        at: datetime,
        problem: Mapping[str, Any] | None,
        result: Mapping[str, Any] | None,
    ) -> None:
        """Keep how a turn ended, for longer than its operation is kept."""
        good = outcome == "succeeded"
        row = RecurringJobRow
        await self.session.execute(
            update(row)
            .where(row.kind == kind)
            .values(
                operation_id=operation_id,
                ended_at=at,
                succeeded_at=at if good else row.succeeded_at,
                outcome=outcome,
                problem=None if problem is None else dict(problem),
                result=dict(result) if result is not None else row.result,
                failures=0 if good else row.failures + 1,
            )
        )

    async def reached(self, kind: str) -> date | None:
        """The last day a job about days has dealt with; nobody else deals with days until the transaction ends."""
        return await self.session.scalar(
            select(RecurringJobRow.reached).where(RecurringJobRow.kind == kind).with_for_update()
        )

    async def reach(self, kind: str, day: date, *, now: datetime) -> None:
        statement = insert(RecurringJobRow).values(kind=kind, next_at=now, reached=day)
        await self.session.execute(
            statement.on_conflict_do_update(index_elements=[RecurringJobRow.kind], set_={"reached": day})
        )

    async def every(self) -> list[RecurringJob]:
        rows = await self.session.scalars(select(RecurringJobRow).order_by(RecurringJobRow.kind))
        return [
            RecurringJob(
                kind=row.kind,
                next_at=row.next_at,
                operation_id=row.operation_id,
                ended_at=row.ended_at,
                succeeded_at=row.succeeded_at,
                outcome=row.outcome,
                problem=row.problem,
                result=row.result,
                failures=row.failures,
            )
            for row in rows
        ]

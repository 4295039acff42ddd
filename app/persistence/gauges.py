"""What the machines that watch over the service count in the database, each in one short statement."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.persistence.operations import OperationRepository
from app.persistence.recurring_jobs import RecurringJobRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """Numbers of one instant; times in seconds."""

    operations: dict[str, int]
    waiting_seconds: float
    job_failures: dict[str, int]
    job_success_seconds: dict[str, float]
    feed_complete_to: dict[str, date]


async def gauges(session: AsyncSession, now: datetime) -> Gauges:
    operations = OperationRepository(session)
    waiting = await operations.waiting_since(now)
    jobs = await RecurringJobRepository(session).every()
    complete: dict[str, str | None] = {}
    for job in jobs:
        complete |= (job.result or {}).get("complete_to", {})
    return Gauges(
        operations=await operations.count_by_state(),
        waiting_seconds=0.0 if waiting is None else (now - waiting).total_seconds(),
        job_failures={one.kind: one.failures for one in jobs},
        job_success_seconds={
            one.kind: (now - one.succeeded_at).total_seconds() for one in jobs if one.succeeded_at is not None
        },
        feed_complete_to={source: date.fromisoformat(day) for source, day in complete.items() if day is not None},
    )

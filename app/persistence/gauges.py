"""What the machines that watch over the service count in the database, each in one short statement."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Integer, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.persistence.feed.batches import FeedBatchRow, FeedReportRow
from app.persistence.operations import OperationRepository
from app.persistence.recurring_jobs import RecurringJobRepository

OUTCOMES = ("new", "changed", "unchanged", "stale", "superseded", "parked", "rejected")
FEED_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """Numbers of one instant; times in seconds."""

    operations: dict[str, int]
    waiting_seconds: float
    job_failures: dict[str, int]
    job_success_seconds: dict[str, float]
    feed_rows: dict[tuple[str, str], int]
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
        feed_rows=await _feed_rows(session, now - FEED_WINDOW),
        feed_complete_to={source: date.fromisoformat(day) for source, day in complete.items() if day is not None},
    )


async def _feed_rows(session: AsyncSession, since: datetime) -> dict[tuple[str, str], int]:
    """Rows of the batches that came since, by source and what became of them."""
    counts = [func.coalesce(func.sum(FeedReportRow.report[name].astext.cast(Integer)), 0) for name in OUTCOMES]
    rows = await session.execute(
        select(FeedBatchRow.source, *counts)
        .join(FeedReportRow, FeedReportRow.batch_id == FeedBatchRow.id)
        .where(FeedBatchRow.id >= _first_id(since), FeedReportRow.state == "merged")
        .group_by(FeedBatchRow.source)
    )
    return {(row[0], name): row[at] for row in rows for at, name in enumerate(OUTCOMES, start=1)}


def _first_id(since: datetime) -> UUID:
    """Ids begin with the millisecond they were made in."""
    return UUID(int=int(since.timestamp() * 1000) << 80)

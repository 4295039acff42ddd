"""The feed in the background: kept batches merge, parked rows land, days close, months are made ahead."""

from dataclasses import asdict
from itertools import groupby
from typing import Any
from uuid import UUID

from app.domain.periods import civil_day
from app.jobs.context import JobContext
from app.persistence.feed.batches import BatchRepository
from app.persistence.feed.partitions import ahead, ensure_partitions
from app.persistence.feed.sources import SourceRepository
from app.services.feed import closing, deferring, reconciling
from app.services.feed.receiving import Feed


async def make_partitions(job: JobContext) -> dict[str, Any]:
    """The months to come, so that no reading waits for one."""
    async with job.unit() as unit:
        made = await ensure_partitions(unit.session, ahead(civil_day(unit.now)))
    return {"made": made}


async def merge_feed_batch(job: JobContext) -> dict[str, Any]:
    """Running again finds the report that is there."""
    feed, batch_id = Feed(job.sessions), UUID(str(job.payload["batch_id"]))
    strict = bool(job.payload["strict"])
    async with job.unit() as unit:
        report = await deferring.merge_stored(unit, feed, batch_id, strict=strict, by=job.actor)
    return {"batch_id": str(batch_id), **asdict(report)}


async def replay_parked_rows(job: JobContext) -> dict[str, Any]:
    """Batch by batch in the order in which they came."""
    feed, source = Feed(job.sessions), str(job.payload["source"])
    async with job.unit() as unit:
        waiting = await BatchRepository(unit.session).parked(source, list(job.payload["keys"]))
    replayed: list[dict[str, Any]] = []
    for batch_id, pairs in groupby(waiting, key=lambda one: one[0]):
        async with job.unit() as unit:
            keys = [key for _, key in pairs]
            report = await deferring.replay_parked(unit, feed, batch_id, keys, by=job.actor)
        replayed.append(
            {"batch_id": str(batch_id), "new": report.new, "changed": report.changed, "stale": report.stale}
        )
        await job.progress(len(replayed))
    return {"source": source, "batches": replayed}


async def close_feed_days(job: JobContext) -> dict[str, Any]:
    """Fold what is over, source by source, a portion in each transaction; then ask for what is missing."""
    async with job.unit() as unit:
        sources = await SourceRepository(unit.session).every(visible_to=job.actor)
    readings = asked = 0
    complete: dict[str, str | None] = {}
    for source in sources:
        while True:
            async with job.unit() as unit:
                folded = await closing.fold(unit, source, by=job.actor)
            if folded == 0:
                break
            readings += folded
            await job.progress(readings)
        async with job.unit() as unit:
            asked += await closing.ask_for_gaps(unit, source, by=job.actor)
            reached = (await reconciling.watermark(unit, source)).complete_to
            complete[source.name] = None if reached is None else reached.isoformat()
    return {"sources": len(sources), "readings": readings, "asked": asked, "complete_to": complete}

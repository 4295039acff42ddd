"""Settling in the background: days pass without an act, and what they left unserved moves on."""

from typing import Any

from app.domain.periods import civil_day, season_of
from app.jobs.context import JobContext
from app.persistence.ledger.repository import LedgerRepository
from app.services.decisions import settling

BATCH = 200


async def settle_ledgers(job: JobContext) -> dict[str, Any]:
    """Settle every ledger of the season, and those of earlier ones in which something is still due."""
    async with job.unit() as unit:
        waiting = await LedgerRepository(unit.session).open(season_of(civil_day(unit.now)))
    total = sum(len(ids) for ids in waiting.values())
    done = settled = 0
    for (pack, season), ids in waiting.items():
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            async with job.unit() as unit:
                settled += await settling.settle_again(unit, part, pack, season, by=job.actor)
            done += len(part)
            await job.progress(done, total)
    return {"ledgers": total, "settled": settled}

"""Deciding again whatever became stale, and what follows: doubts about listed entries, orders that say something else."""

from typing import Any

from app.domain.periods import civil_day, season_of
from app.jobs.context import JobContext
from app.jobs.decide import packs_in_force
from app.jobs.serve_orders import serve_again
from app.persistence.decisions.stale import StaleRepository
from app.persistence.recurring_jobs import RecurringJobRepository
from app.persistence.warnings import WarningRepository
from app.services.decisions import deciding
from app.services.exemptions import doubting

STALE_BATCH = 200
PASSED = "mark_passed_days"


async def mark_passed_days(job: JobContext) -> dict[str, Any]:
    """Mark whom a day that has come concerns, for nobody says anything when a fact or an act begins or runs out.

    Decisions hold for their days beforehand; orders, doubts and a season nobody was decided in yet do not. Every day is
    looked at once, however long no worker ran; where none was looked at before, or a new season begins, it is everybody.
    """
    async with job.unit() as unit:
        today, turns = civil_day(unit.now), RecurringJobRepository(unit.session)
        reached = await turns.reached(PASSED)
        if reached is not None and reached >= today:
            return {"days": 0}
        stale = StaleRepository(unit.session)
        if reached is None or season_of(reached) != season_of(today):
            await stale.mark_everybody(since=unit.now)
        else:
            await stale.mark_passed(reached, today, since=unit.now)
            # A plan's own windows and deadlines may change what a warning demands.
            for region in await WarningRepository(unit.session).open_regions():
                await stale.mark_region(region, since=unit.now)
        await turns.reach(PASSED, today, now=unit.now)
    return {"days": 1 if reached is None else (today - reached).days}


async def redecide_stale(job: JobContext) -> dict[str, Any]:
    """Decide again every enterprise about which something new is known."""
    redecided = 0
    while True:
        async with job.unit() as unit:
            default = await packs_in_force(unit, season_of(civil_day(job.clock())))
            ids = await deciding.redecide_stale(unit, limit=STALE_BATCH, by=job.actor, default=default)
            await doubting.doubt(unit, ids, by=job.actor)
            await serve_again(unit, ids, by=job.actor)
        if not ids:
            return {"redecided": redecided}
        redecided += len(ids)
        await job.progress(redecided)

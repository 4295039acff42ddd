"""Duties in the background: made from plans, decisions and warnings; told when due soon or late; contacts erased in time."""

from typing import Any

from app.domain.periods import civil_day, season_of
from app.jobs.context import JobContext
from app.persistence.policies import PackRepository
from app.services.duties import contacts, filling, making, reminding


async def make_duties(job: JobContext) -> dict[str, Any]:
    """Make the duties of the season again for every plan about which something changed, and file what was done before.

    Running twice changes nothing.
    """
    season = season_of(civil_day(job.clock()))
    async with job.unit() as unit:
        names = await PackRepository(unit.session).in_force(season)
        await making.retire(unit, names, season)
    made = [name for name in names if await _make(job, name, season)]
    return {"season": season, "packs": made, "filled": await _fill(job, season)}


async def _make(job: JobContext, name: str, season: int) -> bool:
    async with job.unit() as unit:
        work = await making.begin(unit, name, season)
    if work is None:
        return False
    async with job.unit() as unit:
        after = await making.owe(unit, work, None)
    while after is not None:
        await job.progress(job.done + making.BATCH)
        async with job.unit() as unit:
            after = await making.owe(unit, work, after)
    async with job.unit() as unit:
        await making.end(unit, work)
    return True


async def _fill(job: JobContext, season: int) -> int:
    async with job.unit() as unit:
        await filling.wait(unit)
    filled, after = 0, None
    while True:
        async with job.unit() as unit:
            count, after = await filling.fill_some(unit, season, after, by=job.actor)
        filled += count
        if after is None:
            return filled
        await job.progress(job.done + count)


async def remind(job: JobContext) -> dict[str, Any]:
    """Tell, once each, what is due soon and what is late."""
    told = dict.fromkeys(map(str, reminding.STAGES), 0)
    for stage in reminding.STAGES:
        while True:
            async with job.unit() as unit:
                found = await reminding.remind(unit, stage, by=job.actor)
            if not found:
                break
            told[stage] += found
            await job.progress(sum(told.values()))
    return told


async def erase_contacts(job: JobContext) -> dict[str, Any]:
    """Erase what is personal in contacts that ended long enough ago."""
    erased, after = 0, None
    while True:
        async with job.unit() as unit:
            count, after = await contacts.erase(unit, after, by=job.actor)
        erased += count
        if after is None:
            return {"erased": erased}
        await job.progress(erased)

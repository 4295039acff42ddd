"""The simulation of a draft: a region's register or a table, decided portion by portion under both plans."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import orjson

from app.documents.rejections import Wrong
from app.documents.workbook import XLSX
from app.domain.decisions.subjects import Subject
from app.domain.enterprises.columns import SHEETS, RowLevel
from app.domain.errors import Refusal
from app.domain.policies.facts import Catalogue
from app.integrations.geometry import BuiltUpRuler
from app.jobs.context import JobCancelled, JobContext
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.known_facts import known_facts
from app.persistence.simulations import SimulationRepository, StoredSimulation
from app.services import simulations
from app.services.enterprises import imports
from app.services.enterprises.assembling import Assembler
from app.services.enterprises.files import Gathered, gather

# Big enough that queries cost little beside the work, small enough that progress moves and cancelling is quick.
BATCH = 300
ERRORS_SHOWN = 1000


async def simulate(job: JobContext) -> dict[str, Any]:
    """Running again begins anew, unless the result already stands."""
    given = orjson.loads((await job.upload()).content)
    async with job.unit() as unit:
        repository = SimulationRepository(unit.session)
        work = await simulations.made_ready(unit, job.payload, given["draft"], known_at=job.operation.created_at)
        known = await repository.find(work.id, visible_to=job.actor)
        if known is not None:
            return answer(known)
        await repository.forget_changes(work.id)
    population = Table(job, given["table"], work) if given["table"] else Register(job, work)
    try:
        async for trees, done, total in population.portions():
            changes = await asyncio.to_thread(work.portion, trees)
            async with job.unit() as unit:
                await simulations.keep_portion(unit, work, changes)
            await job.progress(done, total)
        async with job.unit() as unit:
            made = await simulations.finish(unit, work, rejected=population.rejected(), by=job.actor)
    except (JobCancelled, Refusal):
        async with job.unit() as unit:
            await SimulationRepository(unit.session).forget_changes(work.id)
        raise
    return answer(made)


def answer(made: StoredSimulation) -> dict[str, Any]:
    return {
        "simulation_id": str(made.id),
        "simulation_url": f"/v1/simulations/{made.id}",
        "subjects": made.summary["subjects"],
        "changed": made.summary["changed"],
    }


Portions = AsyncIterator[tuple[list[Subject], int, int]]


class Register:
    """The enterprises of a region that the caller sees, as known when the simulation was asked for."""

    def __init__(self, job: JobContext, work: simulations.Work) -> None:
        self.job = job
        self.work = work

    async def portions(self) -> Portions:
        job, region = self.job, str(self.job.payload["region"])
        async with job.unit() as unit:
            total = len(await EnterpriseReader(unit.session).ids(region, visible_to=job.actor))
        done, after = 0, None
        while True:
            async with job.unit() as unit:
                reader = SnapshotReader(unit.session, ruler=BuiltUpRuler)
                known_at = self.work.known_at
                trees = await reader.snapshots(
                    region, known_at=known_at, visible_to=job.actor, after=after, limit=BATCH
                )
            if not trees:
                return
            done += len(trees)
            after = UUID(trees[-1]["id"])
            yield trees, min(done, total), total

    def rejected(self) -> dict[str, Any]:
        return {"rejected_rows": 0, "errors": [], "errors_left_out": 0}


class Table:
    """The enterprises of a file in the form of the register's template; none of them is registered."""

    def __init__(self, job: JobContext, table: Mapping[str, Any], work: simulations.Work) -> None:
        self.job = job
        self.table = table
        self.work = work
        self.wrong: list[Wrong] = []

    async def portions(self) -> Portions:
        job = self.job
        async with job.unit() as unit:
            catalogue = await known_facts(unit.session)
            # A draft's own facts may stand in the table before any plan that asks them is published.
            drafted = self.work.comparison.after.evaluator.pack.catalogue.facts.values()
            catalogue = catalogue.extended(fact for fact in drafted if fact.name not in catalogue)
            yardsticks = await imports.measure(unit, by=job.actor, catalogue=catalogue)
        gathered = await asyncio.to_thread(_gathered, self.table, catalogue)
        self.wrong += gathered.wrong
        assembler, done = Assembler(yardsticks), 0
        for codes in imports.portions(gathered):
            done += sum(len(gathered.rows[code]) for code in codes)
            async with job.unit() as unit:
                made = await assembler.of(unit, {code: gathered.drafts(code) for code in codes})
            self.wrong += [Wrong(one.place.sheet, one.place.line, one.error) for one in made.rejected]
            for code in codes:
                gathered.landed(code)
            yield made.trees, min(done, gathered.total), gathered.total

    def rejected(self) -> dict[str, Any]:
        wrong = sorted(self.wrong, key=lambda one: (one.sheet, one.line))
        shown = [
            one.as_json("zh") | {"message": {"zh": one.error.zh, "en": one.error.en}} for one in wrong[:ERRORS_SHOWN]
        ]
        return {
            "rejected_rows": len({(one.sheet, one.line) for one in wrong}),
            "errors": shown,
            "errors_left_out": max(0, len(wrong) - ERRORS_SHOWN),
        }


def _gathered(table: Mapping[str, Any], catalogue: Catalogue) -> Gathered:
    """One workbook, or one CSV text for each level."""
    if table.get("xlsx"):
        return gather(b64decode(table["xlsx"]), XLSX, None, catalogue)
    found = Gathered("text/csv")
    levels: list[RowLevel] = [level for level in SHEETS if table["csv"].get(level)]
    for level in levels:
        one = gather(table["csv"][level].encode(), "text/csv", level, catalogue)
        found.total += one.total
        found.headers |= one.headers
        found.wrong += one.wrong
        for code, rows in one.rows.items():
            found.rows.setdefault(code, []).extend(rows)
    return found

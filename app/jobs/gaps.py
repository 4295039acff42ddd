"""Gaps in the background: one exemption list against every enterprise of its region, as known now."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

import orjson

from app.documents.criteria import gap_document
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.gaps import gaps
from app.domain.decisions.subjects import Subject
from app.domain.errors import Language
from app.jobs.context import JobContext
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.services.decisions import deciding

BATCH = 300
# The answer stays readable; who has more gaps than this has another problem than their order.
GAPS_SHOWN = 2000


async def find_list_gaps(job: JobContext) -> dict[str, Any]:
    """Who meets a criterion and is not listed, and who is listed and meets none any more."""
    payload = job.payload
    async with job.unit() as unit:
        ids = await EnterpriseReader(unit.session).ids(str(payload["region"]), visible_to=job.actor)
        work = await deciding.task(unit, str(payload["pack"]), int(payload["season"]))
    day, language = date.fromisoformat(str(payload["day"])), cast("Language", payload["language"])
    found: list[dict[str, Any]] = []
    for start in range(0, len(ids), BATCH):
        trees = await _trees(job, ids[start : start + BATCH])
        found += await asyncio.to_thread(_gaps, work.evaluator, trees, day, language)
        await job.progress(min(start + BATCH, len(ids)), len(ids))
    found.sort(key=lambda one: not one["defect"])
    return {
        "list_id": payload["list_id"],
        "day": day.isoformat(),
        "enterprises": len(ids),
        "defects": sum(one["defect"] for one in found),
        "gaps": found[:GAPS_SHOWN],
        "left_out": max(0, len(found) - GAPS_SHOWN),
    }


async def _trees(job: JobContext, ids: Sequence[UUID]) -> list[Subject]:
    async with job.unit() as unit:
        snapshots = SnapshotRepository(unit.session)
        _, out_of_date = await snapshots.newest(ids)
        if out_of_date:
            await deciding.take_snapshots(unit, sorted(out_of_date), by=job.actor)
        heads, _ = await snapshots.newest(ids)
        documents = await snapshots.documents(heads)
    return [orjson.loads(document) for document in documents.values()]


def _gaps(evaluator: Evaluator, trees: Sequence[Subject], day: date, language: Language) -> list[dict[str, Any]]:
    return [
        gap_document(gap, {name: tree[name] for name in ("id", "code", "name")}, evaluator.pack, language)
        for tree in trees
        for gap in gaps(evaluator, tree, day=day)
    ]

"""Reviewing in the background: one plan over every enterprise of a region, as known now."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

import orjson

from app.documents.review import review_document
from app.domain.acts.effects import Effect
from app.domain.decisions.review import Review
from app.domain.decisions.subjects import Subject
from app.domain.errors import Language
from app.jobs.context import JobContext
from app.persistence.acts.in_force import InForceReader
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions import deciding

BATCH = 300


async def review_region(job: JobContext) -> dict[str, Any]:
    """Whom no rule reaches, which rules meet nobody, and who is alike but not treated alike."""
    async with job.unit() as unit:
        ids = await EnterpriseReader(unit.session).ids(str(job.payload["region"]), visible_to=job.actor)
        work = await deciding.task(unit, str(job.payload["pack"]), int(job.payload["season"]))
    review = Review(work.evaluator.pack)
    day = date.fromisoformat(str(job.payload["day"]))
    for start in range(0, len(ids), BATCH):
        async with job.unit() as unit:
            known = await _known(unit, job, work, ids[start : start + BATCH])
        await asyncio.to_thread(_take_in, review, known, work, day)
        await job.progress(min(start + BATCH, len(ids)), len(ids))
    return review_document(review, cast("Language", job.payload["language"]))


async def _known(
    unit: UnitOfWork, job: JobContext, work: deciding.Task, ids: Sequence[UUID]
) -> list[tuple[Subject, Sequence[Effect]]]:
    """What is known of some enterprises now, with the acts in force."""
    snapshots = SnapshotRepository(unit.session)
    _, out_of_date = await snapshots.newest(ids)
    if out_of_date:
        await deciding.take_snapshots(unit, sorted(out_of_date), by=job.actor)
    heads, _ = await snapshots.newest(ids)
    documents = await snapshots.documents(heads)
    acts = await InForceReader(unit.session).known(list(documents), work.pack.name, work.season, known_at=unit.now)
    return [(orjson.loads(document), acts.get(one, [])) for one, document in documents.items()]


def _take_in(review: Review, known: list[tuple[Subject, Sequence[Effect]]], work: deciding.Task, day: date) -> None:
    for tree, acts in known:
        decisions = work.evaluator.evaluate(tree, season=work.season, day=day, acts=acts)
        review.add(decisions, work.evaluator)

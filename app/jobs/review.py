"""Reviewing in the background: one plan over every enterprise of a region, as known now."""

import asyncio
from datetime import date
from typing import Any, cast
from uuid import UUID

import orjson

from app.documents.review import review_document
from app.domain.access import region_prefix
from app.domain.acts import Determination
from app.domain.decisions.review import Review
from app.domain.decisions.subjects import Subject
from app.domain.errors import Language
from app.jobs.context import JobContext
from app.jobs.decide import bring_up_to_date
from app.persistence.acts import ActRepository
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions import deciding

BATCH = 300


async def review_region(job: JobContext) -> dict[str, Any]:
    """Whom no rule reaches, which rules meet nobody, and who is alike but not treated alike."""
    prefix = region_prefix(str(job.payload["region"]))
    async with job.unit() as unit:
        total = await SnapshotRepository(unit.session).count(prefix, visible_to=job.actor)
        work = await deciding.task(unit, str(job.payload["pack"]), int(job.payload["season"]))
    await bring_up_to_date(job, prefix, 2 * total)
    review = Review(work.evaluator.pack)
    day = date.fromisoformat(str(job.payload["day"]))
    done = 0
    after: UUID | None = None
    while True:
        async with job.unit() as unit:
            decided, after = await _decided(unit, job, work, prefix, after)
        if after is None:
            return review_document(review, cast("Language", job.payload["language"]))
        await asyncio.to_thread(_take_in, review, decided, work, day)
        done += len(decided)
        await job.progress(min(total + done, 2 * total), 2 * total)


async def _decided(
    unit: UnitOfWork, job: JobContext, work: deciding.Task, prefix: str, after: UUID | None
) -> tuple[list[tuple[Subject, list[Determination]]], UUID | None]:
    """The next enterprises as known, with the acts in force, and the last of them; None behind the end."""
    snapshots = SnapshotRepository(unit.session)
    heads = await snapshots.newest(prefix, visible_to=job.actor, after=after, limit=BATCH)
    if not heads:
        return [], None
    documents = await snapshots.documents(heads)
    acts = await ActRepository(unit.session).in_force(list(documents), work.pack.name, work.season, known_at=unit.now)
    known = [(orjson.loads(document), acts.get(one, [])) for one, document in documents.items()]
    return known, heads[-1].enterprise_id


def _take_in(review: Review, known: list[tuple[Subject, list[Determination]]], work: deciding.Task, day: date) -> None:
    for tree, acts in known:
        decisions = work.evaluator.evaluate(tree, season=work.season, day=day, acts=acts)
        review.add(decisions, work.evaluator)

"""Checking and publishing packs: seconds of work that no request waits for."""

import asyncio
from typing import Any

import orjson

from app.documents.catalogue import base_catalogue
from app.documents.pack_check import Report, check_pack, document_of
from app.domain.policies.drafts import Draft
from app.jobs.context import JobContext
from app.persistence.policies import StoredPack
from app.services.policies import drafting, publishing


async def check_policy_pack(job: JobContext) -> dict[str, Any]:
    """The report of texts that are not stored."""
    given = orjson.loads((await job.upload()).content)
    report = await asyncio.to_thread(check_pack, given["pack"], given["scenarios"], base_catalogue())
    return document_of(report)


async def check_policy_draft(job: JobContext) -> dict[str, Any]:
    """The report of a draft, which remembers it."""
    async with job.unit() as unit:
        draft = await drafting.open_draft(unit, str(job.payload["name"]), str(job.payload["version"]), by=job.actor)
    return document_of(await _checked(job, draft))


async def publish_policy_draft(job: JobContext) -> dict[str, Any]:
    """Publish what passes; what fails is refused with every reason, and the draft remembers them."""
    wanted = publishing.Wanted(**job.payload)
    async with job.unit() as unit:
        found = await publishing.wanted_draft(unit, wanted, by=job.actor)
    if isinstance(found, StoredPack):
        return _published(found)
    report = await _checked(job, found)
    async with job.unit() as unit:
        return _published(await publishing.publish_draft(unit, wanted, report, by=job.actor))


async def _checked(job: JobContext, draft: Draft) -> Report:
    report = await asyncio.to_thread(check_pack, draft.texts.pack, draft.texts.scenarios, base_catalogue())
    async with job.unit() as unit:
        await drafting.keep_report(unit, draft, report, by=job.actor)
    return report


def _published(pack: StoredPack) -> dict[str, Any]:
    return {"name": pack.name, "version": pack.version, "hash": pack.hash, "supersedes": pack.supersedes}

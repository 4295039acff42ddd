"""Checking and publishing packs: seconds of work that no request waits for."""

import asyncio
from typing import Any

import orjson

from app.documents.catalogue import base_catalogue
from app.documents.pack_check import check_pack, document_of
from app.jobs.context import JobContext
from app.services import policies


async def check_policy_pack(job: JobContext) -> dict[str, Any]:
    """The report; nothing is published."""
    given = orjson.loads((await job.upload()).content)
    report = await asyncio.to_thread(check_pack, given["pack"], given["scenarios"], base_catalogue())
    return document_of(report)


async def publish_policy_pack(job: JobContext) -> dict[str, Any]:
    """Publish what passes; what fails is refused with every reason and nothing is stored."""
    given = orjson.loads((await job.upload()).content)
    async with job.unit() as unit:
        pack = await policies.publish(
            unit, given["pack"], given["scenarios"], base_catalogue(), by=job.actor, now=unit.now
        )
    return {"name": pack.name, "version": pack.version, "hash": pack.hash}

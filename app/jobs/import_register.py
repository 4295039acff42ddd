"""The import of a file into the register: read in a thread of its own, landed portion by portion."""

import asyncio
from typing import Any

from app.jobs.context import JobContext
from app.persistence.known_facts import known_facts
from app.services.enterprises import imports
from app.services.enterprises.files import gather, rejected_file


async def import_register(job: JobContext) -> dict[str, Any]:
    """A crash loses nothing: what has landed is found again and left as it is."""
    async with job.unit() as unit:
        catalogue = await known_facts(unit.session)
    upload = await job.upload()
    payload = job.payload
    # Unpacking takes seconds, and the lease must be renewed meanwhile.
    gathered = await asyncio.to_thread(gather, upload.content, payload["media_type"], payload["level"], catalogue)
    async with job.unit() as unit:
        by = await imports.measure(unit, by=job.actor, catalogue=catalogue)
    report, done = imports.Report(), len(gathered.rejected)
    await job.progress(done, gathered.total)
    for codes in imports.portions(gathered):
        async with job.unit() as unit:
            done += await imports.land_portion(unit, gathered, codes, report, by=by)
        await job.progress(done, gathered.total)
    file = await asyncio.to_thread(rejected_file, gathered, payload["language"])
    if file is not None:
        content, media_type, name = file
        await job.keep_file(content, media_type=media_type, name=name)
    return report.as_json(gathered, payload["language"])

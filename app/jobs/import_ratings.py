"""The import of a published list of ratings: read in a thread of its own, landed portion by portion."""

import asyncio
from typing import Any

from app.documents.rating_list import read_rating_list
from app.jobs.context import JobContext
from app.persistence.known_facts import known_facts
from app.services.ratings import importing


async def import_ratings(job: JobContext) -> dict[str, Any]:
    """A crash loses nothing: what has landed says the same already and is left as it is."""
    async with job.unit() as unit:
        catalogue = await known_facts(unit.session)
    upload = await job.upload()
    language = job.payload["language"]
    listed = await asyncio.to_thread(read_rating_list, upload.content, job.payload["media_type"])
    report, done = importing.Report(), 0
    await job.progress(done, len(listed.rows))
    for rows in importing.portions(listed):
        async with job.unit() as unit:
            await importing.land_portion(unit, listed, rows, report, by=job.actor, catalogue=catalogue)
        done += len(rows)
        await job.progress(done, len(listed.rows))
    file = await asyncio.to_thread(listed.returned, language)
    if file is not None:
        content, media_type, name = file
        await job.keep_file(content, media_type=media_type, name=name)
    return report.as_json(listed, language)

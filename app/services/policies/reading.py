"""Reading a version as a pack, whether it is published or still a draft."""

import asyncio
from dataclasses import replace

from app.documents.catalogue import base_catalogue
from app.documents.pack import PackRefused, read_pack
from app.documents.pack_check import report_of
from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.policies.pack import Pack
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.policies.drafting import open_draft
from app.services.policies.publishing import PackFails, reasons


async def pack_of(uow: UnitOfWork, name: str, version: str, *, by: Actor) -> Pack:
    """A version as it is published, or as its draft stands; raises PackFails when a draft is no pack yet."""
    packs = PackRepository(uow.session)
    if any(one.head.version == version for one in await packs.versions(name)):
        stored = await packs.version(name, version)
        return evaluator_of(stored.document, stored.hash).pack
    draft = await open_draft(uow, name, version, by=by)
    try:
        read = await asyncio.to_thread(read_pack, draft.texts.pack, base_catalogue())
    except PackRefused as refused:
        raise PackFails(errors=reasons(report_of(refused))) from refused
    # The hash is of what will be published, scenarios included: a draft has none yet.
    return replace(read.pack, hash="")

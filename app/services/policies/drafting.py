"""Drafting: texts are kept however wrong they are, changed by whoever saw the newest, and checked as often as wanted."""

import asyncio

import orjson

from app.documents.draft import readable, readable_head, texts_of
from app.documents.pack_check import Report, document_of
from app.domain.access import Actor
from app.domain.events import Event
from app.domain.operations import Operation
from app.domain.policies.drafts import (
    Draft,
    DraftRenamed,
    DraftReport,
    DraftStale,
    PackOfAnotherRegion,
    PackPublished,
    PackVersionUnknown,
)
from app.integrations.ids import new_id
from app.persistence.policies import PackRepository
from app.persistence.policies.drafts import DraftRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations


async def draft(uow: UnitOfWork, pack: str, scenarios: str | None, *, by: Actor) -> Draft:
    """Keep the texts of a new version; raises when they are no YAML, name no version, or the version is there."""
    # A large text takes a second to read: the event loop must not wait for it.
    head = await asyncio.to_thread(readable_head, pack, scenarios)
    refuse_foreign(head.region, by=by)
    if any(one.head.version == head.version for one in await PackRepository(uow.session).versions(head.name)):
        raise PackPublished(name=head.name, version=head.version)
    made = Draft(
        id=new_id(),
        name=head.name,
        version=head.version,
        region=head.region,
        title=head.title,
        texts=texts_of(pack, scenarios),
        created_at=uow.now,
        created_by=by.client_id,
        changed_at=uow.now,
        changed_by=by.client_id,
    )
    await DraftRepository(uow.session).add(made)
    await uow.record(event("policy.drafted", made), by=by)
    return made


async def rewrite(uow: UnitOfWork, seen: Draft, pack: str, scenarios: str | None, *, by: Actor) -> Draft:
    """Replace the texts of a draft; sending the same texts changes nothing."""
    head = await asyncio.to_thread(readable_head, pack, scenarios)
    if (head.name, head.version) != (seen.name, seen.version):
        raise DraftRenamed(name=seen.name, version=seen.version)
    refuse_foreign(head.region, by=by)
    texts = texts_of(pack, scenarios)
    if texts.hash == seen.texts.hash:
        return seen
    changed = seen.rewritten(texts, region=head.region, title=head.title, at=uow.now, by=by.client_id)
    saved = await DraftRepository(uow.session).save(changed)
    await uow.record(event("policy.draft_changed", saved), by=by)
    return saved


async def remove(uow: UnitOfWork, seen: Draft, *, by: Actor) -> None:
    """Take a draft away; the audit keeps that it was there."""
    await DraftRepository(uow.session).remove(seen)
    await uow.record(event("policy.draft_removed", seen), by=by)


async def open_draft(uow: UnitOfWork, name: str, version: str, *, by: Actor) -> Draft:
    """The draft of a version; raises PackPublished when it is one no longer, PackVersionUnknown when it never was."""
    found = await DraftRepository(uow.session).find(name, version, visible_to=by)
    if found is not None:
        return found
    published = await PackRepository(uow.session).versions(name)
    if any(one.head.version == version for one in published):
        raise PackPublished(name=name, version=version)
    raise PackVersionUnknown(name=name, version=version)


async def seen_draft(uow: UnitOfWork, name: str, version: str, *, revision: int, by: Actor) -> Draft:
    """The draft its caller has read; raises DraftStale when it has moved on since."""
    found = await open_draft(uow, name, version, by=by)
    if found.revision != revision:
        raise DraftStale()
    return found


async def start_text_check(uow: UnitOfWork, pack: str, scenarios: str | None, *, by: Actor) -> Operation:
    """Queue the checks of texts nobody keeps; what is no YAML is refused at once."""
    await asyncio.to_thread(readable, pack, scenarios)
    upload = orjson.dumps({"pack": pack, "scenarios": scenarios})
    return await operations.start(uow, kind="check_pack", payload={}, by=by, now=uow.now, upload=upload)


async def start_draft_check(uow: UnitOfWork, name: str, version: str, *, by: Actor) -> Operation:
    """Queue the checks of a draft as it is when they begin."""
    await open_draft(uow, name, version, by=by)
    payload = {"name": name, "version": version}
    return await operations.start(uow, kind="check_draft", payload=payload, by=by, now=uow.now)


async def keep_report(uow: UnitOfWork, checked: Draft, report: Report, *, by: Actor) -> None:
    """Let the draft remember what the checks said, and of which texts."""
    kept = DraftReport(hash=checked.texts.hash, at=uow.now, document=document_of(report))
    if await DraftRepository(uow.session).keep_report(checked, kept):
        found = {"hash": kept.hash, "passes": report.passes}
        await uow.record(event("policy.checked", checked, **found), by=by)


def refuse_foreign(region: str | None, *, by: Actor) -> None:
    """Nobody writes the plans of a region they cannot see."""
    if region is not None and not by.sees_region(region):
        raise PackOfAnotherRegion(region=region)


def event(kind: str, about: Draft, **data: object) -> Event:
    return Event(
        type=kind,
        subject=str(about.id),
        region=about.region,
        data={"name": about.name, "version": about.version, "revision": about.revision, **data},
    )

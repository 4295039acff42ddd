"""Publishing and retiring: only what passes every check, never the same version twice, and a person ends what was begun."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from app.documents.draft import texts_of
from app.documents.pack import PackText
from app.documents.pack_check import Report, check_pack
from app.domain.access import Actor
from app.domain.errors import FieldError, Invalid
from app.domain.events import Event
from app.domain.operations import Operation
from app.domain.policies.drafts import (
    Draft,
    DraftChanged,
    PackNotPublished,
    PackRetired,
    PackVersionNotRaised,
    PackVersionTaken,
    PackVersionUnknown,
    Texts,
)
from app.domain.policies.facts import Catalogue
from app.domain.policies.life import PackState, seasons_of, superseded_by, version_order
from app.integrations.ids import new_id
from app.persistence.policies import PackHead, PackRepository, PackVersion, Retirement, StoredPack
from app.persistence.policies.drafts import DraftRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations
from app.services.policies.drafting import refuse_foreign, seen_draft


class PackFails(Invalid):
    code = "pack_fails"
    zh = "方案未通过检查，不能发布；逐条原因见 errors。"
    en = "The pack fails its checks and cannot be published; every reason is in errors."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asked to be published: a draft as they saw it."""

    name: str
    version: str
    revision: int
    source_hash: str


async def publish_texts(
    uow: UnitOfWork, text: str, scenarios: str | None, catalogue: Catalogue, *, by: Actor
) -> StoredPack:
    """Publish without a draft, as the service does with the packs it brings; the same content again changes nothing."""
    texts = texts_of(text, scenarios)
    known = await PackRepository(uow.session).from_source(texts.hash)
    if known is not None:
        return known
    # Seconds of pure computing: the event loop must not wait for them.
    report = await asyncio.to_thread(check_pack, text, scenarios, catalogue)
    pack = passed(report)
    await PackRepository(uow.session).lock(pack.pack.name)
    return await _add(uow, pack, report, texts, draft=None, by=by)


async def start_publication(uow: UnitOfWork, name: str, version: str, *, revision: int, by: Actor) -> Operation:
    """Queue the publication of the draft the caller has read."""
    draft = await seen_draft(uow, name, version, revision=revision, by=by)
    refuse_foreign(draft.region, by=by)
    payload = {"name": name, "version": version, "revision": revision, "source_hash": draft.texts.hash}
    return await operations.start(uow, kind="publish_draft", payload=payload, by=by, now=uow.now)


async def wanted_draft(uow: UnitOfWork, wanted: Wanted, *, by: Actor, lock: bool = False) -> Draft | StoredPack:
    """The draft to publish, or the pack it has become: then an earlier attempt, or somebody else, was first."""
    draft = await DraftRepository(uow.session).find(wanted.name, wanted.version, visible_to=by, lock=lock)
    if draft is not None and (draft.revision, draft.texts.hash) == (wanted.revision, wanted.source_hash):
        return draft
    published = await PackRepository(uow.session).versions(wanted.name)
    there = next((one.head for one in published if one.head.version == wanted.version), None)
    if there is not None and there.source_hash != wanted.source_hash:
        raise PackVersionTaken(name=wanted.name, version=wanted.version)
    if there is not None:
        return await PackRepository(uow.session).version(wanted.name, wanted.version)
    raise PackVersionUnknown(name=wanted.name, version=wanted.version) if draft is None else DraftChanged()


async def publish_draft(uow: UnitOfWork, wanted: Wanted, report: Report, *, by: Actor) -> StoredPack:
    """Turn a draft that passes into a published version; of two publishers one does, the other finds it done."""
    pack = passed(report)
    await PackRepository(uow.session).lock(wanted.name)
    draft = await wanted_draft(uow, wanted, by=by, lock=True)
    if isinstance(draft, StoredPack):
        return draft
    return await _add(uow, pack, report, draft.texts, draft=draft, by=by)


def passed(report: Report) -> PackText:
    """The pack of a report without errors; raises PackFails with every reason."""
    errors = reasons(report)
    if report.pack is not None and not seasons_of(report.pack.pack):
        nowhere = FieldError(
            pointer=f"line {report.pack.text.line(('effective',))}",
            code="effective_in_no_season",
            zh="方案在其生效日期内没有适用的年度",
            en="the plan is in effect in no season by its own dates",
        )
        errors.append(nowhere)
    if errors or not report.passes or report.pack is None:
        raise PackFails(errors=errors)
    return report.pack


async def _add(
    uow: UnitOfWork, read: PackText, report: Report, texts: Texts, *, draft: Draft | None, by: Actor
) -> StoredPack:
    """Called with the plan's lock held, so that what is found here still holds at the commit."""
    packs, pack = PackRepository(uow.session), read.pack
    refuse_foreign(pack.issuer_region, by=by)
    before = await packs.versions(pack.name)
    known = next((one.head for one in before if one.head.version == pack.version), None)
    if known is not None and known.hash == pack.hash:
        # Published meanwhile without the draft; only comments can differ.
        if draft is not None:
            await DraftRepository(uow.session).remove(draft)
        return await packs.version(pack.name, pack.version)
    if known is not None:
        raise PackVersionTaken(name=pack.name, version=pack.version)
    seasons, period = seasons_of(pack), pack.effective
    previous = superseded_by(seasons, [one.edition for one in before])
    if previous is not None and version_order(pack.version) <= version_order(previous.version):
        raise PackVersionNotRaised(name=pack.name, version=pack.version, previous=previous.version)
    stored = StoredPack(
        # The draft's own id: whoever follows it through the audit finds its whole life.
        id=draft.id if draft else new_id(),
        name=pack.name,
        version=pack.version,
        hash=pack.hash,
        source_hash=texts.hash,
        region=pack.issuer_region,
        level=pack.issuer_level,
        title=dict(pack.title),
        nature=pack.nature,
        effective_from=period.start if period else None,
        effective_until=period.until if period else None,
        first_season=seasons.first,
        last_season=seasons.last,
        supersedes=previous.version if previous else None,
        document=orjson.dumps(read.document).decode(),
        scenarios=orjson.dumps(report.scenario_data).decode(),
        published_at=uow.now,
        published_by=by.client_id,
    )
    await packs.add(stored, texts)
    if draft is not None:
        await DraftRepository(uow.session).remove(draft)
    after = await packs.versions(pack.name)
    await uow.record_all(
        [
            _event("policy.published", stored, hash=stored.hash, supersedes=stored.supersedes),
            *(
                _event("policy.superseded", one, by=stored.version)
                for one in _became(PackState.SUPERSEDED, before, after)
            ),
        ],
        by=by,
    )
    return stored


async def retire(uow: UnitOfWork, name: str, version: str, *, reason: str, by: Actor) -> PackVersion:
    """End a version by a person's word: it decides nothing new, what it decided stays, what it superseded decides again."""
    person = by.named_person()
    packs = PackRepository(uow.session)
    await packs.lock(name)
    before = await packs.versions(name)
    found = next((one for one in before if one.head.version == version), None)
    if found is None:
        draft = await DraftRepository(uow.session).find(name, version, visible_to=by)
        raise (PackVersionUnknown if draft is None else PackNotPublished)(name=name, version=version)
    refuse_foreign(found.head.region, by=by)
    if found.retirement is not None:
        raise PackRetired(name=name, version=version)
    await packs.retire(found.head, Retirement(reason=reason, person=person, client_id=by.client_id, at=uow.now))
    after = await packs.versions(name)
    restored = [one.version for one in _became(PackState.PUBLISHED, before, after)]
    await uow.record(_event("policy.retired", found.head, reason=reason, restores=restored), by=by)
    return next(one for one in after if one.head.version == version)


def _became(state: PackState, before: Sequence[PackVersion], after: Sequence[PackVersion]) -> list[PackHead]:
    """The versions that were there before and are in this state only now."""
    was = {one.head.id: one.state for one in before}
    return [one.head for one in after if one.state == state and was.get(one.head.id, state) != state]


def _event(kind: str, about: PackHead, **data: object) -> Event:
    return Event(
        type=kind,
        subject=str(about.id),
        region=about.region,
        data={"name": about.name, "version": about.version, **data},
    )


def reasons(report: Report) -> list[FieldError]:
    """Every error of a report, findings with their line, scenarios by their name."""
    found = [
        FieldError(pointer=f"line {placed.line}", code=placed.finding.code, zh=placed.finding.zh, en=placed.finding.en)
        for placed in report.placed
        if placed.finding.severity == "error"
    ]
    return found + [
        FieldError(
            pointer=difference.scenario,
            code="scenario_fails",
            zh=f"{difference.what}：应为 {difference.expected}，实为 {difference.got}",
            en=f"{difference.what}: expected {difference.expected}, got {difference.got}",
        )
        for difference in report.differences
    ]

"""What people do to an entry: review, approve, refuse and withdraw it, and settle a doubt about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.documents.criteria import lacking_errors
from app.domain.access import Actor, Origin
from app.domain.acts.act import NotTheApplicant
from app.domain.decisions.criteria import verdict
from app.domain.evidence import Evidence, checked
from app.domain.exemptions.entries import ENTRIES, CriterionNotMet, Entry, EntryAction, EntryStale, EntryStep
from app.domain.exemptions.lists import ExemptionList
from app.domain.periods import civil_day
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.exemptions.entries import EntryRepository
from app.persistence.exemptions.findings import FindingRepository
from app.persistence.exemptions.lists import ListRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.exemptions.judging import evaluator_for, judge, judged_now
from app.services.exemptions.requesting import entry_event

PAST: Mapping[EntryAction, str] = {
    EntryAction.REVIEW: "exemption.reviewed",
    EntryAction.APPROVE: "exemption.approved",
    EntryAction.REFUSE: "exemption.refused",
    EntryAction.WITHDRAW: "exemption.withdrawn",
    EntryAction.REVOKE: "exemption.revoked",
    EntryAction.RETAIN: "exemption.retained",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which entry, as somebody last saw it, and what they say about it."""

    list_id: UUID
    entry_id: UUID
    version: int
    note: str
    evidence: tuple[Evidence, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry taken up for something that its state allows, by somebody."""

    list: ExemptionList
    entry: Entry
    action: EntryAction
    by: Actor


async def review(uow: UnitOfWork, asked: Asked, *, by: Actor) -> Entry:
    taken = await _judging(uow, asked, EntryAction.REVIEW, by)
    return await _done(uow, taken, asked)


async def approve(uow: UnitOfWork, asked: Asked, *, by: Actor) -> Entry:
    """Only where the criterion claimed is met by the facts known now; it comes on the list with the next version."""
    taken = await _judging(uow, asked, EntryAction.APPROVE, by)
    one, entry = taken.list, taken.entry
    # What has run out would never come on the list.
    ENTRIES.after(entry.shown(civil_day(uow.now)), EntryAction.APPROVE)
    evaluator = await evaluator_for(uow, one)
    judged = await judge(uow, evaluator, entry, day=one.day(civil_day(uow.now)), by=by)
    if verdict(judged.claimed).standing != "met":
        raise CriterionNotMet(rule=entry.rule, errors=lacking_errors(judged.claimed, evaluator.pack, ""))
    return await _done(uow, taken, asked)


async def refuse(uow: UnitOfWork, asked: Asked, *, by: Actor) -> Entry:
    """Where the plan lists everybody who meets a criterion, refusing one who does is marked as such (CZ-10)."""
    taken = await _judging(uow, asked, EntryAction.REFUSE, by)
    judged = await judged_now(uow, taken.list, taken.entry, by=by)
    met = [] if judged is None else [criterion for criterion in judged.claimed if criterion.truth is True]
    flagged = any(criterion.rule.basis == "sufficient" for criterion in met)
    return await _done(uow, taken, asked, terms={"refused_although_met": True} if flagged else {})


async def withdraw(uow: UnitOfWork, asked: Asked, *, by: Actor) -> Entry:
    taken = await _taken(uow, asked, EntryAction.WITHDRAW, by)
    if not Origin.of(by).same_hands(taken.entry.requested_by):
        raise NotTheApplicant()
    return await _done(uow, taken, asked)


async def revoke(uow: UnitOfWork, asked: Asked, *, by: Actor) -> Entry:
    """Off the list with the next version, promptly (HR-36)."""
    return await _settle(uow, asked, EntryAction.REVOKE, by)


async def retain(uow: UnitOfWork, asked: Asked, *, by: Actor) -> Entry:
    """Keep a doubted entry; the same doubt is not raised again."""
    return await _settle(uow, asked, EntryAction.RETAIN, by)


async def _settle(uow: UnitOfWork, asked: Asked, action: EntryAction, by: Actor) -> Entry:
    taken = await _by_the_authority(uow, asked, action, by)
    finding = (await FindingRepository(uow.session).newest([taken.entry])).get(taken.entry.id)
    settled = finding.id if finding is not None and finding.standing != "met" else None
    return await _done(uow, taken, asked, finding=settled)


async def _judging(uow: UnitOfWork, asked: Asked, action: EntryAction, by: Actor) -> Taken:
    """Who asked for a place does not decide about it."""
    taken = await _by_the_authority(uow, asked, action, by)
    Origin.of(by).must_differ(taken.entry.requested_by)
    return taken


async def _by_the_authority(uow: UnitOfWork, asked: Asked, action: EntryAction, by: Actor) -> Taken:
    by.named_person()
    taken = await _taken(uow, asked, action, by)
    by.must_look_after(taken.list.region)
    return taken


async def _taken(uow: UnitOfWork, asked: Asked, action: EntryAction, by: Actor) -> Taken:
    one = await ListRepository(uow.session).get(asked.list_id, visible_to=by, steady=True)
    entry = await EntryRepository(uow.session).get(asked.list_id, asked.entry_id, visible_to=by)
    if entry.version != asked.version:
        raise EntryStale()
    ENTRIES.after(entry.state, action)
    return Taken(one, entry, action, by)


async def _done(
    uow: UnitOfWork,
    taken: Taken,
    asked: Asked,
    *,
    terms: Mapping[str, Any] | None = None,
    finding: UUID | None = None,
) -> Entry:
    one, entry, by = taken.list, taken.entry, taken.by
    step = EntryStep(
        id=new_id(),
        entry_id=entry.id,
        number=entry.version,
        action=taken.action,
        state=ENTRIES.after(entry.state, taken.action),
        at=uow.now,
        by=Origin.of(by),
        note=asked.note,
        terms=terms or {},
        evidence=checked(asked.evidence),
        finding_id=finding,
    )
    head = await EnterpriseReader(uow.session).head(entry.enterprise_id, visible_to=by)
    # First the mark for deciding again, then the entry: in that order a worker holds them too.
    await uow.record(entry_event(PAST[taken.action], entry, head, one, note=asked.note, **step.terms), by=by)
    repository = EntryRepository(uow.session)
    await repository.take(entry, step)
    return await repository.get(one.id, entry.id, visible_to=by)

"""Opening a list for a season, and asking for a place on it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.documents.criteria import lacking_errors
from app.documents.published import evaluator_of
from app.domain.access import Actor, Origin
from app.domain.decisions.criteria import verdict
from app.domain.enterprises.structure import Head
from app.domain.errors import FieldError
from app.domain.events import Event
from app.domain.evidence import Evidence, checked
from app.domain.exemptions.entries import (
    CriterionFailed,
    CriterionNotHere,
    CriterionUnknown,
    Entry,
    EntryExists,
    EntryInvalid,
    EntryState,
)
from app.domain.exemptions.lists import ExemptionList, ListExists, ListHasNoCriteria
from app.domain.facts.assertions import SubjectUnknown, fits
from app.domain.facts.values import ValueRefused
from app.domain.periods import civil_day
from app.domain.policies.facts import Level
from app.domain.policies.pack import Pack, Rule
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.exemptions.entries import EntryRepository
from app.persistence.exemptions.lists import ListRepository
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.exemptions.judging import evaluator_for, granting_rules, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom to list, by which criterion, and why; `expires_on` is the first day it no longer holds."""

    enterprise_id: UUID
    subject_id: UUID
    rule: str
    reason: str
    evidence: tuple[Evidence, ...]
    expires_on: date | None


async def open_list(uow: UnitOfWork, pack_name: str, season: int, *, by: Actor) -> ExemptionList:
    """One list for a plan and a season, kept by the authority that issued the plan (HR-19)."""
    by.named_person()
    stored = await PackRepository(uow.session).get(pack_name, season=season)
    pack = evaluator_of(stored.document, stored.hash).pack
    by.must_look_after(pack.issuer_region)
    if not granting_rules(pack):
        raise ListHasNoCriteria(pack=pack_name)
    one = ExemptionList(
        id=new_id(),
        pack_name=pack_name,
        season=season,
        workflow=next((flow.id for flow in pack.workflows if flow.kind == "listing"), ""),
        region=pack.issuer_region,
        created_by=Origin.of(by),
        created_at=uow.now,
        newest=0,
        version=1,
    )
    if not await ListRepository(uow.session).add(one):
        raise ListExists(pack=pack_name, season=season)
    data = {"pack": pack_name, "season": season}
    await uow.record(Event(type="exemption.opened", subject=str(one.id), region=one.region, data=data), by=by)
    return one


async def request(uow: UnitOfWork, list_id: UUID, wanted: Wanted, *, by: Actor) -> Entry:
    """Ask for a place; refused where the facts on record already say that the criterion fails."""
    one = await ListRepository(uow.session).get(list_id, visible_to=by)
    reader = EnterpriseReader(uow.session)
    # Of two requests for one subject the second finds the first.
    head = await reader.head(wanted.enterprise_id, visible_to=by, lock=True)
    if str(head.id) not in by.enterprise_ids:
        by.must_look_after(head.region)
    levels = await reader.levels(head.id)
    if wanted.subject_id not in levels:
        raise SubjectUnknown(subject_id=wanted.subject_id)
    evaluator = await evaluator_for(uow, one)
    rule = _criterion(evaluator.pack, wanted.rule)
    today = civil_day(uow.now)
    _check(evaluator.pack, rule, levels[wanted.subject_id], wanted, today)
    entry = Entry(
        id=new_id(),
        list_id=one.id,
        enterprise_id=head.id,
        subject_id=wanted.subject_id,
        level=levels[wanted.subject_id],
        fact=rule.granted_by,
        rule=rule.id,
        reason=wanted.reason,
        evidence=checked(wanted.evidence),
        expires_on=wanted.expires_on,
        requested_by=Origin.of(by),
        known_at=uow.now,
        state=EntryState.REQUESTED,
        version=1,
    )
    judged = await judge(uow, evaluator, entry, day=one.day(today), by=by)
    if not judged.claimed:
        raise CriterionNotHere(rule=rule.id)
    if verdict(judged.claimed).standing == "failed":
        raise CriterionFailed(rule=rule.id, errors=lacking_errors(judged.claimed, evaluator.pack, "/rule"))
    repository = EntryRepository(uow.session)
    standing = await repository.open_of(entry, today)
    if standing is not None:
        raise EntryExists(entry=standing.id)
    await uow.record(entry_event("exemption.requested", entry, head, one), by=by)
    await repository.add(entry)
    return entry


def _criterion(pack: Pack, rule_id: str) -> Rule:
    known = granting_rules(pack)
    if rule_id not in known:
        raise CriterionUnknown(rule=rule_id, known=", ".join(known))
    return known[rule_id]


def _check(pack: Pack, rule: Rule, level: Level, wanted: Wanted, today: date) -> None:
    errors: list[FieldError] = []
    try:
        fits(pack.catalogue[rule.granted_by], level)
    except ValueRefused as refused:
        errors.append(refused.at("/subject_id"))
    if wanted.expires_on is not None and wanted.expires_on <= today:
        errors.append(
            FieldError(
                pointer="/expires_on",
                code="already_over",
                zh="失效日须晚于今日（失效日当天起不再有效）。",
                en="expires_on must lie after today; from that day on the entry no longer holds.",
            )
        )
    if errors:
        raise EntryInvalid(errors=errors)


def entry_event(kind: str, entry: Entry, head: Head, one: ExemptionList, **more: object) -> Event:
    return Event(
        type=kind,
        subject=str(entry.id),
        enterprise_id=str(entry.enterprise_id),
        region=head.region,
        data={
            "list_id": str(one.id),
            "pack": one.pack_name,
            "season": one.season,
            "subject_id": str(entry.subject_id),
            "fact": entry.fact,
            "rule": entry.rule,
            **more,
        },
    )

"""The ledger by hand: hours served and made up are posted and reversed, and stops under other controls credited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Literal
from uuid import UUID

import orjson

from app.documents.published import evaluator_of
from app.domain.access import Actor, Origin
from app.domain.acts.applications import CreditNotAllowed
from app.domain.decisions.changes import Standpoint
from app.domain.enterprises.structure import Head
from app.domain.errors import NotFound
from app.domain.events import Event
from app.domain.evidence import Evidence, checked
from app.domain.inspections import Inspection, InspectionUnknown, runs_on, standing
from app.domain.ledger.demands import Obligation, demands
from app.domain.ledger.entries import (
    COUNTED,
    AccountKey,
    Entry,
    EntryNotByHand,
    EntryReversedAlready,
    Posting,
    Reason,
    Source,
    Sums,
    balances,
)
from app.domain.ledger.frame import ORDER
from app.domain.ledger.standing import (
    Hours,
    HoursOutsideAccounts,
    Part,
    SubjectWithoutLedger,
    as_kind,
    checked_hours,
    planned,
    refuse_counted,
    refuse_running,
    split,
    uncounted,
    within_season,
)
from app.domain.periods import midnight
from app.integrations.ids import new_id
from app.persistence.acts.in_force import InForceReader
from app.persistence.decisions.runs import RunRepository
from app.persistence.decisions.snapshots import SnapshotRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.inspections import InspectionRepository
from app.persistence.ledger.repository import LedgerRepository, Tail
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork

# What a person posts; which of the first two it becomes depends on the day.
HandKind = Literal["served", "made_up", "scheduled"]


class LedgerUnknown(NotFound):
    code = "ledger_unknown"
    zh = "该企业在此方案和季节尚无决定，没有台账；请先 POST /v1/enterprises/{enterprise_id}/decisions。"
    en = "Nothing was decided for this enterprise, pack and season, so there is no ledger; POST /v1/enterprises/{enterprise_id}/decisions."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Which ledger: of one subject under one plan in one season."""

    subject_id: UUID
    pack_name: str
    season: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Hours as somebody states them, and what they rest on."""

    ledger: Ledger
    kind: HandKind
    from_at: datetime
    until_at: datetime
    source: Source
    note: str = ""
    evidence: tuple[Evidence, ...] = ()


async def post(uow: UnitOfWork, enterprise_id: UUID, said: Statement, *, by: Actor) -> list[Entry]:
    """Post hours, one entry per account they fall into; what an inspection saw running did not stop.

    Whoever calls settles afterwards, in the same transaction.
    """
    by.named_person()
    head = await _looked_after(uow, enterprise_id, by)
    scheduled = said.kind == "scheduled"
    hours = checked_hours(said.from_at, said.until_at, not_after=None if scheduled else uow.now)
    stood, obligation = await _obligation(uow, enterprise_id, said.ledger)
    known = await _known(uow, enterprise_id, said.ledger)
    refuse_counted(hours, known, kinds=["scheduled"] if scheduled else COUNTED)
    parts = split(obligation, _order(known, said.ledger), hours)
    visits = await _visits(uow, enterprise_id, by)
    if said.source.kind == "inspection" and said.source.reference not in {str(one.id) for one in visits}:
        raise InspectionUnknown()
    if not scheduled:
        refuse_running(said.ledger.subject_id, hours, partial(_running_on, visits))
    return await _append(
        uow,
        head,
        said.ledger,
        stood,
        as_kind(parts, "scheduled") if scheduled else parts,
        source=said.source,
        reason="posted",
        note=said.note,
        evidence=checked(said.evidence),
        by=by,
    )


async def reverse(uow: UnitOfWork, entry_id: UUID, *, reason: str, by: Actor) -> Entry:
    """Post the negation of an entry, once; whoever calls settles afterwards."""
    by.named_person()
    ledger = LedgerRepository(uow.session)
    entry = await ledger.get(entry_id, visible_to=by)
    head = await _looked_after(uow, entry.enterprise_id, by)
    if entry.source.kind in {"act", "schedule"}:
        raise EntryNotByHand()
    return (await _reverse(uow, head, [entry], reason=reason, by=by))[0]


async def credit(
    uow: UnitOfWork,
    enterprise_id: UUID,
    ledger: Ledger,
    *,
    from_day: date,
    until_day: date,
    act_id: UUID,
    by: Actor,
) -> list[Entry]:
    """Count a stop under another control, where the plan lets it be counted (FS-32), for this very subject (A-FS15).

    Only hours inside the plan's periods count; days may lie ahead. Whoever calls settles afterwards.
    """
    head = await _looked_after(uow, enterprise_id, by)
    hours = checked_hours(midnight(from_day), midnight(until_day))
    stood, obligation = await _obligation(uow, enterprise_id, ledger)
    placement = stood.evaluator.pack.placement
    if not placement.credit:
        raise CreditNotAllowed(pack=ledger.pack_name)
    parts = within_season(obligation.frame, hours, kind="credited")
    if not parts:
        raise HoursOutsideAccounts(from_at=from_day, until_at=until_day)
    known = await _known(uow, enterprise_id, ledger)
    refuse_running(ledger.subject_id, hours, partial(_running_on, await _visits(uow, enterprise_id, by)))
    for part in parts:
        refuse_counted(part.hours, known)
    source = Source(kind="act", reference=str(act_id))
    cites = placement.credit
    return await _append(uow, head, ledger, stood, parts, source=source, reason="credit", cites=cites, by=by)


async def take_back_credit(
    uow: UnitOfWork, enterprise_id: UUID, *, act_id: UUID, reason: str, by: Actor
) -> list[Entry]:
    """Reverse what an act had credited and still stands; whoever calls settles afterwards."""
    head = await _looked_after(uow, enterprise_id, by)
    found = await LedgerRepository(uow.session).of_source(enterprise_id, "act", str(act_id))
    return await _reverse(uow, head, found, reason=reason, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a published schedule plans for an enterprise: when each subject stands still, and what it takes the place of."""

    schedule_id: UUID
    former: tuple[UUID, ...]
    packs: tuple[str, ...]
    season: int
    stops: Mapping[str, Sequence[Hours]]


async def post_schedule(uow: UnitOfWork, head: Head, plan: Planned, *, by: Actor) -> list[Entry]:
    """Post planned hours once and take back those of former schedules; the caller has locked the enterprise.

    Hours planned by hand stay, and are not counted twice.
    """
    ledger = LedgerRepository(uow.session)
    gone = [one for each in plan.former for one in await ledger.of_source(head.id, "schedule", str(each))]
    if gone:
        await _reverse(uow, head, gone, reason=str(plan.schedule_id), by=by)
    if await ledger.of_source(head.id, "schedule", str(plan.schedule_id)):
        return []
    found: list[Entry] = []
    for pack in plan.packs:
        standing = await _obligations(uow, head.id, pack, plan.season)
        stood, obligations = standing or (None, {})
        for subject in sorted(plan.stops.keys() & obligations.keys()):
            ledger_of = Ledger(subject_id=UUID(subject), pack_name=pack, season=plan.season)
            known = await _known(uow, head.id, ledger_of)
            free = [left for hours in plan.stops[subject] for left in uncounted(hours, known, kind="scheduled")]
            parts = [part for hours in free for part in planned(obligations[subject].frame, hours)]
            if stood is not None and parts:
                source = Source(kind="schedule", reference=str(plan.schedule_id))
                found += await _append(uow, head, ledger_of, stood, parts, source=source, reason="scheduled", by=by)
    return found


async def must_be_kept(uow: UnitOfWork, enterprise_id: UUID, ledger: Ledger) -> None:
    """Raises LedgerUnknown or SubjectWithoutLedger where nothing is counted of the subject."""
    await _obligation(uow, enterprise_id, ledger)


async def _visits(uow: UnitOfWork, enterprise_id: UUID, by: Actor) -> list[Inspection]:
    return standing(await InspectionRepository(uow.session).of_enterprise(enterprise_id, visible_to=by))


def _running_on(visits: Sequence[Inspection], subject_id: UUID, day: date) -> str | None:
    """The inspection that saw production running on a day; a meter or a firm that says otherwise is contradicted."""
    return next((str(one.id) for one in visits if runs_on([one], subject_id, day)), None)


async def _looked_after(uow: UnitOfWork, enterprise_id: UUID, by: Actor) -> Head:
    """The enterprise, locked: of two who post the same hours, the second finds them posted."""
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by, lock=True)
    by.must_look_after(head.region)
    return head


async def _obligation(uow: UnitOfWork, enterprise_id: UUID, ledger: Ledger) -> tuple[Standpoint, Obligation]:
    """What the newest run asks of the subject; raises LedgerUnknown or SubjectWithoutLedger."""
    standing = await _obligations(uow, enterprise_id, ledger.pack_name, ledger.season)
    if standing is None:
        raise LedgerUnknown(enterprise_id=enterprise_id)
    stood, found = standing
    if str(ledger.subject_id) not in found:
        raise SubjectWithoutLedger()
    return stood, found[str(ledger.subject_id)]


async def _obligations(
    uow: UnitOfWork, enterprise_id: UUID, pack_name: str, season: int
) -> tuple[Standpoint, Mapping[str, Obligation]] | None:
    """What the newest run asks of every subject; None where the plan has not decided the enterprise."""
    runs = await RunRepository(uow.session).newest_of([enterprise_id], pack_name, season)
    pack = await PackRepository(uow.session).find(runs[0].pack_hash) if runs else None
    if pack is None:
        return None
    document = await SnapshotRepository(uow.session).get(enterprise_id, runs[0].snapshot_hash)
    acts = await InForceReader(uow.session).named(enterprise_id, runs[0].acts)
    stood = Standpoint(evaluator=evaluator_of(pack.document, pack.hash), tree=orjson.loads(document), acts=acts)
    return stood, demands(stood.evaluator, stood.tree, season=season, acts=stood.acts)


async def _known(uow: UnitOfWork, enterprise_id: UUID, ledger: Ledger) -> list[Entry]:
    return await LedgerRepository(uow.session).of_subject(enterprise_id, ledger.pack_name, ledger.subject_id)


def _order(known: Iterable[Entry], ledger: Ledger) -> Sums:
    key = AccountKey(str(ledger.subject_id), ledger.pack_name, ledger.season, ORDER)
    return balances(known).get(key, Sums())


async def _append(
    uow: UnitOfWork,
    head: Head,
    ledger: Ledger,
    stood: Standpoint,
    parts: Sequence[Part],
    *,
    source: Source,
    reason: Reason,
    by: Actor,
    note: str = "",
    evidence: tuple[Evidence, ...] = (),
    cites: tuple[str, ...] = (),
) -> list[Entry]:
    tail = (await LedgerRepository(uow.session).tails([head.id]))[head.id]
    entries = [
        Entry(
            id=new_id(),
            enterprise_id=head.id,
            position=position,
            pack_name=ledger.pack_name,
            pack_hash=stood.evaluator.pack.hash,
            season=ledger.season,
            posting=_posting(ledger.subject_id, part, reason, cites),
            source=source,
            known_at=_known_at(uow, tail),
            by=Origin.of(by),
            note=note,
            evidence=evidence,
        )
        for position, part in enumerate(parts, start=tail.position + 1)
    ]
    await _add(uow, head, entries, "ledger.posted", by)
    return entries


def _posting(subject_id: UUID, part: Part, reason: Reason, cites: tuple[str, ...]) -> Posting:
    return Posting(
        subject_id=str(subject_id),
        account=part.account,
        kind=part.kind,
        hours=part.amount,
        reason=reason,
        cites=cites,
        from_at=part.hours.start,
        until_at=part.hours.end,
    )


async def _reverse(uow: UnitOfWork, head: Head, entries: Sequence[Entry], *, reason: str, by: Actor) -> list[Entry]:
    ledger = LedgerRepository(uow.session)
    tail = (await ledger.tails([head.id]))[head.id]
    made = [
        entry.reversal(
            id=new_id(), position=tail.position + number, known_at=_known_at(uow, tail), by=Origin.of(by), note=reason
        )
        for number, entry in enumerate(entries, start=1)
    ]
    for entry in entries:
        if await ledger.reversal_of(entry) is not None:
            raise EntryReversedAlready()
    await _add(uow, head, made, "ledger.reversed", by)
    return made


def _known_at(uow: UnitOfWork, tail: Tail) -> datetime:
    """Not before what was posted last, though this request may have begun earlier and waited."""
    return uow.now if tail.known_at is None else max(uow.now, tail.known_at)


async def _add(uow: UnitOfWork, head: Head, entries: Sequence[Entry], kind: str, by: Actor) -> None:
    await LedgerRepository(uow.session).add(entries)
    events = [
        Event(
            type=kind,
            subject=str(one.id),
            enterprise_id=str(head.id),
            region=head.region,
            data={
                "subject_id": one.posting.subject_id,
                "pack": one.pack_name,
                "season": one.season,
                "account": one.posting.account,
                "kind": one.posting.kind,
                "hours": f"{one.posting.hours:f}",
                "reverses": None if one.reverses is None else str(one.reverses),
            },
        )
        for one in entries
    ]
    await uow.record_all(events, by=by)

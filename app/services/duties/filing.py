"""Filing, receiving and waiving: each in one hand at a time, under the version somebody has read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.duties.attachments import AttachmentForeign
from app.domain.duties.filing import (
    DUTIES,
    DutyAction,
    DutyCase,
    DutyOutdated,
    Filing,
    FilingReceived,
    NobodyWaivesTheirOwn,
    OwedDuty,
    PowerSupplierOnly,
    Receipt,
    ReportDayUnfit,
    Verdict,
    Waiver,
    filed_since,
)
from app.domain.duties.terms import Form
from app.domain.evidence import Damage
from app.domain.periods import civil_day
from app.domain.warnings import covering
from app.integrations.ids import new_id
from app.persistence.duties.attachments import AttachmentRepository
from app.persistence.duties.repository import DutyRepository
from app.persistence.feed.sources import SourceRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.duties.events import duty_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What somebody files: the form, what it says, and the attachments uploaded for it."""

    form: Form
    report: Mapping[str, Any]
    note: str = ""
    attachments: Sequence[UUID] = ()
    # As of when a daily report stands (A-YN5).
    as_of: datetime | None = None


async def file_report(uow: UnitOfWork, duty_id: UUID, said: Reported, *, seen: int, by: Actor) -> DutyCase:
    """A new version of what is filed; those before it stay. After its instant it is late, and still taken."""
    case = await in_hand(uow, duty_id, seen=seen, by=by)
    owed = case.owed
    await must_be_filer(uow, owed, by)
    DUTIES.after(owed.state(uow.now), DutyAction.FILE)
    owed.refuse_early(uow.now)
    owed.refuse_form(said.form)
    _refuse_another_day(owed, said, uow.now)
    filing = Filing(
        id=new_id(),
        number=len(case.filings) + 1,
        form=said.form,
        report=said.report,
        note=said.note,
        attachments=await _attachments(uow, owed, said.attachments),
        at=uow.now,
        by=Origin.of(by),
    ).sealed(owed.id)
    await keep(uow, owed, filing, filed_at=filed_since([*case.filings, filing]), by=by)
    return await DutyRepository(uow.session).get(duty_id, visible_to=by)


async def keep(uow: UnitOfWork, owed: OwedDuty, filing: Filing, *, filed_at: datetime | None, by: Actor) -> None:
    """The filing and the news of it; raises DutyOutdated where somebody has moved the duty since it was read."""
    await DutyRepository(uow.session).file(owed, filing, filed_at=filed_at)
    data = {
        "filing_id": str(filing.id),
        "number": filing.number,
        "form": filing.form,
        "late": owed.term.due_at is not None and filing.at > owed.term.due_at,
        "hash": filing.hash,
    }
    await uow.record(duty_event("duty.filed" if filing.number == 1 else "duty.amended", owed, **data), by=by)


async def receive(uow: UnitOfWork, duty_id: UUID, verdict: Verdict, reason: str, *, seen: int, by: Actor) -> DutyCase:
    """The addressee confirms the newest filing, or returns it with a reason: then it is to be filed again."""
    case = await in_hand(uow, duty_id, seen=seen, by=by)
    by.named_person()
    by.must_look_after(case.owed.receiving_region)
    DUTIES.after(case.owed.state(uow.now), DutyAction.CONFIRM if verdict == "confirmed" else DutyAction.RETURN)
    filing = case.newest
    if filing is None or filing.receipt is not None:
        raise FilingReceived()
    receipt = Receipt(id=new_id(), verdict=verdict, reason=reason, at=uow.now, by=Origin.of(by))
    receipt.by.must_differ(filing.by)
    filed_at = None if verdict == "returned" else case.owed.filed_at
    await DutyRepository(uow.session).receive(case.owed, filing, receipt, filed_at=filed_at)
    data = {"filing_id": str(filing.id), "number": filing.number}
    await uow.record(duty_event(f"duty.{verdict}", case.owed, **data), by=by)
    return await DutyRepository(uow.session).get(duty_id, visible_to=by)


async def waive(uow: UnitOfWork, duty_id: UUID, reason: str, *, seen: int, by: Actor) -> DutyCase:
    """A person of the authority frees somebody else of a duty."""
    case = await in_hand(uow, duty_id, seen=seen, by=by)
    by.named_person()
    _refuse_own(case.owed, by)
    DUTIES.after(case.owed.state(uow.now), DutyAction.WAIVE)
    waiver = Waiver(id=new_id(), reason=reason, at=uow.now, by=Origin.of(by))
    await DutyRepository(uow.session).waive(case.owed, waiver)
    await uow.record(duty_event("duty.waived", case.owed), by=by)
    return await DutyRepository(uow.session).get(duty_id, visible_to=by)


async def in_hand(uow: UnitOfWork, duty_id: UUID, *, seen: int, by: Actor) -> DutyCase:
    """The duty, locked, in the version the caller has read; raises DutyOutdated."""
    case = await DutyRepository(uow.session).get(duty_id, visible_to=by, lock=True)
    if case.owed.version != seen:
        raise DutyOutdated()
    return case


async def must_be_filer(uow: UnitOfWork, owed: OwedDuty, by: Actor) -> None:
    """The enterprise itself, the power supplier's own client, or a named person of the body."""
    if owed.enterprise_id is not None:
        by.must_own(owed.enterprise_id)
    elif owed.term.who == "power_supplier":
        sources = await SourceRepository(uow.session).every(visible_to=by)
        if not any(one.name in by.sources and one.region in covering(owed.region) for one in sources):
            raise PowerSupplierOnly(region=owed.region)
    else:
        by.must_look_after(owed.region)
        by.named_person()


def _refuse_own(owed: OwedDuty, by: Actor) -> None:
    """Whoever sees a body's duty looks after its region: who does not look after the one above is the body itself."""
    if owed.enterprise_id is not None:
        own = str(owed.enterprise_id) in by.enterprise_ids
    elif owed.term.who == "power_supplier":
        own = bool(by.sources)
    else:
        own = not by.sees_region(owed.waiving_region)
    if own:
        raise NobodyWaivesTheirOwn()
    by.must_look_after(owed.waiving_region)


def _refuse_another_day(owed: OwedDuty, said: Reported, now: datetime) -> None:
    day = owed.term.day
    if said.as_of is not None and day is not None and (civil_day(said.as_of) != day or said.as_of > now):
        raise ReportDayUnfit(day=day)


async def _attachments(uow: UnitOfWork, owed: OwedDuty, ids: Sequence[UUID]) -> tuple[tuple[UUID, str], ...]:
    """The hashes of what was uploaded for this duty; raises AttachmentForeign."""
    known = await AttachmentRepository(uow.session).of_duty(owed.id, ids)
    foreign = [str(one) for one in ids if one not in known]
    if foreign:
        raise AttachmentForeign(ids=", ".join(foreign))
    return tuple((one, known[one]) for one in dict.fromkeys(ids))


async def verify_duties(uow: UnitOfWork, *, batch: int = 500) -> list[Damage]:
    """Every filing still says what was sealed, and every duty stands where its filings and waivers put it."""
    damage: list[Damage] = []
    after: tuple[UUID, UUID] | None = None
    while found := await DutyRepository(uow.session).batch(after, batch):
        damage += [wrong for one in found for wrong in _damage(one)]
        last = found[-1].owed
        after = (last.enterprise_id or UUID(int=0), last.id)
    return damage


def _damage(case: DutyCase) -> list[Damage]:
    owed, where = case.owed, f"duty {case.owed.id}"
    found = [Damage("duty_filing_hash", where) for one in case.filings if one.digest(owed.id) != one.hash]
    waived_at = None if case.waiver is None else case.waiver.at
    if (owed.filed_at, owed.waived_at) != (filed_since(case.filings), waived_at):
        found.append(Damage("duty_state", where))
    return found

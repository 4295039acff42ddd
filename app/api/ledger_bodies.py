"""The ledger as the API writes it: sums by account in hours and days, and entries with their reason and source."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from app.api.bodies import AnswerBody, Instant
from app.api.decision_bodies import CitationOut, SubjectLevel
from app.api.evidence import EvidenceItem, HandOut
from app.documents.ledger_wording import days_text, hours_text, reason_text
from app.documents.measures import citations
from app.domain.enterprises.structure import Enterprise
from app.domain.errors import Language
from app.domain.ledger.entries import NOTHING, Entry, EntryKind, Reason, SourceKind, Sums
from app.domain.ledger.frame import AFTER_SEASON, Frame
from app.domain.periods import civil_day
from app.domain.policies.pack import Pack


class HoursOut(AnswerBody):
    """Hours, and the same as days of 24."""

    hours: str
    days: str

    @classmethod
    def of(cls, hours: Decimal) -> "HoursOut":
        return cls(hours=hours_text(hours), days=days_text(hours))


class AccountOut(AnswerBody):
    """One account: a period of the plan with its days, its window, a continuous stop (`order`), or `after_season`.

    balance = owed + penalty - served - credited - made_up; what is due is never below zero.
    """

    account: str
    first_day: date | None
    last_day: date | None
    owed: HoursOut
    penalty: HoursOut
    served: HoursOut
    credited: HoursOut
    made_up: HoursOut
    scheduled: HoursOut
    balance: HoursOut
    due: HoursOut


class SubjectLedgerOut(AnswerBody):
    """The ledger of one subject under one plan in one season, and as of which day it was settled last."""

    subject_id: UUID
    subject_level: SubjectLevel | None
    subject_code: str | None
    subject_name: str | None
    pack: str
    season: int
    settled_as_of: date | None
    accounts: list[AccountOut]
    due: HoursOut


class LedgerOut(AnswerBody):
    """The ledgers of an enterprise as known at an instant, and all that is due."""

    enterprise_id: UUID
    known_at: Instant
    items: list[SubjectLedgerOut]
    due: HoursOut


class SourceOut(AnswerBody):
    """What an entry rests on: an id here, or the number of a paper."""

    kind: SourceKind
    reference: str


class LedgerEntryOut(AnswerBody):
    """Hours on one account, why, on which clauses and readings of the plan, from what source and by whom."""

    id: UUID
    enterprise_id: UUID
    position: int
    subject_id: UUID
    pack: str
    season: int
    account: str
    kind: EntryKind
    hours: str
    days: str
    from_at: Instant | None
    until_at: Instant | None
    reason: Reason
    reason_text: str
    citations: list[CitationOut]
    readings: list[str]
    source: SourceOut
    note: str
    evidence: list[EvidenceItem]
    posted: HandOut
    settlement_id: UUID | None
    reverses: UUID | None
    reversed_by: UUID | None = Field(description="The entry that took this one back.")


class LedgerEntryPage(AnswerBody):
    """Some entries, in the order they were posted."""

    items: list[LedgerEntryOut]
    next_cursor: str | None


class SettlementOut(AnswerBody):
    """One settling: under which run, as of which day, and what it posted."""

    id: UUID
    enterprise_id: UUID
    pack: str
    season: int
    run_id: UUID
    as_of: date
    known_at: Instant
    entries: list[LedgerEntryOut]


class PostedOut(AnswerBody):
    """What was posted, and what settling posted after it, if anything."""

    entries: list[LedgerEntryOut]
    settlement: SettlementOut | None


class SubjectPlace(AnswerBody):
    """Who a subject is and where it lies."""

    level: SubjectLevel
    code: str
    name: str
    region: str


def places(enterprise: Enterprise) -> dict[str, SubjectPlace]:
    """Every subject of an enterprise below its head, by id."""
    found: dict[str, SubjectPlace] = {}
    for site in enterprise.sites:
        found[str(site.id)] = SubjectPlace(level="site", code=site.code, name=site.name, region=site.region)
    for line in enterprise.lines:
        region = found[str(line.site)].region
        found[str(line.id)] = SubjectPlace(level="line", code=line.code, name=line.name, region=region)
    for process in enterprise.processes:
        region = found[str(process.line)].region
        found[str(process.id)] = SubjectPlace(level="process", code=process.code, name=process.name, region=region)
    for unit in enterprise.units:
        region = found[str(unit.line)].region
        found[str(unit.id)] = SubjectPlace(level="unit", code=unit.code, name=unit.name, region=region)
    return found


def account_out(account: str, sums: Sums, frame: Frame | None) -> AccountOut:
    first, last = _days(account, frame)
    return AccountOut(
        account=account,
        first_day=first,
        last_day=last,
        owed=HoursOut.of(sums.of("owed")),
        penalty=HoursOut.of(sums.of("penalty")),
        served=HoursOut.of(sums.of("served")),
        credited=HoursOut.of(sums.of("credited")),
        made_up=HoursOut.of(sums.of("made_up")),
        scheduled=HoursOut.of(sums.of("scheduled")),
        balance=HoursOut.of(sums.balance),
        due=HoursOut.of(sums.due),
    )


def _days(account: str, frame: Frame | None) -> tuple[date | None, date | None]:
    if frame is None:
        return None, None
    if account == AFTER_SEASON:
        return civil_day(frame.ends), None
    slot = next((slot for slot in frame.slots if slot.name == account), None)
    return (None, None) if slot is None else (civil_day(slot.start), civil_day(slot.end - timedelta(hours=1)))


def total_due(accounts: Sequence[Sums]) -> HoursOut:
    return HoursOut.of(sum((one.due for one in accounts), NOTHING))


def entry_out(
    one: Entry, packs: Mapping[str, Pack], language: Language, *, reversed_by: UUID | None = None
) -> LedgerEntryOut:
    posting, pack = one.posting, packs.get(one.pack_hash)
    cited = [] if pack is None else citations(posting.cites, pack, language)
    return LedgerEntryOut(
        id=one.id,
        enterprise_id=one.enterprise_id,
        position=one.position,
        subject_id=UUID(posting.subject_id),
        pack=one.pack_name,
        season=one.season,
        account=posting.account,
        kind=posting.kind,
        hours=hours_text(posting.hours),
        days=days_text(posting.hours),
        from_at=posting.from_at,
        until_at=posting.until_at,
        reason=posting.reason,
        reason_text=reason_text(posting.reason, language),
        citations=[CitationOut.model_validate(each) for each in cited],
        readings=[each for each in posting.cites if pack is not None and each in pack.readings],
        source=SourceOut(kind=one.source.kind, reference=one.source.reference),
        note=one.note,
        evidence=[EvidenceItem.of(each) for each in one.evidence],
        posted=HandOut.of(one.by, one.known_at),
        settlement_id=one.settlement_id,
        reverses=one.reverses,
        reversed_by=reversed_by,
    )

"""Entries of the ledger in hours, and the balances that are nothing but their sums (A-FS3: half a day is 12 hours)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, NotFound
from app.domain.evidence import Evidence

EntryKind = Literal["owed", "scheduled", "served", "credited", "penalty", "made_up"]
# Why hours were posted. The first three are one account of what a plan demands, as it grew or shrank.
Reason = Literal[
    "demanded",
    "tightened",
    "eased",
    "moved",
    "ordered",
    "exceedance",
    "unserved",
    "posted",
    "scheduled",
    "credit",
    "reversed",
]
SourceKind = Literal["run", "inspection", "document", "reading", "act", "schedule", "entry"]
KINDS: tuple[EntryKind, ...] = get_args(EntryKind)
# Hours in which the line stood still: each of them counts once per plan.
COUNTED: frozenset[EntryKind] = frozenset({"served", "credited", "made_up"})
# What settling posts, and posts again when the demand changes.
SETTLED: frozenset[EntryKind] = frozenset({"owed", "penalty"})
NOTHING = Decimal(0)
# What the journal keeps of an hour: a third of a second.
GRAIN = Decimal("0.0001")


class LedgerEntryUnknown(NotFound):
    code = "ledger_entry_unknown"
    zh = "台账没有此条目，或不在您的管辖范围内。"
    en = "There is no such ledger entry, or it lies outside what you may see."


class EntryReversedAlready(Conflict):
    code = "entry_reversed_already"
    zh = "此条目已经冲销；如需改正，请另记一条。"
    en = "This entry has been reversed already; post another one to correct it."


class EntryNotByHand(Conflict):
    code = "entry_not_by_hand"
    zh = "只有人工登记的条目可以冲销；应停、加罚随决定结算，计入随其事项撤销，计划停产随排期更替。"
    en = (
        "Only entries posted by hand are reversed; what is owed follows the decisions, a credit goes with its act, "
        "planned hours go with their schedule."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Hours (signed) on one account of one subject, and why; dated where the hours lie on the calendar."""

    subject_id: str
    account: str
    kind: EntryKind
    hours: Decimal
    reason: Reason
    # Provisions and readings of the pack.
    cites: tuple[str, ...] = ()
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an entry rests on: a run here, or a paper, a visit or a reading."""

    kind: SourceKind
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A posting as it stands in the journal of an enterprise; `position` counts its entries from 1 without a gap."""

    id: UUID
    enterprise_id: UUID
    position: int
    pack_name: str
    pack_hash: str
    season: int
    posting: Posting
    source: Source
    known_at: datetime
    by: Origin
    note: str = ""
    evidence: tuple[Evidence, ...] = ()
    settlement_id: UUID | None = None
    reverses: UUID | None = None

    def reversal(self, **changed: Any) -> "Entry":
        """The negation; raises EntryNotByHand for what follows from decisions, and for a reversal itself."""
        if self.reverses is not None or self.settlement_id is not None:
            raise EntryNotByHand()
        one = self.posting
        negated = Posting(
            subject_id=one.subject_id,
            account=one.account,
            kind=one.kind,
            hours=-one.hours,
            reason="reversed",
            cites=one.cites,
            from_at=one.from_at,
            until_at=one.until_at,
        )
        return Entry(
            enterprise_id=self.enterprise_id,
            pack_name=self.pack_name,
            pack_hash=self.pack_hash,
            season=self.season,
            posting=negated,
            source=Source(kind="entry", reference=str(self.id)),
            reverses=self.id,
            **changed,
        )


class AccountKey(NamedTuple):
    """One account of one subject in one season of one plan."""

    subject_id: str
    pack_name: str
    season: int
    account: str


@dataclass(frozen=True, slots=True)
class Sums:
    """The sum of each kind on one account."""

    by_kind: Mapping[str, Decimal] = field(default_factory=dict)

    def of(self, kind: EntryKind) -> Decimal:
        return self.by_kind.get(kind, NOTHING)

    @property
    def balance(self) -> Decimal:
        """What is owed and put on top, less what was served, credited and made up; `scheduled` only stands beside."""
        return sum((self.of(kind) for kind in SETTLED), NOTHING) - sum((self.of(kind) for kind in COUNTED), NOTHING)

    @property
    def due(self) -> Decimal:
        """What is still to be stopped; a surplus in one account pays for no other (A-FS4)."""
        return max(NOTHING, self.balance)


def balances(entries: Iterable[Entry]) -> dict[AccountKey, Sums]:
    """The sums of every account that has an entry."""
    found: dict[AccountKey, dict[str, Decimal]] = {}
    for entry in entries:
        one = entry.posting
        sums = found.setdefault(AccountKey(one.subject_id, entry.pack_name, entry.season, one.account), {})
        sums[one.kind] = sums.get(one.kind, NOTHING) + one.hours
    return {key: Sums(sums) for key, sums in found.items()}

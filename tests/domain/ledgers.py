"""Builders of ledgers for tests: entries of one line, and the journal that settling brings about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from app.domain.access import Origin
from app.domain.ledger.demands import Obligation
from app.domain.ledger.entries import Entry, EntryKind, Posting, Source, Sums, balances
from app.domain.ledger.frame import hours_between
from app.domain.ledger.settle import settle
from app.domain.periods import midnight

KNOWN = datetime(2019, 12, 10, tzinfo=UTC)
SETTLEMENT = UUID(int=1)


def entry(posting: Posting, *, settled: bool = False) -> Entry:
    return Entry(
        id=uuid4(),
        enterprise_id=UUID(int=2),
        position=1,
        pack_name="fushan",
        pack_hash="-",
        season=2019,
        posting=posting,
        source=Source(kind="run" if settled else "document", reference="-"),
        known_at=KNOWN,
        by=Origin(client_id="test", person=None),
        settlement_id=SETTLEMENT if settled else None,
    )


def between(start: datetime, end: datetime, account: str, kind: EntryKind = "served") -> Entry:
    hours = hours_between(start, end)
    return entry(
        Posting(
            subject_id="line", account=account, kind=kind, hours=hours, reason="posted", from_at=start, until_at=end
        )
    )


def days(first: str, until: str, account: str, kind: EntryKind = "served") -> Entry:
    """Whole days from midnight to midnight in China, the last one not included."""
    return between(midnight(date.fromisoformat(first)), midnight(date.fromisoformat(until)), account, kind)


def settled(demands: Mapping[str, Obligation], journal: Sequence[Entry], as_of: str) -> list[Entry]:
    """The journal with what settling adds; it adds nothing the second time, in whatever order it is read."""
    day = date.fromisoformat(as_of)
    after = [*journal, *(entry(one, settled=True) for one in settle(demands, journal, as_of=day))]
    assert settle(demands, after[::-1], as_of=day) == []
    return after


def in_days(journal: Sequence[Entry], word: str = "due") -> dict[str, Decimal]:
    """One sum of every account of the line, in days."""
    return {key.account: _sum(sums, word) / 24 for key, sums in sorted(balances(journal).items())}


def _sum(sums: Sums, word: str) -> Decimal:
    return {"due": sums.due, "balance": sums.balance}.get(word, sums.by_kind.get(word, Decimal(0)))

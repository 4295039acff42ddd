"""verify: every settlement is settled again from what stood before it, and every reversal negates what it names."""

from collections.abc import Iterator, Sequence

from app.domain.evidence import Damage, Finding
from app.domain.ledger.entries import Entry
from app.domain.ledger.settle import settle
from app.persistence.decisions.runs import RunRepository
from app.persistence.ledger.repository import LedgerRepository, Settlement
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions.reading import ReplayDiffers, standpoint
from app.services.decisions.settling import obligations
from app.services.decisions.verifying import difference


async def verify_ledger(uow: UnitOfWork) -> list[Finding]:
    """Read every journal again, enterprise by enterprise, and settle again under every run it was settled under."""
    ledger = LedgerRepository(uow.session)
    settlements: dict[str, list[Settlement]] = {}
    for one in await ledger.settlements():
        settlements.setdefault(str(one.enterprise_id), []).append(one)
    found: list[Finding] = []
    for enterprise_id in await ledger.kept():
        journal = await ledger.journal(enterprise_id)
        found += _journal_damage(journal)
        for settlement in settlements.get(str(enterprise_id), []):
            found += await _replayed(uow, settlement, journal)
    return found


def _journal_damage(journal: Sequence[Entry]) -> Iterator[Damage]:
    by_id = {entry.id: entry for entry in journal}
    for number, entry in enumerate(journal, start=1):
        where = f"enterprise {entry.enterprise_id} ledger entry {entry.id}"
        if entry.position != number:
            yield Damage("ledger_gap", where)
        if entry.reverses is not None and not _negates(entry, by_id.get(entry.reverses)):
            yield Damage("reversal_differs", where)


def _negates(entry: Entry, original: Entry | None) -> bool:
    if original is None or original.reverses is not None or original.position >= entry.position:
        return False
    mine, theirs = entry.posting, original.posting
    same = (mine.subject_id, mine.account, mine.kind, mine.from_at, mine.until_at, entry.pack_name, entry.season)
    other = (
        theirs.subject_id, theirs.account, theirs.kind, theirs.from_at, theirs.until_at, original.pack_name, original.season,
    )  # fmt: skip
    return same == other and mine.hours + theirs.hours == 0


async def _replayed(uow: UnitOfWork, settlement: Settlement, journal: Sequence[Entry]) -> list[Finding]:
    where = f"enterprise {settlement.enterprise_id} settlement {settlement.id}"
    run = await RunRepository(uow.session).get(settlement.enterprise_id, settlement.run_id)
    if run is None:
        return [Damage("run_missing", where)]
    try:
        stood = await standpoint(uow, run)
    except (ReplayDiffers, LookupError):
        return [Damage("snapshot_missing", where)]
    own = [e for e in journal if (e.pack_name, e.season) == (settlement.pack_name, settlement.season)]
    before = [entry for entry in own if entry.position <= settlement.seen]
    posted = [entry.posting for entry in own if entry.settlement_id == settlement.id]
    replayed = settle(obligations(stood, settlement.season), before, as_of=settlement.as_of)
    return [] if replayed == posted else [difference("settlement_differs", where, run)]

"""dues: what the ledger of a subject still has due, as a planner is to place it from a day on."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from app.domain.ledger.demands import Obligation
from app.domain.ledger.entries import NOTHING, Sums
from app.domain.ledger.frame import AFTER_SEASON, ORDER, Slot, hours_between, midnight
from app.domain.periods import Period, civil_day
from app.domain.schedules.prepared import Due


def counts(obligation: Obligation) -> bool:
    """Whether hours are demanded by number; a stop of every hour is planned by its days, whatever was served."""
    return any(one.counted or one.raised or one.ordered for one in obligation.stretches)


def dues(
    subject_id: str, pack: str, obligation: Obligation, accounts: Mapping[str, Sums], *, from_day: date
) -> Iterator[Due]:
    """One due for each account, also of nothing; hours a period can no longer hold move on where the plan says so (A-G23)."""
    carried = NOTHING
    for slot in obligation.frame.slots:
        wanted = accounts.get(slot.name, Sums()).due + carried
        room = _room(slot, from_day)
        carried = wanted - min(wanted, room) if obligation.moving else NOTHING
        if slot.name in accounts or wanted:
            period = Period(civil_day(slot.start), civil_day(slot.end))
            yield Due(subject_id=subject_id, pack=pack, account=slot.name, hours=min(wanted, room), period=period)
    after = accounts.get(AFTER_SEASON, Sums()).due + carried
    if after:
        period = Period(civil_day(obligation.frame.ends), None)
        yield Due(subject_id=subject_id, pack=pack, account=AFTER_SEASON, hours=after, period=period, continuous=True)
    ordered = accounts.get(ORDER, Sums()).due
    starts = [one.start for stretch in obligation.stretches for one in stretch.ordered]
    if ordered and starts:
        period = Period(civil_day(min(starts)), None)
        yield Due(subject_id=subject_id, pack=pack, account=ORDER, hours=ordered, period=period, continuous=True)


def _room(slot: Slot, from_day: date) -> Decimal:
    return hours_between(max(slot.start, midnight(from_day)), slot.end)

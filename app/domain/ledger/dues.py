"""dues: what a ledger still has to be stopped, account by account, as the planner takes it."""

from collections.abc import Iterable, Iterator, Mapping

from app.domain.ledger.demands import Obligation
from app.domain.ledger.entries import AccountKey, Sums
from app.domain.ledger.frame import AFTER_SEASON, ORDER
from app.domain.periods import Period, civil_day
from app.domain.schedules.given.prepared import Due


def dues_of(
    pack: str, season: int, obligations: Mapping[str, Obligation], sums: Mapping[AccountKey, Sums]
) -> Iterator[Due]:
    """Every account of every subject whose season is settled, those with nothing left too.

    A subject of whom nothing was ever posted is left out: what its measures ask is then all that is known of it.
    """
    posted = {key.subject_id for key in sums if (key.pack_name, key.season) == (pack, season)}
    for subject_id, obligation in obligations.items():
        if subject_id in posted:
            for account, period in _accounts(obligation):
                due = sums.get(AccountKey(subject_id, pack, season, account), Sums()).due
                continuous = period.until is None
                yield Due(
                    subject_id=subject_id, pack=pack, account=account, hours=due, period=period, continuous=continuous
                )


def _accounts(obligation: Obligation) -> Iterable[tuple[str, Period]]:
    """The periods of the season, orders from their first day, and what comes directly after the season (A-FS9)."""
    frame = obligation.frame
    yield from ((slot.name, Period(civil_day(slot.start), civil_day(slot.end))) for slot in frame.slots)
    starts = [one.start for stretch in obligation.stretches for one in stretch.ordered]
    if starts:
        yield ORDER, Period(civil_day(min(starts)), None)
    yield AFTER_SEASON, Period(civil_day(frame.ends), None)

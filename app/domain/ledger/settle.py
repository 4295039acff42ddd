"""settle: demands and what was posted in, the postings that bring the journal to what is owed out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from app.domain.ledger.demands import Cited, Demand, Obligation, Ordered, Whole
from app.domain.ledger.entries import COUNTED, GRAIN, NOTHING, Entry, EntryKind, Posting, Reason
from app.domain.ledger.frame import AFTER_SEASON, ORDER, Slot, overlap
from app.domain.periods import midnight

# A demand that grew or shrank is still one demand.
_FAMILY: Mapping[Reason, Reason] = {"tightened": "demanded", "eased": "demanded"}
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class _Place:
    """One line of the target: hours of one kind, for one reason, on one account."""

    account: str
    kind: EntryKind
    reason: Reason


_Target = dict[_Place, Cited]


class Counted:
    """The hours of one subject that count as stopped; reversed ones are negative and cancel out."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._dated = [
            (one.account, one.from_at, one.until_at, _ONE if one.hours > 0 else -_ONE)
            for entry in entries
            if (one := entry.posting).kind in COUNTED and one.from_at is not None and one.until_at is not None
        ]

    def between(self, account: str, start: datetime, end: datetime) -> Decimal:
        return sum(
            (sign * overlap(begins, ends, start, end) for own, begins, ends, sign in self._dated if own == account),
            NOTHING,
        )

    def total(self, account: str) -> Decimal:
        return sum(
            (sign * overlap(start, end, start, end) for own, start, end, sign in self._dated if own == account), NOTHING
        )


@dataclass(slots=True)
class _Need:
    """What one account is asked for while the season is walked through."""

    hours: Decimal = NOTHING
    cites: tuple[str, ...] = ()
    # Of days of a whole stop that have passed, nothing is let off later.
    floor: Decimal = NOTHING
    raised: list[Cited] = field(default_factory=list)


def settle(demands: Mapping[str, Obligation], posted: Iterable[Entry], *, as_of: date) -> list[Posting]:
    """The postings that are missing on a day; none where the journal already says so.

    Readings. A-G23: a stricter demand counts for the whole season, less what was served; what a period can no longer
    hold moves to the next one and then beyond the season. A-G23 with A-L29: a milder demand reaches only periods that
    are not over on its first day, and of a whole stop only the days still to come. A-FS9: a continuous stop runs past
    the season at the single rate. A-FS10: only what was left unserved is made up more than once, and only once the
    authority has found so. Undecided stretches leave the days of the class as they are.
    """
    own: dict[str, list[Entry]] = {}
    for entry in posted:
        own.setdefault(entry.posting.subject_id, []).append(entry)
    found: list[Posting] = []
    for subject_id in sorted({*demands, *own}):
        entries = own.get(subject_id, [])
        obligation = demands.get(subject_id)
        target = {} if obligation is None else target_of(obligation, Counted(entries), as_of=as_of)
        found += _missing(subject_id, target, entries)
    return found


def target_of(obligation: Obligation, counted: Counted, *, as_of: date) -> _Target:
    """What the journal of one subject has to say of `owed` and `penalty`."""
    books = _Books(obligation, counted, midnight(as_of), _times(obligation.stretches, as_of))
    needs = books.needs()
    for slot in obligation.frame.slots:
        need = needs[slot.name]
        books.put(slot.name, "owed", "demanded", Cited(need.hours, need.cites))
        books.put(slot.name, "penalty", "exceedance", _total(need.raised))
    books.move(needs)
    books.order()
    return books.target


def _times(stretches: Sequence[Demand], as_of: date) -> Cited:
    """How often an unserved day is made up by what has been found until now."""
    found = [one.unserved for one in stretches if one.unserved is not None and one.from_day <= as_of]
    return max(found, key=lambda one: one.amount, default=Cited(_ONE))


@dataclass(slots=True)
class _Books:
    """One subject's target in the making."""

    obligation: Obligation
    counted: Counted
    now: datetime
    times: Cited
    target: _Target = field(default_factory=dict)

    def put(self, account: str, kind: EntryKind, reason: Reason, more: Cited) -> None:
        if more.amount or more.cites:
            place = _Place(account, kind, reason)
            known = self.target.get(place, Cited(NOTHING))
            self.target[place] = Cited(known.amount + more.amount, tuple(dict.fromkeys((*known.cites, *more.cites))))

    def needs(self) -> dict[str, _Need]:
        """The demand of each account after the whole season is walked through."""
        frame = self.obligation.frame
        needs = {slot.name: _Need() for slot in frame.slots}
        run: Whole | None = None
        for stretch in self.obligation.stretches:
            if stretch.raised:
                slot = frame.slot_of(stretch.from_day)
                if slot is None:
                    self.put(AFTER_SEASON, "penalty", "exceedance", _total(stretch.raised))
                else:
                    needs[slot.name].raised += stretch.raised
            if stretch.says:
                ended, run = run, _continued(run, stretch.whole)
                for slot in frame.slots:
                    self._let_off(needs[slot.name], slot, stretch, ended)
                    self._ask(needs[slot.name], slot, stretch, run)
        return needs

    def _let_off(self, need: _Need, slot: Slot, stretch: Demand, ended: Whole | None) -> None:
        """Of a whole stop that gives way, the days that have passed stay owed."""
        if ended is not None and stretch.whole is None:
            past = min(ended.end, midnight(stretch.from_day))
            need.floor = max(need.floor, self._of_whole(slot, ended.start, past))

    def _ask(self, need: _Need, slot: Slot, stretch: Demand, run: Whole | None) -> None:
        """The stricter replaces the milder for the whole season, the milder only where days are left (A-G23, A-L29)."""
        asked = stretch.counted.get(slot.name, Cited(NOTHING, stretch.cites))
        if run is not None:
            # What is already owed of the period is stopped in the same days.
            hours = max(asked.amount, need.hours, self._of_whole(slot, run.start, run.end))
            asked = Cited(hours, run.cites)
        if asked.amount > need.hours:
            need.hours, need.cites = asked.amount, asked.cites
        elif asked.amount < need.hours and slot.holds(stretch.from_day):
            need.hours, need.cites = max(asked.amount, need.floor), asked.cites

    def _of_whole(self, slot: Slot, start: datetime, end: datetime) -> Decimal:
        """What a whole stop asks of a period: its own hours, on top of those served before it."""
        hours = slot.between(start, end)
        return hours + self.counted.between(slot.name, slot.start, max(start, slot.start)) if hours else NOTHING

    def move(self, needs: Mapping[str, _Need]) -> None:
        """What a period can no longer hold goes to the next; owed hours go first, then those of penalties."""
        moving = self.obligation.moving
        owed = raised = NOTHING
        for slot in self.obligation.frame.slots:
            need = needs[slot.name]
            all_owed, all_raised = need.hours + owed, _total(need.raised).amount + raised
            left = max(NOTHING, all_owed + all_raised - self.counted.total(slot.name))
            over = max(NOTHING, left - self._room(slot))
            owed_over = min(over, all_owed)
            self.put(slot.name, "owed", "moved", Cited(owed - owed_over, moving))
            self.put(slot.name, "penalty", "moved", Cited(raised - (over - owed_over), moving))
            owed, raised = owed_over, over - owed_over
        self.put(AFTER_SEASON, "owed", "moved", Cited(owed, moving))
        self.put(AFTER_SEASON, "penalty", "moved", Cited(raised, moving))
        self._unserved(AFTER_SEASON, owed + raised)

    def _room(self, slot: Slot) -> Decimal:
        """The hours a period still has from now on, less those already counted there."""
        start = min(max(self.now, slot.start), slot.end)
        return slot.between(start, slot.end) - self.counted.between(slot.name, start, slot.end)

    def order(self) -> None:
        """Continuous stops run past the season; what of them the season cannot hold is unserved like the rest (A-FS9)."""
        orders = [one for stretch in self.obligation.stretches for one in stretch.ordered]
        if orders:
            total = sum((one.hours for one in orders), NOTHING)
            self.put(ORDER, "owed", "ordered", Cited(total, _all_cites(orders)))
            start = min(one.start for one in orders)
            season = Slot(ORDER, start, max(start, self.obligation.frame.ends))
            left = total - self.counted.between(ORDER, season.start, season.end) - self._room(season)
            self._unserved(ORDER, max(NOTHING, left))

    def _unserved(self, account: str, hours: Decimal) -> None:
        self.put(account, "penalty", "unserved", Cited((self.times.amount - _ONE) * hours, self.times.cites))


def _continued(run: Whole | None, whole: Whole | None) -> Whole | None:
    """A whole stop that follows on another is one with it."""
    if run is None or whole is None or run.end < whole.start:
        return whole
    return Whole(run.start, max(run.end, whole.end), whole.cites)


def _total(found: Sequence[Cited]) -> Cited:
    return Cited(sum((one.amount for one in found), NOTHING), _all_cites(found))


def _all_cites(found: Iterable[Cited | Ordered]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cite for one in found for cite in one.cites))


def _missing(subject_id: str, target: _Target, entries: Sequence[Entry]) -> Iterator[Posting]:
    posted: dict[_Place, Decimal] = {}
    for entry in entries:
        if entry.settlement_id is not None:
            one = entry.posting
            place = _Place(one.account, one.kind, _FAMILY.get(one.reason, one.reason))
            posted[place] = posted.get(place, NOTHING) + one.hours
    for place in sorted({*target, *posted}, key=lambda one: (one.account, one.kind, one.reason)):
        wanted = target.get(place, Cited(NOTHING))
        more = (wanted.amount - posted.get(place, NOTHING)).quantize(GRAIN)
        if more:
            yield Posting(
                subject_id=subject_id,
                account=place.account,
                kind=place.kind,
                hours=more,
                reason=_word(place.reason, more, known=place in posted),
                cites=wanted.cites,
            )


def _word(reason: Reason, more: Decimal, *, known: bool) -> Reason:
    if reason != "demanded" or not known:
        return reason
    return "tightened" if more > 0 else "eased"

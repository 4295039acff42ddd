"""settle against an hour-by-hour count of everything that can happen to one line in a short winter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Refusal
from app.domain.ledger.demands import Cited, Demand, Obligation, Ordered
from app.domain.ledger.entries import Entry, EntryNotByHand, Posting, Sums, balances
from app.domain.ledger.frame import Frame, Slot
from app.domain.ledger.settle import settle
from app.domain.ledger.standing import Hours, refuse_counted, split
from app.domain.periods import ONE_DAY, midnight
from tests.domain.ledgers import between, entry

FIRST = date(2019, 12, 20)
# Three periods of a few days, with a gap between the last two.
SLOTS = {"a": (0, 4), "b": (4, 7), "c": (8, 12)}
LENGTH = 12
HOURS = st.integers(0, 150)
WORK = settings(max_examples=60, deadline=None)


def day(number: int) -> date:
    return FIRST + number * ONE_DAY


FRAME = Frame(
    tuple(Slot(name, midnight(day(a)), midnight(day(b))) for name, (a, b) in SLOTS.items()), midnight(day(LENGTH))
)


@dataclass(frozen=True)
class Winter:
    """What happens: demands from a day on (None: undecided), findings, hours served, the day, and the finding of FS-46."""

    demands: Sequence[tuple[int, dict[str, int] | None]]
    raised: dict[int, int]
    served: frozenset[int]
    today: int
    times: int

    def obligation(self) -> Obligation:
        begins = sorted({0, *(number for number, _ in self.demands), *self.raised})
        said = dict(self.demands)
        found: list[Demand] = []
        now: dict[str, int] | None = None
        for number, until in zip(begins, [*begins[1:], 99], strict=True):
            now = said.get(number, now)
            hours = self.raised.get(number, 0)
            found.append(
                Demand(
                    from_day=day(number),
                    until_day=day(until),
                    says=now is not None,
                    counted={name: Cited(Decimal(value)) for name, value in (now or {}).items()},
                    raised=(Cited(Decimal(hours)),) if hours else (),
                    unserved=Cited(Decimal(self.times)) if self.times > 1 else None,
                )
            )
        return Obligation(frame=FRAME, stretches=tuple(found))

    def journal(self) -> list[Entry]:
        start = midnight(FIRST)
        return [
            between(start + timedelta(hours=hour), start + timedelta(hours=hour + 1), name)
            for hour in sorted(self.served)
            for name, (a, b) in SLOTS.items()
            if a * 24 <= hour < b * 24
        ]

    def due(self) -> dict[str, int]:
        """Hour by hour: every due hour takes the next free hour of its period, or waits for the next period."""
        carried = 0
        found: dict[str, int] = {}
        for name, (a, b) in SLOTS.items():
            known = [value for number, value in self.demands if value is not None and number < b]
            late = [value for number, value in self.demands if value is not None and number >= b]
            owed = max([known[-1].get(name, 0) if known else 0, *(value.get(name, 0) for value in late)])
            owed += sum(hours for number, hours in self.raised.items() if self._place(number) == name)
            served = [hour for hour in self.served if a * 24 <= hour < b * 24]
            waiting = max(0, owed + carried - len(served))
            found[name] = 0
            for hour in range(max(a, self.today) * 24, b * 24):
                if waiting and hour not in self.served:
                    waiting, found[name] = waiting - 1, found[name] + 1
            carried = waiting
        late_raised = sum(hours for number, hours in self.raised.items() if self._place(number) is None)
        return found | {"after_season": carried * max(1, self.times) + late_raised}

    def _place(self, number: int) -> str | None:
        return next((name for name, (_, b) in SLOTS.items() if number < b), None)


DEMANDS = st.none() | st.dictionaries(st.sampled_from(list(SLOTS)), HOURS)
WINTERS = st.builds(
    Winter,
    demands=st.dictionaries(st.integers(0, LENGTH + 2), DEMANDS, max_size=4).map(lambda found: sorted(found.items())),
    raised=st.dictionaries(st.integers(1, LENGTH + 3), st.integers(1, 100), max_size=2),
    served=st.lists(st.tuples(st.integers(0, LENGTH * 24 - 1), st.integers(1, 30)), max_size=5).map(
        lambda runs: frozenset(
            hour for start, length in runs for hour in range(start, min(start + length, LENGTH * 24))
        )
    ),
    today=st.integers(0, LENGTH + 2),
    times=st.sampled_from([1, 2, 3]),
)


def after(winter: Winter, journal: Sequence[Entry], today: int) -> list[Entry]:
    postings = settle({"line": winter.obligation()}, journal, as_of=day(today))
    return [*journal, *(entry(one, settled=True) for one in postings)]


def dues(journal: Sequence[Entry]) -> dict[str, int]:
    found = {key.account: int(sums.due) for key, sums in balances(journal).items()}
    return {name: found.get(name, 0) for name in (*SLOTS, "after_season")}


@WORK
@given(winter=WINTERS)
def test_what_is_due_equals_the_hours_that_still_find_a_place(winter: Winter) -> None:
    journal = after(winter, winter.journal(), winter.today)
    assert dues(journal) == winter.due()
    # Nothing is new, so nothing is posted, in whatever order the journal is read.
    assert settle({"line": winter.obligation()}, journal[::-1], as_of=day(winter.today)) == []
    sums = balances(journal).values()
    assert all(one.of("owed") >= 0 and one.of("penalty") >= 0 for one in sums)


@WORK
@given(winter=WINTERS, days=st.lists(st.integers(0, LENGTH + 2), max_size=3))
def test_the_way_through_the_winter_does_not_matter(winter: Winter, days: list[int]) -> None:
    journal = winter.journal()
    for today in sorted(days):
        journal = after(winter, journal, today)
    direct = after(winter, winter.journal(), winter.today)
    assert dues(after(winter, journal, winter.today)) == dues(direct)


@WORK
@given(winter=WINTERS)
def test_moving_keeps_what_is_owed_and_punished_together(winter: Winter) -> None:
    postings = settle({"line": winter.obligation()}, winter.journal(), as_of=day(winter.today))
    assert sum(one.hours for one in postings if one.reason == "moved") == 0


@WORK
@given(winter=WINTERS, shuffled=st.randoms(use_true_random=False))
def test_balances_are_sums_whatever_the_order_and_a_reversal_nets_to_nothing(winter: Winter, shuffled: Random) -> None:
    journal = after(winter, winter.journal(), winter.today)
    taken_back = [
        one.reversal(id=one.id, position=2, known_at=one.known_at, by=one.by)
        for one in journal
        if one.settlement_id is None
    ]
    other = list(journal)
    shuffled.shuffle(other)
    assert balances(other) == balances(journal)
    for key, sums in balances([*journal, *taken_back]).items():
        assert sums.of("served") == 0
        own = [one.posting for one in journal if one.posting.account == key.account]
        assert sums.balance == sum((one.hours for one in own if one.kind in {"owed", "penalty"}), Decimal(0))


def test_only_what_was_posted_by_hand_is_reversed() -> None:
    posting = Posting(subject_id="line", account="a", kind="owed", hours=Decimal(1), reason="demanded")
    for one in (
        entry(posting, settled=True),
        between(midnight(FIRST), midnight(day(1)), "a").reversal(
            id=SETTLED, position=2, known_at=midnight(FIRST), by=entry(posting).by
        ),
    ):
        with pytest.raises(EntryNotByHand):
            one.reversal(id=one.id, position=3, known_at=one.known_at, by=one.by)


SETTLED = entry(Posting(subject_id="line", account="a", kind="owed", hours=Decimal(1), reason="demanded")).id


def hours(first: float, until: float) -> Hours:
    start = midnight(FIRST)
    return Hours(start + timedelta(days=first), start + timedelta(days=until))


def parts(obligation: Obligation, order: Sums, span: Hours) -> list[tuple[str, str, float]]:
    found = split(obligation, order, span)
    return [(part.account, part.kind, float(part.amount) / 24) for part in found]


def test_hours_split_by_date_and_an_order_that_is_due_is_served_first() -> None:
    plain = Obligation(frame=FRAME, stretches=())
    assert parts(plain, Sums(), hours(3, 5.5)) == [("a", "served", 1.0), ("b", "served", 1.5)]
    assert parts(plain, Sums(), hours(11, 14)) == [("c", "served", 1.0), ("after_season", "made_up", 2.0)]
    order = Ordered(start=midnight(day(2)), hours=Decimal(72))
    ordered = Obligation(frame=FRAME, stretches=(Demand(from_day=day(2), until_day=day(99), ordered=(order,)),))
    due = Sums({"owed": Decimal(72), "served": Decimal(24)})
    assert parts(ordered, due, hours(1, 6)) == [
        ("a", "served", 1.0),
        ("order", "served", 2.0),
        ("b", "served", 2.0),
    ]
    assert parts(ordered, Sums({"owed": Decimal(72), "served": Decimal(72)}), hours(1, 3)) == [("a", "served", 2.0)]


@pytest.mark.parametrize("span", [hours(-1, 1), hours(6, 8), hours(7.5, 8)])
def test_hours_of_no_account_are_refused_whole(span: Hours) -> None:
    with pytest.raises(Refusal, match="hours_outside_accounts"):
        split(Obligation(frame=FRAME, stretches=()), Sums(), span)


@WORK
@given(
    first=st.tuples(st.integers(0, 10), st.integers(1, 10)), second=st.tuples(st.integers(0, 10), st.integers(1, 10))
)
def test_an_hour_counts_once(first: tuple[int, int], second: tuple[int, int]) -> None:
    def at(hour: int) -> datetime:
        return midnight(FIRST) + timedelta(hours=hour)

    known = between(at(first[0]), at(first[0] + first[1]), "a")
    wanted = Hours(at(second[0]), at(second[0] + second[1]))
    if set(range(first[0], sum(first))) & set(range(second[0], sum(second))):
        with pytest.raises(Refusal, match="hours_counted_already"):
            refuse_counted(wanted, [known])
        taken_back = known.reversal(id=SETTLED, position=2, known_at=known.known_at, by=known.by)
        refuse_counted(wanted, [known, taken_back])
        refuse_counted(wanted, [known], kinds=["scheduled"])
    else:
        refuse_counted(wanted, [known])

"""Whole lives over the domain: cases, acts, lists and ledgers in any legal order, and what stays true all the way."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.documents.catalogue import shipped_catalogue
from app.domain.acts.act import ACTS, ActAction, ActState, action_for
from app.domain.errors import Refusal
from app.domain.exemptions.content import NOTHING as NOBODY
from app.domain.exemptions.content import Content, Departure, Diff, Line, diff
from app.domain.exemptions.entries import ENTRIES, ON_THE_LIST, EntryAction, EntryState, moves
from app.domain.exemptions.lists import ListVersion, broken
from app.domain.facts.assertions import Assertion, Claim
from app.domain.ledger.demands import Cited, Demand, Obligation
from app.domain.ledger.entries import COUNTED, SETTLED, Entry, Sums, balances
from app.domain.ledger.settle import settle
from app.domain.ledger.standing import Hours, refuse_counted, split
from app.domain.periods import ONE_DAY, midnight
from app.domain.violations.holdings import amendment, holdings_of, recorded
from app.domain.violations.violation import (
    VIOLATIONS,
    Case,
    Claimed,
    Terms,
    ViolationAction,
    ViolationState,
    ViolationStep,
    folded,
)
from tests.domain import ledgers
from tests.domain.test_acts import an_act
from tests.domain.test_exemptions import chain, content, gone, line
from tests.domain.test_exemptions import entry as an_entry
from tests.domain.test_ledger_settle import FRAME, LENGTH, SLOTS, day
from tests.domain.test_violations import CHAINS, LINE, NOW, OFFICER, SITE, violation

MACHINES = settings(max_examples=40, stateful_step_count=25, deadline=None, derandomize=True)
PICK = st.integers(0, 5)


class Journal(RuleBasedStateMachine):
    """One line through a short winter: demands follow each other, days pass, hours are posted and taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.today = 0
        self.stretches: list[Demand] = [Demand(from_day=day(0), until_day=day(99))]
        self.journal: list[Entry] = []

    @property
    def obligation(self) -> Obligation:
        return Obligation(frame=FRAME, stretches=tuple(self.stretches))

    def _settles(self) -> None:
        for one in settle({"line": self.obligation}, self.journal, as_of=day(self.today)):
            self._appends(ledgers.entry(one, settled=True))

    def _appends(self, entry: Entry) -> None:
        self.journal.append(replace(entry, position=len(self.journal) + 1))

    @rule(
        later=st.integers(0, 3),
        says=st.booleans(),
        hours=st.dictionaries(st.sampled_from(list(SLOTS)), st.integers(0, 96)),
        raised=st.integers(0, 60),
        times=st.sampled_from([None, 2]),
    )
    def is_decided_again(
        self, *, later: int, says: bool, hours: dict[str, int], raised: int, times: int | None
    ) -> None:
        """From today or a later day on something else is asked; what was asked before stays as it was."""
        begins = max(day(self.today + later), self.stretches[-1].from_day + ONE_DAY)
        self.stretches[-1] = replace(self.stretches[-1], until_day=begins)
        self.stretches.append(
            Demand(
                from_day=begins,
                until_day=day(99),
                says=says,
                counted={
                    # No plan asks more of a period than it holds.
                    name: Cited(min(Decimal(count), slot.hours))
                    for name, count in hours.items()
                    for slot in FRAME.slots
                    if slot.name == name
                },
                raised=(Cited(Decimal(raised)),) if raised else (),
                unserved=Cited(Decimal(times)) if times else None,
            )
        )
        self._settles()

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.today += days
        self._settles()

    @rule(start=st.integers(0, (LENGTH + 4) * 24), length=st.integers(1, 60))
    def hours_are_posted(self, start: int, length: int) -> None:
        begins = midnight(day(0)) + timedelta(hours=start)
        hours = Hours(begins, begins + timedelta(hours=length))
        standing = [one for one in self.journal if one.posting.kind in COUNTED]
        try:
            refuse_counted(hours, standing)
            parts = split(self.obligation, Sums(), hours)
        except Refusal:
            return
        for part in parts:
            self._appends(ledgers.between(part.hours.start, part.hours.end, part.account, part.kind))
        self._settles()

    @precondition(lambda self: self.standing)
    @rule(pick=PICK)
    def hours_are_taken_back(self, pick: int) -> None:
        self._reverses(self.standing[-1 - pick % len(self.standing)])
        self._settles()

    @property
    def standing(self) -> list[Entry]:
        gone = {one.reverses for one in self.journal}
        by_hand = [one for one in self.journal if one.settlement_id is None and one.reverses is None]
        return [one for one in by_hand if one.id not in gone]

    def _reverses(self, one: Entry) -> None:
        position = len(self.journal) + 1
        number = UUID(int=10_000 + position)
        self.journal.append(one.reversal(id=number, position=position, known_at=one.known_at, by=one.by))

    @invariant()
    def nothing_is_missing_in_whatever_order_it_is_read(self) -> None:
        shuffled = list(self.journal)
        Random(len(shuffled)).shuffle(shuffled)
        for journal in (self.journal, shuffled):
            assert settle({"line": self.obligation}, journal, as_of=day(self.today)) == []

    @invariant()
    def no_period_owes_more_than_it_holds(self) -> None:
        lengths = {slot.name: slot.hours for slot in FRAME.slots}
        for key, sums in balances(self.journal).items():
            assert all(sums.of(kind) >= 0 for kind in (*SETTLED, *COUNTED))
            asked = sum(sums.of(kind) for kind in SETTLED)
            assert asked <= lengths.get(key.account, asked)

    def teardown(self) -> None:
        """With everything taken back and nothing demanded, every account is empty."""
        for one in self.standing:
            self._reverses(one)
        for posting in settle({}, self.journal, as_of=day(self.today)):
            self._appends(ledgers.entry(posting, settled=True))
        assert all(not any(sums.by_kind.values()) for sums in balances(self.journal).values())


class Cases(RuleBasedStateMachine):
    """Several cases about one line and its site: the register says just what those that stand have found."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[Case] = []
        self.register: list[Assertion] = []

    @precondition(lambda self: len(self.cases) < 4)
    @rule(
        subject=st.sampled_from([LINE, SITE]),
        kind=st.sampled_from(["data_fraud", "exceedance", None]),
        days=st.sets(st.integers(1, 9), min_size=1, max_size=3),
    )
    def is_suspected(self, subject: UUID, kind: str | None, days: set[int]) -> None:
        claimed = (
            Claimed(fact="violation_kind", value=kind)
            if kind
            else Claimed(
                fact="exceedance_days",
                value=str(len(days)),
                days=tuple(date(2019, 11, one) for one in sorted(days)),
            )
        )
        number = len(self.cases) + 1
        opened = violation(number, claimed, subject=subject, state=ViolationState.SUSPECTED, version=1)
        self.cases.append(Case(violation=opened, steps=()))

    @precondition(lambda self: self.cases)
    @rule(pick=PICK, way=PICK, number=st.integers(0, 3), lasting=st.booleans())
    def is_acted_on(self, pick: int, way: int, number: int, *, lasting: bool) -> None:
        index = len(self.cases) - 1 - pick % len(self.cases)
        legal = VIOLATIONS.allowed(self.cases[index].violation.state)
        if not legal:
            return
        # Mostly on towards a finding, or else few would ever be found.
        onward = [each for each in legal if each not in {ViolationAction.REPLY, ViolationAction.DISMISS}]
        action = legal[-1] if way == 0 else onward[way % len(onward)]
        self._acts(index, action, number, lasting=lasting)

    @precondition(lambda self: self.cases)
    @rule(number=st.integers(0, 3), lasting=st.booleans())
    def what_is_open_is_found_on_one_day(self, number: int, *, lasting: bool) -> None:
        """Findings of one fact that begin together hide one another, which chance alone hardly ever makes."""
        for action in (ViolationAction.HEAR, ViolationAction.CONFIRM):
            for index, case in enumerate(self.cases):
                if (case.violation.state, action) in VIOLATIONS.steps:
                    self._acts(index, action, number, lasting=lasting)

    def _acts(self, index: int, action: ViolationAction, number: int, *, lasting: bool) -> None:
        case = self.cases[index]
        one = case.violation
        on, facts = date(2019, 12, 1) + timedelta(days=number), tuple(each.fact for each in one.claims)
        terms = {
            ViolationAction.CONFIRM: Terms(from_day=on, facts=facts, lasting=facts if lasting else ()),
            ViolationAction.RECTIFY: Terms(accepted_on=on),
        }.get(action, Terms())
        state = VIOLATIONS.after(one.state, action)
        step = ViolationStep(
            id=UUID(int=len(case.steps) + 1), violation_id=one.id, number=len(case.steps) + 1, action=action, state=state,
            at=self._now(), by=OFFICER, note="", terms=terms, evidence=(),
        )  # fmt: skip
        self.cases[index] = Case(
            violation=replace(one, state=state, version=one.version + 1), steps=(*case.steps, step)
        )
        self._writes()

    def _now(self) -> datetime:
        return NOW + timedelta(minutes=sum(len(case.steps) for case in self.cases))

    def _writes(self) -> None:
        held = [holding for case in self.cases for holding in holdings_of(case)]
        change = amendment(recorded(held, CHAINS), self.register, shipped_catalogue())
        away = {one.id for one in change.retract}
        kept = [one for one in self.register if one.id not in away]
        made = [
            Assertion(
                id=UUID(int=100_000 + 1000 * sum(len(case.steps) for case in self.cases) + number),
                enterprise_id=UUID(int=99), level=one.level, subject_id=one.subject_id,
                claim=one.claim(shipped_catalogue()), known_at=self._now(), asserted_by=OFFICER,
            )
            for number, one in enumerate(change.record)
        ]  # fmt: skip
        self.register = [*kept, *made]

    @invariant()
    def the_register_says_what_was_found(self) -> None:
        held = [holding for case in self.cases for holding in holdings_of(case)]
        wanted = recorded(held, CHAINS)
        known = sorted(self.register, key=lambda one: (one.known_at, one.id))
        # Of those that begin together the last one is read, so their order has to be that of finding too.
        assert begun_together((one.subject_id, one.claim) for one in known) == begun_together(
            (one.subject_id, one.claim(shipped_catalogue())) for one in wanted
        )
        again = amendment(recorded(held, CHAINS), self.register, shipped_catalogue())
        assert (again.record, again.retract) == ((), ())

    @invariant()
    def every_state_is_what_its_steps_come_to(self) -> None:
        assert all(folded(case.steps) is case.violation.state for case in self.cases)


def begun_together(said: Iterable[tuple[UUID, Claim]]) -> dict[tuple[UUID, str, date | None], list[Claim]]:
    """What is said of each subject and fact from each day on, the one that is read last."""
    found: dict[tuple[UUID, str, date | None], list[Claim]] = {}
    for subject, claim in said:
        found.setdefault((subject, claim.fact, claim.valid_from), []).append(claim)
    return found


class Listing(RuleBasedStateMachine):
    """A list over a season: entries come and go, versions are published, and who is printed is who is listed."""

    def __init__(self) -> None:
        super().__init__()
        self.entries = [an_entry(number, EntryState.REQUESTED) for number in range(4)]
        self.contents: list[Content] = [NOBODY]
        self.today = date(2019, 12, 1)

    @rule(pick=PICK, way=PICK, expires=st.none() | st.integers(1, 30))
    def is_acted_on(self, pick: int, way: int, expires: int | None) -> None:
        """As people and workers do; only publishing lists, delists and lets expire."""
        index = pick % len(self.entries)
        one = self.entries[index]
        published = {EntryAction.LIST, EntryAction.DELIST, EntryAction.EXPIRE}
        legal = [each for each in ENTRIES.allowed(one.state) if each not in published]
        if not legal:
            return
        action = legal[way % len(legal)]
        end = one.expires_on
        if action is EntryAction.REVIEW and expires is not None:
            end = self.today + timedelta(days=expires)
        self.entries[index] = replace(one, state=ENTRIES.after(one.state, action), expires_on=end)

    @rule(pick=PICK)
    def is_asked_for_again(self, pick: int) -> None:
        index = pick % len(self.entries)
        if self.entries[index].state in ENTRIES.final:
            self.entries[index] = an_entry(index, EntryState.REQUESTED)

    @rule(days=st.integers(0, 20))
    def is_published(self, days: int) -> None:
        self.today += timedelta(days=days)
        found = moves(self.entries, on=self.today)
        after = {
            **{one.id: EntryAction.LIST for one in found.listed},
            **{one.id: EntryAction.DELIST for one in found.delisted},
            **{one.id: EntryAction.EXPIRE for one in found.expired},
        }
        left = [one for one in (*found.delisted, *found.expired) if one.state is not EntryState.APPROVED]
        self.contents.append(
            content(
                *(line(str(one.id.int)) for one in (*found.staying, *found.listed)),
                left=tuple(gone(str(one.id.int), "移出") for one in left),
            )
        )
        self.entries = [
            replace(one, state=ENTRIES.after(one.state, after[one.id])) if one.id in after else one
            for one in self.entries
        ]
        printed = {one.entry_id for one in self.contents[-1].lines}
        assert printed == {f"e-{one.id.int}" for one in self.entries if one.state in ON_THE_LIST}
        assert not any(one.state is EntryState.REVOKED for one in self.entries)

    @invariant()
    def who_comes_and_who_leaves_adds_up(self) -> None:
        """Difference by difference one comes from the empty list to the newest, and nobody leaves without a word."""
        names: set[str] = set()
        for number in range(1, len(self.contents)):
            step = diff(self.contents[number - 1 : number + 1])
            assert all(left is not None for _, left in step.removed)
            names = applied(names, step)
        assert names == {one.entry_id for one in self.contents[-1].lines}
        assert applied(set(), diff(self.contents)) == names

    @invariant()
    def the_chain_is_unbroken(self) -> None:
        made: list[ListVersion] = chain([one.as_text() for one in self.contents])
        assert broken(made) == []


def applied(names: set[str], found: Diff) -> set[str]:
    added, removed = ({one.entry_id for one in found.added}, {one.entry_id for one, _ in found.removed})
    assert not added & names
    assert removed <= names
    return (names | added) - removed


TestJournal, TestCases, TestListing = Journal.TestCase, Cases.TestCase, Listing.TestCase
TestJournal.settings = TestCases.settings = TestListing.settings = MACHINES

LISTED = st.dictionaries(st.sampled_from("ABCD"), st.sampled_from(["HR-20", "HR-21"]), max_size=4)


def listing(rules: dict[str, str], departures: Iterable[Departure] = ()) -> Content:
    lines: list[Line] = [line(name, rule=found) for name, found in rules.items()]
    return content(*lines, left=tuple(departures))


@settings(max_examples=60)
@given(LISTED, LISTED, LISTED)
def test_two_differences_in_a_row_come_to_the_difference_of_the_ends(
    first: dict[str, str], second: dict[str, str], third: dict[str, str]
) -> None:
    one, two, three = listing(first), listing(second), listing(third)
    before, then, whole = diff([one, two]), diff([two, three]), diff([one, two, three])

    def laid(found: Diff, on: dict[str, str]) -> dict[str, str]:
        left = {each.enterprise_code for each, _ in found.removed}
        new = {each.enterprise_code: each.rule for each in found.added}
        other = {each.after.enterprise_code: each.after.rule for each in found.changed}
        return {name: told for name, told in on.items() if name not in left} | new | other

    assert laid(then, laid(before, first)) == laid(whole, first) == third
    back = diff([three, one])
    assert {each.of for each in back.added} == {each.of for each, _ in whole.removed}


@settings(max_examples=60)
@given(st.lists(st.sampled_from(list(ActAction)), max_size=8), st.integers(0, 4))
def test_an_act_goes_through_its_hands_once_and_ends_once(actions: list[ActAction], hands: int) -> None:
    verbs = ["applies", *["files"] * hands, "approves"]
    act = an_act([{"by": str(number), "does": verb} for number, verb in enumerate(verbs)])
    done: list[ActAction] = []
    for wanted in actions:
        due = act.due
        moving = wanted in {ActAction.FORWARD, ActAction.GRANT}
        # What a step of the chain does follows from its place, not from the wish.
        action = action_for(act, due.does) if moving and due is not None else wanted
        if (act.state, action) not in ACTS.steps:
            continue
        act = replace(act, state=ACTS.after(act.state, action), steps_done=act.steps_done + 1, version=act.version + 1)
        done.append(action)
    assert done.count(ActAction.FORWARD) <= hands
    if ActAction.GRANT in done:
        assert done.count(ActAction.FORWARD) == hands
    assert sum(done.count(end) for end in (ActAction.GRANT, ActAction.REFUSE, ActAction.WITHDRAW)) <= 1
    assert act.state in ActState
    assert (act.due is None) == (act.state not in {ActState.REQUESTED, ActState.IN_REVIEW})

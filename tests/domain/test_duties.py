"""A duty through its life: states by the clock, filings that return, whom a plan binds, contacts that end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import Origin
from app.domain.duties.attachments import tidy_name
from app.domain.duties.calendar import Calendar
from app.domain.duties.contacts import erasable_from
from app.domain.duties.filing import (
    DUTIES,
    STATE_LABELS,
    DutyAction,
    DutyNotOpen,
    DutyState,
    Filing,
    FormUnfit,
    OwedDuty,
    Receipt,
    Verdict,
    filed_since,
)
from app.domain.duties.scope import DecidedRun, Firm, Named, Scope, bodies
from app.domain.duties.settings import DutySettings
from app.domain.duties.terms import Form, Term, owed_id
from app.domain.states import TransitionRefused
from tests.domain.plans import shipped_pack
from tests.domain.state_tables import every_pair, reachable

MONTHLY = next(
    one
    for one in Calendar(pack=shipped_pack("huairen"), season=2019, settings=DutySettings()).terms()
    if one.duty == "report-monthly-firms" and one.key == "2020-01"
)
BY = Origin(client_id="t", person="李四", office="市工信局")
DUE = datetime(2020, 1, 5, 16, tzinfo=UTC)
LEAST = timedelta(microseconds=1)


def owed(term: Term = MONTHLY, **more: Any) -> OwedDuty:
    return OwedDuty(
        id=owed_id(term, "f"), term=term, enterprise_id=UUID(int=1), region="140681", receiving_region="140681", **more
    )


def filing(number: int, at: datetime, verdict: Verdict | None = None) -> Filing:
    receipt = None if verdict is None else Receipt(id=UUID(int=9), verdict=verdict, reason="", at=at, by=BY)
    return Filing(
        id=UUID(int=number), number=number, form=Form.MONTHLY_IMPLEMENTATION, report={}, note="", attachments=(),
        at=at, by=BY, receipt=receipt,
    )  # fmt: skip


def test_the_clock_says_where_an_unfiled_duty_stands_to_the_microsecond() -> None:
    assert MONTHLY.due_at == DUE
    soon = DUE - timedelta(days=7)
    found = [owed().state(at) for at in (soon - LEAST, soon, DUE, DUE + LEAST)]
    assert found == [DutyState.OPEN, DutyState.DUE_SOON, DutyState.DUE_SOON, DutyState.LATE]


def test_what_was_filed_waived_or_has_ceased_stays_so_whatever_the_clock_says() -> None:
    later = DUE + timedelta(days=400)
    assert owed(filed_at=DUE).state(later) is DutyState.FILED
    assert owed(waived_at=DUE).state(later) is DutyState.WAIVED
    assert owed(ceased_at=DUE).state(later) is DutyState.CEASED
    assert (owed(filed_at=DUE).filed_late, owed(filed_at=DUE + LEAST).filed_late) == (False, True)


def test_what_is_only_offered_lapses_and_what_has_no_day_is_never_late() -> None:
    gaoping = Calendar(pack=shipped_pack("gaoping"), season=2019, settings=DutySettings()).terms()
    application = next(one for one in gaoping if one.duty == "wf-foundry-need")
    standing = next(one for one in gaoping if one.duty == "duty-inspections")
    later = DUE + timedelta(days=4000)
    assert owed(application).state(later) is DutyState.LAPSED
    assert owed(standing).state(later) is DutyState.OPEN
    assert not owed(standing, filed_at=later).filed_late


def test_the_table_of_states_refuses_every_other_step() -> None:
    taken = {(state, action) for state, action in every_pair(DUTIES) if (state, action) in DUTIES.steps}
    assert taken == {
        *((state, DutyAction.FILE) for state in DutyState if state not in {DutyState.WAIVED, DutyState.CEASED}),
        *((state, DutyAction.WAIVE) for state in (DutyState.OPEN, DutyState.DUE_SOON, DutyState.LATE)),
        (DutyState.FILED, DutyAction.CONFIRM),
        (DutyState.FILED, DutyAction.RETURN),
    }
    for state, action in set(every_pair(DUTIES)) - taken:
        with pytest.raises(TransitionRefused):
            DUTIES.after(state, action)  # type: ignore[arg-type]  # a pair of this table
    assert DUTIES.final == {DutyState.WAIVED, DutyState.CEASED}
    assert reachable(DUTIES, DutyState.LATE) == {DutyState.LATE, DutyState.FILED, DutyState.WAIVED, DutyState.OPEN}
    assert set(STATE_LABELS) == set(DutyState)


def test_a_return_opens_it_again_and_an_amendment_keeps_the_first_day() -> None:
    first, second, third = (DUE + timedelta(days=days) for days in (-3, -1, 2))
    assert filed_since([]) is None
    assert filed_since([filing(1, first), filing(2, second)]) == first
    assert filed_since([filing(1, first, "confirmed"), filing(2, third)]) == first
    assert filed_since([filing(1, first, "returned")]) is None
    assert filed_since([filing(1, first, "returned"), filing(2, third)]) == third


VERDICTS = st.lists(st.sampled_from([None, "confirmed", "returned"]), max_size=8)


@given(VERDICTS)
def test_something_stands_exactly_when_the_newest_filing_was_not_returned(verdicts: list[Verdict | None]) -> None:
    filings = [filing(number, DUE + timedelta(hours=number), one) for number, one in enumerate(verdicts, start=1)]
    stands = bool(verdicts) and verdicts[-1] != "returned"
    found = filed_since(filings)
    assert (found is not None) == stands
    assert found is None or found in {one.at for one in filings}


def test_nothing_is_filed_of_a_month_that_is_not_over_nor_on_another_form() -> None:
    with pytest.raises(DutyNotOpen, match="2020-01-01"):
        owed().refuse_early(datetime(2019, 12, 31, 15, 59, tzinfo=UTC))
    owed().refuse_early(datetime(2019, 12, 31, 16, tzinfo=UTC))
    with pytest.raises(FormUnfit):
        owed().refuse_form(Form.STATEMENT)


def test_the_seal_of_a_filing_covers_everything_said_in_it() -> None:
    one = filing(1, DUE).sealed(UUID(int=5))
    changes: list[dict[str, Any]] = [
        {"report": {"carried_out": "x"}}, {"note": "x"}, {"number": 2}, {"attachments": ((UUID(int=3), "ab"),)},
        {"at": DUE + LEAST}, {"form": Form.STATEMENT},
    ]  # fmt: skip
    assert one.digest(UUID(int=5)) == one.hash
    assert one.hash not in {replace(one, **change).digest(UUID(int=5)) for change in changes}
    assert one.digest(UUID(int=6)) != one.hash


def firm(*runs: DecidedRun, industry: str = "foundry") -> Firm:
    return Firm(id=UUID(int=1), regions=("140581",), industries=frozenset({industry}), runs=runs)


def run(*rules: str, at: datetime = datetime(2019, 9, 1, tzinfo=UTC), possible: tuple[str, ...] = ()) -> DecidedRun:
    named = Named.of(date(2019, 7, 1), date(2020, 7, 1), rules, possible)
    return DecidedRun(known_at=at, named=(named,))


def test_a_firm_is_bound_by_a_rule_that_limits_or_asks_certain_or_still_possible_and_by_nothing_else() -> None:
    scope = Scope(shipped_pack("gaoping"))
    free = next(one.id for one in scope.pack.rules() if one.then.kind == "not_limited")
    limiting, asking = next(iter(scope.limiting)), next(iter(scope.binding - scope.limiting))
    at = datetime(2019, 9, 1, tzinfo=UTC)
    assert scope.bound_since(firm()) is None
    assert scope.bound_since(firm(run())) is None
    assert scope.bound_since(firm(run(free))) is None
    assert [scope.bound_since(firm(run(one))) for one in (limiting, asking)] == [at, at]
    assert scope.bound_since(firm(run(possible=(f"{free}@x", f"{free}+{limiting}!@x")))) == at
    # Exempt since: what bound it before binds it no more; bound since the first that did.
    later = at + timedelta(days=30)
    assert scope.bound_since(firm(run(limiting), run(free, at=later))) is None
    assert scope.bound_since(firm(run(free), run(limiting, at=later))) == later


def test_nobody_owes_what_was_over_before_they_were_known_to_be_bound() -> None:
    scope = Scope(shipped_pack("huairen"))
    rule = next(iter(scope.limiting))
    assert MONTHLY.due_at is not None
    assert scope.owes(firm(run(rule, at=MONTHLY.due_at)), MONTHLY)
    assert not scope.owes(firm(run(rule, at=MONTHLY.due_at + LEAST)), MONTHLY)


def test_a_daily_report_is_owed_by_whom_something_limits_that_day() -> None:
    """A-YN7: cement stops and reports; a firm whose limit the authority has not set yet does not."""
    pack = shipped_pack("yongning")
    scope = Scope(pack)
    (term,) = Calendar(pack=pack, season=2019, settings=DutySettings()).of_days([date(2019, 12, 10)])
    cement, asked = next(iter(scope.limiting)), "YN-07"
    assert asked in scope.binding - scope.limiting
    assert scope.owes(firm(run(cement)), term)
    assert not scope.owes(firm(run(asked)), term)
    until = Named.of(date(2019, 7, 1), date(2019, 12, 10), [cement], [])
    assert not scope.owes(firm(replace(run(cement), named=(until,))), term)


def test_an_application_is_open_to_industries_whose_rules_ask_for_its_grant() -> None:
    """GP-16 to foundries, GP-23 to medicine."""
    pack = shipped_pack("gaoping")
    scope, by_name = Scope(pack), {}
    for term in Calendar(pack=pack, season=2019, settings=DutySettings()).terms():
        by_name[term.duty] = term
    rule = run(next(iter(scope.limiting)))
    assert scope.owes(firm(rule), by_name["wf-foundry-need"])
    assert not scope.owes(firm(rule), by_name["wf-pharma-need"])
    assert not scope.owes(firm(rule, industry="lime"), by_name["wf-foundry-need"])


def test_a_bodys_duty_is_the_issuers_the_citys_or_every_countys_of_the_territory() -> None:
    linfen, huairen = shipped_pack("linfen-twelve-industries"), shipped_pack("huairen")
    counties = ["141002", "141021", "140581"]
    assert bodies(linfen, "county", counties) == ("141002", "141021")
    assert bodies(linfen, "city", counties) == ("141000",)
    assert bodies(huairen, "department", counties) == ("140681",)
    assert bodies(huairen, "city", counties) == ("140600",)
    assert bodies(huairen, "enterprise", counties) == ()


def test_a_body_is_freed_by_the_region_above_and_a_firm_by_the_plans() -> None:
    department = replace(MONTHLY, who="department")
    above = [
        replace(owed(department), region=region, enterprise_id=None).waiving_region
        for region in ("140681", "141000", "140000")
    ]
    assert above == ["140600", "140000", "000000"]
    assert owed().waiving_region == "140681"


def test_a_contact_is_erased_so_many_months_after_it_ended_or_was_replaced() -> None:
    replaced = datetime(2020, 3, 31, 17, tzinfo=UTC)
    assert erasable_from(None, None, months=24) is None
    assert erasable_from(date(2020, 4, 1), None, months=24) == date(2022, 4, 1)
    assert erasable_from(date(2020, 8, 31), None, months=6) == date(2021, 2, 28)
    # It is the first of April in China then; the earlier of the two counts.
    assert erasable_from(date(2021, 1, 1), replaced, months=1) == date(2020, 5, 1)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("总结.docx", "总结.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ('C:\\temp\\a b"c;.exe', "a-b-c.pdf"),
        ("\u202ereport\r\nX: y", "report-X-y.pdf"),
        ("...", "attachment.pdf"),
        ("月报（12月）", "月报（12月）.pdf"),
        ("x" * 500, "x" * 100 + ".pdf"),
    ],
)
def test_a_name_is_tidied_and_ends_as_what_it_is(given_name: str, kept: str) -> None:
    assert tidy_name(given_name, "application/pdf") == kept


@given(st.text(max_size=300))
def test_no_name_escapes_a_header_or_a_folder(name: str) -> None:
    tidy = tidy_name(name, "text/csv")
    assert tidy.endswith(".csv")
    assert not set(tidy) & set('/\\"\r\n;\0')
    assert tidy.isprintable()
    assert not tidy.startswith(".")

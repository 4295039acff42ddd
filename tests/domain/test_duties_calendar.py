"""The duties of the plans, day by day as their texts and our readings have them; and what holds for every season."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import Origin
from app.domain.duties.calendar import Calendar, reported_by, reporting_days, responses
from app.domain.duties.settings import DutySettings, months_after, settings_for
from app.domain.duties.terms import Force, Form, Term
from app.domain.periods import ONE_DAY, SHANGHAI, Period
from app.domain.warnings import Colour, PollutionWarning, WarningChange
from tests.domain.plans import shipped_pack

SEVENTEEN = time(17)


def at(text: str) -> datetime:
    """An instant of China; 24:00 is written as 00:00 of the next day."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def terms(name: str, season: int = 2019, **settings: Any) -> list[Term]:
    return Calendar(pack=shipped_pack(name), season=season, settings=DutySettings(**settings)).terms()


def dated(name: str, duty: str, season: int = 2019, **settings: Any) -> list[Term]:
    return [one for one in terms(name, season, **settings) if one.duty == duty]


# Plan, duty, season, whose it is, and the instants at which it is due: the named day counts to 24:00 (A-G20).
TABLE: list[tuple[str, str, int, str, list[str]]] = [
    # HR-27, A-HR7: a month before 1 November 00:00.
    ("huairen", "duty-work-plan", 2019, "enterprise", ["2019-10-01"]),
    # HR-34, A-HR8: departments and firms alike, from December until March is told.
    (
        "huairen", "report-monthly", 2019, "department",
        ["2019-12-06", "2020-01-06", "2020-02-06", "2020-03-06", "2020-04-06"],
    ),
    (
        "huairen", "report-monthly-firms", 2021, "enterprise",
        ["2021-12-06", "2022-01-06", "2022-02-06", "2022-03-06", "2022-04-06"],
    ),
    # HR-29, A-HR9: no day in the text, by default the same fifth.
    (
        "huairen", "report-electricity", 2019, "power_supplier",
        ["2019-12-06", "2020-01-06", "2020-02-06", "2020-03-06", "2020-04-06"],
    ),
    # GP-27; GP-07, GP-16 and GP-23 bind the first hand only (A-GP14).
    ("gaoping", "duty-one-plant-one-plan", 2019, "enterprise", ["2019-09-11"]),
    ("gaoping", "wf-livelihood-load", 2019, "authority", ["2019-09-11"]),
    ("gaoping", "wf-foundry-need", 2020, "enterprise", ["2020-09-11"]),
    ("gaoping", "wf-pharma-need", 2019, "enterprise", ["2019-09-11"]),
    # L12-46.
    ("linfen-twelve-industries", "duty-inventory", 2019, "county", ["2019-10-01"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "duty", "season", "who", "due"), TABLE, ids=lambda one: str(one)[:40])
def test_each_printed_day_is_due_at_its_end(name: str, duty: str, season: int, who: str, due: list[str]) -> None:
    found = dated(name, duty, season)
    assert {one.who for one in found} == {who}
    assert [one.due_at for one in found] == [at(day) for day in due]


def test_no_other_duty_of_the_plans_has_a_day() -> None:
    """The summary of Yongning, told apart below, is the only one besides the table."""
    names = ("huairen", "yongning", "gaoping", "linfen-twelve-industries", "linfen-city", "fushan", "changzhi")
    found = {(name, one.duty) for name in names for one in terms(name) if one.due_at is not None}
    assert found == {(name, duty) for name, duty, *_ in TABLE} | {("yongning", "report-summary")}
    undated = [one for name in names for one in terms(name) if one.due_at is None and one.key != "final"]
    assert {one.force for one in undated} == {Force.STANDING}
    assert len(undated) > 40


def test_a_month_is_told_when_it_is_over() -> None:
    """HR-34: the report of 5 March is of February, in a leap year too."""
    by_key = {one.key: one for one in dated("huairen", "report-monthly")}
    assert by_key["2019-12"].covers == Period(date(2019, 11, 1), date(2019, 12, 1))
    assert by_key["2020-03"].covers == Period(date(2020, 2, 1), date(2020, 3, 1))
    assert by_key["2020-01"].opens_at == at("2020-01-01")
    assert by_key["2020-01"].soon_at == at("2019-12-30")


def test_the_power_suppliers_day_is_the_regions_to_set() -> None:
    """A-HR9: only that one."""
    moved = [one.due_at for one in dated("huairen", "report-electricity", power_supplier_day=10)]
    assert moved[0] == at("2019-12-11")
    assert dated("huairen", "report-monthly", power_supplier_day=10)[0].due_at == at("2019-12-06")


def test_the_summary_keeps_its_printed_day_and_tells_that_it_lies_before_the_end() -> None:
    """YN-20, A-YN4: 5 March stays, the season ends on the 10th, and a final one is offered, not demanded."""
    printed, final = dated("yongning", "report-summary")
    assert (printed.due_at, printed.force) == (at("2020-03-06"), Force.DUE)
    assert printed.covers == Period(date(2019, 12, 1), date(2020, 3, 6))
    (conflict,) = printed.conflicts
    assert conflict.code == "summary_before_end"
    assert "03-05" in conflict.says["zh"]
    assert "03-10" in conflict.says["en"]
    assert (final.force, final.due_at, final.opens_at) == (Force.OFFERED, None, at("2020-03-11"))
    assert final.covers == Period(date(2019, 12, 1), date(2020, 3, 11))
    assert final.conflicts == ()


def test_an_application_is_offered_to_firms_and_demanded_of_the_authority() -> None:
    """A-GP14: who is next stands in the chain; what comes after has no day."""
    (foundry,), (load,) = dated("gaoping", "wf-foundry-need"), dated("gaoping", "wf-livelihood-load")
    assert (foundry.force, foundry.to) == (Force.OFFERED, "市经信局")
    assert (load.force, load.to) == (Force.DUE, "高平市政府")
    # One firm's load handed on is not yet all that an authority files in one (GP-07).
    assert (foundry.forms, load.forms) == ((Form.APPLICATION, Form.STATEMENT), (Form.STATEMENT,))


def test_what_recurs_has_one_form_and_for_the_rest_the_filer_chooses() -> None:
    forms = {
        "report-monthly-firms": (Form.MONTHLY_IMPLEMENTATION,),
        "report-electricity": (Form.ELECTRICITY_TABLE,),
        "duty-work-plan": (Form.PLANT_PLAN, Form.STATEMENT),
        "duty-contacts": (Form.CONTACT, Form.STATEMENT),
        "duty-department-contacts": (Form.CONTACT, Form.STATEMENT),
    }
    assert {name: dated("huairen", name)[0].forms for name in forms} == forms
    assert dated("linfen-twelve-industries", "duty-inventory")[0].forms == (Form.INVENTORY, Form.STATEMENT)
    assert dated("yongning", "report-summary")[0].forms == (Form.SEASON_SUMMARY,)


def days(*spans: tuple[str, str | None], until: str = "2020-01-31") -> list[str]:
    found = [(at(start), None if end is None else at(end)) for start, end in spans]
    return [day.isoformat() for day in reporting_days(found, SEVENTEEN, until=date.fromisoformat(until))]


# When a response runs, and the days it is reported on by 17:00 (YN-11, A-YN5).
RESPONSES: dict[str, tuple[list[tuple[str, str | None]], list[str]]] = {
    "from the morning, three days, the last included": (
        [("2019-12-10T09:00", "2019-12-12T08:00")], ["2019-12-10", "2019-12-11", "2019-12-12"],
    ),
    "from exactly 17:00 it is reported that day": ([("2019-12-10T17:00", "2019-12-11")], ["2019-12-10"]),
    "after 17:00 first on the next day": ([("2019-12-10T17:01", "2019-12-12")], ["2019-12-11"]),
    "over before anybody could report": ([("2019-12-10T18:00", "2019-12-10T23:00")], []),
    "ending at midnight the day before is the last": ([("2019-12-10T09:00", "2019-12-11")], ["2019-12-10"]),
    "two on one day are one report": (
        [("2019-12-10T01:00", "2019-12-10T02:00"), ("2019-12-10T03:00", "2019-12-10T04:00")], ["2019-12-10"],
    ),
    "lifted at the instant it began": ([("2019-12-10T09:00", "2019-12-10T09:00")], []),
    "over the turn of the year": ([("2019-12-31T12:00", "2020-01-01T12:00")], ["2019-12-31", "2020-01-01"]),
}  # fmt: skip


@pytest.mark.parametrize("case", RESPONSES)
def test_a_response_is_reported_on_its_days(case: str) -> None:
    spans, expected = RESPONSES[case]
    assert days(*spans) == expected


def test_what_is_not_lifted_is_reported_day_by_day_as_far_as_anybody_asks() -> None:
    assert days(("2019-12-10T09:00", None), until="2019-12-11") == ["2019-12-10", "2019-12-11"]


def test_a_daily_report_stands_as_of_its_hour_and_rings_hours_before() -> None:
    calendar = Calendar(pack=shipped_pack("yongning"), season=2019, settings=DutySettings())
    (term,) = calendar.of_days([date(2019, 12, 10)])
    assert (term.due_at, term.soon_at, term.opens_at) == (
        at("2019-12-10T17:00"), at("2019-12-10T14:00"), at("2019-12-10"),
    )  # fmt: skip
    assert (term.day, term.who, term.forms) == (date(2019, 12, 10), "enterprise", (Form.DAILY_EXECUTION,))
    assert reported_by(shipped_pack("yongning")) == SEVENTEEN
    assert reported_by(shipped_pack("huairen")) is None


def warning(*said: tuple[Colour | None, str, str]) -> PollutionWarning:
    changes = tuple(
        WarningChange(
            number=number, colour=colour, from_at=at(start), known_at=at(known), by=Origin(client_id="t", person="李四"),
            basis="通知", operation_id=UUID(int=1),
        )
        for number, (colour, start, known) in enumerate(said)
    )  # fmt: skip
    return PollutionWarning(id=UUID(int=2), region="640121", acknowledge_within=timedelta(hours=2), changes=changes)


def test_a_response_of_any_colour_goes_on_until_it_is_lifted_and_starts_when_it_is_announced() -> None:
    """A-YN7; nobody can have reported in a response that had not been announced."""
    one = warning(
        (Colour.YELLOW, "2019-12-10T09:00", "2019-12-10T20:00"),
        (Colour.RED, "2019-12-11T12:00", "2019-12-11T12:00"),
        (None, "2019-12-13T08:00", "2019-12-13T08:00"),
    )
    found = reporting_days(responses([one]), SEVENTEEN, until=date(2020, 3, 31))
    assert found == [date(2019, 12, 11), date(2019, 12, 12), date(2019, 12, 13)]


INSTANTS = st.datetimes(min_value=datetime(2019, 9, 1), max_value=datetime(2020, 5, 1)).map(  # noqa: DTZ001  given one
    lambda one: one.replace(tzinfo=SHANGHAI)
)


@given(st.lists(st.tuples(INSTANTS, st.none() | INSTANTS), max_size=5), st.times())
def test_every_day_is_reported_once_at_most_and_only_while_some_response_ran(found: Any, hour: time) -> None:
    reported = reporting_days(found, hour, until=date(2020, 6, 30))
    assert reported == sorted(set(reported))
    for day in reported:
        begins = datetime.combine(day, time(), SHANGHAI)
        cutoff = datetime.combine(day, hour, SHANGHAI)
        assert any(start <= cutoff and (end is None or end > begins) for start, end in found)


@given(st.integers(2013, 2099), st.sampled_from(["huairen", "yongning", "gaoping", "linfen-twelve-industries"]))
def test_in_every_season_terms_lie_in_it_open_before_they_are_due_and_have_names_of_their_own(
    season: int, name: str
) -> None:
    found = terms(name, season)
    assert len({one.id for one in found}) == len(found)
    for one in found:
        if one.due_at is not None and one.soon_at is not None:
            last = one.due_at - timedelta(microseconds=1)
            assert date(season, 7, 1) <= last.date() < date(season + 1, 7, 1)
            assert one.soon_at <= one.due_at
            assert one.opens_at is None or one.opens_at < one.due_at
        if one.covers is not None and one.key[:2] == "20":
            assert one.covers.until is not None
            assert (one.covers.start.day, one.covers.until.day) == (1, 1)
            assert (one.covers.until - ONE_DAY).month == one.covers.start.month
    assert [one.id for one in terms(name, season)] == [one.id for one in found]
    assert not {one.id for one in terms(name, season + 1)} & {one.id for one in found}


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(0, 120))
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + ONE_DAY).day == 1)


def test_the_nearest_settings_hold() -> None:
    province, county = DutySettings(region="140000", number=1), DutySettings(region="140681", number=1)
    assert settings_for("140681", [province, county]) is county
    assert settings_for("140682", [province, county]) is province
    assert settings_for("640121", [province, county]).number == 0

"""The calendar of a masked year: windows, the last day of February, half-open days, seasons."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.periods import MonthDay, Period, season_of
from app.domain.policies.measures import After, During, Measure, OpenEnd, Span, window_of

COMMON, LEAP = 2022, 2019
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
MONTH_DAYS = st.dates(date(2020, 1, 1), date(2020, 12, 31)).map(lambda day: MonthDay(day.month, day.day))


def span(first: str, last: str) -> Span:
    return Span(first=MonthDay.parse(first), last=MonthDay.parse(last))


@pytest.mark.parametrize(
    ("first", "last", "common", "leap"),
    [
        ("11-01", "03-31", 151, 152),
        ("10-21", "03-31", 162, 163),
        ("10-21", "12-31", 72, 72),
        ("01-01", "03-31", 90, 91),
        ("12-01", "03-10", 100, 101),
        ("10-01", "03-15", 166, 167),
        ("10-01", "03-31", 182, 183),
        ("11-15", "03-15", 121, 122),
        ("12-01", "01-31", 62, 62),
        ("12-01", "02-29", 90, 91),
    ],
)
def test_a_window_has_the_days_that_were_counted_by_hand(first: str, last: str, common: int, leap: int) -> None:
    window = span(first, last)
    assert (window.of_season(COMMON).days, window.of_season(LEAP).days) == (common, leap)


@pytest.mark.parametrize(
    ("days", "pct", "stopped"),
    [
        (183, (30, 50, 70), (54.9, 91.5, 128.1)),
        (182, (30, 50, 70), (54.6, 91.0, 127.4)),
        (121, (30, 50, 70), (36.3, 60.5, 84.7)),
        (122, (30, 50, 70), (36.6, 61.0, 85.4)),
        (162, (20, 50, 60), (32.4, 81.0, 97.2)),
        (163, (20, 50, 60), (32.6, 81.5, 97.8)),
        (151, (20, 30, 40, 50), (30.2, 45.3, 60.4, 75.5)),
        (152, (20, 30, 40, 50), (30.4, 45.6, 60.8, 76.0)),
        (166, (30,), (49.8,)),
        (167, (30,), (50.1,)),
    ],
)
def test_a_share_of_a_counted_window_is_the_hand_count(
    days: int, pct: tuple[int, ...], stopped: tuple[float, ...]
) -> None:
    windows = [span(*ends).of_season(season) for ends in WINDOWS for season in (COMMON, LEAP)]
    assert days in [window.days for window in windows]
    assert tuple(round(days * each / 100, 1) for each in pct) == stopped


WINDOWS = [("11-01", "03-31"), ("10-21", "03-31"), ("10-01", "03-15"), ("10-01", "03-31"), ("11-15", "03-15")]


@pytest.mark.parametrize(
    ("season", "last"),
    [(2019, date(2020, 2, 29)), (2022, date(2023, 2, 28)), (2099, date(2100, 2, 28)), (1999, date(2000, 2, 29))],
)
def test_the_29th_of_february_is_the_last_day_of_february(season: int, last: date) -> None:
    assert MonthDay.parse("02-29").of_season(season) == last


def test_the_28th_of_february_stays_the_28th() -> None:
    assert [MonthDay(2, 28).of_season(season) for season in (2019, 2022)] == [date(2020, 2, 28), date(2023, 2, 28)]


@pytest.mark.parametrize(
    "text", ["02-30", "04-31", "13-01", "00-10", "1-5", "11/15", "2019-11-15", "", " 11-15", "11-15\n"]
)
def test_what_is_no_month_and_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the calendar's own words differ by case
        MonthDay.parse(text)


def test_the_season_turns_at_midsummer() -> None:
    assert [season_of(day) for day in (date(2020, 6, 30), date(2020, 7, 1))] == [2019, 2020]


@given(DAYS)
def test_a_day_lies_in_its_own_season(day: date) -> None:
    assert MonthDay(day.month, day.day).of_season(season_of(day)) == day


@given(MONTH_DAYS)
def test_a_month_and_day_is_written_as_it_is_read(month_day: MonthDay) -> None:
    assert MonthDay.parse(str(month_day)) == month_day


@given(DAYS, st.integers(0, 400))
def test_a_period_holds_its_first_and_last_day_and_no_other(first: date, more: int) -> None:
    last = first + timedelta(more)
    period = Period.inclusive(first, last)
    around = [first - timedelta(1), first, last, last + timedelta(1)]
    assert [day in period for day in around] == [False, True, True, False]
    assert (period.days, period.last_day) == (more + 1, last)


def test_an_open_period_has_no_last_day() -> None:
    period = Period(date(2019, 10, 1), None)
    assert (period.days, period.last_day, date(2099, 1, 1) in period) == (None, None, True)


def test_a_span_is_cut_to_the_window() -> None:
    measure = Measure(kind="stop", when=During(span=span("10-01", "12-31")))
    cut = window_of(measure, season=2019, zone_window=span("11-15", "03-15"), finding_day=None)
    assert cut == Period.inclusive(date(2019, 11, 15), date(2019, 12, 31))


def test_a_span_outside_the_window_has_no_days() -> None:
    measure = Measure(kind="stop", when=During(span=span("10-01", "10-31")))
    cut = window_of(measure, season=2019, zone_window=span("11-15", "03-15"), finding_day=None)
    assert cut.days == 0


def test_an_open_end_is_not_cut_to_the_window() -> None:
    measure = Measure(kind="stop", when=OpenEnd(first=MonthDay(10, 1), until="rectified"))
    window = window_of(measure, season=2019, zone_window=span("11-15", "03-15"), finding_day=None)
    assert window == Period(date(2019, 10, 1), None)


def test_what_begins_after_a_span_begins_the_day_after_its_last() -> None:
    measure = Measure(kind="stop", when=After(span=span("11-15", "02-29"), until="rectified"))
    begins = [
        window_of(measure, season=season, zone_window=span("10-01", "03-31"), finding_day=None)
        for season in (2019, 2022)
    ]
    assert begins == [Period(date(2020, 3, 1), None), Period(date(2023, 3, 1), None)]


def test_a_finding_stops_from_its_own_day() -> None:
    measure = Measure(kind="stop", when=OpenEnd(first=None, until="season_end"))
    window = window_of(measure, season=2019, zone_window=span("10-01", "03-31"), finding_day=date(2020, 1, 5))
    assert window == Period.inclusive(date(2020, 1, 5), date(2020, 3, 31))


def test_a_finding_may_bind_through_a_day_beyond_the_window() -> None:
    measure = Measure(kind="stop", when=OpenEnd(first=None, until="season_end", last=MonthDay(3, 31)))
    ends = [
        window_of(measure, season=2019, zone_window=span("11-15", "03-15"), finding_day=found)
        for found in (date(2019, 12, 10), date(2020, 3, 20), date(2020, 4, 10))
    ]
    assert [one.last_day for one in ends[:2]] == [date(2020, 3, 31)] * 2
    assert [one.days for one in ends] == [113, 12, 0]


def test_a_finding_after_the_end_of_the_season_has_no_days() -> None:
    measure = Measure(kind="stop", when=OpenEnd(first=None, until="season_end"))
    window = window_of(measure, season=2019, zone_window=span("10-01", "03-31"), finding_day=date(2020, 4, 10))
    assert window.days == 0

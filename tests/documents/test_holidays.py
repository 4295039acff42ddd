"""The working calendar that comes with the service."""

from datetime import date, timedelta

import chinese_calendar

from app.documents.holidays import china
from samples.holidays import FILE, written


def test_the_committed_calendar_is_what_the_package_says():
    assert FILE.read_text(encoding="utf-8") == written()


def test_every_day_of_every_year_has_the_day_type_the_package_gives_it():
    calendar = china()
    day, end = date(calendar.first_year, 1, 1), date(calendar.last_year, 12, 31)
    while day <= end:
        assert (calendar.day_type(day) == "workday") == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_a_worked_sunday_is_a_workday_and_a_holiday_on_a_tuesday_a_rest_day():
    calendar = china()
    assert calendar.day_type(date(2026, 2, 14)) == "workday"
    assert calendar.day_type(date(2026, 2, 17)) == "rest_day"
    assert calendar.holidays[date(2026, 2, 17)] == "春节"


def test_years_it_does_not_know_have_weekends_only():
    calendar = china()
    later = date(calendar.last_year + 1, 10, 1)
    assert not calendar.knows([later])
    assert not calendar.is_holiday(later)

"""The working calendar: which days are public holidays, and which weekends are worked (调休)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

DayType = Literal["workday", "rest_day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """Statutory holidays and worked weekends of the years `first_year` to `last_year`, both included.

    `version` names the data; outside its years every Saturday and Sunday is a rest day and nothing is a holiday.
    """

    version: str
    first_year: int = 0
    last_year: int = 0
    holidays: Mapping[date, str] = field(default_factory=dict)
    worked: frozenset[date] = frozenset()

    def day_type(self, day: date) -> DayType:
        """A holiday is a rest day; a weekend that is worked is a workday."""
        rests = day in self.holidays or (day.weekday() >= 5 and day not in self.worked)
        return "rest_day" if rests else "workday"

    def is_holiday(self, day: date) -> bool:
        return day in self.holidays

    def knows(self, days: Iterable[date]) -> bool:
        """Whether the data covers all of these days."""
        return all(self.first_year <= day.year <= self.last_year for day in days)

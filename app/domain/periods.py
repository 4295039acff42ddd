"""Civil days, months-and-days of a masked year, and half-open periods (A-G1, A-G2, A-G3)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

ONE_DAY = timedelta(days=1)
# China has kept one time without summer time since 1991.
SHANGHAI = timezone(timedelta(hours=8))
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class MonthDay:
    """A day of a year that the plan leaves open; 02-29 means the last day of February (A-G3)."""

    month: int
    day: int

    @classmethod
    def parse(cls, text: str) -> "MonthDay":
        match = _MONTH_DAY.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a month and day such as 11-15")
        found = cls(int(match[1]), int(match[2]))
        # 2020 is a leap year, so 02-29 passes and 02-30 does not.
        date(2020, found.month, found.day)
        return found

    def of_season(self, start_year: int) -> date:
        """Months 7-12 lie in the start year, months 1-6 in the next one (A-G1)."""
        year = start_year if self.month >= 7 else start_year + 1
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Half-open civil days in Asia/Shanghai: 24:00 of a day is 00:00 of the next; `until` None is open."""

    start: date
    until: date | None

    @classmethod
    def inclusive(cls, first: date, last: date) -> "Period":
        return cls(first, last + ONE_DAY)

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.until is None or day < self.until)

    def meets(self, other: "Period") -> bool:
        """Whether the two have a day in common."""
        return (other.until is None or self.start < other.until) and (self.until is None or other.start < self.until)

    @property
    def last_day(self) -> date | None:
        return None if self.until is None else self.until - ONE_DAY

    @property
    def days(self) -> int | None:
        return None if self.until is None else (self.until - self.start).days


def civil_day(at: datetime) -> date:
    """The day it is in China at an instant."""
    return at.astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """00:00 in China, which is 24:00 of the day before."""
    return datetime.combine(day, time(), SHANGHAI)


def season_of(day: date) -> int:
    """The start year of the season a day belongs to."""
    return day.year if day.month >= 7 else day.year - 1

"""What a report is asked for, and when it must be refused: nothing is told of what has not come to pass."""

from dataclasses import dataclass
from datetime import date, datetime, time

from app.domain.errors import Conflict, Invalid
from app.domain.periods import ONE_DAY, SHANGHAI, midnight

# YN-11, A-YN5: the day is told as it stands at 17:00.
TOLD_AT = time(17)


class ReportAhead(Invalid):
    code = "report_ahead"
    zh = "报告截至 {as_of}，尚未到该时刻；请稍后再取，或以 as_of 指定已过去的时刻。"
    en = "The report is as of {as_of}, which has not come yet; ask later, or give an instant that has passed as as_of."


class ReportBeforeItsDays(Invalid):
    code = "report_before_its_days"
    zh = "as_of {as_of} 早于所报期间的开始 {first}；请改用期间开始之后的时刻。"
    en = "as_of {as_of} lies before the beginning of what is reported, {first}; give an instant after it."


class ReportTooLarge(Conflict):
    code = "report_too_large"
    zh = "该报告超过 {most} 行，不能作为 JSON 或打印页给出；请改取 /export 的表格，或按下级行政区分别取。"
    en = "The report has more than {most} rows; take the sheet at /export instead, or ask for the regions below."


def told_instant(day: date) -> datetime:
    """17:00 of a day in China."""
    return datetime.combine(day, TOLD_AT, SHANGHAI)


def check_as_of(as_of: datetime, *, first: date, now: datetime) -> None:
    """Raises ReportAhead or ReportBeforeItsDays."""
    written = as_of.astimezone(SHANGHAI).isoformat(timespec="minutes")
    if as_of > now:
        raise ReportAhead(as_of=written)
    if as_of < midnight(first):
        raise ReportBeforeItsDays(as_of=written, first=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthAsked:
    """A month of a region under one plan, as it was known at an instant (HR-34)."""

    region: str
    pack: str
    first: date
    as_of: datetime

    @property
    def until(self) -> date:
        """The first day of the next month."""
        return date(self.first.year + self.first.month // 12, self.first.month % 12 + 1, 1)

    @property
    def ends(self) -> datetime:
        """What lies after this is not told: the end of the month, or the instant asked for if that comes first."""
        return min(midnight(self.until), self.as_of)

    @property
    def last_day(self) -> date:
        return self.until - ONE_DAY

    @property
    def over(self) -> bool:
        """Whether the month was over at the instant."""
        return self.as_of >= midnight(self.until)

    @property
    def due_on(self) -> date:
        """The 5th of the next month (HR-34, A-HR8)."""
        return self.until.replace(day=5)

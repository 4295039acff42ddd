"""What a region sets for its duties: when people are reminded, the power supplier's day, how long contacts are kept."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.access import Origin
from app.domain.errors import Stale
from app.domain.warnings import covering


class DutySettingsOutdated(Stale):
    code = "duty_settings_outdated"
    zh = "该地区的职责设置已被他人修改；请重新读取后再改。"
    en = "Somebody else has changed what this region sets for its duties; read it again first."


@dataclass(frozen=True, slots=True, kw_only=True)
class DutySettings:
    """The settings of one region; `power_supplier_day` is the day of the month where the plan names none (A-HR9).

    Contacts are erased `contact_months` after they ended; `basis` says what that time rests on.
    """

    region: str = "000000"
    lead_days: int = 7
    lead_hours: int = 3
    power_supplier_day: int | None = None
    contact_months: int = 24
    basis: str = "服务默认值：个人信息保存到达成目的所需的最短时间（个人信息保护法第十九条）"
    number: int = 0
    at: datetime | None = None
    by: Origin | None = None

    @property
    def lead(self) -> timedelta:
        """How long before a day's end people are reminded."""
        return timedelta(days=self.lead_days)

    @property
    def daily_lead(self) -> timedelta:
        """The same for what is due every day."""
        return timedelta(hours=self.lead_hours)


def settings_for(region: str, known: Iterable[DutySettings]) -> DutySettings:
    """The nearest settings above a region, its own first; the service's where nobody set any."""
    by_region = {one.region: one for one in known}
    return next((by_region[code] for code in covering(region) if code in by_region), DutySettings())


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

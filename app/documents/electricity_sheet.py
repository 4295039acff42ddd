"""The monthly electricity table as a sheet: one meter a row, with its completeness beside every sum (HR-29)."""

from collections.abc import Mapping

from app.domain.compliance.tables import MonthRow
from app.domain.enterprises.structure import Head
from app.domain.errors import Language

SHEET: Mapping[Language, str] = {"zh": "用电量", "en": "electricity"}
HEADERS: Mapping[Language, tuple[str, ...]] = {
    "zh": (
        "月份", "统一社会信用代码", "企业编码", "企业名称", "行政区", "电表编码", "电表类别", "应有时段数", "有读数时段数",
        "完整率%", "完整日数", "用电量kWh", "其中夜间kWh", "另有估计值kWh", "最大日", "最大日用电量kWh", "有自备电源",
    ),
    "en": (
        "month", "uscc", "enterprise_code", "enterprise", "region", "meter", "meter_kind", "intervals", "intervals_read",
        "complete_pct", "whole_days", "total_kwh", "night_kwh", "estimated_kwh_beside", "peak_day", "peak_kwh",
        "own_generation",
    ),
}  # fmt: skip
_YES: Mapping[Language, tuple[str, str]] = {"zh": ("否", "是"), "en": ("no", "yes")}


def sheet_row(head: Head, meter_code: str, meter_kind: str, one: MonthRow, language: Language) -> list[object]:
    return [
        one.month,
        head.uscc,
        head.code,
        head.name,
        head.region,
        meter_code,
        meter_kind,
        one.slots,
        one.known_slots,
        complete_pct(one),
        one.whole_days,
        kwh(one.total_wh),
        kwh(one.night_wh),
        kwh(one.estimated_wh),
        one.peak_day,
        kwh(one.peak_wh),
        _YES[language][one.own_generation],
    ]


def kwh(watt_hours: int) -> str:
    """Exact, as text: three decimals of a kilowatt-hour are watt-hours."""
    return f"{watt_hours // 1000}.{watt_hours % 1000:03}"


def complete_pct(one: MonthRow) -> str:
    """Rounded down, so that 100 means every interval."""
    hundredths = one.known_slots * 10_000 // max(one.slots, 1)
    return f"{hundredths // 100}.{hundredths % 100:02}"

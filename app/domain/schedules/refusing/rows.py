"""Rows of a refusal: where in the problem, which rule, and the sentence in both languages."""

from collections.abc import Iterator
from datetime import datetime
from math import isfinite

from app.domain.errors import FieldError, pointer_to

_SAID: dict[str, tuple[str, str]] = {
    "end_not_after_first": ("日历终止日 {end} 应晚于起始日 {first}。", "The calendar ends on {end}; it must end after {first}."),
    "from_day_outside": (
        "起排日 {found} 应在 {first}（含）至 {end}（不含）之间。", "Planning begins on {found}; it must lie from {first} until before {end}.",
    ),
    "unknown_month": ("{found} 不是月份（1 至 12）。", "{found} is no month; give 1 to 12."),
    "duplicate_id": ("编号 {id} 重复。", "The id {id} is given twice."),
    "unknown_resource": ("排产对象 {id} 不存在。", "There is no resource {id}."),
    "unknown_pollutant": ("污染物 {id} 不在 {known} 之中。", "{id} is no pollutant; give one of {known}."),
    "capacity_missing": (
        "{label} 缺少产能（吨/日），{by} 需据此计算。", "{label} has no capacity in t/d, which {by} weighs.",
    ),
    "capacity_not_positive": (
        "{label} 的产能为 {found} 吨/日，应大于 0。", "{label} has a capacity of {found} t/d; it must be above 0.",
    ),
    "negative": ("数值 {found} {unit} 不应为负，且应为有限数。", "{found} {unit} must be finite and not below 0."),
    "share_outside": ("比例 {found} 应在 0 至 1 之间。", "The share {found} must lie between 0 and 1."),
    "period_empty": ("时段自 {first} 起，应在其后终止，而终止于 {until}。", "The period begins on {first} and ends no later, on {until}."),
    "period_outside": (
        "时段 {first} 至 {until}（不含）超出日历 {from_day} 至 {end}（不含）。",
        "The period from {first} until {until} leaves the calendar from {from_day} until {end}.",
    ),
    "more_hours_than_period": (
        "要求停产 {found} 小时，时段仅有 {most} 小时。", "{found} h are asked of a period that has {most} h.",
    ),
    "count_too_large": ("要求停产 {found} 家，仅有 {most} 家。", "{found} groups are asked to stand still; there are {most}."),
    "not_positive": ("数值 {found} {unit} 应大于 0。", "{found} {unit} must be above 0."),
    "no_members": ("该要求没有排产对象。", "This requirement speaks of no resource."),
    "no_method": ("该压减要求没有可用方法。", "This cut names no method."),
    "weighs_follower": (
        "{id} 随上游设备运行，不能再作为压减的计算对象；请只计其上游。",
        "{id} runs as what it depends on lets it and cannot be weighed in a cut; weigh only what is upstream of it.",
    ),
    "nothing_left_to_run": (
        "只降负荷不能压减 100%；请改为停产。", "By load alone nothing can be cut by 100 %; ask for a stop.",
    ),
    "cycle_beside": (
        "{id} 按周期启停，不能同时参加压减、轮停、联动或另一周期；请分开排产。",
        "{id} runs in a cycle and cannot also be in a cut, a cohort, a coupling or another cycle; plan them apart.",
    ),
    "couples_in_circle": (
        "{id} 经其他设备依赖自身；请理清上下游。", "{id} depends on itself through others; say which of them is upstream.",
    ),
    "couples_itself": ("{id} 不能依赖自身。", "{id} cannot depend on itself."),
    "heat_duty_impossible": (
        "应保供热 {found} MW，全部热源仅 {most} MW。", "{found} MW of heat are needed; all sources give {most} MW.",
    ),
    "not_later": ("起止时间 {from_at} 至 {until_at} 不成一段。", "From {from_at} to {until_at} is no stretch of time."),
    "no_zone": ("时间 {found} 未注明时区。", "The instant {found} names no time zone."),
    "past_not_past": (
        "已发生的安排止于 {found}，不应晚于起排日 {from_day}。", "The past ends at {found}, after planning begins on {from_day}.",
    ),
    "past_before_calendar": ("已发生的安排始于 {found}，早于日历起始日 {first}。", "The past begins at {found}, before the calendar on {first}."),
    "stretches_overlap": ("该段与前一段重叠或未按先后排列。", "This stretch overlaps the one before it or comes before it."),
    "share_of_stop": ("停产的运行比例应为 0，限产应大于 0 且不超过 1；现为 {found}。", "A stop has share 0 and a limit above 0 up to 1; given {found}."),
}  # fmt: skip


def row(code: str, *path: str, **values: object) -> FieldError:
    """One wrong row; the path is what leads to it from the problem (RFC 6901)."""
    zh, en = _SAID[code]
    return FieldError(pointer=pointer_to(*path), code=code, zh=zh.format(**values), en=en.format(**values))


def negative(value: float, unit: str, *path: str) -> Iterator[FieldError]:
    """Whether a number is below 0 or none at all."""
    if not (isfinite(value) and value >= 0):
        yield row("negative", *path, found=value, unit=unit)


def share_outside(value: float, *path: str) -> Iterator[FieldError]:
    if not 0 <= value <= 1:
        yield row("share_outside", *path, found=value)


def hours(first: datetime, until: datetime) -> float:
    return (until - first).total_seconds() / 3600

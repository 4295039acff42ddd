"""Breaches: what a schedule does that was not allowed, in numbers with their unit and in two languages."""

from dataclasses import dataclass
from datetime import date

from app.domain.errors import Language

# Code: unit of the two numbers, and what is said of them.
_SAID: dict[str, tuple[str, str, str]] = {
    "unknown_resource": ("", "排程中的 {label} 不在本次排产对象之内。", "{label} is scheduled and is no resource of the problem."),
    "outside_calendar": (
        "h", "{label} 有 {found} 小时安排在日历之外（{day} 起）。", "{label}: {found} h lie outside the calendar, from {day} on.",
    ),
    "empty_stretch": ("h", "{label} 在 {day} 有一段不足一刻的安排。", "{label}: a stretch on {day} ends no later than it begins."),
    "out_of_order": ("", "{label} 的安排未按时间先后排列（{day}）。", "{label}: the stretches are not in order of time on {day}."),
    "overlap": ("h", "{label} 自 {day} 有 {found} 小时重复安排。", "{label}: {found} h are planned twice, from {day} on."),
    "wrong_share": (
        "", "{label} 在 {day} 的运行比例为 {found}，与该段的类型不符。", "{label}: the share {found} of {day} does not fit its kind.",
    ),
    "past_changed": (
        "h", "{label} 已发生的安排自 {day} 起被改动 {found} 小时。", "{label}: the fixed past is changed for {found} h, from {day} on.",
    ),
    "serves_unknown": (
        "", "{label} 在 {day} 的安排引用了不存在的要求 {requirement}。", "{label}: {day} serves {requirement}, which is not asked.",
    ),
    "serves_other": (
        "", "{label} 在 {day} 的安排引用了与其无关的要求 {requirement}。",
        "{label}: {day} serves {requirement}, which asks nothing of it then.",
    ),
    "serves_nothing": (
        "h", "{label} 自 {day} 有 {found} 小时的安排未说明依据。", "{label}: {found} h from {day} on serve no requirement.",
    ),
    "not_stoppable": (
        "h", "{label} 不可中断，却自 {day} 安排停产 {found} 小时。", "{label} cannot be interrupted, yet stops {found} h from {day} on.",
    ),
    "block_too_short": (
        "h", "{label} 自 {day} 的一次停产仅 {found} 小时，至少应为 {needed} 小时。",
        "{label}: the stop from {day} on lasts {found} h; at least {needed} h are needed.",
    ),
    "run_too_short": (
        "h", "{label} 自 {day} 仅运行 {found} 小时即再次停产，至少应运行 {needed} 小时。",
        "{label}: from {day} on it runs {found} h between two stops; at least {needed} h are needed.",
    ),
    "too_many_stops": (
        "", "{label} 自 {day} 起安排停产 {found} 次，最多 {needed} 次。",
        "{label}: {found} stops from {day} on; at most {needed} are possible.",
    ),
    "stage_missing": ("", "排程未给出指标 {label}。", "The schedule does not tell {label}, or tells it twice."),
    "stage_value": ("", "指标 {label} 报为 {found}，复核为 {needed}。", "{label} is told as {found} and comes to {needed}."),
    "stage_bound": (
        "", "指标 {label} 的下界 {found} 高于其值 {needed}。", "The bound {found} of {label} lies above its value {needed}.",
    ),
    "stop": (
        "h", "{label} 自 {day} 未停足：应停 {needed} 小时，实停 {found} 小时（{requirement}）。",
        "{label} does not stand still from {day} on: {needed} h are asked, {found} h planned ({requirement}).",
    ),
    "stop_hours": (
        "h", "{label} 自 {day} 应停 {needed} 小时，仅停 {found} 小时（{requirement}）。",
        "{label}: {needed} h of standing still are asked from {day} on, {found} h planned ({requirement}).",
    ),
    "cut": (
        "%", "自 {day} 应压减 {needed}%，仅压减 {found}%（{requirement}）。",
        "A cut of {needed} % is asked from {day} on, {found} % planned ({requirement}).",
    ),
    "surplus": (
        "t", "{requirement} 自 {day} 起可取消的多停产能为 {found} 吨，应少于最大一台一日的 {needed} 吨。",
        "{requirement}: {found} t of stops from {day} on are not needed; less than one day of the largest member, {needed} t, may be.",
    ),
    "method": (
        "h", "{label} 自 {day} 以限产 {found} 小时落实 {requirement}，该要求不允许限产。",
        "{label}: {found} h of limited load from {day} on serve {requirement}, which allows no load limit.",
    ),
    "cap": (
        "", "{label} 有 {days} 天运行比例超限，首日 {day}：上限 {needed}，安排 {found}（{requirement}）。",
        "{label} runs above its cap on {days} days, first {day}: {needed} allowed, {found} planned ({requirement}).",
    ),
    "cohort": (
        "", "有 {days} 天停产家数不足，首日 {day}：应停 {needed} 家，安排 {found} 家（{requirement}）。",
        "Too few stand still on {days} days, first {day}: {needed} are asked, {found} planned ({requirement}).",
    ),
    "cycle": (
        "h", "{label} 自 {day} 未按周期停产：应停 {needed} 小时，实停 {found} 小时（{requirement}）。",
        "{label} leaves its cycle from {day} on: {needed} h of standing still are asked, {found} h planned ({requirement}).",
    ),
    "cycle_run": (
        "h", "{label} 自 {day} 在周期的运行时段停产 {found} 小时，无其他依据（{requirement}）。",
        "{label} stands still for {found} h of the running part of its cycle from {day} on, for nothing else ({requirement}).",
    ),
    "heat_duty": (
        "MW", "有 {days} 天供热不足，首日 {day}：应保 {needed} MW，仅 {found} MW（{requirement}）。",
        "Too little heat on {days} days, first {day}: {needed} MW are needed, {found} MW are left ({requirement}).",
    ),
    "coupling": (
        "", "{label} 有 {days} 天未随上游压减，首日 {day}：上限 {needed}，安排 {found}（{requirement}）。",
        "{label} runs above what it depends on, on {days} days, first {day}: {needed} allowed, {found} planned ({requirement}).",
    ),
    "floor": (
        "t", "自 {day} 应减排 {needed} 吨，仅减排 {found} 吨（{requirement}）。",
        "{needed} t less are asked from {day} on, {found} t are saved ({requirement}).",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One rule a schedule breaks, first on `day`, on so many `days`; the numbers are of that first day or of the whole.

    `requirement` is the id of what is not kept; None where the form of the schedule itself is wrong.
    """

    code: str
    requirement: str | None = None
    resource: str | None = None
    label: str = ""
    day: date | None = None
    days: int = 1
    needed: float = 0.0
    found: float = 0.0

    @property
    def unit(self) -> str:
        """The unit of `needed` and `found`; none for shares and counts."""
        return _SAID[self.code][0]

    def message(self, language: Language) -> str:
        _, zh, en = _SAID[self.code]
        return (zh if language == "zh" else en).format(
            label=self.label,
            requirement=self.requirement,
            day=self.day,
            days=self.days,
            needed=_number(self.needed),
            found=_number(self.found),
        )


def _number(value: float) -> str:
    """Up to six decimals, without a tail of zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".")

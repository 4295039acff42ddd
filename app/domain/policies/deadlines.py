"""Deadlines that contradict the season they belong to; the printed day always stays (A-YN4)."""

from app.domain.periods import MonthDay
from app.domain.policies.pack import Pack
from app.domain.policies.undertakings import Duty, Text

BEFORE_END = "summary_before_end"


def summary_before_end(duty: Duty, pack: Pack, season: int) -> MonthDay | None:
    """The day on which the season ends, where what covers all of it is due before; None where nothing is wrong."""
    if duty.covers != "season" or not duty.by:
        return None
    first, last = pack.bounds(season)
    due = MonthDay.parse(duty.by).of_season(season)
    return MonthDay(last.month, last.day) if first <= due <= last else None


def before_end_words(duty: Duty, ends: MonthDay) -> Text:
    """The contradiction in words."""
    return {
        "zh": f"总结的是整个错峰期，却要求在 {duty.by} 前报送，而错峰期到 {ends} 才结束",
        "en": f"it covers the whole season and is due on {duty.by}, before the season ends on {ends}",
    }

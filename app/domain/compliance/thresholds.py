"""Thresholds: every number a verdict stands on, with its unit, where it comes from and who should confirm it.

A set is data: it is replaced by another version, never altered, and each finding names the version it was judged by.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal

from app.domain.errors import Invalid
from app.domain.policies.undertakings import Text

Name = Literal[
    "complete_pct",
    "stop_main_pct",
    "stop_production_pct",
    "on_main_pct",
    "on_production_pct",
    "burst_pct",
    "run_minutes",
    "ramp_down_minutes",
    "cut_day_tolerance_pct",
    "cut_phase_tolerance_pct",
    "treatment_on_pct",
    "treatment_off_minutes",
    "treatment_derated_percentile",
    "treatment_derated_minutes",
    "treatment_derated_slots",
    "night_from_minute",
    "night_until_minute",
    "night_excess_pct",
    "offline_inside_pct",
    "offline_outside_pct",
    "base_days",
    "base_least_days",
    "base_outlier_sigmas",
]
Unit = Literal["%", "min", "d", "sigma", "slots"]
# What the table of sources is to be read as: a public page by its number, or nobody's but ours.
OWN = "own reading"
# Whoever runs the electricity supervision has to confirm what nobody else has said.
METERING = "用电监控牵头部门"


class ThresholdUnknown(Invalid):
    code = "threshold_unknown"
    zh = "没有名为“{name}”的阈值；可用：{known}。"
    en = "There is no threshold {name}; there are: {known}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One whole number with its unit; `source` is a tag of the survey of practice, or our own reading."""

    value: int
    unit: Unit
    source: str
    confirm: str
    says: Text

    def as_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "unit": self.unit,
            "source": self.source,
            "confirm": self.confirm,
            "says": dict(self.says),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """A version of all of them."""

    version: str
    values: Mapping[Name, Threshold]

    def __getitem__(self, name: Name) -> int:
        return self.values[name].value

    def replaced(self, version: str, changes: Mapping[str, int], *, source: str, confirm: str) -> "Thresholds":
        """Another version with some numbers of its own, each with where it comes from; raises ThresholdUnknown."""
        values = dict(self.values)
        for name, value in changes.items():
            known = next((one for one in values if one == name), None)
            if known is None:
                raise ThresholdUnknown(name=name[:80], known=", ".join(values))
            values[known] = replace(values[known], value=value, source=source, confirm=confirm)
        return Thresholds(version=version, values=MappingProxyType(values))

    def digest(self) -> str:
        """SHA-256 over every number and where it comes from, in hex."""
        return sha256(json.dumps(self.as_json(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {"version": self.version, "values": {name: one.as_json() for name, one in self.values.items()}}


def _said(value: int, unit: Unit, source: str, zh: str, en: str, *, confirm: str = METERING) -> Threshold:
    return Threshold(value=value, unit=unit, source=source, confirm=confirm, says={"zh": zh, "en": en})


PUBLISHED = Thresholds(
    version="published/1",
    values=MappingProxyType(
        {
            "complete_pct": _said(
                90,
                "%",
                "F49",
                "一日应有时段中至少有此比例的读数，才作判断",
                "A day is judged only where at least this share of its intervals has a reading",
            ),
            "stop_main_pct": _said(
                25,
                "%",
                "F46",
                "停产日总表电量不高于基线的此比例（或申报的保安、保温负荷，取大者）",
                "On a stop day the main meter uses at most this share of the baseline, or the declared holding load",
            ),
            "stop_production_pct": _said(
                5,
                "%",
                OWN,
                "停产日生产分表电量不高于基线的此比例",
                "On a stop day a production sub-meter uses at most this share of its baseline",
            ),
            "on_main_pct": _said(
                25,
                "%",
                OWN,
                "总表某时段高于基线平均时段电量的此比例，视为有设备在生产（未申报启停阈值时）",
                "A main meter's interval above this share of the baseline's mean interval runs, where none is declared",
            ),
            "on_production_pct": _said(
                5,
                "%",
                OWN,
                "生产分表某时段高于基线平均时段电量的此比例，视为在生产（未申报启停阈值时）",
                "A production meter's interval above this share of the mean interval runs, where none is declared",
            ),
            "burst_pct": _said(
                50,
                "%",
                OWN,
                "停产时段内任一时段高于基线平均时段电量的此比例，不属于保温或值守",
                "No single interval of a stop reaches this share of the mean interval: that is not keeping warm",
            ),
            "run_minutes": _said(
                60,
                "min",
                OWN,
                "连续运行达到此时长才构成线索（4 个 15 分钟时段）",
                "Running counts once it lasts this long without a break (4 intervals of 15 minutes)",
            ),
            "ramp_down_minutes": _said(
                120,
                "min",
                OWN,
                "停产开始后的降负荷宽限时间，其间用电不计",
                "Time to run down after a stop begins; what is used in it does not count",
                confirm="企业申报、主管部门认可",
            ),
            "cut_day_tolerance_pct": _said(
                10,
                "%",
                OWN,
                "逐日限产的计量容差（实务为 5–10 %）",
                "Tolerance of a cut judged day by day (practice is 5 to 10 %)",
            ),
            "cut_phase_tolerance_pct": _said(
                5,
                "%",
                OWN,
                "按阶段累计限产的计量容差（实务为 5–10 %）",
                "Tolerance of a cut judged over its phase (practice is 5 to 10 %)",
            ),
            "treatment_on_pct": _said(
                10,
                "%",
                OWN,
                "治理设施某时段低于生产时平均电量的此比例，视为未运行（未申报启停阈值时）",
                "A treatment interval below this share of its mean while production ran is off, where none is declared",
            ),
            "treatment_off_minutes": _said(
                15,
                "min",
                OWN,
                "生产而治理设施未运行超过此时长构成线索（实务为 10–15 分钟）",
                "Production without treatment counts beyond this time (practice is 10 to 15 minutes)",
            ),
            "treatment_derated_percentile": _said(
                10,
                "%",
                OWN,
                "同等生产水平下治理设施电量的此百分位，低于它为降频、空转迹象",
                "Below this percentile of its use at the same production, treatment looks slowed down or idling",
            ),
            "treatment_derated_minutes": _said(
                120,
                "min",
                OWN,
                "低于百分位须连续达到此时长",
                "Below the percentile for this long without a break",
            ),
            "treatment_derated_slots": _said(
                96,
                "slots",
                OWN,
                "同等生产水平至少有此数目的历史时段，才判断降频",
                "At least so many earlier intervals at the same production, or nothing is said of derating",
            ),
            "night_from_minute": _said(22 * 60, "min", "F40", "夜间自此时刻起（当日分钟数）", "Night begins"),
            "night_until_minute": _said(6 * 60, "min", "F40", "夜间至此时刻止（当日分钟数）", "Night ends"),
            "night_excess_pct": _said(
                10,
                "%",
                OWN,
                "夜间电量占比高出基线占比超过此百分点，为夜间生产迹象",
                "The night's share of the day exceeds the baseline's by more than so many points",
            ),
            "offline_inside_pct": _said(
                50,
                "%",
                OWN,
                "管控时段内缺数达到此比例……",
                "At least this share of the controlled intervals is missing …",
            ),
            "offline_outside_pct": _said(
                10,
                "%",
                OWN,
                "……而其他时段缺数不超过此比例，视为恰在管控时段离线",
                "… and at most this share of the others: offline exactly in the controlled hours",
            ),
            "base_days": _said(
                90,
                "d",
                OWN,
                "基线取管控开始前此天数内的合格日",
                "The baseline looks back this many days before the control begins",
            ),
            "base_least_days": _said(
                10,
                "d",
                "F54",
                "基线至少须有此数目的合格日（需求响应惯例为 10 日）",
                "A baseline needs so many eligible days (demand response takes ten)",
            ),
            "base_outlier_sigmas": _said(
                3,
                "sigma",
                "F48",
                "日电量偏离均值超过此倍标准差的日子不作基线",
                "A day further from the mean than so many standard deviations is no base",
            ),
        }
    ),
)

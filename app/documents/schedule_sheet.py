"""A schedule as a sheet in the layout of the lists that are printed: one row for each line or part of it that stops by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.documents.schedules import cited, stretch_text
from app.documents.wording import number_text, value_text
from app.domain.decisions.subjects import Subject, span_at
from app.domain.enterprises.structure import Enterprise
from app.domain.errors import Language
from app.domain.periods import SHANGHAI
from app.domain.policies.facts import Catalogue
from app.domain.policies.pack import Pack
from app.domain.quantities import POLLUTANTS
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.problem import Stretch
from app.domain.schedules.versions import StoredSchedule

HEADERS: Mapping[Language, Sequence[str]] = {
    "zh": (
        "清单", "版本", "统一社会信用代码", "企业编码", "企业名称", "行政区代码", "行业标签", "国民经济行业代码", "绩效等级",
        "厂区编码", "生产线编码", "生产线名称", "排期对象", "设备类型", "燃料", "产能 (t/d)", "基准",
        "颗粒物正常排放 (t/d)", "二氧化硫正常排放 (t/d)", "氮氧化物正常排放 (t/d)", "挥发性有机物正常排放 (t/d)",
        "停产天数", "季节措施", "依据",
        "颗粒物减排 (t)", "二氧化硫减排 (t)", "氮氧化物减排 (t)", "挥发性有机物减排 (t)", "生产用电表", "发布日期",
    ),
    "en": (
        "list", "version", "uscc", "enterprise_code", "enterprise_name", "region", "industry", "gbt4754", "performance_grade",
        "site_code", "line_code", "line_name", "planned_as", "equipment_kind", "fuel", "capacity_t_d", "baseline",
        "pm_normal_t_d", "so2_normal_t_d", "nox_normal_t_d", "voc_normal_t_d",
        "stop_days", "seasonal_measure", "clauses",
        "pm_reduced_t", "so2_reduced_t", "nox_reduced_t", "voc_reduced_t", "production_meters", "published_on",
    ),
}  # fmt: skip
SHEET: Mapping[Language, str] = {"zh": "排期", "en": "schedule"}
BASELINE: Mapping[Language, str] = {"zh": "正常生产日排放", "en": "normal day"}
UNKNOWN: Mapping[Language, str] = {"zh": "未知", "en": "unknown"}
DAY_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the register holds of an enterprise: its structure, and its tree with facts."""

    enterprise: Enterprise
    tree: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A schedule with the plans it cites and the facts it may name, in one language."""

    schedule: StoredSchedule
    packs: Mapping[str, Pack]
    catalogue: Catalogue
    language: Language

    def row(self, line: ScheduledLine, known: Registered) -> list[object]:
        """One row; facts as they stand on the first day that is planned."""
        schedule, language = self.schedule, self.language
        one, head, published = line.resource, known.enterprise.head, schedule.publication
        own = next((each for each in known.enterprise.lines if str(each.id) == one.line_id), None)
        site = next((each.code for each in known.enterprise.sites if str(each.id) == one.site_id), "")
        clauses = (f"{each.provision} {each.place}".strip() for each in cited(line.clauses.values(), self.packs))
        return [
            schedule.asked.name,
            None if published is None else published.number,
            head.uscc,
            head.code,
            head.name,
            one.region,
            one.industry,
            (own.gbt4754 if own else None) or head.gbt4754,
            self._fact(known.tree, one.line_id, "performance_grade"),
            site,
            own.code if own else "",
            own.name if own else "",
            one.label,
            one.kind,
            self._fact(known.tree, one.line_id, "fuel"),
            None if one.capacity_t_d is None else number_text(round(one.capacity_t_d, 6)),
            BASELINE[language],
            *(_tonnes(one.emission_t_d.get(pollutant), language) for pollutant in POLLUTANTS),
            number_text(round(line.stop_hours / DAY_HOURS, 4)),
            "；".join(window(stretch, language) for stretch in line.stretches),
            "；".join(dict.fromkeys(clauses)),
            *self._reduced(line),
            "、".join(_meters(known.enterprise, line)),
            None if published is None else published.known_at.astimezone(SHANGHAI).date(),
        ]

    def _reduced(self, line: ScheduledLine) -> list[str]:
        first, end = self.schedule.first, self.schedule.end
        given_up = sum(share for day, share in line.given_up().items() if first <= day < end)
        emission = line.resource.emission_t_d
        kept = (emission[each] * given_up if each in emission else None for each in POLLUTANTS)
        return [_tonnes(one, self.language) for one in kept]

    def _fact(self, tree: Subject, line_id: str, name: str) -> str | None:
        """What is said of the line, else of its site, else of the enterprise."""
        day = self.schedule.asked.from_day.isoformat()
        for subject in _chain(tree, line_id):
            span = span_at(subject["facts"].get(name, []), day)
            if span is not None:
                return value_text(self.catalogue[name], span["value"], self.language)
        return None


def _chain(tree: Subject, line_id: str) -> list[Subject]:
    found = [(line, site, tree) for site in tree["children"] for line in site["children"] if line["id"] == line_id]
    return list(found[0]) if found else []


def window(one: Stretch, language: Language) -> str:
    """A stretch in words: `12-10 00:00 – 12-25 00:00 停产`."""
    start, end = one.from_at.astimezone(SHANGHAI), one.until_at.astimezone(SHANGHAI)
    return f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M} {stretch_text(one, language)}"


def _tonnes(value: float | None, language: Language) -> str:
    return UNKNOWN[language] if value is None else number_text(round(value, 6))


def _meters(enterprise: Enterprise, line: ScheduledLine) -> list[str]:
    subjects = {line.resource.id, line.resource.line_id}
    return [one.code for one in enterprise.meters if one.kind == "production" and str(one.subject) in subjects]

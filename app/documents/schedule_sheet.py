"""A schedule as a sheet in the layout of the lists that are printed: one row for each line or part of it that stops by itself."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from app.documents.schedule_listed import Listed
from app.domain.errors import Language
from app.domain.quantities import POLLUTANTS, Pollutant
from app.domain.schedules.versions import ScheduleState
from app.domain.warnings import COLOURS

SHEET: Mapping[Language, str] = {"zh": "排期", "en": "schedule"}
LISTS: Mapping[ScheduleState, tuple[str, str]] = {
    ScheduleState.DRAFT: ("错峰生产清单（草案）", "staggered production list (draft)"),
    ScheduleState.PUBLISHED: ("错峰生产清单", "staggered production list"),
    ScheduleState.SUPERSEDED: ("错峰生产清单（已被替代）", "staggered production list (superseded)"),
}
BASELINE = ("正常生产日排放", "normal day")
AIR: Mapping[Pollutant, str] = {"pm": "颗粒物", "so2": "二氧化硫", "nox": "氮氧化物", "voc": "挥发性有机物"}
# Who may be called, and on what ground a line is exempt, is read by those who may read it where it is kept.
FACTS, EXEMPTIONS = "facts:read", "exemptions:read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its header in both languages, its cell, and the scope without which it is left out."""

    zh: str
    en: str
    cell: Callable[[Listed], object]
    scope: str | None = None


def _column(zh: str, en: str, cell: Callable[[Listed], object], *, scope: str | None = None) -> Column:
    return Column(zh=zh, en=en, cell=cell, scope=scope)


def _fact(zh: str, en: str, name: str, *, scope: str | None = None) -> Column:
    return Column(zh=zh, en=en, cell=lambda row: row.fact(name), scope=scope)


def _number(zh: str, en: str, name: str) -> Column:
    return Column(zh=zh, en=en, cell=lambda row: row.number(name))


def _air(zh: str, en: str, cell: Callable[[Listed, Pollutant], object]) -> list[Column]:
    """One column for each pollutant."""

    def of(pollutant: Pollutant) -> Column:
        return Column(zh=f"{AIR[pollutant]}{zh}", en=f"{pollutant}_{en}", cell=lambda row: cell(row, pollutant))

    return [of(pollutant) for pollutant in POLLUTANTS]


def _warning(colour: str) -> list[Column]:
    zh = COLOURS[colour][0]
    return [
        _column(f"{zh}预警措施", f"{colour}_measures", lambda row: row.warning(colour).measures),
        _column(f"{zh}压减 (%)", f"{colour}_cut_pct", lambda row: row.warning(colour).cut_pct),
        _column(f"{zh}负荷上限 (%)", f"{colour}_cap_pct", lambda row: row.warning(colour).cap_pct),
        _column(f"{zh}停产小时", f"{colour}_stop_hours", lambda row: row.warning(colour).stop_hours),
    ]


COLUMNS: Sequence[Column] = (
    _column("清单类型", "list_type", lambda row: row.book.either(*LISTS[row.book.schedule.state])),
    _column("清单", "list", lambda row: row.book.schedule.asked.name),
    _column("版本", "version", lambda row: None if (one := row.book.schedule.publication) is None else one.number),
    _column("统一社会信用代码", "uscc", lambda row: row.known.enterprise.head.uscc),
    _column("企业编码", "enterprise_code", lambda row: row.known.enterprise.head.code),
    _column("企业名称", "enterprise_name", lambda row: row.known.enterprise.head.name),
    _column("行政区代码", "region", lambda row: row.line.resource.region),
    _column("行业标签", "industry", lambda row: row.line.resource.industry),
    _column("国民经济行业代码", "gbt4754", lambda row: (row.own and row.own.gbt4754) or row.known.enterprise.head.gbt4754),
    _fact("绩效等级", "performance_grade", "performance_grade"),
    _column("绩效等级依据", "grade_basis", lambda row: row.paper("performance_grade")),
    _column("错峰类别", "stagger_class", lambda row: row.said.classes(row.ids)),
    _column("类别依据", "class_basis", lambda row: row.said.class_clauses(row.ids)),
    _column("厂区编码", "site_code", lambda row: row.site_code),
    _column("生产线编码", "line_code", lambda row: row.own and row.own.code),
    _column("生产线名称", "line_name", lambda row: row.own and row.own.name),
    _column("排期对象", "planned_as", lambda row: row.line.resource.label),
    _column("工序", "processes", lambda row: row.processes),
    _column("设备类型", "equipment_kind", lambda row: row.line.resource.kind),
    _column("设备（用备）", "equipment", lambda row: row.equipment),
    _column("在用台数", "units_running", lambda row: row.units("running")),
    _column("备用台数", "units_standby", lambda row: row.units("standby")),
    _fact("燃料", "fuel", "fuel"),
    _column("产能 (t/d)", "capacity_t_d", lambda row: row.capacity),
    _column("污染物", "pollutants", lambda row: row.pollutants(AIR)),
    _column("基准", "baseline", lambda row: row.book.either(*BASELINE)),
    *_air("正常排放 (t/d)", "normal_t_d", Listed.normal),
    _column("季节要求", "seasonal_demand", lambda row: row.season.measures),
    _column("停产天数", "stop_days", lambda row: row.stop_days),
    _column("季节措施", "seasonal_measure", lambda row: row.windows),
    _column("季节压减 (%)", "seasonal_cut_pct", lambda row: row.season.cut_pct),
    _column("季节负荷上限 (%)", "seasonal_cap_pct", lambda row: row.caps or row.season.cap_pct),
    _column("季节停产小时", "seasonal_stop_hours", lambda row: row.stop_hours),
    _column("依据", "clauses", lambda row: row.clauses),
    *(column for colour in COLOURS for column in _warning(colour)),
    *_air("减排 (t)", "reduced_t", Listed.reduced),
    *_air("日均减排 (t/d)", "reduced_t_d", Listed.reduced_a_day),
    _number("日均运输车次", "trucks_per_day", "trucks_per_day"),
    _number("国五及以上车辆占比 (%)", "national_5_share_pct", "national_5_share_pct"),
    _number("国六车辆占比 (%)", "national_6_share_pct", "national_6_share_pct"),
    _number("新能源车辆占比 (%)", "new_energy_share_pct", "new_energy_share_pct"),
    _fact("门禁视频系统", "gate_system", "gate_system"),
    _column("核查方式", "check_method", lambda row: row.checked_by),
    _column("生产用电表", "production_meters", lambda row: row.meters("production")),
    _column("治理用电表", "treatment_meters", lambda row: row.meters("treatment")),
    _column("总电表", "main_meters", lambda row: row.meters("main")),
    _number("安全保温负荷 (kW)", "holding_load_kw", "safe_holding_load_kw"),
    _number("安全保温负荷占比 (%)", "holding_load_pct", "safe_holding_load_pct"),
    _fact("联系人", "contact_person", "contact_person", scope=FACTS),
    _fact("联系电话", "contact_phone", "contact_phone", scope=FACTS),
    _fact("监管单位", "supervising_unit", "supervising_unit"),
    _fact("监管责任人", "supervising_person", "supervising_person", scope=FACTS),
    _column("豁免标准", "exemption_criterion", lambda row: row.exempt_by, scope=EXEMPTIONS),
    _column("豁免证据", "exemption_evidence", lambda row: row.exempt_on, scope=EXEMPTIONS),
    _column("豁免有效至", "exempt_through", lambda row: row.exempt_through, scope=EXEMPTIONS),
    _fact("一厂一策备案编号", "filing_no", "response_plan_filing_no"),
    _column("发布依据", "publication_basis", lambda row: row.publication_basis),
    _column("发布日期", "published_on", lambda row: row.published_on),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns somebody with certain scopes may read, in one language."""

    columns: tuple[Column, ...]
    language: Language

    @classmethod
    def for_reader(cls, scopes: Collection[str], language: Language) -> "Sheet":
        return cls(tuple(one for one in COLUMNS if one.scope is None or one.scope in scopes), language)

    @property
    def header(self) -> list[object]:
        return [one.zh if self.language == "zh" else one.en for one in self.columns]

    def row(self, listed: Listed) -> list[object]:
        return [one.cell(listed) for one in self.columns]

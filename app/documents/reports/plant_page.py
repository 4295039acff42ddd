"""One plant's plan on a page and in a workbook: the same sections in the same order."""

from collections.abc import Iterable, Iterator, Sequence

from app.documents.described import UNKNOWN
from app.documents.reports.cells import either, either_of, yes
from app.documents.reports.page import Page, Section
from app.documents.reports.plant import CONTACTS, OnePlantOnePlan, PlantAmount, PlantLine
from app.documents.schedule_sheet import AIR, EXEMPTIONS, FACTS
from app.domain.errors import Language
from app.domain.warnings import COLOURS


def page(plan: OnePlantOnePlan, region: str, language: Language) -> Page:
    return Page(
        title=either(language, f"{plan.name}“一企一策”", f"One plant, one plan: {plan.name}"),
        language=language,
        facts=[
            (either(language, "企业编码", "Code"), plan.code),
            (either(language, "统一社会信用代码", "Unified social credit code"), plan.uscc),
            (either(language, "行政区", "Region"), region),
            (either(language, "国民经济行业代码", "GB/T 4754"), plan.gbt4754),
            (either(language, "年度", "Season"), f"{plan.season}–{plan.season + 1}"),
            (either(language, "所述日期", "Told for"), plan.day),
            (either(language, "备案编号", "Filing number"), plan.filing_no or UNKNOWN[language]),
            (either(language, "监管单位", "Supervising body"), plan.supervising_unit or UNKNOWN[language]),
        ],
        sections=list(_sections(plan, language)),
        notes=[*plan.sources, *_withheld(plan, language)],
    )


def _withheld(plan: OnePlantOnePlan, language: Language) -> Iterator[str]:
    words = {
        FACTS: ("责任人与事实证据须有 facts:read 权限，此处未列。", "Persons and evidence need the scope facts:read and are left out."),
        CONTACTS: ("联系人须有 contacts:read 权限，此处未列。", "Contacts need the scope contacts:read and are left out."),
        EXEMPTIONS: ("豁免标准须有 exemptions:read 权限，此处未列。", "Exemptions need the scope exemptions:read and are left out."),
    }  # fmt: skip
    for scope in plan.withheld:
        yield either(language, *words[scope])


def _sections(plan: OnePlantOnePlan, language: Language) -> Iterator[Section]:
    numbers = iter("一二三四五六七八九十") if language == "zh" else iter(map(str, range(1, 11)))

    def section(
        zh: str, en: str, header: tuple[tuple[str, ...], tuple[str, ...]], rows: Iterable[Sequence[object]]
    ) -> Section:
        number = next(numbers)
        title = f"{number}、{zh}" if language == "zh" else f"{number}. {en}"
        told = either_of(language, *header)
        return Section(title=title, header=told, rows=list(rows), wide=len(told) > 7)

    yield section(
        "厂区",
        "Sites",
        _SITES,
        ((one.code, one.name, one.region, one.address, one.longitude, one.latitude) for one in plan.sites),
    )
    yield section(
        "生产线、产品、产能与能源",
        "Lines, products, capacity and energy",
        _LINES,
        (_line(one, language) for one in plan.lines),
    )
    yield section(
        "主要设备",
        "Main equipment",
        _UNITS,
        ((one.line_code, one.process, one.code, one.name, one.kind, one.role) for one in plan.units),
    )
    yield section(
        "产污环节与正常日排放",
        "Emitting steps, normal day",
        _EMITS,
        ((_name(one), one.processes, *_air(one.emits, language)) for one in plan.lines),
    )
    yield section("错峰类别及升级所缺", "Class, and what a better one needs", _CLASSES, _classes(plan, language))
    yield section(
        "错峰措施与生产安排",
        "Seasonal measures and calendar",
        _CALENDAR,
        (_calendar(one, language) for one in plan.lines),
    )
    yield section("应急减排措施", "PlantEmergency measures", _EMERGENCY, _emergency(plan, language))
    yield section(
        "运输",
        "Transport",
        _TRANSPORT,
        ((site.name, one.label, one.value) for site in plan.sites for one in site.transport),
    )
    yield section("核查方式", "How it is checked", _CHECKED, (_checked(one, language) for one in plan.lines))
    if FACTS not in plan.withheld:
        yield section(
            "责任人", "Persons in charge", _PERSONS, ((one.role, one.name, one.phone) for one in plan.persons)
        )
        title = either(language, "附：事实与证据", "Annex: facts and evidence")
        facts = [
            (one.subject, one.label, one.value, one.since, one.document, yes(one.verified, language))
            for one in plan.facts
        ]
        yield Section(title=title, header=either_of(language, *_FACTS), rows=facts)


_SITES = (
    ("编码", "名称", "行政区", "地址", "经度", "纬度"),
    ("code", "name", "region", "address", "longitude", "latitude"),
)
_LINES = (
    ("编码", "名称", "排期对象", "行业", "主要产品", "产能 (t/d)", "工序", "设备（用备）", "能源"),
    ("code", "name", "planned as", "industry", "product", "capacity (t/d)", "processes", "equipment", "energy"),
)
_UNITS = (
    ("生产线", "工序", "编码", "名称", "类型", "用备"),
    ("line", "process", "code", "name", "kind", "role"),
)
_EMITS = (
    ("生产线", "工序", *(f"{name} (t/d)" for name in AIR.values())),
    ("line", "processes", *(f"{name} (t/d)" for name in AIR)),
)
_CLASSES = (
    ("生产线", "绩效等级", "错峰类别", "条款", "更优类别", "该类措施", "所缺条件"),
    ("line", "grade", "class", "clauses", "better class", "its measure", "lacking"),
)
_CALENDAR = (
    ("生产线", "季节要求", "要求条款", "生产安排", "停产天数", "安排条款", "豁免标准", "豁免有效至"),
    ("line", "demanded", "by clauses", "calendar", "stop days", "for clauses", "exemption", "exempt through"),
)
_EMERGENCY = (
    ("生产线", "预警", "措施", "压减 (%)", "负荷上限 (%)", "停产小时", "日减排 (t/d)"),
    ("line", "warning", "measures", "cut (%)", "cap (%)", "stop hours", "reduced (t/d)"),
)
_TRANSPORT = ("厂区", "项目", "情况"), ("site", "item", "on record")
_CHECKED = (
    ("生产线", "核查方式", "生产用电表", "治理用电表", "总电表", "在线监测联网", "安全保温负荷"),
    ("line", "checked by", "production meters", "treatment meters", "main meters", "online monitoring", "holding load"),
)
_PERSONS = ("职责", "姓名", "电话"), ("role", "name", "phone")
_FACTS = (
    ("对象", "事实", "值", "起", "依据", "已核实"),
    ("subject", "fact", "value", "since", "document", "verified"),
)


def _name(one: PlantLine) -> str:
    return one.planned_as or one.name


def _line(one: PlantLine, language: Language) -> tuple[object, ...]:
    energy = [f"{each.label} {each.value}" for each in one.energy]
    return (
        one.code,
        one.name,
        one.planned_as,
        one.industry,
        one.product or UNKNOWN[language],
        one.capacity_t_d or UNKNOWN[language],
        one.processes,
        one.equipment,
        _joined(energy, language),
    )


def _air(amounts: Sequence[PlantAmount], language: Language) -> list[str]:
    return [UNKNOWN[language] if one.t_d is None else one.t_d for one in amounts]


def _classes(plan: OnePlantOnePlan, language: Language) -> Iterator[tuple[object, ...]]:
    for one in plan.lines:
        own = (_name(one), one.performance_grade or UNKNOWN[language], one.classes, one.class_clauses)
        if not one.lacking:
            yield (*own, "", "", "")
        for each in one.lacking:
            yield (*own, f"{each.plan} {each.stagger_class}", each.measure, _joined(each.conditions, language))


def _calendar(one: PlantLine, language: Language) -> tuple[object, ...]:
    planned = _joined(one.calendar, language) or either(language, "无停产、限产安排", "no stop or limit is planned")
    told = either(language, "不在现行排期内", "in no schedule in force") if one.stop_days is None else planned
    return (
        _name(one), one.season_measures, one.season_clauses, told, one.stop_days, one.calendar_clauses, one.exemption,
        one.exempt_through,
    )  # fmt: skip


def _emergency(plan: OnePlantOnePlan, language: Language) -> Iterator[tuple[object, ...]]:
    for one in plan.lines:
        for each in one.emergency:
            colour = COLOURS[each.colour][0 if language == "zh" else 1]
            reduced = [
                f"{either(language, AIR[amount.pollutant], amount.pollutant)} {amount.t_d or UNKNOWN[language]}"
                for amount in each.reduced
            ]
            yield (
                _name(one), colour, each.measures, each.cut_pct, each.cap_pct, each.stop_hours, _joined(reduced, language),
            )  # fmt: skip


def _checked(one: PlantLine, language: Language) -> tuple[object, ...]:
    return (
        _name(one),
        one.checked_by,
        one.production_meters,
        one.treatment_meters,
        one.main_meters,
        one.online_monitoring,
        one.holding_load or UNKNOWN[language],
    )


def _joined(parts: Iterable[str], language: Language) -> str:
    return either(language, "；", "; ").join(parts)

"""The summary of a season as a table and a page (YN-20, FS-35): what was planned and served, beside the winter before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.documents.reports.cells import TOTAL, either, either_of, industry, tonnes, yes
from app.documents.reports.page import Page, Section
from app.documents.schedule_sheet import AIR
from app.domain.errors import Language
from app.domain.quantities import POLLUTANTS, Pollutant
from app.domain.reports.winters import NOT_KNOWN, Comparison, LastSource, Reached, Winter, Yardstick
from app.domain.schedules.versions import StoredSchedule

SHEET: dict[Language, str] = {"zh": "季节总结", "en": "season summary"}
REACHED: dict[Reached, tuple[str, str]] = {
    "yes": ("不低于上季", "at least last winter"),
    "no": ("低于上季", "below last winter"),
    "unknown": ("未定", "not known"),
}
YARDSTICKS: dict[Yardstick, tuple[str, str]] = {
    "tonnes": ("减排吨数", "tonnes"),
    "stop_day_capacity": ("停产日产能", "stop days times capacity"),
    "none": ("无可比数据", "nothing to compare"),
}
LAST_FROM: dict[LastSource, tuple[str, str]] = {
    "record": ("登记的往季记录", "a record that was entered"),
    "stored": ("本系统所存上季排期与台账", "last season's schedules and ledger stored here"),
    "unknown": ("未知", "unknown"),
}
INDUSTRY: dict[Language, str] = {"zh": "行业", "en": "industry"}
FIRM: dict[Language, str] = {"zh": "企业（仅供参考）", "en": "enterprise (information only)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WinterRow:
    """One row: the county, an industry, or an enterprise, which is compared with nothing."""

    kind: str
    label: str
    planned: Winter
    served: Winter
    compared: Comparison | None = None

    @property
    def last(self) -> Winter:
        return NOT_KNOWN if self.compared is None else self.compared.last.winter


def county_row(compared: Comparison, language: Language) -> WinterRow:
    return _compared(TOTAL[language], "", compared)


def industry_row(code: str | None, compared: Comparison, language: Language) -> WinterRow:
    return _compared(INDUSTRY[language], industry(code, language), compared)


def firm_row(name: str, planned: Winter, served: Winter, language: Language) -> WinterRow:
    return WinterRow(kind=FIRM[language], label=name, planned=planned, served=served)


def _compared(kind: str, label: str, compared: Comparison) -> WinterRow:
    return WinterRow(kind=kind, label=label, planned=compared.planned, served=compared.served, compared=compared)


def header(language: Language) -> list[str]:
    found = either_of(language, ("行类型", "名称", "生产线"), ("row", "name", "lines"))
    for pollutant in POLLUTANTS:
        found += _of_pollutant(pollutant, language)
    return found + either_of(
        language,
        ("排期停产线日", "已停线日", "上季停产线日", "已停线日×日产能 (t)", "上季停产线日×日产能 (t)", "对比口径", "与上季相比", "上季数据来源"),
        (
            "planned_line_stop_days", "served_line_stop_days", "last_line_stop_days", "served_stop_day_capacity_t",
            "last_stop_day_capacity_t", "compared_by", "against_last", "last_from",
        ),
    )  # fmt: skip


def _of_pollutant(pollutant: Pollutant, language: Language) -> list[str]:
    zh = AIR[pollutant]
    return either_of(
        language,
        (f"{zh}排期减排 (t)", f"{zh}已停减排 (t)", f"{zh}上季减排 (t)", f"{zh}增减 (t)", f"{zh}未登记排放的生产线"),
        tuple(
            f"{pollutant}_{each}"
            for each in ("planned_t", "served_t", "last_t", "difference_t", "lines_without_emission")
        ),
    )


def cells(row: WinterRow, language: Language) -> list[object]:
    found: list[object] = [row.kind, row.label, row.served.lines]
    for one in POLLUTANTS:
        difference = None if row.compared is None else row.compared.difference(one)
        found += [
            tonnes(row.planned.tonnes.get(one), language),
            tonnes(row.served.tonnes.get(one), language),
            *_against(row, row.last.tonnes.get(one), difference, language),
            row.served.unknown.get(one, 0),
        ]
    return [*found, *_days(row, language), *_judged(row.compared, language)]


def _against(row: WinterRow, last: float | None, difference: float | None, language: Language) -> list[object]:
    if row.compared is None:
        return ["", ""]
    return [tonnes(last, language), tonnes(difference, language)]


def _days(row: WinterRow, language: Language) -> list[object]:
    compared = row.compared is not None
    return [
        tonnes(row.planned.stop_days, language),
        tonnes(row.served.stop_days, language),
        tonnes(row.last.stop_days, language) if compared else "",
        tonnes(row.served.whole_capacity, language),
        tonnes(row.last.whole_capacity, language) if compared else "",
    ]


def _judged(compared: Comparison | None, language: Language) -> list[object]:
    if compared is None:
        return ["", "", ""]
    place = 0 if language == "zh" else 1
    return [
        YARDSTICKS[compared.yardstick][place],
        REACHED[compared.reached][place],
        f"{LAST_FROM[compared.last.source][place]} {compared.last.reference}".strip(),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a page tells besides its rows."""

    region: str
    season: int
    first: str
    until: str
    as_of: str
    whole_season: bool
    schedules: Sequence[StoredSchedule]
    limited: int
    outside: tuple[int, float]


def sources(told: Told, language: Language) -> list[str]:
    """Where each figure comes from, and what is left out of it."""
    names = "; ".join(schedule_name(one) for one in told.schedules) or either(language, "无", "none")
    subjects, days = told.outside
    return either_of(
        language,
        (
            f"排期减排：截至 {told.as_of} 现行的已发布排期（{names}）；按登记的正常生产日排放量与停产、限产时段折算。",
            (
                "已停减排：停产台账截至该时点的已停、计入与补停时段，按同一公式折算；多个方案计入的同一小时只算一次。限产不入台账，"
                f"故不含限产减排（{told.limited} 条生产线有限产）。"
            ),
            f"不在已发布排期中而台账有停产的对象 {subjects} 个、{tonnes(days, language)} 日：排放量未知，不计入吨数。",
            "未登记排放量的生产线按未知列示，不以零代替；吨数不全时按停产线日×日产能比较（A-FS16）。",
            "与上季的比较仅就全县和行业作出；企业的数字仅供参考，不构成违规依据（FS-35）。季节未结束的不作比较结论。",
            "以同一 as_of 再取，结果相同；企业名称为现行登记。",
        ),
        (
            (
                f"Planned: the published schedules in force at {told.as_of} ({names}), from normal days' emission and the hours "
                "of stops and limits."
            ),
            (
                "Served: the hours served, credited and made up in the stop-day ledger at that instant, by the same formula; an "
                f"hour that several plans count is one hour. Limits are in no ledger and so in no served tonne ({told.limited} "
                "lines are limited)."
            ),
            (
                f"Subjects that stood still without a line in a published schedule: {subjects}, {tonnes(days, language)} days; "
                "their emission is not known and counts in no tonne."
            ),
            (
                "Lines without an emission on record are told as unknown, never as nought; where tonnes leave lines out, stop "
                "days times capacity are compared (A-FS16)."
            ),
            (
                "Only the county and its industries are compared; an enterprise's figure is information and no ground for a "
                "violation (FS-35). Nothing is concluded before the season is over."
            ),
            "The same as_of gives the same figures; names of enterprises are those registered now.",
        ),
    )


def schedule_name(one: StoredSchedule) -> str:
    number = "" if one.publication is None else f" #{one.publication.number}"
    return f"{one.asked.name}{number} {one.id}"


def page(rows: Sequence[WinterRow], told: Told, language: Language) -> Page:
    """The printed summary: the comparison by pollutant first, then everything."""
    title = either(language, f"{told.region}错峰生产季节总结", f"Season summary of staggered production, {told.region}")
    part = either(language, "（截至该日，非全季）", " (to that day, not the whole season)")
    return Page(
        title=title if told.whole_season else title + part,
        language=language,
        facts=[
            (either(language, "年度", "Season"), f"{told.season}–{told.season + 1}"),
            (either(language, "期间", "Days"), f"{told.first} – {told.until}"),
            (either(language, "是否全季", "Whole season"), yes(told.whole_season, language)),
            (either(language, "截至", "As of"), told.as_of),
        ],
        sections=[
            Section(
                title=either(language, "一、与上季比较", "1. Against last winter"),
                header=either_of(
                    language,
                    ("名称", "污染物", "排期 (t)", "已停 (t)", "上季 (t)", "增减 (t)", "与上季相比"),
                    ("name", "pollutant", "planned (t)", "served (t)", "last (t)", "difference (t)", "against last"),
                ),
                rows=[each for row in rows if row.compared is not None for each in _by_pollutant(row, language)],
            ),
            Section(
                title=either(language, "二、停产线日", "2. Line-stop days"),
                header=_DAYS[language],
                rows=[[row.kind, row.label, row.served.lines, *_days(row, language)] for row in rows],
            ),
        ],
        notes=sources(told, language),
    )


_DAYS: dict[Language, list[str]] = {
    language: ["", *either_of(language, ("名称", "生产线"), ("name", "lines")), *header(language)[-8:-3]]
    for language in ("zh", "en")
}


def _by_pollutant(row: WinterRow, language: Language) -> Iterator[list[object]]:
    if row.compared is None:
        return
    for one in POLLUTANTS:
        yield [
            row.label or row.kind,
            either(language, AIR[one], one.upper()),
            tonnes(row.planned.tonnes.get(one), language),
            tonnes(row.served.tonnes.get(one), language),
            tonnes(row.last.tonnes.get(one), language),
            tonnes(row.compared.difference(one), language),
            REACHED[row.compared.reached][0 if language == "zh" else 1],
        ]

"""The tonnes a region's published schedules keep back, by pollutant, as a table and a page."""

from collections.abc import Iterator, Mapping, Sequence

from app.documents.reports.cells import (
    OF_INDUSTRY,
    OF_REGION,
    TOTAL,
    either,
    either_of,
    industry,
    tonnes,
    yes,
)
from app.documents.reports.page import Page, Section
from app.documents.reports.winter_table import schedule_name
from app.documents.schedule_sheet import AIR
from app.documents.wording import number_text
from app.domain.errors import Language
from app.domain.quantities import POLLUTANTS, Pollutant
from app.domain.reports.reductions import RegionTally, TargetMet, reduced_pct
from app.domain.reports.winters import industries
from app.domain.schedules.lines import Sums
from app.domain.schedules.versions import StoredSchedule

SHEET: dict[Language, str] = {"zh": "减排汇总", "en": "reduction totals"}
OF_MONTH: dict[Language, str] = {"zh": "月份小计", "en": "month total"}
HEADER: dict[Language, list[str]] = {
    "zh": [
        "行类型",
        "名称",
        "污染物",
        "正常排放 (t)",
        "减排 (t)",
        "减排比例 (%)",
        "剩余排放 (t)",
        "未登记排放的生产线",
    ],
    "en": ["row", "name", "pollutant", "normal_t", "reduced_t", "reduced_pct", "remaining_t", "lines_without_emission"],
}


def pct_text(value: float | None, language: Language) -> str:
    """Two decimals of a percent."""
    return tonnes(None, language) if value is None else number_text(round(value, 2))


def rows(tally: RegionTally, language: Language) -> list[list[object]]:
    """By industry, by region, by month, then all; each pollutant has its row."""
    whole = tally.whole
    found: list[list[object]] = []
    for code in industries(whole.by_industry):
        found += _rows(OF_INDUSTRY[language], industry(code, language), whole.by_industry[code], None, language)
    for region in sorted(tally.by_region):
        own = tally.by_region[region]
        found += _rows(OF_REGION[language], region, own.whole, own.unknown, language)
    for month, sums in whole.by_month().items():
        found += _rows(OF_MONTH[language], month, sums, None, language)
    return [*found, *_rows(TOTAL[language], "", whole.whole, whole.unknown, language)]


def _rows(
    kind: str, label: str, sums: Sums, unknown: Mapping[Pollutant, int] | None, language: Language
) -> Iterator[list[object]]:
    for one in POLLUTANTS:
        yield [
            kind,
            label,
            either(language, AIR[one], one.upper()),
            tonnes(sums[one].normal, language),
            tonnes(sums[one].reduced, language),
            pct_text(reduced_pct(sums[one]), language),
            tonnes(sums[one].remaining, language),
            "" if unknown is None else unknown[one],
        ]


def target_rows(targets: Sequence[TargetMet], language: Language) -> list[list[object]]:
    return [
        [
            str(one.schedule_id),
            either(language, AIR[one.target.pollutant], one.target.pollutant.upper()),
            either(language, "全季", "season") if one.target.month is None else one.target.month,
            tonnes(one.target.tonnes, language),
            tonnes(one.reduced, language),
            yes(one.met, language),
            one.target.why,
        ]
        for one in targets
    ]


def sources(schedules: Sequence[StoredSchedule], as_of: str, language: Language) -> list[str]:
    names = "; ".join(schedule_name(one) for one in schedules) or either(language, "无", "none")
    return either_of(
        language,
        (
            f"截至 {as_of} 现行的已发布排期（{names}）；以登记的正常生产日排放量为基准，按运行比例折算。",
            "比例以列入排期、已登记排放量的生产线为分母；全社会排放量不在登记之内，10/20/30% 的总量目标须另以全社会排放量衡量。",
            "目标为计算排期时所设的减排下限；未登记排放量的生产线不计入吨数，另列条数。以同一 as_of 再取，结果相同。",
        ),
        (
            (
                f"The published schedules in force at {as_of} ({names}), against normal days' emission on record, in proportion "
                "to the running share."
            ),
            (
                "Percentages are of the scheduled lines whose emission is on record; the emission of all society is not on "
                "record, so the 10/20/30 % of all-society emission cannot be read from them."
            ),
            (
                "Targets are the least reductions a schedule was computed with; lines without an emission on record count in no "
                "tonne and are counted apart. The same as_of gives the same figures."
            ),
        ),
    )


def page(
    tally: RegionTally,
    targets: Sequence[TargetMet],
    facts: Sequence[tuple[str, object]],
    notes: Sequence[str],
    *,
    region: str,
    language: Language,
) -> Page:
    return Page(
        title=either(language, f"{region}错峰生产减排汇总", f"Reduction by staggered production, {region}"),
        language=language,
        facts=facts,
        sections=[
            Section(
                title=either(language, "一、减排", "1. Reduction"), header=HEADER[language], rows=rows(tally, language)
            ),
            Section(
                title=either(language, "二、目标", "2. Targets"),
                header=either_of(
                    language,
                    ("排期", "污染物", "月份", "目标 (t)", "减排 (t)", "达到", "依据"),
                    ("schedule", "pollutant", "month", "target (t)", "reduced (t)", "met", "ground"),
                ),
                rows=target_rows(targets, language),
            ),
        ],
        notes=notes,
    )

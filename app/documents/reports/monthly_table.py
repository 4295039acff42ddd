"""The monthly implementation as a table and a page (HR-34): who planned what, served it, owes it, and what was found."""

from collections.abc import Sequence

from app.documents.reports.cells import days, either, either_of, instant, listed, moment, yes
from app.documents.reports.page import Page, Section
from app.documents.reports.table import ENTERPRISE, SUBJECT, USCC, Column, Table
from app.domain.compliance.findings import VERDICTS, VerdictWord
from app.domain.errors import Language
from app.domain.reports.asked import MonthAsked
from app.domain.reports.monthly import PROBLEMS, HourKind, MonthRow, MonthSummary, MonthTotals, Problem

SHEET: dict[Language, str] = {"zh": "月度实施情况", "en": "monthly implementation"}
PROBLEM_WORDS: dict[Problem, tuple[str, str]] = {
    "behind_plan": ("未达排期", "behind the schedule"),
    "suspected": ("用电有线索", "electricity suspects"),
    "insufficient_data": ("用电数据不足", "too little electricity data"),
    "violation_confirmed": ("认定违法", "violation confirmed"),
    "exempt_but_due": ("在豁免清单而台账仍欠", "exempt, yet the ledger shows days due"),
}
TOLD: Sequence[VerdictWord] = ("compliant", "declared_exception", "indicative_only", "insufficient_data", "suspected")
Of = Column[MonthRow, MonthTotals]


def _hours(zh: str, en: str, kind: HourKind) -> Of:
    return Column(zh, en, lambda row, _: days(row.ledger.hours(kind)), lambda sums, _: days(sums.hours[kind]))


def _verdict(word: VerdictWord) -> Of:
    zh, en = VERDICTS[word]
    return Column(
        f"{zh}天数",
        f"{en.replace(' ', '_')}_days",
        lambda row, _: row.verdicts.get(word, 0),
        lambda sums, _: sums.verdicts[word],
    )


def problem_words(problems: Sequence[Problem], language: Language) -> str:
    return listed((either(language, *PROBLEM_WORDS[one]) for one in problems), language)


def _counted_problems(sums: MonthTotals, language: Language) -> str:
    return listed(
        (f"{either(language, *PROBLEM_WORDS[one])} {sums.problems[one]}" for one in PROBLEMS if sums.problems[one]),
        language,
    )


COLUMNS: Sequence[Of] = (
    *ENTERPRISE,
    USCC,
    *SUBJECT,
    _hours("排期停产天数", "planned_days", "scheduled"),
    _hours("已停天数", "served_days", "served"),
    _hours("计入天数", "credited_days", "credited"),
    _hours("补停天数", "made_up_days", "made_up"),
    _hours("未达排期天数", "behind_days", "behind"),
    _hours("应停总天数", "owed_days", "owed"),
    _hours("尚欠天数", "due_days", "due"),
    *(_verdict(word) for word in TOLD),
    Column("新立案", "violations_opened", lambda row, _: row.opened, lambda sums, _: sums.opened),
    Column("认定违法", "violations_confirmed", lambda row, _: row.confirmed, lambda sums, _: sums.confirmed),
    Column("豁免标准", "exempt_by", lambda row, language: listed(row.exempt_by, language), lambda sums, _: sums.exempt),
    Column("问题", "problems", lambda row, language: problem_words(row.problems, language), _counted_problems),
)
TABLE: Table[MonthRow, MonthTotals, MonthAsked] = Table(
    columns=COLUMNS,
    basis=(
        Column("月份", "month", lambda asked, _: f"{asked.first:%Y-%m}"),
        Column("方案", "pack", lambda asked, _: asked.pack),
        Column("截至", "as_of", lambda asked, _: moment(asked.as_of)),
    ),
)


def sources(asked: MonthAsked, language: Language) -> list[str]:
    """Where each figure comes from, and what of it no instant can bring back."""
    at = moment(asked.as_of)
    return list(
        either_of(
            language,
            (
                f"天数：停产台账（方案 {asked.pack}），截至 {at} 已入账的条目；排期天数为已发布排期入账的计划停产；按落在本月内的小时折算。",
                f"判定天数：用电核查截至 {at} 已作出的判定，未核查的日子不计；违法、豁免：截至当月末（或该时点）的办理情况。",
                "企业与生产线的名称、行业为现行登记，不随时点回溯；其余以同一 as_of 再取，结果相同。",
            ),
            (
                (
                    f"Days: the stop-day ledger of {asked.pack}, entries known at {at}; planned days are those a published "
                    "schedule posted; hours count as far as they lie in the month."
                ),
                (
                    f"Days of verdicts: what was judged from electricity by {at}, days nobody judged left out; violations and "
                    "exemptions as they stood at the end of the month, or at that instant."
                ),
                "Names and industries are those registered now; everything else comes out the same for the same as_of.",
            ),
        )
    )


def page(rows: Sequence[MonthRow], summary: MonthSummary, asked: MonthAsked, region: str, language: Language) -> Page:
    """The printed report: sums first, then the problems, then every subject."""
    told = [one for one in rows if one.problems]
    return Page(
        title=either(
            language, f"{region}错峰生产月度实施情况报告", f"Monthly implementation of staggered production, {region}"
        ),
        language=language,
        facts=[
            (either(language, "月份", "Month"), f"{asked.first:%Y-%m}"),
            (either(language, "方案", "Plan"), asked.pack),
            (either(language, "截至", "As of"), instant(asked.as_of)),
            (either(language, "报送期限", "Due"), asked.due_on.isoformat()),
            (either(language, "当月是否结束", "Month over"), yes(asked.over, language)),
            (either(language, "企业", "Enterprises"), summary.whole.enterprises),
            (either(language, "对象", "Subjects"), summary.whole.subjects),
        ],
        sections=TABLE.sections(
            summary,
            Section(
                title=either(language, "二、问题", "2. Problems"),
                header=either_of(language, ("企业", "对象", "问题"), ("enterprise", "subject", "problems")),
                rows=[
                    (one.place.enterprise_name, one.place.name, problem_words(one.problems, language)) for one in told
                ],
            ),
            rows,
            language,
        ),
        notes=sources(asked, language),
    )

"""The daily execution of a response as a table and a page (YN-11), as of 17:00."""

from collections.abc import Sequence

from app.documents.electricity_sheet import kwh
from app.documents.reports.cells import either, either_of, instant, listed, moment
from app.documents.reports.page import Page, Section
from app.documents.reports.table import ENTERPRISE, SUBJECT, Column, Table
from app.domain.compliance.findings import VERDICT_WORDS, VERDICTS
from app.domain.errors import Language
from app.domain.orders import OrderState
from app.domain.reports.daily import GAPS, DayAsked, DayRow, DaySummary, DayTotals, Gap, InForce, Response
from app.domain.warnings import COLOURS

SHEET: dict[Language, str] = {"zh": "每日执行情况", "en": "daily execution"}
GAP_WORDS: dict[Gap, tuple[str, str]] = {
    "not_acknowledged": ("指令未签收", "order not acknowledged"),
    "overdue": ("签收逾期", "acknowledgement overdue"),
    "open_question": ("措施未定", "a measure is not settled"),
    "no_meter": ("无电表通道", "no meter with a channel"),
    "nothing_read": ("无读数", "nothing read"),
    "readings_missing": ("读数不全", "readings missing"),
    "seen_running": ("检查见生产", "seen running"),
}
STATE_WORDS: dict[OrderState, tuple[str, str]] = {
    OrderState.SENT: ("未阅", "sent"),
    OrderState.SEEN: ("已阅未签收", "seen"),
    OrderState.ACKNOWLEDGED: ("已签收", "acknowledged"),
}
NOT_ASSESSED: dict[Language, str] = {"zh": "当日未核查", "en": "not assessed yet"}
Of = Column[DayRow, DayTotals]


def measure_text(one: InForce, language: Language) -> str:
    """What is demanded, by which rule, from when until when."""
    item = one.item
    until = either(language, "解除", "lifted") if item.until_at is None else instant(item.until_at)
    open_ = either(language, "（未定）", " (not settled)") if one.question else ""
    where = item.rule or item.pack
    return f"{item.says[language]}{open_} {where} [{instant(item.from_at)} – {until}]"


def gap_words(gaps: Sequence[Gap], language: Language) -> str:
    return listed((either(language, *GAP_WORDS[one]) for one in gaps), language)


def _gaps(sums: DayTotals, language: Language) -> str:
    return listed(
        (f"{gap_words([one], language)} {sums.gaps[one]}" for one in GAPS if sums.gaps[one]),
        language,
    )


def _orders(row: DayRow, language: Language) -> str:
    return listed(dict.fromkeys(either(language, *STATE_WORDS[one.state]) for one in row.orders), language)


def _verdict(row: DayRow, language: Language) -> str:
    return NOT_ASSESSED[language] if row.verdict is None else either(language, *VERDICTS[row.verdict])


def _verdicts(sums: DayTotals, language: Language) -> str:
    return listed(
        (f"{either(language, *VERDICTS[word])} {sums.verdicts[word]}" for word in VERDICT_WORDS if sums.verdicts[word]),
        language,
    )


COLUMNS: Sequence[Of] = (
    *ENTERPRISE,
    *SUBJECT,
    Column("当日措施", "measures", lambda row, language: listed((measure_text(one, language) for one in row.measures), language)),
    Column("须停产", "stands_still", lambda row, _: int(row.stands), lambda sums, _: sums.standing_still),
    Column("指令", "orders", _orders, lambda sums, _: f"{sums.orders_acknowledged}/{sums.orders}"),
    Column("电表数", "meters", lambda row, _: 0 if row.taken is None else row.taken.meters),
    Column("应有时段", "intervals_due", lambda row, _: None if row.taken is None else row.taken.slots_due, lambda sums, _: sums.slots_due),
    Column("有读数时段", "intervals_read", lambda row, _: None if row.taken is None else row.taken.slots_read, lambda sums, _: sums.slots_read),
    Column("零时起用电量kWh", "kwh_since_midnight", lambda row, _: None if row.taken is None else kwh(row.taken.wh), lambda sums, _: kwh(sums.wh)),
    Column("用电判定", "verdict", _verdict, _verdicts),
    Column("检查次数", "inspections", lambda row, _: len(row.visits), lambda sums, _: sums.visits),
    Column("缺口", "gaps", lambda row, language: gap_words(row.gaps, language), _gaps),
)  # fmt: skip
TABLE: Table[DayRow, DayTotals, DayAsked] = Table(
    columns=COLUMNS,
    basis=(
        Column("日期", "day", lambda asked, _: asked.day),
        Column("截至", "until", lambda asked, _: moment(asked.ends)),
        Column("所知时点", "as_of", lambda asked, _: moment(asked.as_of)),
    ),
)


def sources(asked: DayAsked, language: Language) -> list[str]:
    """Where each figure comes from, and what of it no instant can bring back."""
    at, ends = moment(asked.as_of), moment(asked.ends)
    return either_of(
        language,
        (
            f"措施与签收：截至 {at} 已送达且未被替代的指令，及其当时的签收情况；当日 0 时至 {ends} 有效的条目。",
            f"用电：截至 {at} 已到的读数，只计 {ends} 以前的时段；未结束的日子没有判定，核查后的判定以更晚的 as_of 再取。",
            f"检查：{ends} 以前开始、截至 {at} 已登记且未被更正的检查。",
            "企业与生产线的名称、行业，电表与通道的登记为现行，不随时点回溯；其余以同一 as_of 再取，结果相同。",
        ),
        (
            (
                f"Measures and acknowledgements: orders served and not replaced by {at}, with their marks then; items that bind "
                f"between 00:00 and {ends}."
            ),
            (
                f"Electricity: readings that had come by {at}, of intervals before {ends}; a day that is not over has no verdict, "
                "ask with a later as_of once it was assessed."
            ),
            f"Inspections: begun before {ends}, on record at {at} and not corrected.",
            (
                "Names, industries, meters and channels are those registered now; everything else comes out the same for the same "
                "as_of."
            ),
        ),
    )


def response_text(one: Response, language: Language) -> str:
    colour = either(language, *COLOURS[one.colour])
    until = either(language, "未解除", "not lifted") if one.until_at is None else instant(one.until_at)
    return f"{colour} {one.region} [{instant(one.from_at)} – {until}] {one.basis}"


def page(
    rows: Sequence[DayRow],
    summary: DaySummary,
    asked: DayAsked,
    told: Sequence[Response],
    *,
    region: str,
    language: Language,
) -> Page:
    """The printed report: the response, sums, gaps, then every subject."""
    lacking = [one for one in rows if one.gaps]
    warnings = listed((response_text(one, language) for one in told), language) or either(language, "无", "none")
    return Page(
        title=either(language, f"{region}应急响应每日执行情况", f"Daily execution of the response, {region}"),
        language=language,
        facts=[
            (either(language, "日期", "Day"), asked.day.isoformat()),
            (either(language, "截至", "Until"), instant(asked.ends)),
            (either(language, "预警", "Warnings"), warnings),
            (either(language, "首次报送", "First report"), _first(asked, told)),
            (either(language, "企业", "Enterprises"), summary.whole.enterprises),
            (either(language, "对象", "Subjects"), summary.whole.subjects),
        ],
        sections=TABLE.sections(
            summary,
            Section(
                title=either(language, "二、缺口", "2. Gaps"),
                header=either_of(language, ("企业", "对象", "缺口"), ("enterprise", "subject", "gaps")),
                rows=[(one.place.enterprise_name, one.place.name, gap_words(one.gaps, language)) for one in lacking],
            ),
            rows,
            language,
        ),
        notes=sources(asked, language),
    )


def _first(asked: DayAsked, told: Sequence[Response]) -> str:
    """A-YN5."""
    return max((one.first_report_on for one in told), default=asked.day).isoformat()

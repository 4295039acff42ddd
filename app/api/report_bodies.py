"""The monthly and the daily report in bodies: every row and every sum, and what they stand on."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from app.api.bodies import AnswerBody, Instant
from app.documents.electricity_sheet import kwh
from app.documents.reports import daily_table, monthly_table
from app.documents.reports.cells import days
from app.domain.compliance.findings import VERDICT_WORDS, VerdictWord
from app.domain.errors import Language
from app.domain.orders import OccasionKind, OrderState
from app.domain.policies.facts import Level
from app.domain.reports.asked import MonthAsked
from app.domain.reports.daily import (
    GAPS,
    DayAsked,
    DayRow,
    DaySummary,
    DayTotals,
    Gap,
    InForce,
    Response,
)
from app.domain.reports.monthly import (
    HOUR_KINDS,
    PROBLEMS,
    HourKind,
    MonthRow,
    MonthSummary,
    MonthTotals,
    Problem,
)
from app.domain.reports.places import Place
from app.domain.warnings import Colour


class ReportPlace(AnswerBody):
    """The subject of a row, with the names it bears now."""

    enterprise_id: UUID
    enterprise_code: str
    enterprise_name: str
    uscc: str | None
    subject_id: UUID
    level: Level
    subject_code: str
    subject_name: str
    region: str
    industry: str | None

    @classmethod
    def of(cls, one: Place) -> "ReportPlace":
        return cls(
            enterprise_id=one.enterprise_id,
            enterprise_code=one.enterprise_code,
            enterprise_name=one.enterprise_name,
            uscc=one.uscc,
            subject_id=one.subject_id,
            level=one.level,
            subject_code=one.code,
            subject_name=one.name,
            region=one.region,
            industry=one.industry,
        )


class ReportDays(AnswerBody):
    """Days of one kind, exact: of the month, or as they stand at its end (`owed`, `due`)."""

    kind: HourKind
    days: str


class VerdictDays(AnswerBody):
    """On how many days of a subject the verdict was this."""

    verdict: VerdictWord
    days: int


class ProblemCount(AnswerBody):
    """How many subjects have a problem."""

    problem: Problem
    subjects: int


class MonthlyRow(AnswerBody):
    """One subject in a month."""

    place: ReportPlace
    days: list[ReportDays]
    verdicts: list[VerdictDays]
    violations_opened: int
    violations_confirmed: int
    exempt_by: list[str]
    problems: list[Problem]


class MonthlySums(AnswerBody):
    """Sums of some rows."""

    enterprises: int
    subjects: int
    days: list[ReportDays]
    verdicts: list[VerdictDays]
    violations_opened: int
    violations_confirmed: int
    exempt: int
    problems: list[ProblemCount]


class MonthlySumsOfIndustry(AnswerBody):
    """Sums of an industry; null where a line has none."""

    industry: str | None
    sums: MonthlySums


class MonthlySumsOfRegion(AnswerBody):
    """Sums of the sites of one region."""

    region: str
    sums: MonthlySums


class MonthlyReport(AnswerBody):
    """The implementation of a plan in a month (HR-34); `as_of` gives this very report again."""

    region: str
    pack: str
    month: str
    as_of: Instant
    month_over: bool
    due_on: date
    total: MonthlySums
    industries: list[MonthlySumsOfIndustry]
    regions: list[MonthlySumsOfRegion]
    items: list[MonthlyRow]
    sources: list[str]


def monthly_report(
    rows: Sequence[MonthRow], summary: MonthSummary, asked: MonthAsked, language: Language
) -> MonthlyReport:
    return MonthlyReport(
        region=asked.region,
        pack=asked.pack,
        month=f"{asked.first:%Y-%m}",
        as_of=asked.as_of,
        month_over=asked.over,
        due_on=asked.due_on,
        total=_monthly_sums(summary.whole),
        industries=[
            MonthlySumsOfIndustry(industry=name, sums=_monthly_sums(sums))
            for name, sums in sorted(summary.by_industry.items(), key=lambda one: (one[0] is None, one[0] or ""))
        ],
        regions=[
            MonthlySumsOfRegion(region=name, sums=_monthly_sums(sums))
            for name, sums in sorted(summary.by_region.items())
        ],
        items=[_monthly_row(one) for one in rows],
        sources=monthly_table.sources(asked, language),
    )


def _monthly_row(row: MonthRow) -> MonthlyRow:
    return MonthlyRow(
        place=ReportPlace.of(row.place),
        days=[_days(kind, row.ledger.hours(kind)) for kind in HOUR_KINDS],
        verdicts=[VerdictDays(verdict=word, days=row.verdicts[word]) for word in VERDICT_WORDS if word in row.verdicts],
        violations_opened=row.opened,
        violations_confirmed=row.confirmed,
        exempt_by=list(row.exempt_by),
        problems=list(row.problems),
    )


def _monthly_sums(one: MonthTotals) -> MonthlySums:
    return MonthlySums(
        enterprises=one.enterprises,
        subjects=one.subjects,
        days=[_days(kind, one.hours[kind]) for kind in HOUR_KINDS],
        verdicts=[VerdictDays(verdict=word, days=one.verdicts[word]) for word in VERDICT_WORDS if one.verdicts[word]],
        violations_opened=one.opened,
        violations_confirmed=one.confirmed,
        exempt=one.exempt,
        problems=[ProblemCount(problem=each, subjects=one.problems[each]) for each in PROBLEMS if one.problems[each]],
    )


def _days(kind: HourKind, hours: Decimal) -> ReportDays:
    return ReportDays(kind=kind, days=days(hours))


class DailyMeasure(AnswerBody):
    """An item of an order that binds on the day; one that is `open` demands nothing yet."""

    order_id: UUID
    order_number: int
    occasion: OccasionKind
    pack: str
    rule: str
    kind: str
    text: str
    from_at: Instant
    until_at: Instant | None
    open: bool


class DailyOrder(AnswerBody):
    """How far an order had come."""

    order_id: UUID
    state: OrderState
    overdue: bool


class DailyReadings(AnswerBody):
    """What the subject's meters took since midnight; estimated values are not read."""

    meters: int
    intervals_due: int
    intervals_read: int
    kwh: str


class DailyRow(AnswerBody):
    """One subject on the day; `verdict` is null until the day was assessed."""

    place: ReportPlace
    measures: list[DailyMeasure]
    stands_still: bool
    orders: list[DailyOrder]
    readings: DailyReadings | None
    verdict: VerdictWord | None
    inspections: list[UUID]
    gaps: list[Gap]


class GapCount(AnswerBody):
    """How many subjects have a gap."""

    gap: Gap
    subjects: int


class DailySums(AnswerBody):
    """Sums of some rows; an order and a visit count once for their enterprise."""

    enterprises: int
    subjects: int
    standing_still: int
    orders: int
    orders_acknowledged: int
    intervals_due: int
    intervals_read: int
    kwh: str
    verdicts: list[VerdictDays]
    inspections: int
    gaps: list[GapCount]


class DailySumsOfIndustry(AnswerBody):
    """Sums of an industry; null where a line has none."""

    industry: str | None
    sums: DailySums


class DailySumsOfRegion(AnswerBody):
    """Sums of the sites of one region."""

    region: str
    sums: DailySums


class DailyWarning(AnswerBody):
    """A warning that bears on the day; after a beginning past 17:00 the first report is of the next day (A-YN5)."""

    warning_id: UUID
    region: str
    colour: Literal["yellow", "orange", "red"]
    from_at: Instant
    until_at: Instant | None
    basis: str
    first_report_on: date

    @classmethod
    def of(cls, one: Response) -> "DailyWarning":
        return cls(
            warning_id=one.id,
            region=one.region,
            colour=Colour(one.colour).value,
            from_at=one.from_at,
            until_at=one.until_at,
            basis=one.basis,
            first_report_on=one.first_report_on,
        )


class DailyReport(AnswerBody):
    """The execution on a day until 17:00 (YN-11); `as_of` gives this very report again."""

    region: str
    day: date
    until: Instant
    as_of: Instant
    warnings: list[DailyWarning]
    total: DailySums
    industries: list[DailySumsOfIndustry]
    regions: list[DailySumsOfRegion]
    items: list[DailyRow]
    sources: list[str]


def daily_report(
    rows: Sequence[DayRow], summary: DaySummary, asked: DayAsked, told: Sequence[Response], language: Language
) -> DailyReport:
    return DailyReport(
        region=asked.region,
        day=asked.day,
        until=asked.ends,
        as_of=asked.as_of,
        warnings=[DailyWarning.of(one) for one in told],
        total=_daily_sums(summary.whole),
        industries=[
            DailySumsOfIndustry(industry=name, sums=_daily_sums(sums))
            for name, sums in sorted(summary.by_industry.items(), key=lambda one: (one[0] is None, one[0] or ""))
        ],
        regions=[
            DailySumsOfRegion(region=name, sums=_daily_sums(sums)) for name, sums in sorted(summary.by_region.items())
        ],
        items=[_daily_row(one, language) for one in rows],
        sources=daily_table.sources(asked, language),
    )


def _daily_row(row: DayRow, language: Language) -> DailyRow:
    taken = row.taken
    return DailyRow(
        place=ReportPlace.of(row.place),
        measures=[_measure(one, language) for one in row.measures],
        stands_still=row.stands,
        orders=[DailyOrder(order_id=one.id, state=one.state, overdue=one.overdue) for one in row.orders],
        readings=None
        if taken is None
        else DailyReadings(
            meters=taken.meters,
            intervals_due=taken.slots_due,
            intervals_read=taken.slots_read,
            kwh=kwh(taken.wh),
        ),
        verdict=row.verdict,
        inspections=list(row.visits),
        gaps=list(row.gaps),
    )


def _measure(one: InForce, language: Language) -> DailyMeasure:
    item = one.item
    return DailyMeasure(
        order_id=one.order_id,
        order_number=one.order_number,
        occasion=one.occasion,
        pack=item.pack,
        rule=item.rule,
        kind=item.kind,
        text=item.says[language],
        from_at=item.from_at,
        until_at=item.until_at,
        open=one.question,
    )


def _daily_sums(one: DayTotals) -> DailySums:
    return DailySums(
        enterprises=one.enterprises,
        subjects=one.subjects,
        standing_still=one.standing_still,
        orders=one.orders,
        orders_acknowledged=one.orders_acknowledged,
        intervals_due=one.slots_due,
        intervals_read=one.slots_read,
        kwh=kwh(one.wh),
        verdicts=[VerdictDays(verdict=word, days=one.verdicts[word]) for word in VERDICT_WORDS if one.verdicts[word]],
        inspections=one.visits,
        gaps=[GapCount(gap=each, subjects=one.gaps[each]) for each in GAPS if one.gaps[each]],
    )

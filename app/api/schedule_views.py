"""Schedules as they are read: by line with the clauses behind each stretch, by enterprise, in tonnes, side by side."""

from collections.abc import Mapping
from datetime import date
from typing import Literal
from uuid import UUID

from app.api.bodies import AnswerBody, Instant
from app.api.decision_bodies import CitationOut
from app.api.schedule_bodies import ScheduleSummary
from app.documents.schedules import cited, stop_days, stretch_text
from app.documents.wording import exact
from app.domain.errors import Language
from app.domain.periods import ONE_DAY
from app.domain.policies.pack import Pack
from app.domain.quantities import POLLUTANTS, Pollutant
from app.domain.schedules.lines import ScheduledLine, Sums, Tally
from app.domain.schedules.problem import Stretch
from app.domain.schedules.versions import StoredSchedule

StretchWord = Literal["stop", "stop_charging", "limit"]


class ScheduleClauseOut(AnswerBody):
    """A requirement a stretch is for: the rule and its provisions, or a duty or target in its own words."""

    requirement: str
    pack: str
    rule: str
    text: str
    citations: list[CitationOut]


class StretchOut(AnswerBody):
    """Some hours at a running share; 0 stands still."""

    from_at: Instant
    until_at: Instant
    kind: StretchWord
    share: str
    text: str
    clauses: list[ScheduleClauseOut]


class NormalEmission(AnswerBody):
    """What a normal day emits."""

    pollutant: Pollutant
    t_d: str


class ScheduleLineOut(AnswerBody):
    """A line, or a part of it that stops by itself, with its stretches in order."""

    position: int
    resource_id: str
    label: str
    enterprise_id: UUID
    site_id: UUID
    line_id: UUID
    region: str
    industry: str | None
    kind: str | None
    capacity_t_d: str | None
    emissions: list[NormalEmission]
    stop_days: str
    stretches: list[StretchOut]


class ScheduleLinePage(AnswerBody):
    """Some lines, in the order of the schedule."""

    items: list[ScheduleLineOut]
    next_cursor: str | None


class TonnesOut(AnswerBody):
    """Tonnes of a pollutant: the baseline, what is kept back, and what remains."""

    pollutant: Pollutant
    baseline_t: str
    reduced_t: str
    remaining_t: str


class ScheduleEnterpriseOut(AnswerBody):
    """What a schedule plans for one enterprise."""

    schedule_id: UUID
    enterprise_id: UUID
    lines: list[ScheduleLineOut]
    stop_days: str
    tonnes: list[TonnesOut]


class TonnesOfDay(AnswerBody):
    """One day."""

    day: date
    tonnes: list[TonnesOut]


class TonnesOfMonth(AnswerBody):
    """One month, as YYYY-MM."""

    month: str
    tonnes: list[TonnesOut]


class TonnesOfIndustry(AnswerBody):
    """One industry; null where a line has none."""

    industry: str | None
    tonnes: list[TonnesOut]


class ScheduleBaseline(AnswerBody):
    """What reductions are counted against, in a word and a sentence (A-G5)."""

    kind: Literal["normal_day"]
    text: str


class EmissionUnknown(AnswerBody):
    """Lines whose normal emission of a pollutant is not on record; they count as nothing."""

    pollutant: Pollutant
    lines: int


class ScheduleTonnesOut(AnswerBody):
    """The tonnes of the lines you see, from the first day of the calendar to the last."""

    schedule_id: UUID
    first_day: date
    last_day: date
    lines: int
    stop_days: str
    baseline: ScheduleBaseline
    total: list[TonnesOut]
    days: list[TonnesOfDay]
    months: list[TonnesOfMonth]
    industries: list[TonnesOfIndustry]
    unknown: list[EmissionUnknown]


class ScheduleScenario(AnswerBody):
    """One of some schedules: how good it is, and on how many days of how many lines it differs from the first."""

    schedule: ScheduleSummary
    stop_days: str
    tonnes: list[TonnesOut]
    months: list[TonnesOfMonth]
    lines_changed: int
    line_days_changed: int


class ScheduleComparison(AnswerBody):
    """Schedules side by side, in the order asked for."""

    baseline: ScheduleBaseline
    items: list[ScheduleScenario]


BASELINE = {
    "zh": "以登记的正常生产日排放量（t/d）为基准，按运行比例折算；未登记的不计。",
    "en": "Against the emission of a normal day on record (t/d), in proportion to the running share; unknown counts as nothing.",
}


def baseline(language: Language) -> ScheduleBaseline:
    return ScheduleBaseline(kind="normal_day", text=BASELINE[language])


def line_out(line: ScheduledLine, packs: Mapping[str, Pack], language: Language) -> ScheduleLineOut:
    one = line.resource
    return ScheduleLineOut(
        position=line.position,
        resource_id=one.id,
        label=one.label,
        enterprise_id=UUID(one.enterprise_id),
        site_id=UUID(one.site_id),
        line_id=UUID(one.line_id),
        region=one.region,
        industry=one.industry,
        kind=one.kind,
        capacity_t_d=None if one.capacity_t_d is None else exact(one.capacity_t_d),
        emissions=[
            NormalEmission(pollutant=name, t_d=exact(one.emission_t_d[name]))
            for name in POLLUTANTS
            if name in one.emission_t_d
        ],
        stop_days=stop_days(line.stop_hours),
        stretches=[stretch_out(stretch, line, packs, language) for stretch in line.stretches],
    )


def stretch_out(one: Stretch, line: ScheduledLine, packs: Mapping[str, Pack], language: Language) -> StretchOut:
    served = [(name, line.clauses[name]) for name in one.serves if name in line.clauses]
    return StretchOut(
        from_at=one.from_at,
        until_at=one.until_at,
        kind=one.kind,
        share=exact(one.share),
        text=stretch_text(one, language),
        clauses=[
            ScheduleClauseOut(
                requirement=name,
                pack=clause.pack,
                rule=clause.rule,
                text=clause.says[language],
                citations=[
                    CitationOut(provision=each.provision, place=each.place, says=each.says[language])
                    for each in cited([clause], packs)
                ],
            )
            for name, clause in served
        ],
    )


def tonnes_out(sums: Sums) -> list[TonnesOut]:
    return [
        TonnesOut(
            pollutant=name,
            baseline_t=exact(one.normal),
            reduced_t=exact(one.reduced),
            remaining_t=exact(one.remaining),
        )
        for name, one in sums.items()
    ]


def months_out(tally: Tally) -> list[TonnesOfMonth]:
    return [TonnesOfMonth(month=month, tonnes=tonnes_out(sums)) for month, sums in tally.by_month().items()]


def schedule_tonnes(one: StoredSchedule, tally: Tally, language: Language) -> ScheduleTonnesOut:
    return ScheduleTonnesOut(
        schedule_id=one.id,
        first_day=one.first,
        last_day=one.end - ONE_DAY,
        lines=tally.lines,
        stop_days=stop_days(tally.stop_hours),
        baseline=baseline(language),
        total=tonnes_out(tally.whole),
        days=[TonnesOfDay(day=day, tonnes=tonnes_out(sums)) for day, sums in tally.days],
        months=months_out(tally),
        industries=[
            TonnesOfIndustry(industry=name, tonnes=tonnes_out(sums))
            for name, sums in sorted(tally.by_industry.items(), key=lambda each: (each[0] is None, each[0] or ""))
        ],
        unknown=[EmissionUnknown(pollutant=name, lines=count) for name, count in tally.unknown.items()],
    )

"""The season's summary, the totals of a region, and records of past winters in bodies."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.bodies import AnswerBody, Instant, RegionCode, RequestBody
from app.api.evidence import EvidenceItem, EvidenceRequests, HandOut
from app.api.schedule_views import ScheduleBaseline, TonnesOfIndustry, TonnesOfMonth, TonnesOut, months_out, tonnes_out
from app.documents.reports.cells import moment
from app.documents.reports.reduction_table import sources as reduction_sources
from app.documents.reports.winter_table import Told, sources
from app.documents.wording import exact, number_text
from app.domain.errors import Language
from app.domain.periods import ONE_DAY
from app.domain.quantities import POLLUTANTS, Pollutant
from app.domain.reports.records import SeasonRecord
from app.domain.reports.reductions import TargetMet, reduced_pct
from app.domain.reports.winters import Comparison, LastSource, Reached, Winter, Yardstick, industries
from app.domain.schedules.lines import Sums
from app.domain.schedules.versions import StoredSchedule
from app.services.reports.recording import Said
from app.services.reports.reductions import Reduced
from app.services.reports.winters import Firm, Summary

Amount = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,6})?$", description="Exact, as a decimal text.")]


class ReportSchedule(AnswerBody):
    """A published schedule that figures stand on."""

    schedule_id: UUID
    name: str
    number: int
    published_at: Instant


def schedules_out(some: Sequence[StoredSchedule]) -> list[ReportSchedule]:
    return [
        ReportSchedule(
            schedule_id=one.id,
            name=one.asked.name,
            number=one.publication.number,
            published_at=one.publication.known_at,
        )
        for one in some
        if one.publication is not None
    ]


class WinterTonnes(AnswerBody):
    """Tonnes of a pollutant kept back; null is not known. Some lines have no emission on record and count in none."""

    pollutant: Pollutant
    tonnes: str | None
    lines_without_emission: int


class WinterOut(AnswerBody):
    """What a winter kept back, in tonnes, in line-stop days, and in those times daily capacity (t of product)."""

    lines: int
    tonnes: list[WinterTonnes]
    line_stop_days: str | None
    stop_day_capacity_t: str | None
    lines_without_capacity: int


def winter_out(one: Winter) -> WinterOut:
    return WinterOut(
        lines=one.lines,
        tonnes=[
            WinterTonnes(
                pollutant=each,
                tonnes=_text(one.tonnes.get(each)),
                lines_without_emission=one.unknown.get(each, 0),
            )
            for each in POLLUTANTS
        ],
        line_stop_days=_text(one.stop_days),
        stop_day_capacity_t=_text(one.stop_day_capacity),
        lines_without_capacity=one.capacity_unknown,
    )


class PollutantDifference(AnswerBody):
    """Served less last winter; null where either leaves a line out or is not known."""

    pollutant: Pollutant
    tonnes: str | None


class ComparisonOut(AnswerBody):
    """This winter beside the last; `reached` is unknown before the season is over (FS-35, A-FS16)."""

    industry: str | None
    planned: WinterOut
    served: WinterOut
    last: WinterOut
    last_from: LastSource
    last_reference: str
    differences: list[PollutantDifference]
    compared_by: Yardstick
    reached: Reached


def _comparison(industry: str | None, one: Comparison) -> ComparisonOut:
    return ComparisonOut(
        industry=industry,
        planned=winter_out(one.planned),
        served=winter_out(one.served),
        last=winter_out(one.last.winter),
        last_from=one.last.source,
        last_reference=one.last.reference,
        differences=[PollutantDifference(pollutant=each, tonnes=_text(one.difference(each))) for each in POLLUTANTS],
        compared_by=one.yardstick,
        reached=one.reached,
    )


class FirmWinter(AnswerBody):
    """One enterprise's figures: information, and no ground for a violation."""

    enterprise_id: UUID
    enterprise_code: str
    enterprise_name: str
    region: str
    planned: WinterOut
    served: WinterOut


class SeasonReport(AnswerBody):
    """A season from its first day to `last_day`, beside the winter before; `as_of` gives this very summary again."""

    region: str
    season: int
    first_day: date
    last_day: date
    whole_season: bool
    as_of: Instant
    schedules: list[ReportSchedule]
    total: ComparisonOut
    industries: list[ComparisonOut]
    enterprises: list[FirmWinter]
    limited_lines: int
    unscheduled_subjects: int
    unscheduled_stop_days: str
    sources: list[str]


def season_report(one: Summary, language: Language) -> SeasonReport:
    subjects, days = one.outside
    return SeasonReport(
        region=one.asked.region,
        season=one.asked.season,
        first_day=one.first,
        last_day=one.until - ONE_DAY,
        whole_season=one.whole_season,
        as_of=one.asked.as_of,
        schedules=schedules_out(one.schedules),
        total=_comparison(None, one.county),
        industries=[_comparison(each, one.by_industry[each]) for each in industries(one.by_industry)],
        enterprises=[_firm(each) for each in one.firms],
        limited_lines=one.limited,
        unscheduled_subjects=subjects,
        unscheduled_stop_days=exact(days),
        sources=sources(told_of(one, one.asked.region), language),
    )


def told_of(one: Summary, region: str) -> Told:
    return Told(
        region=region,
        season=one.asked.season,
        first=one.first.isoformat(),
        until=(one.until - ONE_DAY).isoformat(),
        as_of=moment(one.asked.as_of),
        whole_season=one.whole_season,
        schedules=one.schedules,
        limited=one.limited,
        outside=one.outside,
    )


def _firm(one: Firm) -> FirmWinter:
    return FirmWinter(
        enterprise_id=one.enterprise_id,
        enterprise_code=one.code,
        enterprise_name=one.name,
        region=one.region,
        planned=winter_out(one.planned),
        served=winter_out(one.served),
    )


class ReducedShare(AnswerBody):
    """The share of normal days' emission that is kept back; null where none is on record."""

    pollutant: Pollutant
    pct: str | None


class TonnesOfRegion(AnswerBody):
    """The lines of one region."""

    region: str
    lines: int
    tonnes: list[TonnesOut]
    shares: list[ReducedShare]


class UnrecordedEmission(AnswerBody):
    """Lines whose normal emission of a pollutant is not on record; they count in no tonne."""

    pollutant: Pollutant
    lines: int


class TargetOut(AnswerBody):
    """A target a schedule was computed with (null month: of the season), and what that schedule keeps back."""

    schedule_id: UUID
    pollutant: Pollutant
    month: int | None
    target_t: str
    reduced_t: str
    met: bool
    why: str


class ReductionTotals(AnswerBody):
    """What published schedules keep back in a region, by pollutant; `as_of` gives these very totals again."""

    region: str
    season: int
    first_day: date
    last_day: date
    as_of: Instant
    schedules: list[ReportSchedule]
    lines: int
    baseline: ScheduleBaseline
    total: list[TonnesOut]
    shares: list[ReducedShare]
    regions: list[TonnesOfRegion]
    industries: list[TonnesOfIndustry]
    months: list[TonnesOfMonth]
    unknown: list[UnrecordedEmission]
    targets: list[TargetOut]
    sources: list[str]


def reduction_totals(one: Reduced, baseline: ScheduleBaseline, language: Language) -> ReductionTotals:
    whole = one.tally.whole
    return ReductionTotals(
        region=one.asked.region,
        season=one.asked.season,
        first_day=one.tally.first,
        last_day=one.tally.end - ONE_DAY,
        as_of=one.asked.as_of,
        schedules=schedules_out(one.schedules),
        lines=whole.lines,
        baseline=baseline,
        total=tonnes_out(whole.whole),
        shares=_shares(whole.whole),
        regions=[
            TonnesOfRegion(region=name, lines=own.lines, tonnes=tonnes_out(own.whole), shares=_shares(own.whole))
            for name, own in sorted(one.tally.by_region.items())
        ],
        industries=[
            TonnesOfIndustry(industry=name, tonnes=tonnes_out(whole.by_industry[name]))
            for name in industries(whole.by_industry)
        ],
        months=months_out(whole),
        unknown=[UnrecordedEmission(pollutant=name, lines=count) for name, count in whole.unknown.items()],
        targets=[_target(each) for each in one.targets],
        sources=reduction_sources(one.schedules, moment(one.asked.as_of), language),
    )


def _shares(sums: Sums) -> list[ReducedShare]:
    found: Mapping[Pollutant, float | None] = {name: reduced_pct(one) for name, one in sums.items()}
    return [
        ReducedShare(pollutant=name, pct=None if pct is None else number_text(round(pct, 2)))
        for name, pct in found.items()
    ]


def _target(one: TargetMet) -> TargetOut:
    return TargetOut(
        schedule_id=one.schedule_id,
        pollutant=one.target.pollutant,
        month=one.target.month,
        target_t=exact(one.target.tonnes),
        reduced_t=exact(one.reduced),
        met=one.met,
        why=one.target.why,
    )


class PollutantTonnesRequest(RequestBody):
    """Tonnes of a pollutant."""

    pollutant: Pollutant
    tonnes: Amount


class SeasonRecordRequest(RequestBody):
    """What a past winter kept out of the air, from a paper; what is left out is not known, and is not nought."""

    region: RegionCode
    season: Annotated[int, Field(ge=2013, le=2100, description="The year the season started in.")]
    industry: Annotated[str, Field(min_length=1, max_length=60)] | None = Field(
        default=None, description="Of this industry only; left out: of the whole region."
    )
    tonnes: Annotated[list[PollutantTonnesRequest], Field(max_length=len(POLLUTANTS))] = Field(default_factory=list)
    line_stop_days: Amount | None = None
    stop_day_capacity_t: Amount | None = Field(
        default=None, description="Line-stop days times daily capacity, in tonnes of product."
    )
    source: Annotated[str, Field(min_length=1, max_length=500, description="The paper it is taken from.")]
    evidence: EvidenceRequests = Field(default_factory=list)

    def said(self) -> Said:
        return Said(
            region=self.region,
            season=self.season,
            industry=self.industry,
            tonnes={one.pollutant: float(one.tonnes) for one in self.tonnes},
            stop_days=None if self.line_stop_days is None else float(self.line_stop_days),
            stop_day_capacity=None if self.stop_day_capacity_t is None else float(self.stop_day_capacity_t),
            source=self.source,
            evidence=tuple(one.evidence() for one in self.evidence),
        )


class SeasonRecordOut(AnswerBody):
    """A record of a past winter; the newest of a region, season and industry counts."""

    id: UUID
    region: str
    season: int
    industry: str | None
    winter: WinterOut
    source: str
    evidence: list[EvidenceItem]
    recorded: HandOut

    @classmethod
    def of(cls, one: SeasonRecord) -> "SeasonRecordOut":
        return cls(
            id=one.id,
            region=one.region,
            season=one.season,
            industry=one.industry,
            winter=winter_out(one.winter),
            source=one.source,
            evidence=[EvidenceItem.of(each) for each in one.evidence],
            recorded=HandOut.of(one.recorded_by, one.known_at),
        )


class SeasonRecordPage(AnswerBody):
    """Some records, the newest first."""

    items: list[SeasonRecordOut]
    next_cursor: str | None


def _text(value: float | None) -> str | None:
    return None if value is None else exact(value)

"""Compliance in bodies: what is to be assessed, findings with everything that reproduces them, days, curves and tables."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RegionCode, RequestBody
from app.api.evidence import EvidenceRequests, HandOut
from app.api.structure import plain
from app.api.violation_bodies import ClaimRequest, Words
from app.domain.compliance.baselines import MethodName
from app.domain.compliance.demands import ExcuseKind
from app.domain.compliance.findings import CheckCode, SignCode, VerdictWord
from app.domain.compliance.thresholds import Name as ThresholdName
from app.domain.compliance.thresholds import Unit
from app.domain.errors import Language
from app.persistence.compliance.findings import StoredFinding

CheckWord = CheckCode
Season = Annotated[int, Field(ge=2013, le=2100, description="The year the season starts in.", examples=[2019])]
Reason = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(plain)]
Version = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9./-]*$", examples=["linfen/1"])]


class ComplianceBaselineRequest(RequestBody):
    """Which days a baseline is made from; without days the published number before the first one assessed."""

    method: MethodName = "eligible-days-mean/1"
    from_day: CivilDay | None = None
    until_day: Annotated[CivilDay | None, Field(description="The first day that is no longer looked at.")] = None


class ComplianceRunRequest(RequestBody):
    """A region's subtree or one enterprise, and days that are over: a season as far as it is, or from one until another."""

    region: RegionCode | None = None
    enterprise_id: UUID | None = None
    season: Season | None = None
    from_day: CivilDay | None = None
    until_day: Annotated[CivilDay | None, Field(description="The first day that is no longer judged.")] = None
    packs: Annotated[
        list[Annotated[str, Field(max_length=60)]] | None,
        Field(min_length=1, max_length=50, description="Names of plans; null: whatever decided the enterprises."),
    ] = None
    thresholds: Annotated[Version | None, Field(description="A version; the published one if absent.")] = None
    baseline: ComplianceBaselineRequest | None = None


class ThresholdChange(RequestBody):
    """One number of an authority's own."""

    name: ThresholdName
    value: Annotated[int, Field(ge=0, le=1_000_000)]


class ThresholdsRequest(RequestBody):
    """Another version: what it starts from, the numbers it changes, where they come from, and who has to confirm them."""

    version: Version
    base: Version = "published/1"
    changes: Annotated[list[ThresholdChange], Field(min_length=1, max_length=50)]
    source: Reason
    confirm: Reason


class ThresholdOut(AnswerBody):
    """One number with its unit and where it comes from."""

    name: ThresholdName
    value: int
    unit: Unit
    source: str
    confirm: str
    text: str


class ThresholdsOut(AnswerBody):
    """A version of all of them."""

    version: str
    hash: str
    published: HandOut
    values: list[ThresholdOut]


class ThresholdsList(AnswerBody):
    """Every version, the oldest first."""

    items: list[ThresholdsOut]


class ComplianceClause(AnswerBody):
    """A rule of a plan a finding stands on."""

    pack: str
    rule: str
    cites: list[str]
    text: str


class ComplianceFindingSummary(AnswerBody):
    """A finding in a list."""

    id: UUID
    enterprise_id: UUID
    subject_id: UUID
    day: date
    check: CheckWord
    verdict: VerdictWord
    look: bool = Field(description="A person should look at it.")
    name: str
    sentence: str
    known_at: Instant


class ComplianceFindingPage(AnswerBody):
    """Findings that stand, in order of days."""

    items: list[ComplianceFindingSummary]
    next_cursor: str | None


class CurveOut(AnswerBody):
    """The day in watt-hours by slot, null for a gap; `judged` are the slots that count, `limit_wh` what each may take."""

    interval_minutes: int
    wh: list[int | None]
    limit_wh: list[int] | None
    judged: list[int]
    estimated: list[int]
    beside_wh: list[int | None] | None


class ComplianceNumber(AnswerBody):
    """One of the numbers that reproduce a verdict."""

    name: str
    value: int


class MeterBaseline(AnswerBody):
    """The baseline a meter was measured by: the days it was made from, the others with their reason, its curve in Wh."""

    meter_id: UUID
    hash: str
    method: MethodName
    from_day: date
    until_day: date
    used_days: list[date]
    excluded_days: list["ExcludedDay"]
    curve_wh: list[int] | None = Field(description="Of all days together; null where too few were eligible.")


class ExcludedDay(AnswerBody):
    """A day that is no base, and why."""

    day: date
    reason: Literal["incomplete", "controlled", "warning", "holiday", "maintenance", "outlier"]


class ComplianceFindingOut(ComplianceFindingSummary):
    """Everything that reproduces a finding; `hash` is over the bytes it is stored as, `dossier` and `terms` name its inputs."""

    stands: bool = Field(description="False once later verdicts took its place.")
    would_be: VerdictWord = Field(description="What it were but for own generation or a declared exception.")
    signs: list[SignCode]
    meters: list[UUID]
    demands: list[str]
    clauses: list[ComplianceClause]
    numbers: list[ComplianceNumber]
    curve: CurveOut | None
    thresholds: str
    calendar: str | None
    baseline: MethodName | None
    baselines: list[MeterBaseline]
    inputs_hash: str
    dossier: str | None
    terms: str
    verdict_id: UUID
    replaces: UUID | None = Field(description="The verdicts that the ones it came with took the place of.")
    hash: str


class ComplianceViolationRequest(RequestBody):
    """Which facts are suspected on the strength of the finding, under which plan; `what` as the finding says if absent."""

    pack: Annotated[str, Field(max_length=60, examples=["fushan"])]
    claims: Annotated[list[ClaimRequest], Field(min_length=1, max_length=20)]
    what: Words | None = None
    evidence: EvidenceRequests = Field(default_factory=list)


class CrossOut(AnswerBody):
    """Another source beside the meters."""

    kind: Literal["inspection", "emission", "output"]
    says: Literal["agrees", "contradicts", "alone"]
    ran: bool
    text: str
    numbers: dict[str, str]


class CheckOut(AnswerBody):
    """What one check comes to."""

    check: CheckWord
    verdict: VerdictWord


class ExcuseOut(AnswerBody):
    """Why nothing is judged or held against a day; `reference` is the entry of the list, or the paper of the act."""

    kind: ExcuseKind
    text: str
    reference: str


class ComplianceDay(AnswerBody):
    """A subject's day: the gravest verdict, each check, the findings that stand, what excuses it, and other sources."""

    day: date
    verdict: VerdictWord
    look: bool
    checks: list[CheckOut]
    findings: list[UUID]
    crosses: list[CrossOut]
    verdict_id: UUID
    excuses: list[ExcuseOut]


class ComplianceSubject(AnswerBody):
    """A subject with its days."""

    subject_id: UUID
    level: Literal["enterprise", "site", "line", "process", "unit"] | None
    code: str | None
    name: str | None
    days: list[ComplianceDay]


class CompliancePhase(AnswerBody):
    """A cut reckoned over a phase, as it stood before `until_day`: all energy is of its members together.

    Over it is judged, and the verdict stands with its last day; before its end nothing is applicable yet, and what was
    taken stands beside what may be taken of as many usual days. What several enterprises share is judged by their stops.
    """

    phase_id: str
    members: list[UUID]
    from_day: date
    last_day: date
    until_day: date
    keep_pct: float
    verdict: VerdictWord
    signs: list[str]
    text: str = Field(description="Why, in words.")
    clauses: list[ComplianceClause]
    numbers: list[ComplianceNumber]


class EnterpriseCompliance(AnswerBody):
    """An enterprise's verdicts; a day nobody assessed is left out."""

    enterprise_id: UUID
    first_day: date
    last_day: date
    subjects: list[ComplianceSubject]
    phases: list[CompliancePhase]


class MeterLoad(AnswerBody):
    """A meter's curve, ready to plot: value i belongs to the slot that begins i intervals after 00:00 of the first day.

    `used_wh` has null for a gap. `allowed_wh` and `usual_wh` are null where there is no baseline.
    """

    meter_id: UUID
    subject_id: UUID
    code: str
    kind: Literal["main", "production", "treatment"]
    interval_minutes: int
    used_wh: list[int | None]
    allowed_wh: list[int | None]
    usual_wh: list[int | None]
    judged: list[bool]
    estimated: list[bool]


class EnterpriseLoad(AnswerBody):
    """The curves of an enterprise beside the load that is allowed."""

    enterprise_id: UUID
    first_day: date
    last_day: date
    meters: list[MeterLoad]


class ElectricityMonth(AnswerBody):
    """A meter's month: sums with how much of the month they cover; what the source estimated is in no other sum."""

    enterprise_id: UUID
    enterprise_code: str
    enterprise_name: str
    uscc: str | None
    region: str
    meter_id: UUID
    meter_code: str
    meter_kind: Literal["main", "production", "treatment"]
    month: str
    days: int
    whole_days: int
    intervals: int
    intervals_read: int
    complete_pct: str
    total_kwh: str
    night_kwh: str
    estimated_kwh: str
    peak_day: date | None
    peak_kwh: str
    own_generation: bool


class ElectricityPage(AnswerBody):
    """Meters in order of enterprises; a page ends with an enterprise."""

    items: list[ElectricityMonth]
    next_cursor: str | None


def summary_fields(one: StoredFinding, told: dict[str, Any], language: Language) -> dict[str, Any]:
    return {
        "id": one.id,
        "enterprise_id": one.enterprise_id,
        "subject_id": one.subject_id,
        "day": one.day,
        "check": one.check,
        "verdict": one.verdict,
        "look": told["look"],
        "name": told["name"][language],
        "sentence": told["sentence"][language],
        "known_at": one.known_at,
    }


def finding_out(
    one: StoredFinding, language: Language, baselines: list[MeterBaseline], replaces: UUID | None
) -> ComplianceFindingOut:
    told = orjson.loads(one.document)
    return ComplianceFindingOut(
        **summary_fields(one, told, language),
        stands=one.stands,
        would_be=told["would_be"],
        signs=told["signs"],
        meters=told["meters"],
        demands=told["demands"],
        clauses=[
            ComplianceClause(
                pack=each["pack"], rule=each["rule"], cites=each["cites"], text=each["says"].get(language, "")
            )
            for each in told["clauses"]
        ],
        numbers=[ComplianceNumber(name=name, value=value) for name, value in told["numbers"].items()],
        curve=None if told["curve"] is None else CurveOut.model_validate(told["curve"]),
        thresholds=told["thresholds"],
        calendar=told.get("calendar"),
        baseline=told["baseline"],
        baselines=baselines,
        inputs_hash=told["inputs_hash"],
        dossier=told.get("dossier"),
        terms=told["terms"],
        verdict_id=one.verdict_id,
        replaces=replaces,
        hash=one.hash.hex(),
    )


def baseline_out(digest: str, told: dict[str, Any]) -> MeterBaseline:
    return MeterBaseline(
        meter_id=told["meter_id"],
        hash=digest,
        method=told["method"],
        from_day=told["from_day"],
        until_day=told["until_day"],
        used_days=told["used"]["any"],
        excluded_days=[ExcludedDay(day=day, reason=reason) for day, reason in told["excluded"]],
        curve_wh=told["curve_wh"]["any"],
    )

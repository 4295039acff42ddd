"""Simulations as the API reads and writes them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RegionCode, RequestBody
from app.api.decision_bodies import DecisionSubject, TruthWord
from app.domain.quantities import Pollutant

ChangeDirection = Literal["stricter", "milder", "same", "unknown"]
PlanSide = Literal["before", "after"]
Standing = Literal["decided", "insufficient_facts", "authority_decides", "unregulated"]
CsvText = Annotated[str | None, Field(max_length=30_000_000)]
TonnesPerDay = Annotated[str | None, Field(description="t/d as decimal text; null where something is not known.")]


class SimulatedDraft(RequestBody):
    """A pack as YAML text, or the name and version of a stored one."""

    pack: Annotated[str | None, Field(max_length=1_000_000)] = None
    name: Annotated[str | None, Field(max_length=60)] = None
    version: Annotated[str | None, Field(max_length=40)] = None


class SimulatedCsv(RequestBody):
    """The register's sheets as CSV texts, one for each level."""

    enterprise: CsvText = None
    site: CsvText = None
    line: CsvText = None
    process: CsvText = None
    unit: CsvText = None


class SimulatedTable(RequestBody):
    """Enterprises in the form of the register's template; nothing of it is registered, and its facts count as verified."""

    xlsx: Annotated[str | None, Field(description="A workbook, base64.", max_length=80_000_000)] = None
    csv: SimulatedCsv | None = None


class SimulationRequest(RequestBody):
    """Which draft, against what, for whom and when."""

    draft: SimulatedDraft
    against: Annotated[
        str | None,
        Field(
            max_length=101,
            description="The pack in force (`name`) or a version (`name@version`); null: every line unregulated.",
            examples=["linfen-twelve-industries"],
        ),
    ] = None
    season: Annotated[int, Field(ge=2013, le=2100, description="The year the season starts in.", examples=[2019])]
    day: Annotated[CivilDay, Field(examples=["2019-12-10"])]
    region: Annotated[RegionCode | None, Field(description="The register of this region, its subtree included.")] = None
    table: SimulatedTable | None = None


class SimulatedPack(AnswerBody):
    """A pack that was compared; `hash` identifies its content."""

    name: str
    version: str
    hash: str
    title: str


class SimulatedTonnes(AnswerBody):
    """What stands still on the day keeps this much out of the air, over the changed lines where that is known."""

    pollutant: Pollutant
    before_t_d: str
    after_t_d: str
    lines_known: int
    lines_unknown: int


class SimulatedCounts(AnswerBody):
    """How many subjects there are, how many change, and whether production stands still for longer in the season."""

    subjects: int
    changed: int
    stricter: int
    milder: int
    same: int
    unknown: int
    tonnes: list[SimulatedTonnes]


class SimulatedGroup(SimulatedCounts):
    """The counts of one industry, region or grade; `key` is null where it is not known."""

    key: str | None


class SimulatedTransition(AnswerBody):
    """How many go from one status and class to another."""

    from_status: Standing
    from_class: str | None
    to_status: Standing
    to_class: str | None
    subjects: int


class CauseCitation(AnswerBody):
    """The clause a rule stands on."""

    provision: str
    place: str
    says: str


class SimulatedLeaf(AnswerBody):
    """A condition and how many changes it decides."""

    side: PlanSide
    rule: str
    fact: str | None
    text: str
    truth: TruthWord
    cite: str
    citations: list[CauseCitation]
    subjects: int


class RejectedRow(AnswerBody):
    """A row of the table that was left out, and why."""

    sheet: str
    line: int
    field: str
    code: str
    message: str


class SimulationSummary(AnswerBody):
    """A simulation in a list."""

    id: UUID
    draft: SimulatedPack
    against: SimulatedPack | None
    season: int
    day: date
    region: str | None = Field(description="Null where a table was asked about.")
    known_at: Instant
    subjects: int
    changed: int


class SimulationOut(SimulationSummary):
    """What a draft would change, counted; the changes themselves are at `/changes`."""

    evaluator_version: str
    stricter: int
    milder: int
    same: int
    unknown: int
    tonnes: list[SimulatedTonnes]
    transitions: list[SimulatedTransition]
    by_industry: list[SimulatedGroup]
    by_region: list[SimulatedGroup]
    by_grade: list[SimulatedGroup]
    leaves: list[SimulatedLeaf]
    leaves_left_out: int
    rejected_rows: int
    errors: list[RejectedRow]
    errors_left_out: int


class SimulationPage(AnswerBody):
    """Some simulations, newest first."""

    items: list[SimulationSummary]
    next_cursor: str | None


class SimulatedSide(AnswerBody):
    """What one plan says of a subject."""

    status: Standing
    stagger_class: str | None
    rules: list[str]
    summary: str
    measures: list[str]


class SimulatedSubjectTonnes(AnswerBody):
    """What both plans keep out of the air on the day."""

    pollutant: Pollutant
    before_t_d: TonnesPerDay
    after_t_d: TonnesPerDay


class SimulatedCause(AnswerBody):
    """Why: a leaf whose truth decides, or a measure that is another; `seen` is what the subject shows."""

    kind: Literal["condition", "added", "removed", "measure", "precedence"]
    side: PlanSide
    rule: str
    fact: str | None
    text: str
    truth: TruthWord
    seen: str | None
    cite: str
    citations: list[CauseCitation]


class SimulatedChange(AnswerBody):
    """Who changes, from what to what, and by which leaf."""

    position: int
    subject: DecisionSubject
    enterprise_code: str
    performance_grade: str | None
    direction: ChangeDirection
    before: SimulatedSide
    after: SimulatedSide
    stopped_share_before: str | None = Field(description="Of the day asked about; null while it is open.")
    stopped_share_after: str | None
    stopped_days_before: str | None = Field(description="In the season; a day of half production counts half.")
    stopped_days_after: str | None
    tonnes: list[SimulatedSubjectTonnes]
    causes: list[SimulatedCause]


class SimulatedChangePage(AnswerBody):
    """Some changes, in order of enterprise and subject."""

    items: list[SimulatedChange]
    next_cursor: str | None

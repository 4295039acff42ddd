"""Bodies of duties: the structured reports that are filed, and what is owed as it leaves."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, RootModel

from app.api.bodies import AnswerBody, CivilDay, Instant, Moment, RequestBody
from app.api.evidence import HandOut
from app.api.structure import Code, Text, plain
from app.domain.duties.filing import DutyCase, DutyState, Filing, OwedDuty, Receipt, Verdict
from app.domain.duties.terms import Force, Form, Section, Who
from app.domain.errors import Language
from app.domain.periods import ONE_DAY
from app.services.duties.filing import Reported


def lines_only(text: str) -> str:
    """A text may have lines, and nothing else that controls."""
    plain(text.replace("\n", " ").replace("\r", " ").replace("\t", " "))
    return text


Long = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(lines_only)]
Note = Annotated[str, Field(max_length=2_000), AfterValidator(lines_only)]
Amount = Annotated[
    str, Field(pattern=r"^\d{1,12}(\.\d{1,6})?$", description="A decimal, written out.", examples=["12.5"])
]
Percent = Annotated[str, Field(pattern=r"^(100(\.0{1,3})?|\d{1,2}(\.\d{1,3})?)$", description="0 to 100.")]


class StoppedLine(RequestBody):
    """A line that stood still, in whole or by this equipment."""

    line: Code
    equipment: Text | None = None


class ReducedLine(RequestBody):
    """A line that ran at less: by how many percent, or how much it produced."""

    line: Code
    reduced_pct: Percent | None = None
    output: Amount | None = None
    unit: Text | None = None


class DailyExecution(RequestBody):
    """What stood still or ran at less on a day of a response, as of 17:00 (A-YN5)."""

    form: Literal["daily_execution"]
    as_of: Moment
    stopped: Annotated[list[StoppedLine], Field(max_length=500)]
    reduced: Annotated[list[ReducedLine], Field(max_length=500)]
    notes: Note | None = None


class MonthlyImplementation(RequestBody):
    """What was carried out last month, with problems and suggestions where there are any (HR-34)."""

    form: Literal["monthly_implementation"]
    carried_out: Long
    problems: Long | None = None
    suggestions: Long | None = None


class SeasonSummary(RequestBody):
    """What the season came to, up to a day; one that is due before the season ends says so by it (A-YN4)."""

    form: Literal["season_summary"]
    up_to_day: CivilDay
    carried_out: Long
    problems: Long | None = None
    suggestions: Long | None = None


class PlannedMeasure(RequestBody):
    """What a line, process or unit does, and when."""

    line: Code
    process: Code | None = None
    unit: Code | None = None
    measure: Text
    from_day: CivilDay | None = None
    last_day: CivilDay | None = None


class PlantPlan(RequestBody):
    """The firm's own plan down to line, process and equipment (HR-27, GP-27, FS-31)."""

    form: Literal["plant_plan"]
    staggering: Annotated[list[PlannedMeasure], Field(max_length=1000)]
    emergency: Annotated[list[PlannedMeasure], Field(max_length=1000)]
    how_checked: Long | None = None


class InventoryFirm(RequestBody):
    """A firm that stops or is limited because something is unfinished."""

    name: Text
    uscc: Text | None = None
    industry: Text
    unfinished: Text
    measure: Literal["stop", "limit"]


class Inventory(RequestBody):
    """How many firms there are, and those whose unfinished tasks stop or limit them (L12-46)."""

    form: Literal["inventory"]
    firms: Annotated[int, Field(ge=0, le=1_000_000)]
    unfinished: Annotated[list[InventoryFirm], Field(max_length=5000)]


class ElectricityRow(RequestBody):
    """The month of one customer."""

    name: Text
    account: Text | None = None
    kwh: Amount
    remark: Text | None = None


class ElectricityTable(RequestBody):
    """Last month's electricity of the firms on the list (HR-29)."""

    form: Literal["electricity_table"]
    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2019-11"])]
    rows: Annotated[list[ElectricityRow], Field(min_length=1, max_length=20_000)]


class Statement(RequestBody):
    """Anything else, in words."""

    form: Literal["statement"]
    text: Long


Reports = DailyExecution | MonthlyImplementation | SeasonSummary | PlantPlan | Inventory | ElectricityTable | Statement


class DutyReport(RootModel[Annotated[Reports, Field(discriminator="form")]]):
    """A report of one of these forms."""

    model_config = ConfigDict(frozen=True)


class DutyFilingRequest(RequestBody):
    """What is filed: a report of one form, and the attachments uploaded for it."""

    report: DutyReport
    note: Note | None = None
    attachments: Annotated[list[UUID], Field(default_factory=list, max_length=50)]

    def reported(self) -> Reported:
        """Exactly what was said; what was left out is not invented."""
        report = self.report.root
        said = report.model_dump(mode="json", exclude_none=True, exclude={"form"})
        return Reported(
            form=Form(report.form),
            report=said,
            note=self.note or "",
            attachments=self.attachments,
            as_of=report.as_of if isinstance(report, DailyExecution) else None,
        )


class DutyReceiptRequest(RequestBody):
    """The addressee's word on the newest filing; who returns it says why."""

    verdict: Verdict
    reason: Note | None = None


class DutyWaiverRequest(RequestBody):
    """Why somebody is freed."""

    reason: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(plain)]


class DutyConflictOut(AnswerBody):
    """Where the text contradicts itself; the printed day stays."""

    code: str
    text: str


class DutyOut(AnswerBody):
    """A duty of one enterprise or of a body of a region; without a day, `due_at` is null and it is never late."""

    id: UUID
    enterprise_id: UUID | None
    region: str
    pack: str
    season: int
    section: Section
    duty: str
    period: str = Field(description="Tells the periods of one duty apart: a month, a day, season, final or standing.")
    who: Who
    text: str
    citations: list[str]
    readings: list[str]
    forms: list[Form]
    force: Force
    addressee: str
    covers_from: str | None
    covers_until: str | None = Field(description="The last day it is about.")
    opens_at: Instant | None
    due_at: Instant | None = Field(description="Still in time at this instant, late after it.")
    state: DutyState
    filed_at: Instant | None
    filed_late: bool
    waived_at: Instant | None
    conflicts: list[DutyConflictOut]

    @classmethod
    def of(cls, one: OwedDuty, now: datetime, language: Language) -> "DutyOut":
        return cls(**duty_fields(one, now, language))


class DutyPage(AnswerBody):
    """Some duties, the earliest due first, those without a day last."""

    items: list[DutyOut]
    next_cursor: str | None


class DutyReceiptOut(AnswerBody):
    """What the addressee said of a filing."""

    verdict: Verdict
    reason: str
    by: HandOut

    @classmethod
    def of(cls, one: Receipt) -> "DutyReceiptOut":
        return cls(verdict=one.verdict, reason=one.reason, by=HandOut.of(one.by, one.at))


class FiledAttachment(AnswerBody):
    """An attachment as it was filed."""

    id: UUID
    sha256: str


class DutyFilingOut(AnswerBody):
    """One version of what was filed; the newest counts, those before it stay."""

    id: UUID
    number: int
    form: Form
    report: dict[str, Any] = Field(json_schema_extra={"additionalProperties": True})
    note: str
    attachments: list[FiledAttachment]
    late: bool
    hash: str = Field(description="SHA-256 over everything said in it.")
    filed: HandOut
    receipt: DutyReceiptOut | None

    @classmethod
    def of(cls, one: Filing, owed: OwedDuty) -> "DutyFilingOut":
        due_at = owed.term.due_at
        return cls(
            id=one.id,
            number=one.number,
            form=one.form,
            report=dict(one.report),
            note=one.note,
            attachments=[FiledAttachment(id=each, sha256=sha256) for each, sha256 in one.attachments],
            late=due_at is not None and one.at > due_at,
            hash=one.hash,
            filed=HandOut.of(one.by, one.at),
            receipt=None if one.receipt is None else DutyReceiptOut.of(one.receipt),
        )


class DutyWaiverOut(AnswerBody):
    """Who freed somebody, and why."""

    reason: str
    by: HandOut


class DutyWithFilings(DutyOut):
    """A duty with everything that happened to it."""

    filings: list[DutyFilingOut]
    waiver: DutyWaiverOut | None

    @classmethod
    def of_case(cls, case: DutyCase, now: datetime, language: Language) -> "DutyWithFilings":
        waiver = case.waiver
        return cls(
            **duty_fields(case.owed, now, language),
            filings=[DutyFilingOut.of(one, case.owed) for one in case.filings],
            waiver=None if waiver is None else DutyWaiverOut(reason=waiver.reason, by=HandOut.of(waiver.by, waiver.at)),
        )


def duty_fields(one: OwedDuty, now: datetime, language: Language) -> dict[str, Any]:
    term, covers = one.term, one.term.covers
    last = None if covers is None or covers.until is None else covers.until - ONE_DAY
    return {
        "id": one.id,
        "enterprise_id": one.enterprise_id,
        "region": one.region,
        "pack": term.pack,
        "season": term.season,
        "section": term.section,
        "duty": term.duty,
        "period": term.key,
        "who": term.who,
        "text": term.what[language],
        "citations": list(term.cites),
        "readings": list(term.readings),
        "forms": list(term.forms),
        "force": term.force,
        "addressee": term.to,
        "covers_from": None if covers is None else covers.start.isoformat(),
        "covers_until": None if last is None else last.isoformat(),
        "opens_at": term.opens_at,
        "due_at": term.due_at,
        "state": one.state(now),
        "filed_at": one.filed_at,
        "filed_late": one.filed_late,
        "waived_at": one.waived_at,
        "conflicts": [DutyConflictOut(code=each.code, text=each.says[language]) for each in term.conflicts],
    }

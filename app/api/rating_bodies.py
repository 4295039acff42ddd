"""Bodies of ratings: what a person records, the history it becomes part of, and a published list as JSON."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RequestBody
from app.api.changes import DecisionChange
from app.api.decision_bodies import DecisionStatus, SubjectLevel
from app.api.evidence import EvidenceItem, EvidenceRequests, HandOut
from app.api.structure import Text, plain
from app.domain.periods import Period
from app.domain.ratings.rating import PERFORMANCE_GRADE, Rating, RatingAct, RatingState
from app.domain.ratings.standing import History
from app.persistence.decisions.runs import Run, Said

Basis = Annotated[
    str,
    Field(min_length=1, max_length=500, description="What the grade rests on: review, order, minutes."),
    AfterValidator(plain),
]
FactName = Annotated[
    str,
    Field(min_length=1, max_length=80, description="A grade of the catalogue, by either name."),
    AfterValidator(plain),
]
GradeText = Annotated[
    str,
    Field(min_length=1, max_length=40, description="A code such as B_minus, or its Chinese name."),
    AfterValidator(plain),
]
LastDay = Annotated[
    CivilDay | None,
    Field(description="Exclusive; absent: for good, and within a rating that it lowers as long as that."),
]


class RatingRequest(RequestBody):
    """A grade of one subject; a correction or downgrade names in `replaces` the rating it is about."""

    subject_id: UUID
    fact: FactName = PERFORMANCE_GRADE
    grade: GradeText
    act: RatingAct = RatingAct.AWARD
    replaces: UUID | None = None
    valid_from: CivilDay
    valid_to: LastDay = None
    basis: Basis
    awarded_by: Text
    document: Text
    evidence: EvidenceRequests = Field(default_factory=list)


class RatingEntry(RequestBody):
    """One row of a published list: an enterprise by its own code or credit code, a line or process by its code."""

    enterprise: Annotated[str, Field(min_length=1, max_length=64)]
    subject: Annotated[str, Field(min_length=1, max_length=64)]
    fact: FactName = PERFORMANCE_GRADE
    grade: GradeText
    valid_from: CivilDay
    valid_to: CivilDay | None = None
    basis: Basis
    awarded_by: Text
    document: Text


class RatingFile(RequestBody):
    """A published list as JSON."""

    items: Annotated[list[RatingEntry], Field(min_length=1, max_length=50_000)]


class HeldOut(AnswerBody):
    """A stretch of days on which a rating counts; `valid_to` is exclusive."""

    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, period: Period) -> "HeldOut":
        return cls(valid_from=period.start, valid_to=period.until)


class RatingOut(AnswerBody):
    """One entry of the history with what has become of it; `held` is what corrections and downgrades leave of it."""

    id: UUID
    enterprise_id: UUID
    level: SubjectLevel
    subject_id: UUID
    fact: str
    grade: str
    act: RatingAct
    replaces: UUID | None
    replaced_by: UUID | None
    state: RatingState
    standing: bool = Field(description="Whether it is the grade of the subject on the day.")
    valid_from: date
    valid_to: date | None
    held: list[HeldOut]
    basis: str
    awarded_by: str
    document: str
    evidence: list[EvidenceItem]
    recorded: HandOut
    assertion_ids: list[UUID]


class RatingMade(AnswerBody):
    """The rating just recorded, and what the plans say differently because of it."""

    rating: RatingOut
    changes: list[DecisionChange]


class PlanClassOut(AnswerBody):
    """What a plan computed of a subject on the day: its own class, which is not the national grade."""

    pack: str
    season: int
    level: SubjectLevel
    subject_id: UUID
    status: DecisionStatus
    stagger_class: str | None
    rules: list[str]
    run_id: UUID
    decided_at: Instant

    @classmethod
    def of(cls, run: Run, said: Said) -> "PlanClassOut":
        return cls(
            pack=run.pack_name,
            season=run.season,
            level=said.level,
            subject_id=said.subject_id,
            status=said.status,
            stagger_class=said.stagger_class,
            rules=list(said.rules),
            run_id=run.id,
            decided_at=run.known_at,
        )


class RatingHistory(AnswerBody):
    """All ratings of an enterprise, newest first, and beside them what each plan computed for the same day."""

    day: date
    items: list[RatingOut]
    plan_classes: list[PlanClassOut]


def rating_out(one: Rating, history: History, *, day: date) -> RatingOut:
    held = history.held(one)
    later = history.replaced_by(one)
    return RatingOut(
        id=one.id,
        enterprise_id=one.enterprise_id,
        level=one.level,
        subject_id=one.subject_id,
        fact=one.fact,
        grade=one.grade,
        act=one.act,
        replaces=one.replaces,
        replaced_by=None if later is None else later.id,
        state=history.state(one, day),
        standing=any(day in period for period in held),
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        held=[HeldOut.of(period) for period in held],
        basis=one.basis,
        awarded_by=one.awarded_by,
        document=one.document,
        evidence=[EvidenceItem.of(piece) for piece in one.evidence],
        recorded=HandOut.of(one.by, one.known_at),
        assertion_ids=list(one.assertions),
    )

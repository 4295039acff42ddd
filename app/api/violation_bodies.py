"""Violations as the API reads and writes them: what is reported, every step, and where they stand."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RequestBody
from app.api.changes import DecisionChange
from app.api.consequence_bodies import ConsequenceReport
from app.api.decision_bodies import SubjectLevel
from app.api.evidence import EvidenceItem, EvidenceRequests, HandOut
from app.api.structure import ValueText
from app.domain.violations.claims import Suspicion
from app.domain.violations.violation import VIOLATIONS, Case, Claimed, Violation, ViolationStep

ViolationStateCode = Literal["suspected", "heard", "confirmed", "dismissed", "rectified", "overturned"]
ViolationActionCode = Literal["hear", "reply", "confirm", "dismiss", "rectify", "overturn"]
FactName = Annotated[str, Field(min_length=1, max_length=80, description="Canonical or Chinese name.")]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Basis = Annotated[str, Field(min_length=1, max_length=500, description="Document or minutes the decision rests on.")]


class ClaimRequest(RequestBody):
    """A suspected fact: its `value`, or for one that counts days the `days` themselves, each of which counts once."""

    fact: FactName
    value: ValueText | None = None
    days: Annotated[list[CivilDay], Field(min_length=1, max_length=366)] | None = None

    def suspicion(self) -> Suspicion:
        return Suspicion(fact=self.fact, value=self.value, days=None if self.days is None else tuple(self.days))


class ViolationRequest(RequestBody):
    """What is suspected of whom, under which plan; without a subject it is the enterprise as a whole."""

    subject_id: UUID | None = None
    pack: Annotated[str, Field(max_length=60, examples=["fushan"])]
    season: Annotated[int, Field(ge=2013, le=2100)]
    occurred_from: CivilDay
    occurred_to: CivilDay | None = Field(default=None, description="Last day, included; the first one if absent.")
    claims: Annotated[list[ClaimRequest], Field(min_length=1, max_length=20)]
    what: Words
    evidence: EvidenceRequests = Field(default_factory=list)


class HearingRequest(RequestBody):
    """Until when the enterprise may reply, at least 24 hours, and the notice it was told in."""

    reply_until: AwareDatetime
    notice: Basis


class ReplyRequest(RequestBody):
    """What the enterprise says to it."""

    text: Words
    evidence: EvidenceRequests = Field(default_factory=list)


class ConfirmationRequest(RequestBody):
    """What is found proven: all claims unless `facts` names some, from today on unless the order names a day."""

    from_day: CivilDay | None = Field(default=None, description="The day in the order.")
    facts: Annotated[list[FactName], Field(min_length=1, max_length=20)] | None = None
    overrides: bool = Field(
        default=False, description="Hold instead of another value that an earlier violation gave the same fact."
    )
    basis: Basis
    evidence: EvidenceRequests = Field(default_factory=list)


class DismissalRequest(RequestBody):
    """Why the suspicion is let go."""

    reason: Words
    evidence: EvidenceRequests = Field(default_factory=list)


class OverturningRequest(RequestBody):
    """Why the finding is taken back."""

    reason: Words
    evidence: EvidenceRequests = Field(default_factory=list)


class RectificationRequest(RequestBody):
    """That the rectification was accepted: when, on what evidence."""

    accepted_on: CivilDay | None = Field(default=None, description="Today if absent.")
    note: Words
    evidence: Annotated[EvidenceRequests, Field(min_length=1)]


class ClaimOut(AnswerBody):
    """A suspected fact."""

    fact: str
    value: str
    days: list[date]

    @classmethod
    def of(cls, one: Claimed) -> "ClaimOut":
        return cls(fact=one.fact, value=one.value, days=list(one.days))


class ViolationOut(AnswerBody):
    """A violation as reported, and where it stands; its version is its ETag."""

    id: UUID
    enterprise_id: UUID
    subject_id: UUID
    level: SubjectLevel
    pack: str
    season: int
    occurred_from: date
    occurred_to: date
    claims: list[ClaimOut]
    what: str
    evidence: list[EvidenceItem]
    reported: HandOut
    state: ViolationStateCode
    version: int
    allowed_actions: list[ViolationActionCode]


class ViolationStepOut(AnswerBody):
    """One thing done about it, by whom; the assertions are the facts it recorded and took back."""

    number: int
    action: ViolationActionCode
    state: ViolationStateCode
    hand: HandOut
    note: str
    reply_until: Instant | None
    from_day: date | None
    facts: list[str]
    following: list[str] = Field(description="What plans make of it because it happened in their window.")
    lasting: list[str] = Field(
        description="Facts that hold until rectified; the others end with the season, or once the stop they order is over."
    )
    lowering: list[str] = Field(
        description="Facts that lower a class, and what those follow from: they hold from the day the confirmation is recorded, "
        "or from a later `from_day`, and never from an earlier one (A-L29)."
    )
    accepted_on: date | None
    evidence: list[EvidenceItem]
    assertions: list[UUID]
    retracted: list[UUID]


class ViolationDetail(AnswerBody):
    """A violation with everything that was done about it, in order."""

    violation: ViolationOut
    steps: list[ViolationStepOut]


class ViolationList(AnswerBody):
    """All violations of an enterprise, newest first."""

    items: list[ViolationOut]


class ViolationPage(AnswerBody):
    """Some violations, newest first."""

    items: list[ViolationOut]
    next_cursor: str | None


class ConfirmedViolation(AnswerBody):
    """A confirmed violation and what followed."""

    violation: ViolationOut
    steps: list[ViolationStepOut]
    report: ConsequenceReport


class ChangedViolation(AnswerBody):
    """A violation after a step that changed facts, and what the plans say differently now."""

    violation: ViolationOut
    steps: list[ViolationStepOut]
    changes: list[DecisionChange]


def violation_out(one: Violation) -> ViolationOut:
    return ViolationOut(
        id=one.id,
        enterprise_id=one.enterprise_id,
        subject_id=one.subject_id,
        level=one.level,
        pack=one.pack_name,
        season=one.season,
        occurred_from=one.occurred_from,
        occurred_to=one.occurred_to,
        claims=[ClaimOut.of(claim) for claim in one.claims],
        what=one.what,
        evidence=[EvidenceItem.of(item) for item in one.evidence],
        reported=HandOut.of(one.reported_by, one.known_at),
        state=one.state.value,
        version=one.version,
        allowed_actions=[action.value for action in VIOLATIONS.allowed(one.state)],
    )


def steps_out(case: Case) -> list[ViolationStepOut]:
    return [_step(one) for one in case.steps]


def detail(case: Case) -> ViolationDetail:
    return ViolationDetail(violation=violation_out(case.violation), steps=steps_out(case))


def _step(one: ViolationStep) -> ViolationStepOut:
    terms = one.terms
    return ViolationStepOut(
        number=one.number,
        action=one.action.value,
        state=one.state.value,
        hand=HandOut.of(one.by, one.at),
        note=one.note,
        reply_until=terms.reply_until,
        from_day=terms.from_day,
        facts=list(terms.facts),
        following=list(terms.following),
        lasting=list(terms.lasting),
        lowering=list(terms.lowering),
        accepted_on=terms.accepted_on,
        evidence=[EvidenceItem.of(item) for item in one.evidence],
        assertions=list(one.assertions),
        retracted=list(one.retracted),
    )

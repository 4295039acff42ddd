"""Decisions as the API writes them: what, when, why, on which evidence, and what would improve it."""

from typing import Literal

from pydantic import Field

from app.api.bodies import AnswerBody, Instant

DecisionStatus = Literal["decided", "insufficient_facts", "authority_decides"]
TruthWord = Literal["true", "false", "unknown"]
SubjectLevel = Literal["enterprise", "site", "line", "process", "unit"]
RuleStage = Literal["gate", "livelihood", "exemption", "rule", "adjustment", "penalty", "warning", "transport"]


class PackRef(AnswerBody):
    """The pack that was applied; `hash` identifies its content."""

    name: str
    version: str
    hash: str
    title: str


class DecisionSubject(AnswerBody):
    """Who is bound."""

    level: SubjectLevel
    id: str
    code: str
    name: str
    enterprise_id: str
    enterprise_name: str
    site_code: str
    region: str
    industry: str | None


class CitationOut(AnswerBody):
    """A clause: its number here, its printed place, and what it says in our own words."""

    provision: str
    place: str
    says: str


class AnsweredBy(AnswerBody):
    """The act that answered what the text leaves open, or that named the load it leaves to an approval."""

    id: str
    kind: Literal["determination", "dispatch"]
    person: str
    office: str
    basis: str


class SplitPart(AnswerBody):
    """What of a number of stop days falls into one period of the plan."""

    period: str
    first_day: str
    last_day: str | None
    days: str
    hours: str


class AlternativeOut(AnswerBody):
    """What an authority may choose; with `number`, it also names one between `least` and `most`."""

    alternative: int
    text: str
    number: str | None
    least: str | None
    most: str | None


class SubstituteOut(AnswerBody):
    """A measure the text allows instead, and what that takes."""

    text: str
    needs: str
    citations: list[CitationOut]


class ConstraintOut(AnswerBody):
    """A measure on the calendar; days are civil days, both ends included; no `last_day` means an open end."""

    kind: str
    label: str
    text: str
    first_day: str
    last_day: str | None
    days: int | None
    until: str | None
    cut_pct: str | None
    cap_pct: str | None
    stop_share_pct: str | None
    at_least: bool = Field(description="The text names a minimum; the number may have to be greater.")
    basis: str | None
    amount: str | None = Field(description="The greatest load an act allows, in `amount_unit`.")
    amount_unit: str | None
    over: str | None
    units: list[str]
    couples: list[str]
    stop_days: str | None = Field(description="Days to stop within the window; the calendar places them.")
    split: list[SplitPart]
    stop_hours: str | None
    run_hours: str | None
    coking_hours: str | None
    tolerance_pct: str | None
    transport: str | None
    authority: str | None
    due: str | None


class MeasureOut(ConstraintOut):
    """A constraint and the rule it comes from."""

    rule: str
    rule_certain: bool = Field(description="False where another rule may stand behind the same measure.")
    stage: RuleStage
    in_force: bool
    changed_by: list[str] = Field(description="Adjustments that changed its number.")
    alternatives: list[AlternativeOut]
    may_instead: list[SubstituteOut]
    citations: list[CitationOut]
    act: AnsweredBy | None


class PossibleOutcome(AnswerBody):
    """One of the outcomes the missing facts leave open."""

    rules: list[str]
    stagger_class: str | None
    zone: str | None
    measures: list[str]


class DecidingFact(AnswerBody):
    """A missing fact that would narrow the outcome; the one that narrows most comes first."""

    fact: str
    label: str
    question: str
    subjects: list[str]
    inputs: list[str] = Field(description="Facts from which it would follow, where it is derived.")
    mean_outcomes_left: str


class EvidenceOut(AnswerBody):
    """The assertion behind a fact."""

    assertion_id: str
    subject_id: str
    valid_from: str | None
    verified: bool
    document: str | None


class ConditionOut(AnswerBody):
    """One node of a condition in reading order; `depth` gives the nesting."""

    depth: int
    kind: Literal["all", "any", "not", "fact", "group"]
    text: str
    cite: str
    fact: str | None
    truth: TruthWord
    seen: str | None
    evidence: EvidenceOut | None


class RuleExamined(AnswerBody):
    """A rule that could reach the subject, and every condition of it."""

    rule: str
    stage: RuleStage
    stagger_class: str | None
    measure: str
    truth: TruthWord
    citations: list[CitationOut]
    conditions: list[ConditionOut]


class LackingCondition(AnswerBody):
    """A condition of a better class that fails or is unknown."""

    fact: str | None
    condition: str
    cite: str
    truth: TruthWord


class BetterClass(AnswerBody):
    """A better class and what is lacking for it."""

    stagger_class: str
    rule: str
    measure: str
    lacking: list[LackingCondition]


class ReadingConfirmation(AnswerBody):
    """A person's word on a reading as it is worded."""

    id: str
    verdict: Literal["confirmed", "rejected"]
    person: str
    office: str
    basis: str
    known_at: Instant


class ReadingOut(AnswerBody):
    """What we read into the text, who should confirm it, and what they said."""

    id: str
    says: str
    confirm: str
    confirmation: ReadingConfirmation | None


class DecisionOut(AnswerBody):
    """What one plan says of one line or unit on one day."""

    pack: PackRef
    season: int
    day: str
    subject: DecisionSubject
    status: DecisionStatus
    stagger_class: str | None
    in_force: bool
    summary: str
    measures: list[MeasureOut]


class ExplainedDecision(DecisionOut):
    """The same with every reason."""

    possible: list[PossibleOutcome]
    deciding_facts: list[DecidingFact]
    rules_examined: list[RuleExamined]
    better_classes: list[BetterClass]
    readings: list[ReadingOut]
    flags: list[str]
    evaluator_version: str


class StackedPack(PackRef):
    """A plan that bears on the subject, directly or through what the subject stands on."""

    level: Literal["nation", "province", "city", "county"]
    nature: Literal["staggered", "emergency"]
    subject_id: str
    status: DecisionStatus
    stagger_class: str | None


class SourcedConstraint(ConstraintOut):
    """A constraint with the plan and rule it comes from; `effective` where it holds on these days."""

    pack: str
    rule: str
    stage: RuleStage
    subject_id: str
    effective: bool
    citations: list[CitationOut]


class ConflictOut(AnswerBody):
    """Another plan asks for more than the nearer one; what the nearer plan's text says of that, and who answered."""

    pack: str
    stricter_pack: str
    relation: str | None = Field(description="Name it as `rule` of a determination to answer.")
    when_stricter: Literal["automatic", "on_notice", "unsaid"]
    text: str
    notice_by: str
    prevails: bool
    answered_by: str | None
    citations: list[CitationOut]
    readings: list[str]


class SegmentOut(AnswerBody):
    """Days, both ends included, on which the same constraints meet."""

    first_day: str
    last_day: str | None
    days: int | None
    standing: Literal["settled", "authority_decides", "awaiting_notice", "insufficient_facts"]
    standing_label: str
    constraints: list[SourcedConstraint]
    conflicts: list[ConflictOut]


class StackedSubject(AnswerBody):
    """What all plans together say of one subject over a season."""

    subject: DecisionSubject
    season: int
    packs: list[StackedPack]
    segments: list[SegmentOut]

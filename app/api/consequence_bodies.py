"""What follows from confirming a violation, as the API writes it: penalties, open questions, counts and warnings."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.api.bodies import AnswerBody
from app.api.changes import DecisionChange
from app.api.decision_bodies import AlternativeOut, CitationOut, SubjectLevel
from app.documents.measure_wording import constraint_text, measure_text
from app.documents.measures import citations, measure_document
from app.domain.decisions.evaluate import Decision
from app.domain.errors import Language
from app.domain.violations.consequences import Consequence, Effect
from app.domain.violations.holdings import Count
from app.domain.violations.violation import Violation
from app.services.violations.foreseeing import Foresight


class PenaltySubject(AnswerBody):
    """Whom a penalty of a plan reaches."""

    pack: str
    season: int
    level: SubjectLevel
    subject_id: UUID
    subject_code: str
    subject_name: str


class ConsequenceOut(PenaltySubject):
    """A penalty that newly applies; all are cumulative, and of those that operate the strictest holds."""

    rule: str
    effect: Effect
    kind: str
    text: str
    from_day: date
    overtaken_by: str | None = Field(description="The rule whose stricter effect holds over this one.")
    citations: list[CitationOut]
    flags: list[str]


class OpenQuestion(PenaltySubject):
    """What the text now leaves to the authority; POST /v1/enterprises/{enterprise_id}/determinations answers it."""

    rule: str
    authority: str | None
    text: str
    alternatives: list[AlternativeOut]
    citations: list[CitationOut]


class PenaltyWarning(AnswerBody):
    """Something a person should look at before relying on the penalty."""

    code: Literal["penalty_void", "nothing_follows"]
    subject_id: UUID | None
    rules: list[str]
    text: str


class DayCount(AnswerBody):
    """How many days now count, and which of the days claimed had been counted already."""

    fact: str
    before: int
    after: int
    again: list[date]


class ConsequenceReport(AnswerBody):
    """What follows from confirming, under every plan that speaks of the enterprise."""

    from_day: date
    facts: list[str]
    following: list[str] = Field(description="What plans make of it because it happened in their window.")
    lasting: list[str]
    lowering: list[str]
    counts: list[DayCount]
    consequences: list[ConsequenceOut]
    questions: list[OpenQuestion]
    warnings: list[PenaltyWarning]
    changes: list[DecisionChange]


def report_out(
    found: Foresight, violation: Violation, changes: list[DecisionChange], language: Language
) -> ConsequenceReport:
    follow = [one for plan in found.plans for one in plan.consequences]
    return ConsequenceReport(
        from_day=found.terms.from_day or violation.occurred_from,
        facts=list(found.terms.facts),
        following=list(found.terms.following),
        lasting=list(found.terms.lasting),
        lowering=list(found.terms.lowering),
        counts=[_count(one) for one in found.counts],
        consequences=[_consequence(one, language) for one in follow],
        questions=[_question(one, language) for one in follow if one.effect == "question"],
        warnings=[*_warnings(found, language)],
        changes=changes,
    )


def _count(one: Count) -> DayCount:
    return DayCount(fact=one.fact, before=one.before, after=one.after, again=list(one.again))


def _subject(decision: Decision) -> dict[str, object]:
    subject = decision.bound.subject
    return {
        "pack": decision.pack.name,
        "season": decision.season,
        "level": subject["level"],
        "subject_id": subject["id"],
        "subject_code": subject["code"],
        "subject_name": subject["name"],
    }


def _consequence(one: Consequence, language: Language) -> ConsequenceOut:
    rule, constraint = one.applied.rule, one.applied.constraint
    dated = one.effect == "production"
    return ConsequenceOut.model_validate(
        {
            **_subject(one.decision),
            "rule": rule.id,
            "effect": one.effect,
            "kind": constraint.kind,
            "text": constraint_text(constraint, language) if dated else measure_text(constraint, language),
            "from_day": one.from_day,
            "overtaken_by": one.overtaken_by.id if one.overtaken_by else None,
            "citations": citations((*rule.cites, *rule.then.cites), one.decision.pack, language),
            "flags": [flag[language] for flag in rule.flags],
        }
    )


def _question(one: Consequence, language: Language) -> OpenQuestion:
    asked = measure_document(one.applied, one.decision, language)
    return OpenQuestion.model_validate(
        {
            **_subject(one.decision),
            "rule": one.applied.rule.id,
            "authority": asked["authority"],
            "text": measure_text(one.applied.constraint, language),
            "alternatives": asked["alternatives"],
            "citations": asked["citations"],
        }
    )


_VOID = {
    "zh": "“{name}”适用 {rules}，但本季的停限产没有任何变化：处罚可能落空，请人工研判。",
    "en": "{rules} apply to {name}, yet nothing about its production changes this season: the penalty may be void.",
}
_NOTHING = {
    "zh": "所认定的事实没有使任何方案的处罚条款新增适用，请核对事实与对象。",
    "en": "The facts make no penalty of any plan newly apply; check the facts and their subject.",
}


def _warnings(found: Foresight, language: Language) -> Iterator[PenaltyWarning]:
    for one in (each for plan in found.plans for each in plan.voids):
        subject, rules = one.decision.bound.subject, [rule.id for rule in one.rules]
        text = _VOID[language].format(name=subject["name"], rules=_listed(rules, language))
        yield PenaltyWarning(code="penalty_void", subject_id=UUID(subject["id"]), rules=rules, text=text)
    counted = any(one.after > one.before for one in found.counts)
    if not counted and not any(plan.consequences for plan in found.plans):
        yield PenaltyWarning(code="nothing_follows", subject_id=None, rules=[], text=_NOTHING[language])


def _listed(rules: Iterable[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(rules)

"""What changed for an enterprise after something was said about it, as every door that changes decisions answers it."""

from datetime import date
from uuid import UUID

from app.api.bodies import AnswerBody
from app.api.decision_bodies import CitationOut, DecisionStatus, SubjectLevel
from app.documents.measures import citations
from app.documents.trace import summary
from app.domain.access import Actor
from app.domain.decisions.changes import Change
from app.domain.decisions.evaluate import Decision
from app.domain.errors import Language
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions.redeciding import redecide_enterprise
from app.services.exemptions.doubting import doubt


class SaidOut(AnswerBody):
    """What a plan said of the subject on these days, in one sentence, with its rules."""

    status: DecisionStatus
    stagger_class: str | None
    summary: str
    rules: list[str]
    citations: list[CitationOut]


class DecisionChange(AnswerBody):
    """Days of a season (both ends included) on which a plan says something else of a subject than before."""

    pack: str
    season: int
    level: SubjectLevel
    subject_id: UUID
    subject_code: str
    subject_name: str
    from_day: date
    last_day: date
    before: SaidOut | None
    after: SaidOut | None


async def redecided(uow: UnitOfWork, enterprise_id: UUID, *, by: Actor, language: Language) -> list[DecisionChange]:
    """Decide the enterprise again in this transaction, look at its places on exemption lists, and tell what changed."""
    found = await redecide_enterprise(uow, enterprise_id, by=by)
    await doubt(uow, [enterprise_id], by=by)
    return [change_out(one.pack_name, one.season, change, language) for one in found for change in one.changes]


def change_out(pack: str, season: int, change: Change, language: Language) -> DecisionChange:
    subject = next(one for one in (change.after, change.before) if one is not None).bound.subject
    return DecisionChange(
        pack=pack,
        season=season,
        level=subject["level"],
        subject_id=UUID(change.subject_id),
        subject_code=subject["code"],
        subject_name=subject["name"],
        from_day=change.from_day,
        last_day=date.fromordinal(change.until_day.toordinal() - 1),
        before=_said(change.before, language),
        after=_said(change.after, language),
    )


def _said(decision: Decision | None, language: Language) -> SaidOut | None:
    if decision is None:
        return None
    rules = [one.rule for one in decision.applied]
    cites = tuple(cite for rule in rules for cite in rule.cites)
    return SaidOut(
        status=decision.status,
        stagger_class=decision.outcomes.stagger_class,
        summary=summary(decision, language),
        rules=[rule.id for rule in rules],
        citations=[CitationOut.model_validate(one) for one in citations(cites, decision.pack, language)],
    )

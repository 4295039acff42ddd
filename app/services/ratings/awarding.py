"""Awarding, correcting and lowering a grade: checked against the ladder and the history, kept with the fact it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from uuid import UUID

from app.documents.catalogue import grading_of
from app.domain.access import Actor, Origin
from app.domain.enterprises.structure import Enterprise, Head
from app.domain.events import Event
from app.domain.evidence import Evidence, checked
from app.domain.facts.assertions import SubjectUnknown, fact_named
from app.domain.facts.recorded import Recorded
from app.domain.periods import civil_day
from app.domain.policies.facts import Catalogue
from app.domain.ratings.ladders import Grading
from app.domain.ratings.rating import Rating, RatingAct, RatingSubjectMismatch
from app.domain.ratings.standing import History, admitted
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.recording import FactRecorder
from app.persistence.known_facts import known_facts
from app.persistence.ratings import RatingRepository
from app.persistence.unit_of_work import UnitOfWork

EVENTS: Mapping[RatingAct, str] = MappingProxyType(
    {
        RatingAct.AWARD: "rating.awarded",
        RatingAct.CORRECTION: "rating.corrected",
        RatingAct.DOWNGRADE: "rating.downgraded",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A grade as somebody states it: of which subject, which act it is, for which days, by whom, on which paper."""

    subject_id: UUID
    fact: str
    grade: str
    act: RatingAct
    replaces: UUID | None
    valid_from: date
    valid_to: date | None
    basis: str
    awarded_by: str
    document: str
    evidence: tuple[Evidence, ...]


async def rate(uow: UnitOfWork, enterprise_id: UUID, stated: Grade, *, by: Actor) -> tuple[Rating, History]:
    """Keep what a person recorded; answers it with the history it has become part of."""
    by.named_person()
    reader = EnterpriseReader(uow.session)
    # Who awards waits here for whoever awards to the same enterprise, and then sees that award.
    head = await reader.head(enterprise_id, visible_to=by, lock=True)
    by.must_look_after(head.region)
    (tree,) = await reader.below([head])
    catalogue = await known_facts(uow.session)
    drawn, grading = draw_up(uow, tree, stated, by=by, catalogue=catalogue)
    known = await RatingRepository(uow.session).of_enterprise(enterprise_id, visible_to=by)
    history = History(known)
    rating = admitted(drawn, history, grading, today=civil_day(uow.now))
    if rating.act is RatingAct.CORRECTION and rating.replaces is not None:
        wrong = history.get(rating.replaces).assertions
        await _recorder(uow, by, catalogue).retract(enterprise_id, wrong, reason=rating.basis)
    (kept,) = await keep(uow, [(head, rating)], by=by, catalogue=catalogue)
    return kept, History([kept, *known])


def draw_up(
    uow: UnitOfWork, tree: Enterprise, stated: Grade, *, by: Actor, catalogue: Catalogue
) -> tuple[Rating, Grading]:
    """The rating that a statement asks for, and how its industry is graded; raises what is wrong by itself."""
    level = tree.level_of(stated.subject_id)
    if level is None:
        raise SubjectUnknown(subject_id=stated.subject_id)
    fact = fact_named(stated.fact, catalogue)
    grading = grading_of(industry_of(tree, stated.subject_id))
    grade = grading.read(stated.grade, fact)
    if level != fact.subject:
        raise RatingSubjectMismatch(fact=fact.name, fact_zh=fact.zh, belongs=fact.subject, level=level)
    rating = Rating(
        id=new_id(),
        enterprise_id=tree.head.id,
        subject_id=stated.subject_id,
        level=level,
        fact=fact.name,
        grade=grade,
        act=stated.act,
        replaces=stated.replaces,
        valid_from=stated.valid_from,
        valid_to=stated.valid_to,
        basis=stated.basis,
        awarded_by=stated.awarded_by,
        document=stated.document,
        evidence=checked(stated.evidence),
        by=Origin.of(by),
        known_at=uow.now,
    )
    return rating, grading


def industry_of(tree: Enterprise, subject_id: UUID) -> str | None:
    """The tag of a line, or of the line that a process or unit belongs to."""
    lines = {one.id: one.line for one in tree.processes} | {one.id: one.line for one in tree.units}
    line_id = lines.get(subject_id, subject_id)
    return next((line.industry for line in tree.lines if line.id == line_id), None)


async def keep(
    uow: UnitOfWork, ratings: Sequence[tuple[Head, Rating]], *, by: Actor, catalogue: Catalogue
) -> list[Rating]:
    """Store admitted ratings of locked enterprises with the facts they make, and say so."""
    heads, admissible = [head for head, _ in ratings], [rating for _, rating in ratings]
    made = await _recorder(uow, by, catalogue).record(_fact(rating) for rating in admissible)
    kept = [replace(rating, assertions=(one,)) for rating, one in zip(admissible, made, strict=True)]
    await RatingRepository(uow.session).add(kept)
    await uow.record_all([_event(head, one) for head, one in zip(heads, kept, strict=True)], by=by)
    return kept


def _recorder(uow: UnitOfWork, by: Actor, catalogue: Catalogue) -> FactRecorder:
    return FactRecorder(session=uow.session, catalogue=catalogue, new_id=new_id, at=uow.now, by=by)


def _fact(rating: Rating) -> Recorded:
    """A downgrade begins later than what it lowers, so that its fact hides the other for its own days."""
    return Recorded(
        enterprise_id=rating.enterprise_id,
        subject_id=rating.subject_id,
        level=rating.level,
        fact=rating.fact,
        value=rating.grade,
        valid_from=rating.valid_from,
        valid_to=rating.valid_to,
        document=rating.document,
    )


def _event(head: Head, rating: Rating) -> Event:
    return Event(
        type=EVENTS[rating.act],
        subject=str(rating.id),
        enterprise_id=str(rating.enterprise_id),
        region=head.region,
        data={
            "subject_id": str(rating.subject_id),
            "fact": rating.fact,
            "grade": rating.grade,
            "replaces": None if rating.replaces is None else str(rating.replaces),
            "valid_from": rating.valid_from.isoformat(),
            "valid_to": None if rating.valid_to is None else rating.valid_to.isoformat(),
            "awarded_by": rating.awarded_by,
            "document": rating.document,
        },
    )

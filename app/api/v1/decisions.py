"""Decisions: made for one enterprise or a region, read on a day as known at an instant, explained."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import AwareDatetime, Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RegionCode, RequestBody
from app.api.decision_bodies import DecisionOut, DecisionStatus, ExplainedDecision, StackedSubject, SubjectLevel
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.documents.stack import stack_document
from app.documents.trace import decision_document, decision_head
from app.domain.access import Actor
from app.domain.periods import civil_day
from app.persistence.decisions.runs import Listed, Question, RunRepository
from app.persistence.policies import PackRepository
from app.persistence.readings import ReadingRepository
from app.services import operations
from app.services.decisions import deciding, reading, stacking

routes = router("decisions", "")
Reader = Annotated[Actor, Depends(caller("decisions:read"))]
Maker = Annotated[Actor, Depends(caller("decisions:write"))]
PackName = Annotated[str, Query(max_length=60, examples=["linfen-twelve-industries"])]
Season = Annotated[int, Query(ge=2013, le=2100, description="The year the season starts in.", examples=[2019])]
Day = Annotated[
    date | None,
    Query(description="Civil day in China; if absent, today within the season, else its first of December."),
]
KnownAt = Annotated[AwareDatetime | None, Query(description="As known at this instant; now if absent.")]


def asked(uow: Unit, pack: PackName, season: Season, day: Day = None, known_at: KnownAt = None) -> Question:
    """Which decisions a reader wants."""
    return Question(
        pack_name=pack, season=season, day=day or shown_day(season, civil_day(uow.now)), known_at=known_at or uow.now
    )


Asked = Annotated[Question, Depends(asked)]


class DecideRequest(RequestBody):
    """Under which plan and for which season to decide."""

    pack: Annotated[str, Field(max_length=60, examples=["linfen-twelve-industries"])]
    season: Annotated[int, Field(ge=2013, le=2100, examples=[2019])]


class DecideRegionRequest(DecideRequest):
    """Which region's enterprises to decide, its whole subtree included."""

    region: RegionCode


class ReviewRequest(DecideRegionRequest):
    """Which region to review, and on which day; today, or the season's first winter day, if absent."""

    day: CivilDay | None = None


class DecisionList(AnswerBody):
    """The decisions of one enterprise on one day; `known_at` says when they were made."""

    enterprise_id: UUID
    run_id: UUID
    known_at: Instant
    snapshot_hash: str
    items: list[DecisionOut]


class ConstraintList(AnswerBody):
    """The constraints of one enterprise's subjects under all plans together."""

    enterprise_id: UUID
    items: list[StackedSubject]


class ListedDecision(AnswerBody):
    """A decision in a list; ask for its explanation at /v1/enterprises/{enterprise_id}/decisions/{subject_id}."""

    enterprise_id: UUID
    enterprise_code: str
    enterprise_name: str
    region: str
    subject_id: UUID
    subject_code: str
    subject_name: str
    level: SubjectLevel
    industry: str | None
    status: DecisionStatus
    stagger_class: str | None
    rules: list[str]
    possible: list[str]
    from_day: date
    until_day: date
    known_at: Instant


class DecisionPage(AnswerBody):
    """Some decisions of a region, in order of enterprise and subject."""

    items: list[ListedDecision]
    next_cursor: str | None


@routes.post("/enterprises/{enterprise_id}/decisions", status_code=201, dependencies=[Idempotent])
async def decide_enterprise(
    enterprise_id: UUID, body: DecideRequest, actor: Maker, uow: Unit, language: Lang
) -> DecisionList:
    """Decide one enterprise for a season; the answer shows today, or the season's first winter day."""
    await deciding.decide_enterprise(uow, enterprise_id, body.pack, body.season, by=actor)
    day = shown_day(body.season, civil_day(uow.now))
    question = Question(pack_name=body.pack, season=body.season, day=day, known_at=uow.now)
    explained = await reading.read_decisions(uow, enterprise_id, question, by=actor)
    return listing(enterprise_id, explained, language)


@routes.get("/enterprises/{enterprise_id}/decisions")
async def list_enterprise_decisions(
    enterprise_id: UUID, actor: Reader, uow: Unit, language: Lang, question: Asked
) -> DecisionList:
    """What holds on a day for each subject of the enterprise, as one plan says."""
    explained = await reading.read_decisions(uow, enterprise_id, question, by=actor)
    return listing(enterprise_id, explained, language)


@routes.get("/enterprises/{enterprise_id}/constraints")
async def list_enterprise_constraints(
    enterprise_id: UUID,
    *,
    actor: Reader,
    uow: Unit,
    language: Lang,
    season: Season,
    day: Day = None,
    known_at: KnownAt = None,
) -> ConstraintList:
    """All plans that decided the enterprise, laid over each other: every constraint, and what holds on which days."""
    found = await stacking.stacked(
        uow,
        enterprise_id,
        season=season,
        day=day or shown_day(season, civil_day(uow.now)),
        known_at=known_at or uow.now,
        by=actor,
    )
    return ConstraintList(
        enterprise_id=enterprise_id,
        items=[StackedSubject.model_validate(stack_document(one, language)) for one in found],
    )


@routes.get("/enterprises/{enterprise_id}/decisions/{subject_id}")
async def explain_decision(
    enterprise_id: UUID,
    subject_id: UUID,
    *,
    actor: Reader,
    uow: Unit,
    language: Lang,
    question: Asked,
) -> ExplainedDecision:
    """Clause by clause: every condition with the fact it saw, what is lacking, what would settle it."""
    explained = await reading.read_decisions(uow, enterprise_id, question, by=actor)
    decision = reading.of_subject(explained, subject_id)
    confirmed = await ReadingRepository(uow.session).newest(question.pack_name, known_at=question.known_at)
    return ExplainedDecision.model_validate(decision_document(decision, explained.evaluator, language, confirmed))


@routes.post("/decision-runs", status_code=202, dependencies=[Idempotent])
async def decide_region(
    body: DecideRegionRequest, actor: Maker, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Decide every enterprise of a region you may see; the operation's result counts them."""
    await PackRepository(uow.session).get(body.pack, season=body.season)
    operation = await operations.start(
        uow,
        kind="decide_region",
        payload={"region": body.region, "pack": body.pack, "season": body.season},
        by=actor,
        now=uow.now,
    )
    return accepted(operation, response, language)


@routes.post("/decision-reviews", status_code=202, dependencies=[Idempotent])
async def review_region(
    body: ReviewRequest, actor: Reader, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Coverage both ways and equal treatment: whom no rule reaches, which rules meet nobody, who is alike but not treated alike."""
    await PackRepository(uow.session).get(body.pack, season=body.season)
    day = body.day or shown_day(body.season, civil_day(uow.now))
    payload = {"region": body.region, "pack": body.pack, "season": body.season, "day": day.isoformat()}
    operation = await operations.start(
        uow, kind="review_region", payload={**payload, "language": language}, by=actor, now=uow.now
    )
    return accepted(operation, response, language)


@routes.get("/decisions")
async def list_decisions(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    question: Asked,
    region: Annotated[RegionCode, Query(description="GB/T 2260 code; its subtree is included.")],
    status: Annotated[DecisionStatus | None, Query()] = None,
    rule: Annotated[str | None, Query(max_length=60, description="Only where this rule certainly applies.")] = None,
) -> DecisionPage:
    """What holds on a day in a region, subject by subject, as one plan says."""
    found = await RunRepository(uow.session).page(
        question,
        region=region,
        status=status,
        rule=rule,
        visible_to=actor,
        after=page.after,
        limit=page.limit + 1,
    )
    items, next_cursor = page.cut(found, lambda one: (one.run.enterprise_id, one.said.subject_id))
    return DecisionPage(items=[listed(one) for one in items], next_cursor=next_cursor)


def shown_day(season: int, today: date) -> date:
    """Today within the season, else 1 December of it, when every plan's window is open."""
    start, end = date(season, 7, 1), date(season + 1, 7, 1)
    return today if start <= today < end else date(season, 12, 1)


def listing(enterprise_id: UUID, explained: reading.Explained, language: Lang) -> DecisionList:
    run = explained.run
    return DecisionList(
        enterprise_id=enterprise_id,
        run_id=run.id,
        known_at=run.known_at,
        snapshot_hash=run.snapshot_hash.hex(),
        items=[DecisionOut.model_validate(decision_head(one, language)) for one in explained.decisions],
    )


def listed(one: Listed) -> ListedDecision:
    said = one.said
    return ListedDecision(
        enterprise_id=one.run.enterprise_id,
        enterprise_code=one.enterprise_code,
        enterprise_name=one.enterprise_name,
        region=one.region,
        subject_id=said.subject_id,
        subject_code=one.subject_code,
        subject_name=one.subject_name,
        level=said.level,
        industry=one.industry,
        status=said.status,
        stagger_class=said.stagger_class,
        rules=list(said.rules),
        possible=list(said.possible),
        from_day=said.from_day,
        until_day=said.until_day,
        known_at=one.run.known_at,
    )

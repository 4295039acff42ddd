"""Evaluations: facts in, explained decisions out; nothing is stored."""

from typing import Annotated

from fastapi import Depends
from pydantic import Field

from app.api.bodies import AnswerBody, CivilDay, RequestBody
from app.api.decision_bodies import ExplainedDecision
from app.api.language import Lang
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.catalogue import base_catalogue
from app.documents.published import evaluator_of
from app.documents.register import EnterprisePart, tree_of
from app.documents.trace import decision_document
from app.domain.access import Actor
from app.persistence.policies import PackRepository

routes = router("evaluations")
Asker = Annotated[Actor, Depends(caller("evaluations:read"))]
FactTexts = Annotated[
    dict[str, Annotated[str, Field(max_length=500)]],
    Field(default_factory=dict, description="Fact name → value as text; numbers as decimal text.", max_length=200),
]


class EvaluatedSubject(RequestBody):
    """A subject with its facts; `unverified` names those nobody has verified."""

    code: Annotated[str, Field(max_length=100)] = ""
    name: Annotated[str, Field(max_length=200)] = ""
    facts: FactTexts
    unverified: Annotated[list[str], Field(default_factory=list, max_length=200)]


class EvaluatedUnit(EvaluatedSubject):
    """A unit; `process` is the code of the process it belongs to."""

    kind: str | None = None
    process: str | None = None


class EvaluatedProcess(EvaluatedSubject):
    """A process of a line."""

    kind: str | None = None


class EvaluatedLine(EvaluatedSubject):
    """A production line with its industry tag."""

    industry: str | None = None
    gbt4754: str | None = None
    processes: Annotated[list[EvaluatedProcess], Field(default_factory=list, max_length=200)]
    units: Annotated[list[EvaluatedUnit], Field(default_factory=list, max_length=500)]


class EvaluatedSite(EvaluatedSubject):
    """A site in a county."""

    region: Annotated[str, Field(pattern=r"^\d{6}$")]
    lines: Annotated[list[EvaluatedLine], Field(default_factory=list, max_length=200)]


class EvaluatedEnterprise(EvaluatedSubject):
    """An enterprise with everything below it."""

    sites: Annotated[list[EvaluatedSite], Field(min_length=1, max_length=50)]


class EvaluationRequest(RequestBody):
    """Which plan, season and day, and the enterprise as it is known."""

    pack: Annotated[str, Field(max_length=60, examples=["linfen-twelve-industries"])]
    season: Annotated[int, Field(ge=2013, le=2100, description="The year the season starts in.", examples=[2019])]
    day: Annotated[CivilDay, Field(examples=["2019-12-10"])]
    enterprise: EvaluatedEnterprise


class EvaluationOut(AnswerBody):
    """One decision for each line and bound unit on sites the plan governs."""

    decisions: list[ExplainedDecision]


@routes.post("")
async def evaluate_facts(body: EvaluationRequest, _actor: Asker, uow: Unit, language: Lang) -> EvaluationOut:
    """Nothing is stored, so no Idempotency-Key is needed: the same facts always give the same answer."""
    pack = await PackRepository(uow.session).get(body.pack, season=body.season)
    evaluator = evaluator_of(pack.document, pack.hash)
    catalogue = base_catalogue().extended(evaluator.pack.catalogue.facts.values())
    tree = tree_of(EnterprisePart.model_validate(body.enterprise.model_dump()), catalogue)
    decisions = evaluator.evaluate(tree, season=body.season, day=body.day)
    return EvaluationOut(
        decisions=[ExplainedDecision.model_validate(decision_document(one, evaluator, language)) for one in decisions]
    )

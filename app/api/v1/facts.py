"""Facts: the catalogue of what can be known, and what is asserted of an enterprise, by whom and since when."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime, Field

from app.api.bodies import AnswerBody, Instant, RequestBody
from app.api.known_facts import KnownFacts
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.structure import FactRequest, Text
from app.api.transactions import Idempotent, Unit, router
from app.documents.wording import value_text
from app.domain.access import Actor
from app.domain.facts.assertions import Assertion, Mark, fact_named
from app.domain.policies.facts import FactSpec
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.reading import AssertionSearch, FactReader
from app.services import facts

routes = router("facts", prefix="")
Reader = Annotated[Actor, Depends(caller("facts:read"))]
Asserter = Annotated[Actor, Depends(caller("facts:write"))]
Verifier = Annotated[Actor, Depends(caller("facts:verify"))]


class FactOption(AnswerBody):
    """One value an enumerated fact can take."""

    code: str
    label_zh: str
    label_en: str


class FactOut(AnswerBody):
    """One entry of the catalogue; a derived fact is computed and cannot be asserted."""

    name: str
    label_zh: str
    label_en: str
    type: str
    subject: str
    unit: str | None
    question_zh: str
    question_en: str
    options: list[FactOption]
    absent: str | None = Field(description="What no record means, where an authority records the event.")
    absent_reason: str | None
    derived_from: list[str]
    derived: bool


class FactCatalogue(AnswerBody):
    """Everything that can be known about a subject."""

    items: list[FactOut]


class AssertionRequest(FactRequest):
    """One fact; without a subject it is about the enterprise as a whole."""

    subject_id: UUID | None = None


class AssertionsRequest(RequestBody):
    """One or several facts, stored together or not at all."""

    assertions: Annotated[list[AssertionRequest], Field(min_length=1, max_length=1000)]


class VerificationRequest(RequestBody):
    """What the verification rests on, and for the records of earlier winters since when it counts."""

    note: Text | None = None
    counts_from: date | None = Field(
        default=None,
        description="The day it counts from: the day it is recorded, unless a day before the season that is going on "
        "is named here and `note` says what it rests on (A-L29).",
    )


class VerificationsRequest(VerificationRequest):
    """Several assertions of one enterprise to verify together."""

    assertion_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class RetractionRequest(RequestBody):
    """Why the assertion no longer counts."""

    reason: Text


class MarkOut(AnswerBody):
    """A verification or retraction."""

    at: Instant
    client_id: str
    person: str | None
    note: str | None


class VerificationOut(MarkOut):
    """A verification; until `counts_from` the assertion stands as unverified (null: recorded before such days were kept)."""

    counts_from: date | None


class AssertionOut(AnswerBody):
    """One assertion with its origin and what was said about it later."""

    id: UUID
    enterprise_id: UUID
    level: str
    subject_id: UUID
    fact: str
    value: str
    valid_from: date | None
    valid_to: date | None
    document: str | None
    known_at: Instant
    client_id: str
    person: str | None
    verification: VerificationOut | None
    retraction: MarkOut | None


class AssertionList(AnswerBody):
    """The assertions just made or marked."""

    items: list[AssertionOut]


class AssertionPage(AnswerBody):
    """Some assertions, in the order they were made."""

    items: list[AssertionOut]
    next_cursor: str | None


@routes.get("/facts")
async def list_facts(_: Reader, catalogue: KnownFacts) -> FactCatalogue:
    """Every fact of the catalogue: its names, type, unit and the question it answers."""
    return FactCatalogue(items=[fact_out(fact) for fact in catalogue.facts.values()])


@routes.post("/enterprises/{enterprise_id}/assertions", status_code=201, dependencies=[Idempotent])
async def assert_facts(
    enterprise_id: UUID, body: AssertionsRequest, actor: Asserter, uow: Unit, catalogue: KnownFacts
) -> AssertionList:
    """A later assertion of the same fact with the same beginning takes the place of an earlier one."""
    made = await facts.assert_facts(
        uow,
        enterprise_id,
        [
            facts.Statement(
                subject=one.subject_id,
                fact=one.fact,
                value=one.value,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
                document=one.document,
            )
            for one in body.assertions
        ],
        by=actor,
        catalogue=catalogue,
    )
    return AssertionList(items=[out(one) for one in made])


@routes.get("/enterprises/{enterprise_id}/assertions")
async def list_assertions(
    *,
    enterprise_id: UUID,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    catalogue: KnownFacts,
    fact: Annotated[str | None, Query(max_length=80)] = None,
    subject_id: UUID | None = None,
    day: Annotated[date | None, Query(description="Only what holds on this day.")] = None,
    known_at: Annotated[AwareDatetime | None, Query(description="As it was known at this instant.")] = None,
) -> AssertionPage:
    """What was said about an enterprise, with who said, verified and took it back."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    search = AssertionSearch(
        fact=None if fact is None else fact_named(fact, catalogue).name,
        subject=subject_id,
        day=day,
        known_at=known_at,
    )
    found = await FactReader(uow.session).page(
        enterprise_id, search, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return AssertionPage(items=[out(one) for one in items], next_cursor=next_cursor)


@routes.post("/assertions/{assertion_id}/verification", status_code=201, dependencies=[Idempotent])
async def verify_assertion(assertion_id: UUID, body: VerificationRequest, actor: Verifier, uow: Unit) -> AssertionOut:
    """Who asserted a fact cannot verify it."""
    enterprise_id = await facts.enterprise_of(uow, assertion_id, by=actor)
    (verified,) = await facts.verify(
        uow, enterprise_id, [assertion_id], note=body.note, by=actor, counts_from=body.counts_from
    )
    return out(verified)


@routes.post("/enterprises/{enterprise_id}/verifications", status_code=201, dependencies=[Idempotent])
async def verify_assertions(
    enterprise_id: UUID, body: VerificationsRequest, actor: Verifier, uow: Unit
) -> AssertionList:
    """All of them or none."""
    verified = await facts.verify(
        uow, enterprise_id, body.assertion_ids, note=body.note, by=actor, counts_from=body.counts_from
    )
    return AssertionList(items=[out(one) for one in verified])


@routes.post("/assertions/{assertion_id}/retraction", status_code=201, dependencies=[Idempotent])
async def retract_assertion(
    assertion_id: UUID, body: RetractionRequest, actor: Asserter, uow: Unit, catalogue: KnownFacts
) -> AssertionOut:
    """The assertion stays readable and stops counting."""
    return out(await facts.retract(uow, assertion_id, reason=body.reason, by=actor, catalogue=catalogue))


def fact_out(fact: FactSpec) -> FactOut:
    absent = fact.absent
    return FactOut(
        name=fact.name,
        label_zh=fact.zh,
        label_en=fact.en,
        type=fact.type,
        subject=fact.subject,
        unit=fact.unit or None,
        question_zh=fact.question,
        question_en=fact.question_en,
        options=[
            FactOption(code=code, label_zh=zh, label_en=value_text(fact, code, "en") or code)
            for code, zh in fact.options.items()
        ],
        absent=None if absent is None else str(absent).lower() if isinstance(absent, bool) else str(absent),
        absent_reason=fact.absent_reason or None,
        derived_from=[] if fact.derive is None else list(fact.derive.inputs),
        derived=fact.derive is not None,
    )


def out(one: Assertion) -> AssertionOut:
    return AssertionOut(
        id=one.id,
        enterprise_id=one.enterprise_id,
        level=one.level,
        subject_id=one.subject_id,
        fact=one.claim.fact,
        value=one.claim.value,
        valid_from=one.claim.valid_from,
        valid_to=one.claim.valid_to,
        document=one.claim.document,
        known_at=one.known_at,
        client_id=one.asserted_by.client_id,
        person=one.asserted_by.person,
        verification=_verification(one.verification),
        retraction=_mark(one.retraction),
    )


def _verification(mark: Mark | None) -> VerificationOut | None:
    made = _mark(mark)
    return None if mark is None or made is None else VerificationOut(**dict(made), counts_from=mark.counts_from)


def _mark(mark: Mark | None) -> MarkOut | None:
    if mark is None:
        return None
    return MarkOut(at=mark.at, client_id=mark.by.client_id, person=mark.by.person, note=mark.note)

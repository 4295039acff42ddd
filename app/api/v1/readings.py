"""Readings: what was read into an open text, who should confirm it, and what that body said."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import AwareDatetime, Field

from app.api.bodies import AnswerBody, RequestBody
from app.api.decision_bodies import ReadingConfirmation, ReadingOut
from app.api.language import Lang
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.documents.published import evaluator_of
from app.documents.trace import confirmation_document, reading_document
from app.domain.access import Actor
from app.persistence.policies import PackRepository
from app.persistence.readings import ReadingRepository
from app.services.readings import confirm_reading

routes = router("readings", "")
Reader = Annotated[Actor, Depends(caller("policies:read"))]
Authority = Annotated[Actor, Depends(caller("policies:write"))]
Season = Annotated[int, Query(ge=2013, le=2100, description="The year the season starts in.", examples=[2019])]


class ReadingConfirmationRequest(RequestBody):
    """Whether the text is read as we read it, on what paper."""

    season: Annotated[int, Field(ge=2013, le=2100)]
    verdict: Literal["confirmed", "rejected"]
    basis: Annotated[str, Field(min_length=1, max_length=500)]


class ReadingList(AnswerBody):
    """Every reading of a plan in the version that decides a season."""

    pack: str
    version: str
    items: list[ReadingOut]


@routes.get("/policy-packs/{pack}/readings")
async def list_readings(
    pack: str,
    *,
    season: Season,
    _: Reader,
    uow: Unit,
    language: Lang,
    known_at: Annotated[AwareDatetime | None, Query(description="As known at this instant; now if absent.")] = None,
) -> ReadingList:
    """Each with the newest word on it as it is worded now."""
    stored = await PackRepository(uow.session).get(pack, season=season)
    confirmed = await ReadingRepository(uow.session).newest(pack, known_at=known_at or uow.now)
    readings = evaluator_of(stored.document, stored.hash).pack.readings.values()
    return ReadingList(
        pack=stored.name,
        version=stored.version,
        items=[ReadingOut.model_validate(reading_document(one, confirmed, language)) for one in readings],
    )


@routes.post("/policy-packs/{pack}/readings/{reading}/confirmations", status_code=201, dependencies=[Idempotent])
async def confirm_pack_reading(
    pack: str, reading: str, body: ReadingConfirmationRequest, actor: Authority, uow: Unit
) -> ReadingConfirmation:
    """Reserved to a person of the plan's region; a later word replaces it, and every decision that relies on it shows it."""
    made = await confirm_reading(uow, pack, body.season, reading, verdict=body.verdict, basis=body.basis, by=actor)
    return ReadingConfirmation.model_validate(confirmation_document(made))

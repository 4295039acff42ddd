"""Ratings: the national performance grades of an enterprise, recorded one by one or as a published list."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import AwareDatetime, TypeAdapter

from app.api.changes import redecided
from app.api.files import BINARY, TEXT, checked, download, file_body, media_type_of
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.rating_bodies import (
    PlanClassOut,
    RatingFile,
    RatingHistory,
    RatingMade,
    RatingOut,
    RatingRequest,
    rating_out,
)
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.documents.rating_list import SHEET, template_guide, template_titles
from app.documents.spreadsheet import GUIDE
from app.documents.workbook import CSV, JSON, XLSX, write_csv, write_xlsx
from app.domain.access import Actor
from app.domain.periods import civil_day
from app.domain.ratings.standing import History
from app.persistence.ratings import RatingRepository
from app.services.ratings import awarding, importing, reading

routes = router("ratings", "")
Reader = Annotated[Actor, Depends(caller("ratings:read"))]
Authority = Annotated[Actor, Depends(caller("ratings:write"))]
Template = Literal["ratings.xlsx", "ratings.csv"]
_FILE = TypeAdapter(RatingFile)


@routes.post("/enterprises/{enterprise_id}/ratings", status_code=201, dependencies=[Idempotent])
async def record_rating(
    enterprise_id: UUID, body: RatingRequest, actor: Authority, uow: Unit, language: Lang
) -> RatingMade:
    """Reserved to a person of the authority; the enterprise is decided again at once, and `changes` says what that changed."""
    stated = awarding.Grade(
        subject_id=body.subject_id,
        fact=body.fact,
        grade=body.grade,
        act=body.act,
        replaces=body.replaces,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        basis=body.basis,
        awarded_by=body.awarded_by,
        document=body.document,
        evidence=tuple(one.evidence() for one in body.evidence),
    )
    rating, history = await awarding.rate(uow, enterprise_id, stated, by=actor)
    return RatingMade(
        rating=rating_out(rating, history, day=civil_day(uow.now)),
        changes=await redecided(uow, enterprise_id, by=actor, language=language),
    )


@routes.get("/enterprises/{enterprise_id}/ratings")
async def list_ratings(
    enterprise_id: UUID,
    actor: Reader,
    uow: Unit,
    known_at: Annotated[AwareDatetime | None, Query(description="As it was known at this instant, on its day.")] = None,
) -> RatingHistory:
    """The whole history, and beside the awarded grades the classes that plans computed themselves."""
    at = known_at or uow.now
    day = civil_day(at)
    found = await reading.side_by_side(uow, enterprise_id, day=day, known_at=at, by=actor)
    return RatingHistory(
        day=day,
        items=[rating_out(one, found.history, day=day) for one in found.history.ratings.values()],
        plan_classes=[PlanClassOut.of(run, said) for run, said in found.classes],
    )


@routes.get("/ratings/{rating_id}")
async def get_rating(rating_id: UUID, actor: Reader, uow: Unit) -> RatingOut:
    """One rating, corrected and lowered ones too."""
    ratings = RatingRepository(uow.session)
    rating = await ratings.get(rating_id, visible_to=actor)
    history = History(await ratings.of_enterprise(rating.enterprise_id, visible_to=actor))
    return rating_out(rating, history, day=civil_day(uow.now))


@routes.get(
    "/rating-import-templates/{template}",
    response_class=Response,
    responses={200: {"description": "A template with its headers.", "content": {XLSX: BINARY, CSV: TEXT}}},
)
async def get_rating_import_template(template: Template, _: Reader) -> Response:
    """One row per line and grade; the workbook also explains every column."""
    if template == "ratings.xlsx":
        content = write_xlsx([(SHEET[0], [template_titles()]), (GUIDE, template_guide())])
        return download(content, media_type=XLSX, name=template)
    return download(write_csv([template_titles()]), media_type=CSV, name=template)


@routes.post("/rating-imports", status_code=202, dependencies=[Idempotent], openapi_extra=file_body(RatingFile))
async def import_ratings(
    request: Request, actor: Authority, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Good rows become awards and bad ones come back with sheet, line, field, code and message; sent again it changes nothing."""
    content, media_type = await request.body(), media_type_of(request)
    if media_type == JSON:
        content = checked(content, _FILE)
    operation = await importing.start_import(uow, content, media_type=media_type, language=language, by=actor)
    return accepted(operation, response, language)

"""The monthly electricity table of a region (HR-29), with completeness beside every sum."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Response

from app.api.compliance_bodies import ElectricityPage
from app.api.electricity_views import Month, first_of, month_out, table
from app.api.files import Leaving, SheetForm, sheet_answer, stream_sheet
from app.api.language import Lang
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.electricity_sheet import SHEET
from app.domain.access import Actor
from app.services.compliance import supplying

routes = router("compliance", "/regions")
Reader = Annotated[Actor, Depends(caller("compliance:read"))]
Code = Annotated[str, Path(pattern=r"^\d{6}$", description="GB/T 2260 code; its subtree is included.")]


@routes.get("/{code}/electricity")
async def get_region_electricity(
    *, code: Code, actor: Reader, uow: Unit, page: PageQuery, month: Month
) -> ElectricityPage:
    """Every meter with a channel of energy, page by page of enterprises."""
    ids = await supplying.enterprises_of(uow, code, by=actor)
    after = None if page.after is None else UUID(page.after[0])
    left = [one for one in ids if after is None or one > after][: page.limit + 1]
    kept, next_cursor = page.cut(left, lambda one: (one,))
    rows = await supplying.months_of(uow, kept, first_of(month), known_at=uow.now, by=actor) if kept else []
    return ElectricityPage(items=[month_out(one) for one in rows], next_cursor=next_cursor)


@routes.get("/{code}/electricity/export", response_class=Response, responses=sheet_answer("The table as a sheet."))
async def export_region_electricity(
    *, code: Code, actor: Reader, uow: Unit, language: Lang, month: Month, form: SheetForm
) -> Response:
    """The whole region in one file."""
    ids = await supplying.enterprises_of(uow, code, by=actor)
    leaving = Leaving(media_type=form, sheet=SHEET[language], name=f"electricity-{code}-{month}")
    rows = supplying.months(uow, ids, first_of(month), known_at=uow.now, by=actor)
    return await stream_sheet(table(rows, language), leaving)

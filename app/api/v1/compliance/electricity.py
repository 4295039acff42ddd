"""The monthly electricity table of a region (HR-29), with completeness beside every sum."""

import asyncio
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Response

from app.api.compliance_bodies import ElectricityMonth, ElectricityPage
from app.api.files import BINARY, download
from app.api.language import Lang
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.electricity_sheet import HEADERS, SHEET, complete_pct, kwh, sheet_row
from app.documents.workbook import CSV, XLSX, write_csv, write_xlsx
from app.domain.access import Actor
from app.domain.errors import Language
from app.services.compliance import supplying
from app.services.compliance.supplying import SuppliedMonth

routes = router("compliance", "/regions")
Reader = Annotated[Actor, Depends(caller("compliance:read"))]
Code = Annotated[str, Path(pattern=r"^\d{6}$", description="GB/T 2260 code; its subtree is included.")]
Month = Annotated[str, Query(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", description="A month such as 2019-12.")]


@routes.get("/{code}/electricity")
async def get_region_electricity(
    *, code: Code, actor: Reader, uow: Unit, page: PageQuery, month: Month
) -> ElectricityPage:
    """Every meter with a channel of energy, page by page of enterprises."""
    ids = await supplying.enterprises_of(uow, code, by=actor)
    after = None if page.after is None else UUID(page.after[0])
    left = [one for one in ids if after is None or one > after][: page.limit + 1]
    kept, next_cursor = page.cut(left, lambda one: (one,))
    rows = await supplying.months_of(uow, kept, first_of(month), by=actor) if kept else []
    return ElectricityPage(items=[month_out(one) for one in rows], next_cursor=next_cursor)


@routes.get(
    "/{code}/electricity/export",
    response_class=Response,
    responses={200: {"description": "The table as a sheet.", "content": {XLSX: BINARY, "text/csv": BINARY}}},
)
async def export_region_electricity(
    *,
    code: Code,
    actor: Reader,
    uow: Unit,
    language: Lang,
    month: Month,
    form: Annotated[Literal["csv", "xlsx"], Query(alias="format")] = "csv",
) -> Response:
    """The whole region in one file."""
    rows = await supplying.whole_month(uow, code, first_of(month), by=actor)
    content = await asyncio.to_thread(written, rows, language, as_book=form == "xlsx")
    return download(content, media_type=XLSX if form == "xlsx" else CSV, name=f"electricity-{code}-{month}.{form}")


def first_of(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def written(rows: list[SuppliedMonth], language: Language, *, as_book: bool) -> bytes:
    found: list[list[object]] = [list(HEADERS[language])]
    found += [sheet_row(one.enterprise.head, one.meter_code, one.meter_kind, one.row, language) for one in rows]
    return write_xlsx([(SHEET[language], found)]) if as_book else write_csv(found)


def month_out(one: SuppliedMonth) -> ElectricityMonth:
    head, row = one.enterprise.head, one.row
    return ElectricityMonth(
        enterprise_id=head.id,
        enterprise_code=head.code,
        enterprise_name=head.name,
        uscc=head.uscc,
        region=head.region,
        meter_id=row.meter_id,
        meter_code=one.meter_code,
        meter_kind=one.meter_kind,
        month=row.month,
        days=row.days,
        whole_days=row.whole_days,
        intervals=row.slots,
        intervals_read=row.known_slots,
        complete_pct=complete_pct(row),
        total_kwh=kwh(row.total_wh),
        night_kwh=kwh(row.night_wh),
        estimated_kwh=kwh(row.estimated_wh),
        peak_day=row.peak_day,
        peak_kwh=kwh(row.peak_wh),
        own_generation=row.own_generation,
    )

"""The power supplier's monthly table (HR-29, A-HR9): the same table as the region's, as a report and on a page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Response

from app.api.bodies import AnswerBody, Instant, RegionCode
from app.api.compliance_bodies import ElectricityMonth
from app.api.electricity_views import Month, first_of, month_out, table, table_rows
from app.api.files import Leaving, SheetForm, sheet_answer, stream_sheet
from app.api.language import Lang
from app.api.report_answers import PAGE, AsOf, collected, page_answer, region_name
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.electricity_sheet import SHEET
from app.documents.reports.cells import moment
from app.documents.reports.electricity_page import page, sources
from app.domain.access import Actor
from app.domain.errors import Language
from app.domain.reports.asked import check_as_of
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import supplying
from app.services.compliance.supplying import SuppliedMonth

routes = router("reports", "/reports")
Reader = Annotated[Actor, Depends(caller("reports:read"))]


class ElectricityReport(AnswerBody):
    """Every meter of a region in a month (HR-29); `as_of` gives these readings again."""

    region: str
    month: str
    as_of: Instant
    items: list[ElectricityMonth]
    sources: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A month of a region, as it was known at an instant."""

    region: str
    month: str
    as_of: datetime

    def sources(self, language: Language) -> list[str]:
        return sources(moment(self.as_of), language)


def wanted(
    uow: Unit,
    region: Annotated[RegionCode, Query(description="GB/T 2260 code; its subtree is included.")],
    month: Month,
    as_of: AsOf = None,
) -> Asked:
    asked = Asked(region=region, month=month, as_of=as_of or uow.now)
    check_as_of(asked.as_of, first=first_of(month), now=uow.now)
    return asked


Wanted = Annotated[Asked, Depends(wanted)]


@routes.get("/electricity")
async def get_electricity_report(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> ElectricityReport:
    """The whole region at once; page by page it is at /v1/regions/{code}/electricity."""
    return ElectricityReport(
        region=asked.region,
        month=asked.month,
        as_of=asked.as_of,
        items=[month_out(one) for one in await _rows(uow, asked, by=actor)],
        sources=asked.sources(language),
    )


@routes.get("/electricity/export", response_class=Response, responses=sheet_answer("The report as a sheet."))
async def export_electricity_report(
    *, actor: Reader, uow: Unit, language: Lang, form: SheetForm, asked: Wanted
) -> Response:
    """The same table as a sheet, streamed, one row a meter."""
    ids = await supplying.enterprises_of(uow, asked.region, by=actor)
    rows = supplying.months(uow, ids, first_of(asked.month), known_at=asked.as_of, by=actor)
    leaving = Leaving(media_type=form, sheet=SHEET[language], name=f"electricity-{asked.region}-{asked.month}")
    return await stream_sheet(table(rows, language), leaving)


@routes.get("/electricity.html", response_class=Response, responses=PAGE)
async def print_electricity_report(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> Response:
    """The same table as a page to print."""
    rows = table_rows(await _rows(uow, asked, by=actor), language)
    name = await region_name(uow, asked.region)
    return page_answer(page(rows, asked.sources(language), region=name, month=asked.month, language=language))


async def _rows(uow: UnitOfWork, asked: Asked, *, by: Actor) -> list[SuppliedMonth]:
    ids = await supplying.enterprises_of(uow, asked.region, by=by)
    return await collected(supplying.months(uow, ids, first_of(asked.month), known_at=asked.as_of, by=by))

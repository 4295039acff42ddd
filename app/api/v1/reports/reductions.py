"""What a region's published schedules keep out of the air, by pollutant, beside the targets they were planned for."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.files import Leaving, SheetForm, sheet_answer, stream_sheet
from app.api.language import Lang
from app.api.report_answers import PAGE, AsOf, page_answer, region_name
from app.api.schedule_views import baseline
from app.api.security import caller
from app.api.transactions import Unit, router
from app.api.winter_bodies import ReductionTotals, reduction_totals
from app.documents.reports import reduction_table
from app.documents.reports.cells import either, instant, moment
from app.domain.access import Actor
from app.domain.errors import Language
from app.domain.periods import ONE_DAY
from app.services.reports import reductions
from app.services.reports.reductions import Reduced, SeasonAsked

routes = router("reports", "/reports")
Reader = Annotated[Actor, Depends(caller("reports:read"))]


def wanted(
    uow: Unit,
    region: Annotated[RegionCode, Query(description="GB/T 2260 code; its subtree is included.")],
    season: Annotated[int, Query(ge=2013, le=2100, description="The year the season starts in.")],
    as_of: AsOf = None,
) -> SeasonAsked:
    return SeasonAsked(region=region, season=season, as_of=as_of or uow.now)


Wanted = Annotated[SeasonAsked, Depends(wanted)]


@routes.get("/reduction-totals")
async def get_reduction_totals(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> ReductionTotals:
    """By pollutant: in all, by region, industry and month, in tonnes and as a share of normal days."""
    found = await reductions.reduced(uow, asked, by=actor)
    return reduction_totals(found, baseline(language), language)


@routes.get("/reduction-totals/export", response_class=Response, responses=sheet_answer("The report as a sheet."))
async def export_reduction_totals(
    *, actor: Reader, uow: Unit, language: Lang, form: SheetForm, asked: Wanted
) -> Response:
    """The same totals as a sheet; every row names the schedules it stands on."""
    found = await reductions.reduced(uow, asked, by=actor)
    name = f"reduction-totals-{asked.region}-{asked.season}"
    leaving = Leaving(media_type=form, sheet=reduction_table.SHEET[language], name=name)
    return await stream_sheet(_sheet(found, language), leaving)


@routes.get("/reduction-totals.html", response_class=Response, responses=PAGE)
async def print_reduction_totals(*, actor: Reader, uow: Unit, language: Lang, asked: Wanted) -> Response:
    """The same totals as a page to print."""
    found = await reductions.reduced(uow, asked, by=actor)
    facts: list[tuple[str, object]] = [
        (either(language, "年度", "Season"), f"{asked.season}–{asked.season + 1}"),
        (either(language, "期间", "Days"), f"{found.tally.first} – {found.tally.end - ONE_DAY}"),
        (either(language, "生产线", "Lines"), found.tally.whole.lines),
        (either(language, "截至", "As of"), instant(asked.as_of)),
        (either(language, "基准", "Baseline"), baseline(language).text),
    ]
    notes = reduction_table.sources(found.schedules, moment(asked.as_of), language)
    name = await region_name(uow, asked.region)
    return page_answer(reduction_table.page(found.tally, found.targets, facts, notes, region=name, language=language))


async def _sheet(found: Reduced, language: Language) -> AsyncIterator[list[list[object]]]:
    """With what the figures stand on behind them."""
    schedules = "; ".join(str(one.id) for one in found.schedules)
    basis = [schedules, moment(found.asked.as_of)]
    names = ["排期", "截至"] if language == "zh" else ["schedules", "as_of"]
    yield [[*reduction_table.HEADER[language], *names]]
    yield [[*one, *basis] for one in reduction_table.rows(found.tally, language)]

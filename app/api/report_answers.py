"""How a report leaves: as a body or a page of so many rows, or as a sheet of any number, streamed.

A report only reads and sums up what is stored, so it is answered at once whatever its region; what has more rows than a
page holds is refused as a body and streamed as a sheet.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query, Response
from pydantic import AwareDatetime

from app.api.files import TEXT
from app.documents.reports.page import MEDIA_TYPE, TAGS, Page, printed, security_policy
from app.domain.reports.asked import ReportTooLarge
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork

T = TypeVar("T")
MOST_ROWS = 2_000
AsOf = Annotated[
    AwareDatetime | None,
    Query(description="As it was known at this instant; the same instant gives the same report again later."),
]
PAGE: dict[int | str, dict[str, Any]] = {200: {"description": "A page to print (A4).", "content": {"text/html": TEXT}}}


async def collected(rows: AsyncIterator[Sequence[T]], add: Callable[[T], None] | None = None) -> list[T]:
    """All rows, summed as they come where they are summed; raises ReportTooLarge."""
    found: list[T] = []
    async for some in rows:
        found += some
        if len(found) > MOST_ROWS:
            raise ReportTooLarge(most=MOST_ROWS)
        if add is not None:
            for one in some:
                add(one)
    return found


async def sheet(
    header: Sequence[object],
    rows: AsyncIterator[Sequence[T]],
    write: Callable[[Sequence[T]], list[list[object]]],
    add: Callable[[T], None],
    totals: Callable[[], list[list[object]]],
) -> AsyncIterator[list[list[object]]]:
    """The header, the rows as they come, and their sums at the end."""
    yield [list(header)]
    async for some in rows:
        for one in some:
            add(one)
        yield write(some)
    yield totals()


def page_answer(page: Page) -> Response:
    """HTML that a browser may show and print, and nothing else."""
    return Response(
        printed(page),
        media_type=MEDIA_TYPE,
        headers={
            "Content-Security-Policy": security_policy(),
            "Content-Language": TAGS[page.language],
            "Vary": "Accept-Language",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "private, no-store",
        },
    )


async def region_name(uow: UnitOfWork, code: str) -> str:
    """The newest name of a region, with its code."""
    return f"{(await RegionRepository(uow.session).get(code))[-1].name} {code}"

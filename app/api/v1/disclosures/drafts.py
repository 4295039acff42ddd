"""Drafts of public lists: made from what is decided, previewed, published by a person, withdrawn with a reason."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.disclosure_bodies import (
    DisclosureOut,
    DisclosurePage,
    DisclosurePreview,
    DisclosurePublicationRequest,
    DisclosureRequest,
    DisclosureSummary,
    DisclosureWithdrawalRequest,
)
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.disclosures.lists import DisclosureState
from app.domain.disclosures.rows import ListKind
from app.domain.periods import civil_day
from app.persistence.disclosures.repository import DisclosureRepository, DisclosureSearch
from app.services.disclosures import drafting, publishing, reading

routes = router("disclosures")
Reader = Annotated[Actor, Depends(caller("disclosures:read"))]
Drafter = Annotated[Actor, Depends(caller("disclosures:write"))]
Publisher = Annotated[Actor, Depends(caller("disclosures:publish"))]


@routes.post("", status_code=202, dependencies=[Idempotent])
async def draft_disclosure(
    body: DisclosureRequest, actor: Drafter, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """By the authority of the region; the operation's result names the draft, which nobody else sees."""
    operation = await drafting.start(uow, body.wanted(civil_day(uow.now)), by=actor)
    return accepted(operation, response, language)


@routes.get("")
async def list_disclosures(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    season: Annotated[int | None, Query(ge=2013, le=2100)] = None,
    kind: Annotated[ListKind | None, Query()] = None,
    pack: Annotated[str | None, Query(max_length=60)] = None,
    state: Annotated[DisclosureState | None, Query()] = None,
) -> DisclosurePage:
    """Disclosures in every state, of the regions the caller looks after; what anybody may read is at /v1/public/lists."""
    search = DisclosureSearch(region=region, season=season, kind=kind, pack=pack, state=state)
    found = await DisclosureRepository(uow.session).page(
        search, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return DisclosurePage(
        items=[DisclosureSummary(**DisclosureSummary.fields_of(one)) for one in items], next_cursor=next_cursor
    )


@routes.get("/{disclosure_id}")
async def get_disclosure(
    disclosure_id: UUID, actor: Reader, uow: Unit, language: Lang, response: Response
) -> DisclosureOut:
    """`lacks` must be settled before it can be published; `warnings` tell what has moved since it was drafted."""
    one = await DisclosureRepository(uow.session).get(disclosure_id, visible_to=actor)
    response.headers["ETag"] = etag(one.version)
    return DisclosureOut.of(one, await reading.moved(uow, one), language)


@routes.get("/{disclosure_id}/preview")
async def preview_disclosure(disclosure_id: UUID, actor: Reader, uow: Unit) -> DisclosurePreview:
    """Word for word what publishing would show, beside the version it would supersede."""
    one, content, change = await reading.preview(uow, disclosure_id, by=actor)
    return DisclosurePreview.of(one, orjson.loads(content), change)


@routes.post("/{disclosure_id}/publication", status_code=201, dependencies=[Idempotent])
async def publish_disclosure(
    disclosure_id: UUID,
    body: DisclosurePublicationRequest,
    *,
    actor: Publisher,
    uow: Unit,
    seen: IfMatch,
    language: Lang,
    response: Response,
) -> DisclosureOut:
    """Reserved to a person; locks the next version of the list. Who published it stays here, the office is shown."""
    one = await publishing.publish(uow, disclosure_id, publishing.Said(version=seen, text=body.basis), by=actor)
    response.headers["ETag"] = etag(one.version)
    return DisclosureOut.of(one, await reading.moved(uow, one), language)


@routes.post("/{disclosure_id}/withdrawal", status_code=201, dependencies=[Idempotent])
async def withdraw_disclosure(
    disclosure_id: UUID,
    body: DisclosureWithdrawalRequest,
    *,
    actor: Publisher,
    uow: Unit,
    seen: IfMatch,
    language: Lang,
    response: Response,
) -> DisclosureOut:
    """Reserved to a person; the rows are shown no more, and the reason stands where they stood."""
    one = await publishing.withdraw(uow, disclosure_id, publishing.Said(version=seen, text=body.reason), by=actor)
    response.headers["ETag"] = etag(one.version)
    return DisclosureOut.of(one, await reading.moved(uow, one), language)

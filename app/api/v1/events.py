"""Events for those who poll: in an order that never changes, from a cursor that is good for ever."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.api.bodies import RegionCode
from app.api.event_bodies import EventPage, EventTypeList, EventTypeOut, out
from app.api.options import Opts
from app.api.refusals import MalformedCursor
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.events import EVENT_TYPES, sequence_text
from app.domain.access import Actor
from app.domain.events import KEPT, CursorAhead, EventsForgotten
from app.persistence.events import EventReader, EventSearch, SequenceRepository, Standing

routes = router("events")
Reader = Annotated[Actor, Depends(caller("events:read"))]
WantedType = Annotated[str, Query(pattern=r"^[a-z_]+\.([a-z_]+|\*)$", max_length=60)]


@routes.get("")
async def list_events(
    *,
    actor: Reader,
    uow: Unit,
    options: Opts,
    after: Annotated[
        str | None, Query(max_length=19, description="`next_cursor`, or the `sequence` of an event; none: the oldest.")
    ] = None,
    type: Annotated[
        Sequence[WantedType], Query(max_length=100, description="Types; `warning.*` is a whole room; none: all.")
    ] = (),
    region: Annotated[RegionCode | None, Query(description="GB/T 2260 code; its subtree is included.")] = None,
    enterprise_id: Annotated[UUID | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many items at most.")] = 100,
) -> EventPage:
    """Ask again with `next_cursor` for what comes later; events are kept for 90 days."""
    # Read first: what is numbered after this moment waits for the next cursor.
    standing = await SequenceRepository(uow.session).standing()
    begin = standing.swept if after is None else read_after(after, standing)
    search = EventSearch(types=type, region=region, enterprise_id=enterprise_id)
    found = await EventReader(uow.session).page(
        search, after=begin, last=standing.last, visible_to=actor, limit=limit + 1
    )
    items = found[:limit]
    reached = items[-1].sequence if len(found) > limit else standing.last
    return EventPage(items=[out(one, base_url=options.base_url) for one in items], next_cursor=sequence_text(reached))


@routes.get("/types")
async def list_event_types(response: Response) -> EventTypeList:
    """Public, and the same until the service is upgraded."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    return EventTypeList(
        items=[
            EventTypeOut(
                type=name,
                label_zh=one.zh,
                label_en=one.en,
                scope=one.scope,
                reach=one.reach,
                data_fields=list(one.data),
            )
            for name, one in EVENT_TYPES.items()
        ]
    )


def read_after(after: str, standing: Standing) -> int:
    if not (after.isascii() and after.isdecimal()):
        raise MalformedCursor()
    begin = int(after)
    if begin > standing.last:
        raise CursorAhead(after=after)
    if begin < standing.swept:
        raise EventsForgotten(after=after, days=KEPT.days)
    return begin

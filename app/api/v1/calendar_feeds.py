"""Calendar feeds: what an enterprise's calendar program follows, at an address that can be revoked."""

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from app.api.bodies import AnswerBody, Instant, Name, RequestBody
from app.api.evidence import HandOut
from app.api.language import Lang
from app.api.limits import limiter_of
from app.api.options import options_of
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.documents.calendars import MEDIA_TYPE, Published, calendar
from app.domain.access import Actor
from app.domain.schedules.feeds import CalendarFeed
from app.persistence.duties.repository import DutyRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.schedules.feeds import FeedRepository
from app.persistence.schedules.repository import ScheduleRepository
from app.services.schedules import feeding, viewing

routes = router("calendar_feeds", "")
Reader = Annotated[Actor, Depends(caller("schedules:read"))]
Writer = Annotated[Actor, Depends(caller("schedules:write"))]
SecretPath = Annotated[str, Path(max_length=120, pattern=r"^[0-9a-f]{32}[A-Za-z0-9_-]{20,80}$")]


class CalendarFeedRequest(RequestBody):
    """What the address is for, such as whose telephone."""

    name: Name


class CalendarFeedOut(AnswerBody):
    """An address without its secret."""

    id: UUID
    enterprise_id: UUID
    name: str
    created: HandOut
    revoked_at: Instant | None

    @classmethod
    def of(cls, one: CalendarFeed) -> "CalendarFeedOut":
        return cls(
            id=one.id,
            enterprise_id=one.enterprise_id,
            name=one.name,
            created=HandOut.of(one.created_by, one.created_at),
            revoked_at=one.revoked_at,
        )


class CalendarFeedWithAddress(AnswerBody):
    """An address, shown this once: whoever has it reads the calendar."""

    feed: CalendarFeedOut
    url: str


class CalendarFeedList(AnswerBody):
    """The addresses of an enterprise, newest first, revoked ones too."""

    items: list[CalendarFeedOut]


@routes.post("/enterprises/{enterprise_id}/calendar-feeds", status_code=201, dependencies=[Idempotent])
async def create_calendar_feed(
    enterprise_id: UUID, body: CalendarFeedRequest, actor: Writer, uow: Unit, response: Response
) -> CalendarFeedWithAddress:
    """By the enterprise or an officer who sees it."""
    feed, secret = await feeding.make(uow, enterprise_id, body.name, by=actor)
    # Also keeps the answer sealed in the table of request keys.
    response.headers["Cache-Control"] = "no-store"
    return CalendarFeedWithAddress(feed=CalendarFeedOut.of(feed), url=f"/v1/calendar-feeds/{secret}.ics")


@routes.get("/enterprises/{enterprise_id}/calendar-feeds")
async def list_calendar_feeds(enterprise_id: UUID, actor: Reader, uow: Unit) -> CalendarFeedList:
    """The secret addresses that were made, without their secrets."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    found = await FeedRepository(uow.session).of(enterprise_id, visible_to=actor)
    return CalendarFeedList(items=[CalendarFeedOut.of(one) for one in found])


@routes.delete("/enterprises/{enterprise_id}/calendar-feeds/{feed_id}", status_code=204)
async def revoke_calendar_feed(enterprise_id: UUID, feed_id: UUID, actor: Writer, uow: Unit) -> None:
    """The address stops answering at once."""
    await feeding.revoke(uow, enterprise_id, feed_id, by=actor)


@routes.get(
    "/calendar-feeds/{secret}.ics",
    response_class=Response,
    responses={200: {"description": "The calendar (RFC 5545).", "content": {"text/calendar": {}}}},
)
async def get_calendar(secret: SecretPath, request: Request, uow: Unit, language: Lang) -> Response:
    """Public to whoever has the address: every stretch of the published schedules, and every day a report is due by."""
    address = request.client.host if request.client else ""
    per_minute = options_of(request).token_requests_per_minute
    await limiter_of(request).count(request, policy="calendar", name=address, per_minute=per_minute)
    feed = await feeding.opened(uow, secret)
    standing = await ScheduleRepository(uow.session).standing_of(feed.enterprise_id)
    found = [
        Published(
            number=one.publication.number,
            published_at=one.publication.known_at,
            lines=lines,
            packs=await viewing.packs_of(uow, one),
        )
        for one, lines in standing
        if one.publication is not None
    ]
    owed = await DutyRepository(uow.session).dated_of(feed.enterprise_id)
    content = calendar(feed.name, found, owed, language)
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)

"""Requests to send again: polled by the source, closed once the days are there."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RequestBody
from app.api.evidence import HandOut
from app.api.feed_bodies import SourceName
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.structure import Text
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.feed.resends import ResendRequest
from app.persistence.feed.channels import ChannelRepository
from app.persistence.feed.resends import ResendRepository
from app.services.feed import resending

routes = router("feed", "/feed/resend-requests")
Reader = Annotated[Actor, Depends(caller("feed:read"))]
Writer = Annotated[Actor, Depends(caller("feed:write"))]


class ResendRequestBody(RequestBody):
    """Civil days of one channel, both included."""

    channel_id: UUID
    from_day: CivilDay
    last_day: CivilDay
    reason: Text


class ResendRequestOut(AnswerBody):
    """What is asked for again."""

    id: UUID
    source: str
    channel_id: UUID
    key: str | None = Field(description="As the source spells the channel.")
    from_day: str
    last_day: str
    reason: str
    requested: HandOut
    closed_at: Instant | None
    closed_as: str | None = Field(description="filled: every reading is there; withdrawn: no longer wanted.")


class ResendRequestPage(AnswerBody):
    """Some requests, oldest first."""

    items: list[ResendRequestOut]
    next_cursor: str | None


@routes.post("", status_code=201, dependencies=[Idempotent])
async def request_feed_resend(
    body: ResendRequestBody, actor: Writer, uow: Unit, response: Response
) -> ResendRequestOut:
    """By an officer who looks after the source; gaps of a day that closes are asked for without anybody's doing."""
    made = await resending.ask(uow, body.channel_id, body.from_day, body.last_day, body.reason, by=actor)
    response.headers["Location"] = f"/v1/feed/resend-requests/{made.id}"
    return (await _out(uow, [made], actor))[0]


@routes.get("")
async def list_feed_resend_requests(
    *,
    actor: Reader,
    uow: Unit,
    page: PageQuery,
    source: Annotated[SourceName | None, Query()] = None,
    open: Annotated[bool, Query(description="Only what has not come yet.")] = True,
) -> ResendRequestPage:
    """What the source was asked to send again."""
    found = await ResendRepository(uow.session).page(
        source=source, open_only=open, visible_to=actor, after=page.after, limit=page.limit + 1
    )
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return ResendRequestPage(items=await _out(uow, items, actor), next_cursor=next_cursor)


@routes.get("/{request_id}")
async def get_feed_resend_request(request_id: UUID, actor: Reader, uow: Unit) -> ResendRequestOut:
    """One request to send again, and how far it is answered."""
    found = await ResendRepository(uow.session).get(request_id, visible_to=actor)
    return (await _out(uow, [found], actor))[0]


@routes.delete("/{request_id}", status_code=204)
async def withdraw_feed_resend_request(request_id: UUID, actor: Writer, uow: Unit) -> None:
    """No longer wanted."""
    await resending.withdraw(uow, request_id, by=actor)


async def _out(uow: Unit, found: list[ResendRequest], actor: Actor) -> list[ResendRequestOut]:
    known = await ChannelRepository(uow.session).some([one.channel_id for one in found], visible_to=actor)
    keys = {one.id: one.key for one in known}
    return [
        ResendRequestOut(
            id=one.id,
            source=one.source,
            channel_id=one.channel_id,
            key=keys.get(one.channel_id),
            from_day=str(one.first),
            last_day=str(one.last),
            reason=one.reason,
            requested=HandOut.of(one.requested_by, one.requested_at),
            closed_at=one.closed_at,
            closed_as=one.closed_as,
        )
        for one in found
    ]

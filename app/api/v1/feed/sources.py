"""Sources: who sends readings and how its files are written."""

from typing import Annotated

from fastapi import Depends, Response

from app.api.feed_bodies import FeedSourceChange, FeedSourceOut, FeedSourcePage, FeedSourcePatch, FeedSourceRequest
from app.api.pagination import PageQuery
from app.api.preconditions import IfMatch, etag
from app.api.security import caller
from app.api.transactions import Idempotent, Now, Unit, router
from app.domain.access import Actor
from app.domain.feed.sources import Source
from app.persistence.feed.sources import SourceRepository
from app.services.feed import sources

routes = router("feed", "/feed/sources")
Reader = Annotated[Actor, Depends(caller("feed:read"))]
Writer = Annotated[Actor, Depends(caller("feed:write"))]


@routes.post("", status_code=201, dependencies=[Idempotent])
async def register_feed_source(
    body: FeedSourceRequest, actor: Writer, uow: Unit, now: Now, response: Response
) -> FeedSourceOut:
    """By an officer who looks after its region; who sends for it holds a credential that names it under `sources`."""
    made = await sources.register(uow, body.source(body.name, now=now), by=actor)
    response.headers["Location"] = f"/v1/feed/sources/{made.name}"
    response.headers["ETag"] = etag(made.version)
    return FeedSourceOut.of(made)


@routes.get("")
async def list_feed_sources(actor: Reader, uow: Unit, page: PageQuery) -> FeedSourcePage:
    """Who sends readings, and how each spells them."""
    found = await SourceRepository(uow.session).every(visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.name,))
    return FeedSourcePage(items=[FeedSourceOut.of(one) for one in items], next_cursor=next_cursor)


@routes.get("/{name}")
async def get_feed_source(name: str, actor: Reader, uow: Unit, response: Response) -> FeedSourceOut:
    """One source, its profile and its version."""
    found = await SourceRepository(uow.session).get(name, visible_to=actor)
    response.headers["ETag"] = etag(found.version)
    return FeedSourceOut.of(found)


@routes.put("/{name}")
async def replace_feed_source(
    *, name: str, body: FeedSourceChange, actor: Writer, uow: Unit, now: Now, version: IfMatch, response: Response
) -> FeedSourceOut:
    """As a whole; batches that came keep the version of the profile under which they were read."""
    wanted = body.source(name, now=now, version=version)
    return _saved(await sources.change(uow, name, wanted, version=version, by=actor), response)


@routes.patch("/{name}")
async def change_feed_source(
    *, name: str, body: FeedSourcePatch, actor: Writer, uow: Unit, now: Now, version: IfMatch, response: Response
) -> FeedSourceOut:
    """Fields that are sent; a profile is sent as a whole."""
    found = FeedSourceOut.of(await SourceRepository(uow.session).get(name, visible_to=actor))
    kept = {field: getattr(found, field) for field in FeedSourcePatch.model_fields}
    told = {field: value for field, value in body if value is not None}
    wanted = FeedSourceChange(**{**kept, **told}).source(name, now=now, version=version)
    return _saved(await sources.change(uow, name, wanted, version=version, by=actor), response)


def _saved(source: Source, response: Response) -> FeedSourceOut:
    response.headers["ETag"] = etag(source.version)
    return FeedSourceOut.of(source)

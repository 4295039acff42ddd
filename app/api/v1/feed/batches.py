"""Batches: files of readings sent, with what became of every row."""

import zlib
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request, Response

from app.api.feed_bodies import BatchOut, BatchPage, FeedLimits, FeedRejectedRow, SourceName
from app.api.feed_gate import FeedRoute
from app.api.feed_headers import ACCEPTED, ENCODINGS, FileFormat, Preferences, check_digest, kind_of
from app.api.files import BINARY, PLAIN_CSV
from app.api.idempotency import OptionallyIdempotent
from app.api.language import Lang
from app.api.options import options_of
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.feed.json_rows import MOST_ROWS
from app.documents.feed.reading import JSON, NDJSON
from app.documents.workbook import write_csv
from app.domain.access import Actor
from app.domain.feed.reports import BatchNotMerged
from app.persistence.feed.batches import BatchRepository
from app.services.feed import sources
from app.services.feed.receiving import ERRORS_SHOWN, Feed, Incoming, receive, receive_later

routes = router("feed", "/feed", route_class=FeedRoute)
Reader = Annotated[Actor, Depends(caller("feed:read"))]
Sender = Annotated[Actor, Depends(caller("feed:write"))]
SourceQuery = Annotated[SourceName | None, Query(description="May be left out by who sends for one source only.")]
# A larger file is kept at once and merged in the background.
AT_ONCE_BYTES = 16 * 1024 * 1024
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: BINARY for kind in ACCEPTED if kind != JSON}
        | {
            JSON: {
                "schema": {
                    "type": "array",
                    "maxItems": MOST_ROWS,
                    "items": {"type": "object", "additionalProperties": True},
                }
            }
        },
    }
}
FILE = {"description": "The file.", "content": {"application/octet-stream": BINARY}}


@routes.get("/limits")
async def get_feed_limits(request: Request, _: Reader) -> FeedLimits:
    """What a batch may be."""
    limits, options = feed_of(request).limits, options_of(request)
    return FeedLimits(
        media_types=list(ACCEPTED),
        encodings=list(ENCODINGS),
        body_bytes=options.max_body_bytes,
        decompressed_bytes=limits.decompressed_bytes,
        rows=limits.rows,
        json_rows=MOST_ROWS,
        at_once_bytes=AT_ONCE_BYTES,
        batches_under_way=options.feed_queue,
        errors_shown=ERRORS_SHOWN,
        earliest_day=str(limits.earliest),
    )


@routes.post(
    "/batches",
    dependencies=[OptionallyIdempotent],
    openapi_extra=BODY,
    responses={202: {"description": "Kept, and merged in the background.", "model": BatchOut}},
)
async def send_feed_batch(
    *,
    request: Request,
    actor: Sender,
    uow: Unit,
    language: Lang,
    response: Response,
    preferred: Preferences,
    source: SourceQuery = None,
    force: Annotated[bool, Query(description="A lower quality may replace a higher one.")] = False,
    form: FileFormat = None,
) -> BatchOut:
    """Good rows land and bad ones come back with line, column and code; the same file again changes nothing.

    Each batch is judged by itself: one with more bad rows than its source allows (`refuse_above_pct`) is refused as a
    whole, whatever other parts of the same delivery have landed. Curve rows are a channel, a day and its values; point
    rows a channel, an instant and a value; the profile of the source says how they are spelled. Retry 429 and 503 after
    `Retry-After`, anything else of 4xx not unchanged.
    """
    body = await request.body()
    media_type, encoding = kind_of(request, form)
    check_digest(request, body)
    of = await sources.named(uow, source, by=actor)
    strict = "handling=strict" in preferred
    incoming = Incoming(body=body, media_type=media_type, encoding=encoding, strict=strict, force=force)
    if "respond-async" in preferred or len(body) > AT_ONCE_BYTES:
        batch, operation = await receive_later(uow, feed_of(request), of, incoming, by=actor)
        url = None if operation is None else f"/v1/operations/{operation.id}"
        if batch.report is None:
            response.status_code = 202
        if url is not None:
            response.headers["Location"], response.headers["Retry-After"] = url, "1"
        return _told(BatchOut.of(batch, language, url), response)
    received = await receive(uow, feed_of(request), of, incoming, by=actor)
    if received.again:
        response.headers["Feed-Received-Before"] = str(received.batch.id)
    if received.batch.report is None:
        response.status_code = 202
    return _told(BatchOut.of(received.batch, language), response)


@routes.get("/batches")
async def list_feed_batches(
    *, actor: Reader, uow: Unit, page: PageQuery, language: Lang, source: SourceQuery = None
) -> BatchPage:
    """Files that were sent, the newest first."""
    of = await sources.named(uow, source, by=actor)
    found = await BatchRepository(uow.session).page(of.name, visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda one: (one.id,))
    return BatchPage(items=[BatchOut.of(one, language) for one in items], next_cursor=next_cursor)


@routes.get("/batches/{batch_id}")
async def get_feed_batch(batch_id: UUID, actor: Reader, uow: Unit, language: Lang) -> BatchOut:
    """One file that was sent, and what became of its rows."""
    return BatchOut.of(await BatchRepository(uow.session).get(batch_id, visible_to=actor), language)


@routes.get("/batches/{batch_id}/body", response_class=Response, responses={200: FILE})
async def get_feed_batch_body(batch_id: UUID, actor: Reader, uow: Unit) -> Response:
    """The bytes as they came; their SHA-256 stands in the batch, their encoding too."""
    batch = await BatchRepository(uow.session).get(batch_id, visible_to=actor)
    body = await BatchRepository(uow.session).body(batch_id)
    headers = {"Feed-Media-Type": batch.media_type, "Feed-Content-Encoding": batch.encoding or "identity"}
    return Response(body, media_type="application/octet-stream", headers=headers)


@routes.get(
    "/batches/{batch_id}/rejections",
    response_class=Response,
    responses={200: {"description": "Every rejected row.", "content": {NDJSON: BINARY, PLAIN_CSV: BINARY}}},
)
async def get_feed_batch_rejections(
    *,
    batch_id: UUID,
    actor: Reader,
    uow: Unit,
    language: Lang,
    format: Annotated[Literal["ndjson", "csv"], Query()] = "ndjson",
) -> Response:
    """All of them, as lines of JSON or as CSV."""
    batch = await BatchRepository(uow.session).get(batch_id, visible_to=actor)
    if batch.report is None:
        raise BatchNotMerged()
    packed = await BatchRepository(uow.session).rejections(batch_id)
    lines = zlib.decompress(packed).splitlines() if packed else []
    rows = [FeedRejectedRow.of(orjson.loads(line), language) for line in lines]
    if format == "csv":
        names = list(FeedRejectedRow.model_fields)
        table = [names, *([str(getattr(row, name) or "") for name in names] for row in rows)]
        return Response(write_csv(table), media_type=PLAIN_CSV)
    return Response(b"".join(row.model_dump_json().encode() + b"\n" for row in rows), media_type=NDJSON)


def feed_of(request: Request) -> Feed:
    feed: Feed = request.app.state.feed
    return feed


def _told(batch: BatchOut, response: Response) -> BatchOut:
    """A sender that reads no bodies still hears what went wrong."""
    report = batch.report
    if report is not None:
        response.headers["Feed-Accepted"] = str(report.new + report.changed + report.unchanged)
        response.headers["Feed-Rejected"] = str(report.rejected)
        response.headers["Feed-Parked"] = str(report.parked)
    response.headers["Content-Location"] = f"/v1/feed/batches/{batch.id}"
    return batch

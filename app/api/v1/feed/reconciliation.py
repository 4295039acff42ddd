"""Reconciliation: both sides agree on a month in one call."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import Depends, Query, Response
from pydantic import Field

from app.api.bodies import AnswerBody
from app.api.feed_bodies import ChannelKey, SourceName
from app.api.files import BINARY, PLAIN_CSV
from app.api.security import caller
from app.api.transactions import Unit, router
from app.documents.feed.reading import NDJSON
from app.documents.workbook import write_csv
from app.domain.access import Actor
from app.domain.feed.channels import Channel
from app.domain.feed.sources import Source
from app.persistence.feed.batches import BatchRepository
from app.persistence.feed.reconciling import Checksum, Coverage
from app.services.feed import reconciling, sources

routes = router("feed", "/feed")
Reader = Annotated[Actor, Depends(caller("feed:read"))]
SourceQuery = Annotated[SourceName | None, Query(description="May be left out by who sends for one source only.")]
GAPS_SHOWN = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which readings a question is about."""

    source: str | None
    channel: str | None
    first: date | None
    last: date | None


def asked(
    *,
    source: SourceQuery = None,
    channel: Annotated[ChannelKey | None, Query(description="One channel only, by its key.")] = None,
    first: Annotated[
        date | None, Query(alias="from", description="First civil day; the last week if left out.")
    ] = None,
    last: Annotated[date | None, Query(alias="to", description="Last civil day, included; 62 days at most.")] = None,
) -> Asked:
    return Asked(source=source, channel=channel, first=first, last=last)


About = Annotated[Asked, Depends(asked)]


class WatermarkOut(AnswerBody):
    """How far a source has told; looked for in the month before today."""

    source: str
    channels: int
    complete_to: str | None = Field(description="The last day up to which no reading is missing.")
    seen_to: str | None = Field(description="The last day of which there is any reading.")
    closed_to: str = Field(description="The last day whose grace is over.")
    lag_days: int | None


class CompletenessItem(AnswerBody):
    """A day of a source, or a channel over all the days: how many readings there should be and are."""

    day: str | None
    channel_id: UUID | None
    key: str | None
    expected: int
    measured: int
    estimated: int
    null: int = Field(description="Sent without a value.")
    missing: int = Field(description="Never sent, or sent without a value.")


class Completeness(AnswerBody):
    """Expected and received, for a source over some days."""

    source: str
    first_day: str
    last_day: str
    expected: int
    measured: int
    estimated: int
    missing: int
    items: list[CompletenessItem]


class FeedGap(AnswerBody):
    """A day of a channel with readings missing."""

    channel_id: UUID
    key: str
    day: str
    missing: int
    expected: int


class GapList(AnswerBody):
    """What is missing; `left_out` are gaps beyond the first ten thousand."""

    source: str
    first_day: str
    last_day: str
    items: list[FeedGap]
    left_out: int


class ParkedKey(AnswerBody):
    """A key nobody has registered, with what waits for it."""

    key: str
    batches: int
    rows: int


class ParkedList(AnswerBody):
    """Every key that waits for its channel."""

    items: list[ParkedKey]


@routes.get("/watermark")
async def get_feed_watermark(actor: Reader, uow: Unit, source: SourceQuery = None) -> WatermarkOut:
    """To which day the readings are complete, seen and closed."""
    found = await reconciling.watermark(uow, await sources.named(uow, source, by=actor))
    return WatermarkOut(
        source=found.source,
        channels=found.channels,
        complete_to=None if found.complete_to is None else str(found.complete_to),
        seen_to=None if found.seen_to is None else str(found.seen_to),
        closed_to=str(found.closed_to),
        lag_days=found.lag_days,
    )


@routes.get("/completeness")
async def get_feed_completeness(
    *,
    actor: Reader,
    uow: Unit,
    about: About,
    by: Annotated[Literal["day", "channel"], Query()] = "day",
) -> Completeness:
    """Expected, measured, estimated and missing readings, day by day or channel by channel; 62 days at most."""
    found, name = await _coverage(uow, actor, about)
    items = _by_day(found) if by == "day" else _by_channel(found)
    counts = {
        one: sum(getattr(item, one) for item in items) for one in ("expected", "measured", "estimated", "missing")
    }
    return Completeness(source=name, first_day=str(found.days[0]), last_day=str(found.days[-1]), items=items, **counts)


@routes.get("/gaps")
async def list_feed_gaps(
    *,
    actor: Reader,
    uow: Unit,
    about: About,
) -> GapList:
    """Every day of every channel with readings missing; 62 days at most."""
    found, name = await _coverage(uow, actor, about)
    gaps = [
        FeedGap(channel_id=one.id, key=one.key, day=str(day), missing=missing, expected=one.slots)
        for one, day, missing in reconciling.gaps(found)
    ]
    return GapList(
        source=name,
        first_day=str(found.days[0]),
        last_day=str(found.days[-1]),
        items=gaps[:GAPS_SHOWN],
        left_out=max(0, len(gaps) - GAPS_SHOWN),
    )


@routes.get(
    "/checksums",
    response_class=Response,
    responses={200: {"description": "A line for each channel-day.", "content": {NDJSON: BINARY, PLAIN_CSV: BINARY}}},
)
async def get_feed_checksums(
    *,
    actor: Reader,
    uow: Unit,
    about: About,
    format: Annotated[Literal["ndjson", "csv"], Query()] = "ndjson",
) -> Response:
    """For each day of each channel: count, sum (in the channel's scaled integers) and SHA-256; 62 days at most.

    The hash is over the values as 32-bit integers, most significant byte first, 0 where there is none, and then a byte
    of quality for each: 0 absent, 1 null, 2 estimated, 3 substituted, 4 actual.
    """
    _, channels, start, end = await _meant(uow, actor, about)
    found = await reconciling.checksums(uow, channels, start, end)
    if format == "csv":
        rows = [[one.channel.key, one.day, one.count, one.sum, one.sha256] for one in found]
        return Response(write_csv([["channel", "day", "count", "sum", "sha256"], *rows]), media_type=PLAIN_CSV)
    return Response(b"".join(map(_line, found)), media_type=NDJSON)


@routes.get("/parked")
async def list_parked_keys(actor: Reader, uow: Unit, source: SourceQuery = None) -> ParkedList:
    """Keys nobody has registered; their rows land once somebody registers a channel."""
    of = await sources.named(uow, source, by=actor)
    found = await BatchRepository(uow.session).parked_keys(of.name)
    return ParkedList(items=[ParkedKey(key=key, batches=batches, rows=rows) for key, batches, rows in found])


async def _coverage(uow: Unit, actor: Actor, about: Asked) -> tuple[Coverage, str]:
    of, channels, start, end = await _meant(uow, actor, about)
    return await reconciling.coverage_of(uow, channels, start, end), of.name


async def _meant(uow: Unit, actor: Actor, about: Asked) -> tuple[Source, list[Channel], date, date]:
    of = await sources.named(uow, about.source, by=actor)
    start, end = reconciling.closed_range(of, about.first, about.last, now=uow.now)
    return of, await reconciling.channels_of(uow, of, about.channel), start, end


def _by_day(found: Coverage) -> list[CompletenessItem]:
    expected = int(found.expected.sum())
    return [
        CompletenessItem(
            day=str(day),
            channel_id=None,
            key=None,
            expected=expected,
            measured=int(found.measured[:, at].sum()),
            estimated=int(found.estimated[:, at].sum()),
            null=int(found.null[:, at].sum()),
            missing=int(found.missing[:, at].sum()),
        )
        for at, day in enumerate(found.days)
    ]


def _by_channel(found: Coverage) -> list[CompletenessItem]:
    return [
        CompletenessItem(
            day=None,
            channel_id=one.id,
            key=one.key,
            expected=int(found.expected[at]) * len(found.days),
            measured=int(found.measured[at].sum()),
            estimated=int(found.estimated[at].sum()),
            null=int(found.null[at].sum()),
            missing=int(found.missing[at].sum()),
        )
        for at, one in enumerate(found.channels)
    ]


def _line(one: Checksum) -> bytes:
    return (
        f'{{"channel":{_quoted(one.channel.key)},"day":"{one.day}","count":{one.count},"sum":{one.sum},'
        f'"sha256":"{one.sha256}"}}\n'
    ).encode()


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()

"""Receiving: a file is read, judged as a whole, kept as it came, merged, and reported, in one transaction."""

import asyncio
import hashlib
import zlib
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from uuid import UUID

import orjson

from app.documents.feed.reading import read_batch
from app.domain.access import Actor, Origin
from app.domain.errors import FieldError, Refusal
from app.domain.events import Event
from app.domain.feed.curves import Batch, Rejection
from app.domain.feed.directory import Directory
from app.domain.feed.limits import Limits
from app.domain.feed.reports import NotStrictlyGood, Report, StoredBatch, TooManyBadRows
from app.domain.feed.sources import Source
from app.domain.operations import Operation
from app.integrations.ids import new_id
from app.integrations.metrics import Metrics, process_metrics
from app.persistence.engine import Sessions
from app.persistence.feed.batches import BatchRepository
from app.persistence.feed.channels import ChannelRepository, KnownChannels
from app.persistence.feed.landing import Arrival
from app.persistence.feed.partitions import ensure_partitions
from app.persistence.feed.sources import SourceRepository
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.services import operations
from app.services.feed.landing import Outcome, days_of, land, report_of
from app.services.feed.resending import close_filled

MERGE_JOB = "merge_feed_batch"
ERRORS_SHOWN = 100
# An event names so many channel-days; the rest are found by what was updated since.
CORRECTIONS_NAMED = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """What the feed keeps between batches: the database, the limits, each source's channels, and what it counts."""

    sessions: Sessions
    limits: Limits = field(default_factory=Limits)
    known: KnownChannels = field(default_factory=KnownChannels)
    metrics: Metrics = field(default_factory=process_metrics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A body as it came, and how its sender wants it handled."""

    body: bytes
    media_type: str
    encoding: str | None
    strict: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The batch with its report; `again` when the same bytes came before and nothing was done."""

    batch: StoredBatch
    again: bool = False


async def receive(uow: UnitOfWork, feed: Feed, source: Source, incoming: Incoming, *, by: Actor) -> Received:
    """Read, merge and report at once; raises what speaks against the file as a whole, and then nothing is kept."""
    feed.metrics.feed_bytes.inc(len(incoming.body))
    try:
        received = await _receive(uow, feed, source, incoming, by=by)
    except Refusal:
        feed.metrics.count_batch("refused", {})
        raise
    report = received.batch.report
    if received.again or report is None:
        feed.metrics.count_batch("again", {})
    else:
        feed.metrics.count_batch("merged", report.counts)
    return received


async def _receive(uow: UnitOfWork, feed: Feed, source: Source, incoming: Incoming, *, by: Actor) -> Received:
    digest = await asyncio.to_thread(_sha256, incoming.body)
    twin = await _twin(uow, source, incoming, digest)
    if twin is not None and twin.report is not None:
        return Received(batch=twin, again=True)
    stored, attempt = _received(uow, source, incoming, digest, by=by), await uow.session.begin_nested()
    batch, known = await _read_and_kept(uow, feed, source, incoming, stored.id)
    refuse_bad(source, batch, strict=incoming.strict)
    await prepare(feed, uow, batch)
    head = await SourceRepository(uow.session).hold(source.name)
    twin = await _twin(uow, source, incoming, digest)
    if twin is not None:
        await attempt.rollback()
        return Received(batch=twin, again=True)
    await attempt.commit()
    stored, head = await BatchRepository(uow.session).receive(stored, head)
    arrival = await arrival_of(uow, stored, late=False)
    report = await merge(uow, source, stored, batch, known, arrival=arrival, by=by)
    await SourceRepository(uow.session).advance(source.name, head)
    return Received(batch=replace(stored, state="merged", report=report, reported_at=arrival.at))


async def receive_later(
    uow: UnitOfWork, feed: Feed, source: Source, incoming: Incoming, *, by: Actor
) -> tuple[StoredBatch, Operation | None]:
    """Keep the body now and merge it in the background; no operation where the same bytes came before."""
    feed.metrics.feed_bytes.inc(len(incoming.body))
    digest = await asyncio.to_thread(_sha256, incoming.body)
    head = await SourceRepository(uow.session).hold(source.name)
    twin = await _twin(uow, source, incoming, digest)
    if twin is not None:
        feed.metrics.count_batch("again", {})
        return twin, None
    feed.metrics.count_batch("kept", {})
    stored = _received(uow, source, incoming, digest, by=by)
    await BatchRepository(uow.session).keep(stored.id, incoming.body)
    stored, head = await BatchRepository(uow.session).receive(stored, head)
    await SourceRepository(uow.session).advance(source.name, head)
    payload = {"batch_id": str(stored.id), "strict": incoming.strict}
    return stored, await operations.start(uow, kind=MERGE_JOB, payload=payload, by=by, now=uow.now)


async def read(
    uow: UnitOfWork, feed: Feed, source: Source, incoming: Incoming, *, at: datetime
) -> tuple[Batch, Directory]:
    """The batch as it is read with the channels known now; `at` is when the file came."""
    known = await known_of(uow, feed, source)
    return await parse(feed, source, incoming, known, at=at), known


async def known_of(uow: UnitOfWork, feed: Feed, source: Source) -> Directory:
    head = await SourceRepository(uow.session).head(source.name)
    return await feed.known.of(uow.session, source.name, head.directory)


async def parse(feed: Feed, source: Source, incoming: Incoming, known: Directory, *, at: datetime) -> Batch:
    """In a thread of its own, so that the others are served meanwhile."""
    return await asyncio.to_thread(
        read_batch,
        incoming.body,
        media_type=incoming.media_type,
        encoding=incoming.encoding,
        profile=source.profile,
        directory=known,
        now=at,
        limits=feed.limits,
    )


async def _read_and_kept(
    uow: UnitOfWork, feed: Feed, source: Source, incoming: Incoming, batch_id: UUID
) -> tuple[Batch, Directory]:
    """The database stores the body while the file is read here."""
    known = await known_of(uow, feed, source)
    reading = asyncio.create_task(parse(feed, source, incoming, known, at=uow.now))
    try:
        await BatchRepository(uow.session).keep(batch_id, incoming.body)
    finally:
        await asyncio.wait([reading])
    return reading.result(), known


async def prepare(feed: Feed, uow: UnitOfWork, batch: Batch) -> None:
    """The months of a batch, made in a transaction of their own before anything here is locked."""
    async with open_unit(feed.sessions, now=uow.now) as apart:
        await ensure_partitions(apart.session, days_of(batch))


def refuse_bad(source: Source, batch: Batch, *, strict: bool) -> None:
    """Raises TooManyBadRows for what must be a wrong file, NotStrictlyGood where every row has to be good."""
    bad = len(batch.rejected)
    errors = [_field_error(one) for one in batch.rejected[:ERRORS_SHOWN]]
    if strict and bad:
        raise NotStrictlyGood(rejected=bad, errors=errors)
    if bad * 100 > batch.received * source.refuse_above_pct:
        raise TooManyBadRows(rejected=bad, received=batch.received, allowed=source.refuse_above_pct, errors=errors)


async def arrival_of(uow: UnitOfWork, stored: StoredBatch, *, late: bool) -> Arrival:
    """A batch as it lands now; the caller holds the source's head."""
    at = await SourceRepository(uow.session).landing_at(stored.source, now=uow.now)
    return Arrival(batch=stored.id, at=at, late=late, force=stored.force)


async def merge(
    uow: UnitOfWork,
    source: Source,
    stored: StoredBatch,
    batch: Batch,
    known: Directory,
    *,
    arrival: Arrival,
    by: Actor,
) -> Report:
    """Land a batch whose body is kept, and write its report; the caller holds the source's head."""
    outcome = await land(uow, batch, known, arrival, first_open=source.first_open_day(uow.now))
    report = replace(report_of(batch, outcome), errors=tuple(asdict(one) for one in batch.rejected[:ERRORS_SHOWN]))
    batches = BatchRepository(uow.session)
    await batches.report(stored.id, "merged", report, await asyncio.to_thread(_lines, batch), at=arrival.at)
    await batches.park(stored, Counter(key for key, _ in batch.unknown).items(), at=uow.now)
    await close_filled(uow, source, known, batch.keys, days_of(batch), by=by)
    await uow.record_all(_events(source, stored, report, outcome, known), by=by)
    return report


def _received(uow: UnitOfWork, source: Source, incoming: Incoming, digest: bytes, *, by: Actor) -> StoredBatch:
    """What has come, before it has its place in the source's chain."""
    return StoredBatch(
        id=new_id(),
        source=source.name,
        number=0,
        media_type=incoming.media_type,
        encoding=incoming.encoding,
        size=len(incoming.body),
        sha256=digest,
        chain=b"",
        profile_version=source.version,
        force=incoming.force,
        received_at=uow.now,
        received_from=Origin.of(by),
        state="received",
        report=None,
        reported_at=None,
    )


async def _twin(uow: UnitOfWork, source: Source, incoming: Incoming, digest: bytes) -> StoredBatch | None:
    """The same bytes under the same profile, unless rows of theirs were refused whose channels are known by now."""
    batches = BatchRepository(uow.session)
    found = await batches.twin(source.name, digest, incoming.media_type, incoming.encoding)
    if found is None or found.profile_version != source.version or found.force != incoming.force:
        return None
    if found.state == "refused":
        return None
    if found.report is not None and found.report.rejected and found.reported_at is not None:
        registered = await ChannelRepository(uow.session).registered_since(source.name, found.reported_at)
        return None if registered else found
    return found


def _events(source: Source, stored: StoredBatch, report: Report, outcome: Outcome, known: Directory) -> list[Event]:
    counts = {name: getattr(report, name) for name in ("received", "new", "changed", "stale", "parked", "rejected")}
    told = {"source": source.name, "first_day": report.first_day, "last_day": report.last_day}
    events = [Event(type="feed.batch_received", subject=str(stored.id), region=source.region, data={**told, **counts})]
    if outcome.corrected:
        named = sorted((str(known.channels[place].id), str(day)) for place, day in outcome.corrected)
        data = {**told, "channel_days": len(named), "first": [list(one) for one in named[:CORRECTIONS_NAMED]]}
        events.append(Event(type="feed.curve_corrected", subject=str(stored.id), region=source.region, data=data))
    return events


def _field_error(one: Rejection) -> FieldError:
    return FieldError(pointer=f"{one.line}/{one.column}", code=one.code, zh=one.zh, en=one.en)


def _lines(batch: Batch) -> bytes | None:
    """Every rejection as one line of JSON, packed."""
    if not batch.rejected:
        return None
    return zlib.compress(b"\n".join(orjson.dumps(asdict(one)) for one in batch.rejected), 1)


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()

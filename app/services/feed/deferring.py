"""What was kept first lands later: batches in the background, and parked rows once their channel is registered."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.access import Actor
from app.domain.errors import Refusal
from app.domain.feed.directory import Directory
from app.domain.feed.reports import Report, StoredBatch
from app.domain.feed.sources import Source
from app.persistence.feed.batches import BatchRepository
from app.persistence.feed.channels import ChannelRepository
from app.persistence.feed.sources import SourceRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.feed.landing import land, report_of
from app.services.feed.receiving import Feed, Incoming, arrival_of, merge, parse, prepare, read, refuse_bad


async def merge_stored(uow: UnitOfWork, feed: Feed, batch_id: UUID, *, strict: bool, by: Actor) -> Report:
    """Merge a batch that was received before; done once, however often it is asked for."""
    stored, source, body = await _kept(uow, batch_id, by=by)
    if stored.report is not None:
        return stored.report
    incoming = Incoming(body=body, media_type=stored.media_type, encoding=stored.encoding, force=stored.force)
    try:
        batch, known = await read(uow, feed, source, incoming, at=stored.received_at)
        refuse_bad(source, batch, strict=strict)
    except Refusal as refusal:
        feed.metrics.count_batch("refused", {})
        return await _refused(uow, stored, refusal)
    await prepare(feed, uow, batch)
    await SourceRepository(uow.session).hold(source.name)
    arrival = await arrival_of(uow, stored, late=True)
    report = await merge(uow, source, stored, batch, known, arrival=arrival, by=by)
    feed.metrics.count_batch("merged", report.counts)
    return report


async def replay_parked(uow: UnitOfWork, feed: Feed, batch_id: UUID, keys: Sequence[str], *, by: Actor) -> Report:
    """Land the rows of one batch that waited for these keys; whatever came after them stays."""
    stored, source, body = await _kept(uow, batch_id, by=by)
    every = await ChannelRepository(uow.session).of_source(source.name)
    known = Directory({key: every[key] for key in keys if key in every})
    incoming = Incoming(body=body, media_type=stored.media_type, encoding=stored.encoding)
    batch = await parse(feed, source, incoming, known, at=stored.received_at)
    await prepare(feed, uow, batch)
    await SourceRepository(uow.session).hold(source.name)
    arrival = await arrival_of(uow, stored, late=True)
    first_open = source.first_open_day(uow.now)
    outcome = await land(uow, batch, known, arrival, first_open=first_open)
    report = report_of(batch, outcome)
    await BatchRepository(uow.session).replayed(batch_id, keys, report, at=arrival.at)
    return report


async def _kept(uow: UnitOfWork, batch_id: UUID, *, by: Actor) -> tuple[StoredBatch, Source, bytes]:
    batches = BatchRepository(uow.session)
    stored = await batches.get(batch_id, visible_to=by)
    source = await SourceRepository(uow.session).get(stored.source, visible_to=by)
    return stored, source, await batches.body(batch_id)


async def _refused(uow: UnitOfWork, stored: StoredBatch, refusal: Refusal) -> Report:
    errors = tuple({"pointer": one.pointer, "code": one.code, "zh": one.zh, "en": one.en} for one in refusal.errors)
    why = {"code": refusal.code, "zh": refusal.message("zh"), "en": refusal.message("en")}
    report = Report(received=0, refusal={**why, "errors": errors})
    await BatchRepository(uow.session).report(stored.id, "refused", report, None, at=uow.now)
    return report

"""Channels: registered below an enterprise, with their multipliers and replacements; parked rows then land."""

from dataclasses import replace
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.enterprises.structure import Head
from app.domain.events import Event
from app.domain.feed.channels import (
    Channel,
    ChannelFixed,
    ChannelStale,
    MeterOfAnother,
    Multiplier,
    Replacement,
)
from app.domain.operations import Operation
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.feed.batches import BatchRepository
from app.persistence.feed.channels import ChannelRepository, Dated
from app.persistence.feed.sources import SourceRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations

REPLAY_JOB = "replay_parked_rows"
# What the readings already there are read by.
FIXED = ("source", "key", "quantity", "kind", "interval_minutes", "decimals")


async def register(uow: UnitOfWork, channel: Channel, *, by: Actor) -> tuple[Channel, Operation | None]:
    """The channel, and the operation that lands what was parked for it."""
    head = await _looked_after(uow, channel.enterprise_id, by)
    source = await SourceRepository(uow.session).get(channel.source, visible_to=by)
    await _refuse_meter(uow, channel, by)
    sources = SourceRepository(uow.session)
    standing = await sources.hold(source.name)
    await ChannelRepository(uow.session).add(channel, at=uow.now)
    await sources.advance(source.name, replace(standing, directory=standing.directory + 1))
    await uow.record(_event("feed.channel_registered", channel, head), by=by)
    parked = await BatchRepository(uow.session).parked(source.name, [channel.key])
    if not parked:
        return channel, None
    payload = {"source": source.name, "keys": [channel.key]}
    return channel, await operations.start(uow, kind=REPLAY_JOB, payload=payload, by=by, now=uow.now)


async def change(uow: UnitOfWork, wanted: Channel, *, by: Actor) -> Channel:
    """`wanted.version` is the one the caller has seen."""
    head = await _looked_after(uow, wanted.enterprise_id, by)
    channels = ChannelRepository(uow.session)
    found = await channels.get(wanted.id, visible_to=by, enterprise_id=wanted.enterprise_id)
    if found.version != wanted.version:
        raise ChannelStale()
    if any(getattr(found, name) != getattr(wanted, name) for name in FIXED):
        raise ChannelFixed()
    await _refuse_meter(uow, wanted, by)
    sources = SourceRepository(uow.session)
    standing = await sources.hold(found.source)
    saved = await channels.save(wanted, at=uow.now)
    await sources.advance(found.source, replace(standing, directory=standing.directory + 1))
    await uow.record(_event("feed.channel_changed", saved, head), by=by)
    return saved


async def say(
    uow: UnitOfWork, enterprise_id: UUID, channel_id: UUID, what: Multiplier | Replacement, *, by: Actor
) -> Dated:
    """A multiplier from a day on, or a replacement; by an officer or by the source, which knows its meters."""
    channels = ChannelRepository(uow.session)
    channel = await channels.get(channel_id, visible_to=by, enterprise_id=enterprise_id)
    if channel.source not in by.sources:
        await _looked_after(uow, enterprise_id, by)
    dated = Dated(id=new_id(), known_at=uow.now, said_by=Origin.of(by), what=what)
    await channels.say(channel, dated)
    said = "multiplier_said" if isinstance(what, Multiplier) else "meter_replaced"
    event = Event(
        type=f"feed.{said}",
        subject=str(channel.id),
        enterprise_id=str(enterprise_id),
        data={"source": channel.source, "key": channel.key},
    )
    await uow.record(event, by=by)
    return dated


async def _looked_after(uow: UnitOfWork, enterprise_id: UUID, by: Actor) -> Head:
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    by.must_look_after(head.region)
    return head


async def _refuse_meter(uow: UnitOfWork, channel: Channel, by: Actor) -> None:
    enterprise = await EnterpriseReader(uow.session).get(channel.enterprise_id, visible_to=by)
    if all(one.id != channel.meter_id for one in enterprise.meters):
        raise MeterOfAnother()


def _event(type_: str, channel: Channel, head: Head) -> Event:
    return Event(
        type=type_,
        subject=str(channel.id),
        enterprise_id=str(channel.enterprise_id),
        region=head.region,
        data={"source": channel.source, "key": channel.key, "quantity": channel.quantity},
    )

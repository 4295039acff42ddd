"""Sending again: days of a channel are asked of their source, by an officer or because they are missing."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.events import Event
from app.domain.feed.channels import Channel
from app.domain.feed.days import days_between
from app.domain.feed.directory import Directory
from app.domain.feed.resends import ResendClosed, ResendRequest, refuse_upside_down
from app.domain.feed.sources import Source
from app.integrations.ids import new_id
from app.persistence.feed.channels import ChannelRepository
from app.persistence.feed.reconciling import ReconciliationReader
from app.persistence.feed.resends import ResendRepository
from app.persistence.feed.sources import SourceRepository
from app.persistence.unit_of_work import UnitOfWork

MOST_DAYS = 400


async def ask(uow: UnitOfWork, channel_id: UUID, first: date, last: date, reason: str, *, by: Actor) -> ResendRequest:
    """Ask a source for some days of a channel."""
    refuse_upside_down(first, last, most=MOST_DAYS)
    channel = await ChannelRepository(uow.session).get(channel_id, visible_to=by)
    source = await SourceRepository(uow.session).get(channel.source, visible_to=by)
    (made,) = await ask_for(uow, source, [(channel, first, last)], reason, by=by)
    return made


async def ask_for(
    uow: UnitOfWork, source: Source, wanted: Sequence[tuple[Channel, date, date]], reason: str, *, by: Actor
) -> list[ResendRequest]:
    """Several at once, told in one event."""
    made = [
        ResendRequest(
            id=new_id(),
            enterprise_id=channel.enterprise_id,
            channel_id=channel.id,
            source=source.name,
            first=first,
            last=last,
            reason=reason,
            requested_at=uow.now,
            requested_by=Origin.of(by),
        )
        for channel, first, last in wanted
    ]
    for one in made:
        await ResendRepository(uow.session).add(one)
    if made:
        data = {"source": source.name, "requests": len(made), "reason": reason}
        event = Event(type="feed.resend_requested", subject=source.name, region=source.region, data=data)
        await uow.record(event, by=by)
    return made


async def withdraw(uow: UnitOfWork, request_id: UUID, *, by: Actor) -> None:
    """No longer wanted."""
    found = await ResendRepository(uow.session).get(request_id, visible_to=by)
    source = await SourceRepository(uow.session).get(found.source, visible_to=by)
    by.must_look_after(source.region)
    if found.closed_at is not None:
        raise ResendClosed()
    await ResendRepository(uow.session).close(found, as_="withdrawn", at=uow.now)
    event = _ended("feed.resend_withdrawn", found, source)
    await uow.record(event, by=by)


async def close_filled(
    uow: UnitOfWork, source: Source, directory: Directory, keys: Sequence[str], days: Sequence[date], *, by: Actor
) -> None:
    """Close what these days of the channels of these keys have answered in full."""
    requests = ResendRepository(uow.session)
    waiting = await requests.open_of(source.name) if days else []
    told = {directory.by_key[key].id for key in keys} if waiting else set()
    for one in waiting:
        if one.channel_id not in told or one.last < days[0] or one.first > days[-1]:
            continue
        wanted = days_between(one.first, one.last)
        reader = ReconciliationReader(uow.session)
        if await reader.complete_days(one.enterprise_id, one.channel_id, wanted) == len(wanted):
            await requests.close(one, as_="filled", at=uow.now)
            event = _ended("feed.resend_filled", one, source)
            await uow.record(event, by=by)


def _ended(kind: str, request: ResendRequest, source: Source) -> Event:
    return Event(type=kind, subject=str(request.id), region=source.region, data={"source": source.name})

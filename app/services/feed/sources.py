"""Sources: registered and described by the officers of their region."""

from dataclasses import replace

from app.domain.access import Actor
from app.domain.events import Event
from app.domain.feed.profile_check import check_profile
from app.domain.feed.sources import Source, SourceNotNamed, SourceStale
from app.persistence.feed.sources import SourceRepository
from app.persistence.unit_of_work import UnitOfWork


async def register(uow: UnitOfWork, source: Source, *, by: Actor) -> Source:
    """A new source of a region the caller looks after."""
    by.must_look_after(source.region)
    check_profile(source.profile)
    await SourceRepository(uow.session).add(source)
    await uow.record(_event("feed.source_registered", source), by=by)
    return source


async def change(uow: UnitOfWork, name: str, wanted: Source, *, version: int, by: Actor) -> Source:
    """What a source's files look like from now on; batches that came keep the version under which they were read."""
    sources = SourceRepository(uow.session)
    found = await sources.get(name, visible_to=by, lock=True)
    by.must_look_after(found.region)
    by.must_look_after(wanted.region)
    if found.version != version:
        raise SourceStale()
    check_profile(wanted.profile)
    saved = await sources.save(replace(wanted, created_at=found.created_at, version=version, changed_at=uow.now))
    await uow.record(_event("feed.source_changed", saved), by=by)
    return saved


async def named(uow: UnitOfWork, name: str | None, *, by: Actor) -> Source:
    """The source a request means: the one it names, or the caller's only one."""
    if name is None:
        if len(by.sources) != 1:
            raise SourceNotNamed()
        (name,) = by.sources
    return await SourceRepository(uow.session).get(name, visible_to=by)


def _event(type_: str, source: Source) -> Event:
    data = {"source": source.name, "version": source.version, "title": source.title}
    return Event(type=type_, subject=source.name, region=source.region, data=data)

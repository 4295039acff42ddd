"""Comparing versions of a list with each other, and with what publishing would make of it now."""

from datetime import date

from app.domain.access import Actor
from app.domain.errors import Invalid
from app.domain.exemptions.content import NOTHING, Content, Diff, diff
from app.domain.exemptions.entries import moves
from app.domain.exemptions.lists import ExemptionList, VersionUnknown
from app.persistence.exemptions.entries import EntryRepository
from app.persistence.exemptions.lists import ListRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.exemptions.publishing import CONSIDERED, begins, departures


class VersionsReversed(Invalid):
    code = "versions_reversed"
    zh = "from 须早于 to：from 为 {first}，to 为 {last}。"
    en = "`from` must come before `to`: they are {first} and {last}."


async def compare(uow: UnitOfWork, one: ExemptionList, *, first: int, last: int) -> Diff:
    """What a version has that an earlier one has not; those in between say why somebody left."""
    if first >= last:
        raise VersionsReversed(first=first, last=last)
    if last > one.newest:
        raise VersionUnknown(number=last)
    versions = await ListRepository(uow.session).versions(one, first=max(first, 1), last=last)
    path = [Content.of_text(version.document) for version in versions]
    return diff([NOTHING, *path] if first == 0 else path)


async def preview(uow: UnitOfWork, one: ExemptionList, *, on: date, by: Actor) -> Diff:
    """For the authority that keeps the list: what its entries come to now, against the newest version."""
    by.must_look_after(one.region)
    entries = EntryRepository(uow.session)
    found = moves(await entries.of_list(one.id, CONSIDERED), on=begins(one, on))
    lines = tuple(await entries.lines([*found.staying, *found.listed]))
    now = Content(head={}, lines=lines, departures=await departures(uow, found))
    newest = await ListRepository(uow.session).newest(one)
    return diff([NOTHING if newest is None else Content.of_text(newest.document), now])

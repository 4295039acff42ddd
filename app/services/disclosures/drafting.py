"""Drafting a public list: asked for by the office of its region, made from what is decided, kept as it will be published."""

from datetime import date
from uuid import UUID

from app.documents.disclosures.listed import Made, Making
from app.documents.disclosures.sealed import Sources, drafted
from app.domain.access import Actor, Origin
from app.domain.disclosures.lists import Disclosure, Wanted
from app.domain.events import Event
from app.domain.operations import Operation
from app.integrations.ids import new_id
from app.persistence.disclosures.repository import DisclosureRepository
from app.persistence.policies import PackRepository
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations

KIND = "draft_disclosure"


async def start(uow: UnitOfWork, asked: Wanted, *, by: Actor) -> Operation:
    """Queue the work; its result names the draft."""
    asked.check()
    scope = asked.scope
    await RegionRepository(uow.session).get(scope.region)
    by.must_look_after(scope.region)
    await PackRepository(uow.session).get(scope.pack, season=scope.season)
    payload = {"disclosure_id": str(new_id()), "asked": asked.as_json()}
    return await operations.start(uow, kind=KIND, payload=payload, by=by, now=uow.now)


async def keep(
    uow: UnitOfWork, disclosure_id: UUID, making: Making, made: Made, sources: Sources, *, by: Actor
) -> Disclosure:
    """The draft appears, whole, beside the version that stands now."""
    asked, disclosures = making.asked, DisclosureRepository(uow.session)
    series = await disclosures.series_of(asked.scope)
    one = Disclosure(
        id=disclosure_id,
        asked=asked,
        rows=len(made.rows),
        enterprises=len(made.enterprises),
        lacking=tuple(made.lacking),
        based_on=0 if series is None else series.newest,
        created_by=Origin.of(by),
        known_at=sources.known_at,
    )
    name = await region_name(uow, asked.scope.region, asked.day)
    await disclosures.add(one, drafted(asked, making.pack, made, sources, region_name=name))
    data = {"kind": asked.scope.kind.value, "season": asked.scope.season, "pack": asked.scope.pack, "rows": one.rows}
    event = Event(type="disclosure.drafted", subject=str(one.id), region=asked.scope.region, data=data)
    await uow.record(event, by=by)
    return one


async def region_name(uow: UnitOfWork, code: str, day: date) -> str:
    """The name of a region on a day, else the one it bore last."""
    names = await RegionRepository(uow.session).get(code)
    return next((one for one in names if one.valid_on(day)), names[-1]).name


async def kept(uow: UnitOfWork, disclosure_id: UUID, *, by: Actor) -> Disclosure | None:
    """A draft that a run of the work before this one has already made."""
    return await DisclosureRepository(uow.session).find(disclosure_id, visible_to=by)

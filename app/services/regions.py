"""Drawing a built-up area: a new edition beside the old ones, from which distances are measured."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain.access import Actor
from app.domain.enterprises.regions import BuiltUpArea
from app.domain.enterprises.structure import RegionInvisible, StructureInvalid
from app.domain.events import Event
from app.domain.facts.values import ValueRefused
from app.integrations.geometry import read_polygon
from app.integrations.ids import new_id
from app.persistence.regions import BuiltUpAreaRepository, RegionRepository
from app.persistence.unit_of_work import UnitOfWork


async def draw_built_up_area(
    uow: UnitOfWork,
    *,
    region: str,
    name: str,
    polygon: Mapping[str, Any],
    valid_from: date | None,
    valid_to: date | None,
    document: str | None,
    by: Actor,
) -> BuiltUpArea:
    await RegionRepository(uow.session).get(region)
    if not by.sees_region(region):
        raise RegionInvisible(region=region)
    try:
        read_polygon(polygon)
        if valid_from is not None and valid_to is not None and valid_from >= valid_to:
            raise ValueRefused("empty_period", "valid_to 须晚于 valid_from。", "valid_to must lie after valid_from.")
    except ValueRefused as refused:
        raise StructureInvalid(errors=[refused.at("/polygon")]) from refused
    area = BuiltUpArea(
        id=new_id(),
        region=region,
        name=name,
        polygon=dict(polygon),
        valid_from=valid_from,
        valid_to=valid_to,
        known_at=uow.now,
        document=document,
    )
    await BuiltUpAreaRepository(uow.session).add(area)
    event = Event(type="built_up_area.drawn", subject=str(area.id), region=region, data={"name": name})
    await uow.record(event, by=by)
    return area

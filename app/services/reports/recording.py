"""recording: an authority's word on what a past winter kept out of the air, with its papers (FS-35)."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.access import Actor, Origin
from app.domain.events import Event
from app.domain.evidence import Evidence, checked
from app.domain.periods import civil_day, season_of
from app.domain.quantities import Pollutant
from app.domain.reports.records import SeasonRecord, SeasonRecordAhead
from app.integrations.ids import new_id
from app.persistence.regions import RegionRepository
from app.persistence.reports.records import SeasonRecordRepository
from app.persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of a winter."""

    region: str
    season: int
    industry: str | None
    tonnes: Mapping[Pollutant, float]
    stop_days: float | None
    stop_day_capacity: float | None
    source: str
    evidence: tuple[Evidence, ...]


async def record(uow: UnitOfWork, said: Said, *, by: Actor) -> SeasonRecord:
    """Append it; a later record of the same region, season and industry takes its place in reports from then on."""
    by.named_person()
    await RegionRepository(uow.session).get(said.region)
    by.must_look_after(said.region)
    if said.season >= season_of(civil_day(uow.now)):
        raise SeasonRecordAhead(season=said.season)
    one = SeasonRecord(
        id=new_id(),
        region=said.region,
        season=said.season,
        industry=said.industry,
        tonnes=said.tonnes,
        stop_days=said.stop_days,
        stop_day_capacity=said.stop_day_capacity,
        source=said.source,
        evidence=checked(said.evidence),
        recorded_by=Origin.of(by),
        known_at=uow.now,
    ).checked()
    await SeasonRecordRepository(uow.session).add(one)
    data = {"season": one.season, "industry": one.industry, "tonnes": dict(one.tonnes), "source": one.source}
    await uow.record(Event(type="season.recorded", subject=str(one.id), region=one.region, data=data), by=by)
    return one

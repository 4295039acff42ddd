"""daily: the execution of a response on one day, as of 17:00, subject by subject (YN-11, A-YN5)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor
from app.domain.compliance.dossier import VerdictRow
from app.domain.enterprises.structure import Enterprise
from app.domain.inspections import Inspection, runs_on
from app.domain.orders import Order
from app.domain.periods import ONE_DAY
from app.domain.reports.asked import check_as_of
from app.domain.reports.daily import DayAsked, DayRow, InForce, Response, Taken, in_force, marks, responses
from app.domain.reports.places import Place, places
from app.persistence.compliance.verdicts import VerdictRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.inspections import InspectionRepository
from app.persistence.orders import OrderRepository
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.warnings import WarningRepository

# Enterprises read together: of each a day of curves is read too.
AT_ONCE = 50
# Warnings over a region and its parts in the years they are kept; the newest are read.
MOST_WARNINGS = 1_000
# What the meters of some enterprises took of the day, by subject.
Meters = Callable[[Sequence[Enterprise]], Awaitable[Mapping[UUID, Taken]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Whom the report is about, and the warnings it tells of."""

    asked: DayAsked
    ids: Sequence[UUID]
    responses: Sequence[Response]


async def region_of(uow: UnitOfWork, warning_id: UUID, *, by: Actor) -> str:
    """The region of a warning, which is what its report is about."""
    return (await WarningRepository(uow.session).get(warning_id, visible_to=by)).region


async def prepared(uow: UnitOfWork, asked: DayAsked, *, by: Actor) -> Prepared:
    """Raises what is wrong with the request; only those that a warning reached where one is named."""
    check_as_of(asked.as_of, first=asked.day, now=uow.now)
    await RegionRepository(uow.session).get(asked.region)
    ids = await EnterpriseReader(uow.session).with_sites_in(asked.region, visible_to=by)
    warnings = WarningRepository(uow.session)
    if asked.warning_id is None:
        known = await warnings.newest(region=asked.region, state=None, visible_to=by, after=None, limit=MOST_WARNINGS)
    else:
        known = [await warnings.get(asked.warning_id, visible_to=by)]
        reached = set(await OrderRepository(uow.session).reached("warning", asked.warning_id))
        ids = [one for one in ids if one in reached]
    return Prepared(asked=asked, ids=ids, responses=responses(known, asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is stored of some enterprises on the day."""

    orders: Mapping[UUID, Mapping[UUID, Order]]
    taken: Mapping[UUID, Taken]
    verdicts: Mapping[UUID, Sequence[VerdictRow]]
    visits: Mapping[UUID, Sequence[Inspection]]


async def rows(uow: UnitOfWork, wanted: Prepared, meters: Meters, *, by: Actor) -> AsyncIterator[list[DayRow]]:
    """Every subject that a standing order binds on the day, enterprise by enterprise."""
    for start in range(0, len(wanted.ids), AT_ONCE):
        enterprises = await EnterpriseReader(uow.session).whole(wanted.ids[start : start + AT_ONCE], visible_to=by)
        known = await _known(uow, wanted.asked, enterprises, meters)
        yield [row for one in enterprises for row in _rows(one, wanted.asked, known)]


def _rows(enterprise: Enterprise, asked: DayAsked, known: _Known) -> Iterator[DayRow]:
    orders = known.orders.get(enterprise.head.id, {})
    meant = (one for one in orders.values() if asked.warning_id in {None, one.occasion_id})
    binding = in_force(meant, asked)
    for subject, place in places(enterprise).items():
        if subject in binding and place.lies_in(asked.region):
            yield _row(place, binding[subject], orders, known, asked)


def _row(
    place: Place, measures: Sequence[InForce], orders: Mapping[UUID, Order], known: _Known, asked: DayAsked
) -> DayRow:
    verdicts = [one for one in known.verdicts.get(place.subject_id, ()) if one.from_day <= asked.day < one.until_day]
    visits = [one for one in known.visits.get(place.enterprise_id, ()) if one.from_at <= asked.ends]
    return DayRow(
        place=place,
        measures=tuple(measures),
        orders=marks(orders, measures, at=asked.as_of),
        taken=known.taken.get(place.subject_id),
        verdict=verdicts[-1].of_day(asked.day)["day"].word if verdicts else None,
        visits=tuple(one.id for one in visits),
        seen_running=any(one.at <= asked.ends for one in runs_on(visits, place.subject_id, asked.day)),
    )


async def _known(uow: UnitOfWork, asked: DayAsked, enterprises: Sequence[Enterprise], meters: Meters) -> _Known:
    ids = [one.head.id for one in enterprises]
    orders: dict[UUID, dict[UUID, Order]] = {}
    for order in await OrderRepository(uow.session).standing(ids, at=asked.as_of):
        orders.setdefault(order.enterprise_id, {})[order.id] = order
    visits: dict[UUID, list[Inspection]] = {}
    found = await InspectionRepository(uow.session).of_enterprises(
        ids, first=asked.day, last=asked.day, known_at=asked.as_of
    )
    for visit in found:
        visits.setdefault(visit.enterprise_id, []).append(visit)
    return _Known(
        orders=orders,
        taken=await meters([one for one in enterprises if one.head.id in orders]),
        verdicts=await VerdictRepository(uow.session).newest(ids, asked.day, asked.day + ONE_DAY, known_at=asked.as_of),
        visits=visits,
    )

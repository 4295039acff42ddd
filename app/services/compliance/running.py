"""running: what somebody wants assessed, pinned and queued."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.documents.holidays import china
from app.domain.access import Actor
from app.domain.compliance.assessing import ASSESSOR_VERSION
from app.domain.compliance.baselines import Method, MethodName
from app.domain.compliance.dossier import BaselineInvalid, DaysInvalid, ScopeNotClear, Terms
from app.domain.compliance.thresholds import PUBLISHED
from app.domain.decisions.season import season_bounds
from app.domain.operations import Operation
from app.domain.periods import Period, civil_day
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.policies import PackRepository
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations
from app.services.compliance.yards import published, thresholds

KIND = "assess_region"
# A season and what it makes up for afterwards.
MOST_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An assessment as somebody asks for it; days from the first until another (exclusive), or a season as far as it is over."""

    region: str | None
    enterprise_id: UUID | None
    season: int | None
    from_day: date | None
    until_day: date | None
    packs: tuple[str, ...] | None
    thresholds: str | None
    method: MethodName | None
    base_from: date | None
    base_until: date | None


async def start_run(uow: UnitOfWork, wanted: Wanted, *, by: Actor) -> Operation:
    """Queue it with everything it is measured by; only days that are over are judged."""
    if (wanted.region is None) == (wanted.enterprise_id is None):
        raise ScopeNotClear()
    days = _days(wanted, civil_day(uow.now))
    if wanted.enterprise_id is not None:
        head = await EnterpriseReader(uow.session).head(wanted.enterprise_id, visible_to=by)
        by.must_look_after(head.region)
    else:
        await RegionRepository(uow.session).get(wanted.region or "")
        by.must_look_after(wanted.region or "")
    await published(uow)
    known = await thresholds(uow, wanted.thresholds or PUBLISHED.version)
    for name in wanted.packs or ():
        await PackRepository(uow.session).get(name, season=season_of_days(days))
    terms = Terms(
        method=_method(wanted, days, known["base_days"]),
        thresholds=known.version,
        calendar=china().version,
        packs=wanted.packs,
        assessor=ASSESSOR_VERSION,
    )
    payload = {
        "region": wanted.region,
        "enterprise_id": None if wanted.enterprise_id is None else str(wanted.enterprise_id),
        "from_day": days.start.isoformat(),
        "until_day": None if days.until is None else days.until.isoformat(),
        "terms": terms.as_json(),
    }
    return await operations.start(uow, kind=KIND, payload=payload, by=by, now=uow.now)


def season_of_days(days: Period) -> int:
    return days.start.year if days.start.month >= 7 else days.start.year - 1


def _days(wanted: Wanted, today: date) -> Period:
    if wanted.season is not None:
        if wanted.from_day is not None or wanted.until_day is not None:
            raise ScopeNotClear()
        first, end = season_bounds(wanted.season)
        # From the first day any plan of the season binds on; before it nothing is asked and baselines are made.
        first, until = max(wanted_start(wanted.season), first), min(end, today)
    elif wanted.from_day is not None and wanted.until_day is not None:
        first, until = wanted.from_day, wanted.until_day
    else:
        raise ScopeNotClear()
    if not (first < until <= today and (until - first).days <= MOST_DAYS):
        raise DaysInvalid(most=MOST_DAYS, last=today)
    return Period(first, until)


def wanted_start(season: int) -> date:
    """The autumn and winter campaigns begin on 1 October at the earliest."""
    return date(season, 10, 1)


def _method(wanted: Wanted, days: Period, base_days: int) -> Method:
    until = wanted.base_until or days.start
    first = wanted.base_from or until - timedelta(days=base_days)
    if not (first < until and (until - first).days <= MOST_DAYS):
        raise BaselineInvalid(most=MOST_DAYS)
    return Method(name=wanted.method or "eligible-days-mean/1", from_day=first, until_day=until)


def days_of(payload: Mapping[str, Any]) -> Period:
    return Period(date.fromisoformat(payload["from_day"]), date.fromisoformat(payload["until_day"]))

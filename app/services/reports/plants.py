"""plants: the plans that decided an enterprise by an instant, and the schedules in force then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.documents.published import evaluator_of
from app.documents.reports.plant import CONTACTS
from app.domain.access import Actor
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.season import season_bounds
from app.domain.duties.contacts import Contact
from app.domain.enterprises.structure import Enterprise
from app.domain.reports.asked import check_as_of
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.versions import StoredSchedule
from app.persistence.decisions.runs import Question, RunRepository
from app.persistence.duties.contacts import ContactRepository, ContactSearch
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.policies import PackRepository
from app.persistence.reports.published import PublishedReader
from app.persistence.unit_of_work import UnitOfWork

MOST_CONTACTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantAsked:
    """One enterprise in a season, told for a day, as it was known at an instant."""

    enterprise_id: UUID
    season: int
    day: date
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What its document stands on besides the register."""

    enterprise: Enterprise
    evaluators: Sequence[Evaluator]
    schedules: Sequence[tuple[StoredSchedule, Sequence[ScheduledLine]]]
    contacts: Sequence[Contact]


async def found(uow: UnitOfWork, asked: PlantAsked, *, by: Actor) -> Found:
    """Raises EnterpriseUnknown, or what is wrong with the request."""
    check_as_of(asked.as_of, first=season_bounds(2000)[0], now=uow.now)
    enterprise = await EnterpriseReader(uow.session).get(asked.enterprise_id, visible_to=by)
    published = await PublishedReader(uow.session).of_enterprise(
        enterprise, asked.season, at=asked.as_of, visible_to=by
    )
    return Found(
        enterprise=enterprise,
        evaluators=await _evaluators(uow, asked, by=by),
        schedules=published,
        contacts=await _contacts(uow, asked, by=by),
    )


async def _contacts(uow: UnitOfWork, asked: PlantAsked, *, by: Actor) -> list[Contact]:
    """Those of the day as they are registered now: what was erased or replaced is not brought back."""
    if CONTACTS not in by.scopes:
        return []
    search = ContactSearch(enterprise_id=asked.enterprise_id, day=asked.day)
    return await ContactRepository(uow.session).page(search, visible_to=by, after=None, limit=MOST_CONTACTS)


async def _evaluators(uow: UnitOfWork, asked: PlantAsked, *, by: Actor) -> list[Evaluator]:
    """The versions of the plans that its newest decisions were made under, by name."""
    runs = RunRepository(uow.session)
    decided = (await runs.seasons([asked.enterprise_id]))[asked.enterprise_id]
    found: list[Evaluator] = []
    for name in sorted(name for name, season in decided if season == asked.season):
        question = Question(pack_name=name, season=asked.season, day=asked.day, known_at=asked.as_of)
        run = await runs.newest(asked.enterprise_id, question, visible_to=by)
        pack = None if run is None else await PackRepository(uow.session).find(run.pack_hash)
        if pack is not None:
            found.append(evaluator_of(pack.document, pack.hash))
    return found

"""Making duties: a plan's calendar becomes what each firm and body owes; making them again changes nothing.

They are stored, not derived on reading: a list over 30,000 firms with ten duties each is then one index in the order of
its pages, and a duty that was owed on a day stays provable when decisions change later. What is derived is the state.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.documents.published import evaluator_of
from app.domain.decisions.season import season_bounds
from app.domain.duties.calendar import Calendar, Response, reported_by, reporting_days, responses
from app.domain.duties.scope import Firm, Scope, bodies
from app.domain.duties.settings import settings_for
from app.domain.duties.terms import Term, owed_id
from app.domain.enterprises.regions import Region
from app.domain.periods import ONE_DAY, civil_day
from app.domain.policies.pack import Pack
from app.domain.warnings import PollutionWarning, covering
from app.persistence.duties.making import DutyMaker, NewDuty, Round
from app.persistence.duties.settings import DutySettingsRepository
from app.persistence.policies import PackRepository
from app.persistence.regions import RegionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.warnings import WarningRepository

# Firms whose duties are made in one transaction.
BATCH = 500
# More codes than any province has.
MOST_REGIONS = 5000
# Codes that stand for all districts, or all counties, of a city and are no county themselves.
_COLLECTIVE = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """One plan and season whose duties are made, and what they are made from."""

    pack: Pack
    calendar: Calendar
    scope: Scope
    terms: Sequence[Term]
    stood_on: str
    of: Round = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", Round(pack=self.pack.name, season=self.calendar.season))


async def begin(uow: UnitOfWork, name: str, season: int) -> Making | None:
    """Keep the plan's terms and what bodies owe; None where nothing has changed since they were made last."""
    stored = await PackRepository(uow.session).get(name, season=season)
    maker, settings = DutyMaker(uow.session), DutySettingsRepository(uow.session)
    others = f"{stored.hash} {await settings.count()} {civil_day(uow.now)}"
    stood_on = await maker.stands_on(name, season, others=others)
    if stood_on is None:
        return None
    pack = evaluator_of(stored.document, stored.hash).pack
    known = settings_for(pack.issuer_region, await settings.everything())
    calendar = Calendar(pack=pack, season=season, settings=known)
    terms = calendar.terms()
    await maker.keep_terms(terms)
    making = Making(pack=pack, calendar=calendar, scope=Scope(pack), terms=terms, stood_on=stood_on)
    counties = await _counties(uow, pack)
    owed = [
        _owed(making, term, holder=region, enterprise_id=None, region=region)
        for term in terms
        # Nobody could keep a day that was over when the plan was published.
        if term.due_at is None or term.due_at >= stored.published_at
        for region in bodies(pack, term.who, counties)
    ]
    await maker.add(owed)
    await maker.cease([None], [one.id for one in owed], making.of, at=uow.now)
    return making


async def owe(uow: UnitOfWork, making: Making, after: UUID | None) -> UUID | None:
    """What the next firms owe; the last of them, or None where there are no more."""
    maker, of = DutyMaker(uow.session), making.of
    ids = await maker.decided(of.pack, of.season, after, BATCH)
    if not ids:
        return None
    firms = await maker.firms(ids, of.pack, of.season)
    regions = {region for firm in firms for region in firm.regions if making.pack.governs(region)}
    warnings = await WarningRepository(uow.session).known(regions, at=uow.now)
    days = Days(making, warnings, uow)
    owed = [one for firm in firms for one in _owed_by(making, firm, days)]
    await maker.keep_terms(days.terms)
    await maker.add(owed)
    await maker.cease(ids, [one.id for one in owed], of, at=uow.now)
    return ids[-1]


async def end(uow: UnitOfWork, making: Making) -> None:
    await DutyMaker(uow.session).made_from(making.of.pack, making.of.season, making.stood_on)


async def retire(uow: UnitOfWork, packs: Sequence[str], season: int) -> None:
    """What plans asked that decide the season no more."""
    await DutyMaker(uow.session).cease_others(packs, season, at=uow.now)


class Days:
    """The daily terms of firms, by the regions of their sites: most share one."""

    def __init__(self, making: Making, warnings: Sequence[PollutionWarning], uow: UnitOfWork) -> None:
        self.making = making
        self.warnings = warnings
        end = season_bounds(making.calendar.season)[1] - ONE_DAY
        # What is to come may still be changed or lifted.
        self.until = min(civil_day(uow.now) + ONE_DAY, end)
        self.hour = reported_by(making.pack)
        self._known: dict[tuple[str, ...], list[Term]] = {}

    @property
    def terms(self) -> list[Term]:
        """Every term that was asked for, each once."""
        return list({term.id: term for some in self._known.values() for term in some}.values())

    def of(self, regions: tuple[str, ...]) -> list[Term]:
        if regions not in self._known:
            self._known[regions] = self._made(regions)
        return self._known[regions]

    def _made(self, regions: tuple[str, ...]) -> list[Term]:
        if self.hour is None:
            return []
        days = reporting_days(self._responses(regions), self.hour, until=self.until)
        first = season_bounds(self.making.calendar.season)[0]
        return self.making.calendar.of_days(day for day in days if day >= first)

    def _responses(self, regions: tuple[str, ...]) -> list[Response]:
        over = {code for region in regions for code in covering(region)}
        return responses(one for one in self.warnings if one.region in over)


def _owed_by(making: Making, firm: Firm, days: Days) -> Iterable[NewDuty]:
    governed = tuple(region for region in firm.regions if making.pack.governs(region))
    if not governed:
        return
    terms = [term for term in making.terms if term.who == "enterprise"]
    for term in (*terms, *days.of(governed)):
        if making.scope.owes(firm, term):
            yield _owed(making, term, holder=str(firm.id), enterprise_id=firm.id, region=governed[0])


def _owed(making: Making, term: Term, *, holder: str, enterprise_id: UUID | None, region: str) -> NewDuty:
    return NewDuty(
        id=owed_id(term, holder),
        term_id=term.id,
        enterprise_id=enterprise_id,
        region=region,
        receiving_region=making.pack.issuer_region,
        due_at=term.due_at,
        soon_at=term.soon_at,
    )


async def _counties(uow: UnitOfWork, pack: Pack) -> list[str]:
    """The counties of the plan's territory today."""
    found: list[Region] = []
    for region in pack.regions:
        found += await RegionRepository(uow.session).below(
            region, day=civil_day(uow.now), q=None, after=None, limit=MOST_REGIONS
        )
    return sorted({one.code for one in found if one.level == "county" and one.name not in _COLLECTIVE})

"""monthly: the implementation of a plan in a month, subject by subject (HR-34, A-HR8)."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor
from app.domain.compliance.dossier import VerdictRow
from app.domain.enterprises.structure import Enterprise
from app.domain.periods import midnight, season_of
from app.domain.reports.asked import MonthAsked, check_as_of
from app.domain.reports.monthly import MonthRow, Standing, standings, verdict_days
from app.domain.reports.places import places
from app.persistence.compliance.verdicts import VerdictRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.ledger.repository import LedgerRepository
from app.persistence.policies import PackRepository
from app.persistence.regions import RegionRepository
from app.persistence.reports.findings import FindingsReader, Of, Subject
from app.persistence.unit_of_work import UnitOfWork

# Enterprises read together.
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is stored of some enterprises in the month."""

    ledgers: Mapping[UUID, Mapping[UUID, Standing]]
    verdicts: Mapping[UUID, Sequence[VerdictRow]]
    opened: Mapping[Subject, int]
    confirmed: Mapping[Subject, int]
    listed: Mapping[Subject, tuple[str, ...]]


async def prepared(uow: UnitOfWork, asked: MonthAsked, *, by: Actor) -> list[UUID]:
    """The enterprises with a site in the region, as far as they are visible; raises what is wrong with the request."""
    check_as_of(asked.as_of, first=asked.first, now=uow.now)
    await RegionRepository(uow.session).get(asked.region)
    await PackRepository(uow.session).get(asked.pack, season=season_of(asked.first))
    return await EnterpriseReader(uow.session).with_sites_in(asked.region, visible_to=by)


async def rows(uow: UnitOfWork, asked: MonthAsked, ids: Sequence[UUID], *, by: Actor) -> AsyncIterator[list[MonthRow]]:
    """Every subject with a ledger, a verdict, a violation or a place on a list, enterprise by enterprise."""
    for start in range(0, len(ids), AT_ONCE):
        enterprises = await EnterpriseReader(uow.session).whole(ids[start : start + AT_ONCE], visible_to=by)
        known = await _known(uow, asked, [one.head.id for one in enterprises])
        yield [row for one in enterprises for row in _rows(one, asked, known)]


def _rows(enterprise: Enterprise, asked: MonthAsked, known: _Known) -> Iterator[MonthRow]:
    head = enterprise.head.id
    ledger = known.ledgers.get(head, {})
    for subject, place in places(enterprise).items():
        row = MonthRow(
            place=place,
            ledger=ledger.get(subject, Standing()),
            verdicts=verdict_days(known.verdicts.get(subject, ()), asked.first, asked.until),
            opened=known.opened.get((head, subject), 0),
            confirmed=known.confirmed.get((head, subject), 0),
            exempt_by=known.listed.get((head, subject), ()),
        )
        told = subject in ledger or row.verdicts or row.opened or row.confirmed or row.exempt_by
        if told and place.lies_in(asked.region):
            yield row


async def _known(uow: UnitOfWork, asked: MonthAsked, ids: Sequence[UUID]) -> _Known:
    season = season_of(asked.first)
    start, of = midnight(asked.first), Of(pack=asked.pack, season=season)
    entries = await LedgerRepository(uow.session).of_plan(ids, asked.pack, season)
    findings = FindingsReader(uow.session)
    return _Known(
        ledgers={
            enterprise: standings(some, start=start, ends=asked.ends, as_of=asked.as_of)
            for enterprise, some in entries.items()
        },
        verdicts=await VerdictRepository(uow.session).newest(ids, asked.first, asked.until, known_at=asked.as_of),
        opened=await findings.opened(ids, of, start, asked.ends),
        confirmed=await findings.confirmed(ids, of, start, asked.ends),
        listed=await findings.listed(ids, of, asked.ends),
    )

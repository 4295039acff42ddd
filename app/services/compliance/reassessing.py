"""reassessing: late and corrected readings: only the days they touch are judged again, by what those days stood on."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

import orjson

from app.domain.access import Actor
from app.domain.compliance.dossier import Dossier, Terms, VerdictRow, laid_over
from app.domain.compliance.metering import Metered
from app.domain.enterprises.structure import Head
from app.domain.periods import ONE_DAY, Period
from app.persistence.compliance.arrivals import Arrival, ArrivalRepository
from app.persistence.compliance.rows import PartRow
from app.persistence.compliance.verdicts import VerdictRepository
from app.persistence.compliance.yardsticks import YardstickRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.asking import Prepare, plans
from app.services.compliance.assessing import Kept, Tally, store
from app.services.compliance.compiling import dossiers
from app.services.compliance.judging import Case, Judged, Yard, based_again, judged
from app.services.compliance.phasing import judge_phases
from app.services.compliance.yards import yard_of

# Ids of batches are in order of time; one that merges a month after it came is assessed by hand.
LOOKED_BACK = timedelta(days=40)
# Batches of one turn.
AT_ONCE = 50
Pair = tuple[UUID, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Some arrivals with the channel-days they left otherwise, by enterprise."""

    arrivals: Sequence[Arrival]
    dirty: Mapping[UUID, Sequence[Pair]]


async def waiting(uow: UnitOfWork) -> Turn | None:
    """The next arrivals nobody has looked at; None where there is none."""
    # The first six bytes of an id are its milliseconds (RFC 9562).
    since = int((uow.now - LOOKED_BACK).timestamp() * 1000)
    found = await ArrivalRepository(uow.session).waiting(since=UUID(int=since << 80), limit=AT_ONCE)
    if not found:
        return None
    dirty: dict[UUID, set[Pair]] = defaultdict(set)
    for one in found:
        for enterprise, channel, day in await ArrivalRepository(uow.session).dirty(one):
            dirty[enterprise].add((channel, day))
    return Turn(arrivals=found, dirty={one: sorted(pairs) for one, pairs in sorted(dirty.items())})


async def looked_at(uow: UnitOfWork, turn: Turn) -> None:
    await ArrivalRepository(uow.session).looked_at(turn.arrivals)


async def reassess(
    uow: UnitOfWork, enterprise_id: UUID, pairs: Iterable[Pair], *, by: Actor, prepare: Prepare
) -> Tally:
    """Judge the dirty days of one enterprise again: who they belong to, by the baselines these days stood on.

    Whoever assesses for the first time meanwhile holds the enterprise, so that its verdicts are seen here.
    """
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by, lock=True)
    by_day: dict[date, set[UUID]] = defaultdict(set)
    for channel, day in pairs:
        by_day[day].add(channel)
    tally = Tally(enterprises=1)
    for day in sorted(by_day):
        tally.add(await _of_day(uow, head, day, by_day[day], by=by, prepare=prepare))
    tally.enterprises = 1
    return tally


async def _of_day(uow: UnitOfWork, head: Head, day: date, channels: set[UUID], *, by: Actor, prepare: Prepare) -> Tally:
    stood = await _stood(uow, head.id, day)
    tally = Tally()
    for digest, rows in stood.items():
        stored = await YardstickRepository(uow.session).terms([digest])
        yard = await yard_of(uow, Terms.of_json(orjson.loads(stored[digest])))
        method = yard.terms.method
        whole = Period(min(method.from_day, day), day + ONE_DAY)
        known = await plans(uow, whole, yard.terms.packs, by=by, prepare=prepare)
        (dossier,) = await dossiers(uow, [head.id], known, whole, by=by)
        touched = dossier.touched_by(
            meter for meter, gauges in dossier.gauges.items() if channels & {one.channel.id for one in gauges}
        )
        again = [subject for subject in rows if subject in touched]
        if again:
            tally.add(await _judge(uow, head, dossier, again, rows, day=day, yard=yard, by=by, prepare=prepare))
    return tally


async def _stood(uow: UnitOfWork, enterprise_id: UUID, day: date) -> dict[bytes, dict[UUID, VerdictRow]]:
    """The verdicts that stand on a day, by the terms they stand on and by subject."""
    found: dict[bytes, dict[UUID, VerdictRow]] = defaultdict(dict)
    newest = await VerdictRepository(uow.session).newest([enterprise_id], day, day + ONE_DAY)
    for subject, rows in newest.items():
        (place,) = laid_over(rows, day, day + ONE_DAY)
        found[rows[place].terms][subject] = rows[place]
    return found


async def _judge(
    uow: UnitOfWork,
    head: Head,
    dossier: Dossier,
    again: Iterable[UUID],
    rows: Mapping[UUID, VerdictRow],
    *,
    day: date,
    yard: Yard,
    by: Actor,
    prepare: Prepare,
) -> Tally:
    kept = Kept.of([dossier])
    results: dict[UUID, Judged] = {}
    parts = await _parts(uow, dossier.enterprise_id, rows.values())
    pairs = 0
    for subject in again:
        meters = dossier.meters_for([subject])
        basis = _documents(dossier, meters, parts)
        if not meters or basis is None:
            continue
        block = await measuring.block(uow, meters, dossier.gauges, [day])
        case = Case(block=block, dossiers=kept.dossiers, subjects=frozenset({subject}))
        based = based_again(case, basis, yard.calendar)
        results |= await asyncio.to_thread(judged, case, based, yard)
        pairs += len(meters)
    days = Period(day, day + ONE_DAY)
    every = {(dossier.enterprise_id, digest): document for digest, document in parts.items()}
    await judge_phases(uow, kept.dossiers, results, every, days, yard=yard)
    tally = await store(uow, {head.id: head}, kept, results, every, yard=yard, days=days, by=by)
    await _phases_of_day(uow, head, dossier, set(again), day, yard=yard, by=by, prepare=prepare)
    tally.pairs = pairs
    return tally


async def _parts(uow: UnitOfWork, enterprise_id: UUID, rows: Iterable[VerdictRow]) -> dict[bytes, bytes]:
    keys = [(enterprise_id, each) for row in rows for each in row.parts]
    found = await VerdictRepository(uow.session).documents(PartRow, keys)
    return {digest: document for (_, digest), document in found.items()}


def _documents(dossier: Dossier, meters: Sequence[Metered], parts: Mapping[bytes, bytes]) -> list[bytes] | None:
    """The baselines of some meters in their order, then those of their links; None where one was never made."""
    stored = [(orjson.loads(one), one) for one in parts.values()]
    of_meters = {one["meter_id"]: document for one, document in stored if one["kind"] == "baseline"}
    of_links = {one["production"]: document for one, document in stored if one["kind"] == "treatment"}
    links = dossier.links_of(each.id for each in meters)
    try:
        return [*(of_meters[str(one.id)] for one in meters), *(of_links[str(one.production)] for one in links)]
    except KeyError:
        return None


async def _phases_of_day(
    uow: UnitOfWork,
    head: Head,
    dossier: Dossier,
    again: set[UUID],
    day: date,
    *,
    yard: Yard,
    by: Actor,
    prepare: Prepare,
) -> None:
    """The phases a day lies in that are judged already are judged again, on their last day."""
    for phase in dossier.phases:
        last = phase.until_day - ONE_DAY
        inside = phase.from_day <= day < last and bool(again & set(phase.members))
        stood = await VerdictRepository(uow.session).newest([head.id], last, phase.until_day) if inside else {}
        known = {one: rows[-1] for one, rows in stood.items() if one in phase.members and rows[-1].terms == yard.digest}
        if known:
            whole = Period(min(yard.terms.method.from_day, day), phase.until_day)
            plans_of = await plans(uow, whole, yard.terms.packs, by=by, prepare=prepare)
            (again_asked,) = await dossiers(uow, [head.id], plans_of, whole, by=by)
            await _judge(
                uow,
                head,
                replace(again_asked, phases=(phase,)),
                known,
                known,
                day=last,
                yard=yard,
                by=by,
                prepare=prepare,
            )

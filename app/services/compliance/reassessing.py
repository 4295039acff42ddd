"""reassessing: late readings and words on meters: what stands on them is judged again, and nothing else.

Days that read otherwise are judged by the baselines they stood on; where a baseline itself comes out otherwise, every
day that stands on it. What was asked, excused and warned of stays as it was known to the verdict: only a new assessment
hears of plans and acts that came since, so that no verdict changes for them in passing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

import orjson

from app.documents.dossiers import dossier_of
from app.domain.access import Actor
from app.domain.compliance.dossier import Dossier, Terms, VerdictRow, laid_over
from app.domain.compliance.metering import Metered
from app.domain.enterprises.structure import Head
from app.domain.periods import ONE_DAY, Period
from app.persistence.compliance.arrivals import Arrival, ArrivalRepository, Touched
from app.persistence.compliance.gauges import GaugeRepository
from app.persistence.compliance.rows import DossierRow, PartRow
from app.persistence.compliance.verdicts import VerdictRepository
from app.persistence.compliance.yardsticks import YardstickRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.assessing import Kept, Tally, not_overtaken, part_documents, store
from app.services.compliance.compiling import renewed
from app.services.compliance.judging import Based, Case, Judged, Yard, based, based_again, judged, merge
from app.services.compliance.phasing import judge_phases
from app.services.compliance.yards import yard_of

# Ids of batches are in order of time; one that merges a month after it came is assessed by hand.
LOOKED_BACK = timedelta(days=40)
# Batches of one turn.
AT_ONCE = 50
Parts = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Some arrivals with what they left otherwise, by enterprise."""

    arrivals: Sequence[Arrival]
    touched: Mapping[UUID, Sequence[Touched]]


async def waiting(uow: UnitOfWork) -> Turn | None:
    """The next arrivals nobody has looked at; None where there is none."""
    # The first six bytes of an id are its milliseconds (RFC 9562).
    since = int((uow.now - LOOKED_BACK).timestamp() * 1000)
    arrivals = ArrivalRepository(uow.session)
    found = await arrivals.waiting(since=UUID(int=since << 80), limit=AT_ONCE)
    if not found:
        return None
    touched: dict[UUID, list[Touched]] = defaultdict(list)
    for one in found:
        for each in await arrivals.touched(one):
            touched[each.enterprise_id].append(each)
    return Turn(arrivals=found, touched=dict(sorted(touched.items())))


async def looked_at(uow: UnitOfWork, turn: Turn) -> None:
    await ArrivalRepository(uow.session).looked_at(turn.arrivals)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Days in a row on which one row of verdicts stands for its subject."""

    days: Period
    row: VerdictRow

    def within(self, days: Period) -> Period | None:
        start = max(self.days.start, days.start)
        until = _end(self.days) if days.until is None else min(_end(self.days), days.until)
        return Period(start, until) if start < until else None


@dataclass(frozen=True, slots=True)
class _Span:
    """Days in a row that stand on one dossier."""

    days: Period
    dossier: bytes


@dataclass(slots=True, kw_only=True)
class _Again:
    """What is judged again on one set of terms: days by subject, and the baselines that came out otherwise.

    `dossiers` are those the verdicts stand on, by their hashes, with what is known of their channels now.
    """

    dossiers: Mapping[bytes, Dossier]
    yard: Yard
    runs: Mapping[UUID, Sequence[_Run]]
    parts: dict[bytes, bytes]
    days: dict[UUID, set[date]] = field(default_factory=lambda: defaultdict(set))
    fresh: dict[bytes, bytes] = field(default_factory=dict)

    def add(self, subject: UUID, days: Period) -> None:
        self.days[subject].update(measuring.days_from(days.start, _end(days)))

    def spans(self) -> dict[_Span, list[UUID]]:
        """Days in a row that stand on one row, with the subjects of which they are judged."""
        found: dict[_Span, list[UUID]] = defaultdict(list)
        for subject, days in sorted(self.days.items()):
            for run in self.runs.get(subject, ()):
                for span in _in_a_row(day for day in days if day in run.days):
                    found[_Span(span, run.row.dossier)].append(subject)
        return dict(sorted(found.items(), key=lambda one: (one[0].days, one[0].dossier)))

    def dossier_of(self, run: _Run) -> Dossier:
        return self.dossiers[run.row.dossier]

    def documents(self, subjects: Iterable[UUID], days: Period) -> dict[bytes, bytes]:
        """Every baseline there is; behind them those of the verdicts in question, and last those made again."""
        rows = (run.row for subject in subjects for run in self.runs[subject] if days.start in run.days)
        own = {each: self.parts[each] for row in rows for each in row.parts if each in self.parts}
        rest = {each: document for each, document in self.parts.items() if each not in own}
        return {**rest, **own, **{each: self.fresh[each] for each in self.fresh if each not in own}}


async def reassess(uow: UnitOfWork, enterprise_id: UUID, touched: Sequence[Touched], *, by: Actor) -> Tally:
    """Judge again what stands on readings that are others now, on the terms it stands on; raises Overtaken.

    Whoever assesses for the first time meanwhile holds the enterprise, so that its verdicts are seen here.
    """
    head = await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by, lock=True)
    await not_overtaken(uow, [head.id])
    tally = Tally()
    for terms, runs in (await _standing(uow, head.id)).items():
        again = await _again(uow, head, terms, runs, touched)
        for span, subjects in again.spans().items():
            tally.add(await _judge(uow, head, again, subjects, span, by=by))
    tally.enterprises = 1
    return tally


async def _standing(uow: UnitOfWork, enterprise_id: UUID) -> dict[bytes, dict[UUID, list[_Run]]]:
    """Every verdict that stands, by the terms it stands on and by subject."""
    found: dict[bytes, dict[UUID, list[_Run]]] = defaultdict(lambda: defaultdict(list))
    newest = await VerdictRepository(uow.session).newest([enterprise_id], date.min, date.max)
    for subject, rows in newest.items():
        first, until = min(one.from_day for one in rows), max(one.until_day for one in rows)
        for place, days in groupby(enumerate(laid_over(rows, first, until)), lambda one: one[1]):
            if place >= 0:
                numbers = [number for number, _ in days]
                span = Period(first + numbers[0] * ONE_DAY, first + (numbers[-1] + 1) * ONE_DAY)
                found[rows[place].terms][subject].append(_Run(days=span, row=rows[place]))
    return found


async def _again(
    uow: UnitOfWork,
    head: Head,
    terms: bytes,
    runs: Mapping[UUID, Sequence[_Run]],
    touched: Sequence[Touched],
) -> _Again:
    stored = await YardstickRepository(uow.session).terms([terms])
    yard = await yard_of(uow, Terms.of_json(orjson.loads(stored[terms])))
    every = [run for some in runs.values() for run in some]
    dossiers = await _dossiers(uow, head.id, (run.row for run in every))
    parts = await _parts(uow, head.id, (run.row for run in every))
    again = _Again(dossiers=dossiers, yard=yard, runs=runs, parts=parts)
    for one in touched:
        _add_days(again, one)
    await _add_based(uow, again, touched)
    _add_phases(again)
    return again


async def _dossiers(uow: UnitOfWork, enterprise_id: UUID, rows: Iterable[VerdictRow]) -> dict[bytes, Dossier]:
    """What some verdicts stand on, with the multipliers and replacements of meters that are known now."""
    keys = [(enterprise_id, row.dossier) for row in rows]
    stored = await VerdictRepository(uow.session).documents(DossierRow, keys)
    gauges = await GaugeRepository(uow.session).of([enterprise_id], ["energy_kwh"], known_at=uow.now)
    own = gauges.get(enterprise_id, ())
    return {digest: renewed(dossier_of(document), own) for (_, digest), document in stored.items()}


def _add_days(again: _Again, one: Touched) -> None:
    """The days that were read otherwise themselves."""
    for subject, run in () if one.base else _before(again, one):
        if (days := run.within(_reaching(again.dossier_of(run), one))) is not None:
            again.add(subject, days)


async def _add_based(uow: UnitOfWork, again: _Again, touched: Iterable[Touched]) -> None:
    """All days that stand on a baseline which is another now."""
    method = again.yard.terms.method
    window = Period(method.from_day, method.until_day)
    found: set[tuple[UUID, bytes]] = set()
    for one in touched:
        for subject, run in _before(again, one):
            if _reaching(again.dossier_of(run), one).meets(window):
                found.add((subject, run.row.dossier))
    for subject, digest in sorted(found):
        fresh = await _based_anew(uow, again, subject, again.dossiers[digest])
        for run in (one for one in again.runs[subject] if one.row.dossier == digest):
            if set(fresh) != set(run.row.parts):
                again.fresh |= fresh
                again.add(subject, run.days)


def _add_phases(again: _Again) -> None:
    """The last day of a phase is told from all of its days, for all of its members."""
    for phase in {each.id: each for one in again.dossiers.values() for each in one.phases}.values():
        inside = Period(phase.from_day, phase.until_day)
        if any(day in inside for member in phase.members for day in again.days.get(member, ())):
            for member in set(phase.members) & set(again.runs):
                again.add(member, Period(phase.until_day - ONE_DAY, phase.until_day))


async def _based_anew(uow: UnitOfWork, again: _Again, subject: UUID, dossier: Dossier) -> dict[bytes, bytes]:
    """The baselines of a subject's meters from what is read now and was asked then, by their hashes."""
    method = again.yard.terms.method
    window = measuring.days_from(method.from_day, method.until_day)
    kept = Kept.of([dossier])
    found: dict[bytes, bytes] = {}
    for meters in _alike(dossier, [subject]):
        block = await measuring.block(uow, meters, dossier.gauges, window)
        case = Case(block=block, dossiers=kept.dossiers, subjects=frozenset({subject}))
        basis = await asyncio.to_thread(based, block, case, again.yard)
        found |= {digest: document for (_, digest), document in part_documents(case, basis).items()}
    return found


async def _judge(
    uow: UnitOfWork, head: Head, again: _Again, subjects: Sequence[UUID], span: _Span, *, by: Actor
) -> Tally:
    """Some subjects on days in a row, with the phases that end on them."""
    dossier, days = again.dossiers[span.dossier], span.days
    kept, yard = Kept.of([dossier]), again.yard
    results: dict[UUID, Judged] = {}
    parts = again.documents(subjects, days)
    wanted = measuring.days_from(days.start, _end(days))
    pairs = 0
    for meters in _alike(dossier, subjects):
        block = await measuring.block(uow, meters, dossier.gauges, wanted)
        case = Case(block=block, dossiers=kept.dossiers, subjects=frozenset(subjects))
        basis = _kept_basis(case, parts, yard)
        if basis is not None:
            merge(results, await asyncio.to_thread(judged, case, basis, yard))
            pairs += len(meters) * len(wanted)
    every = {(head.id, digest): document for digest, document in parts.items()}
    await judge_phases(uow, kept.dossiers, results, every, days, yard=yard)
    tally = await store(uow, {head.id: head}, kept, results, every, yard=yard, days=days, by=by)
    tally.pairs = pairs
    return tally


def _alike(dossier: Dossier, subjects: Iterable[UUID]) -> Iterator[list[Metered]]:
    """The meters of some subjects and of their treatment, together as far as their days have as many slots."""
    slots = {one.id: dossier.gauges[one.id][0].channel.slots for one in dossier.meters}
    meters = dossier.meters_for(subjects)
    for width in sorted({slots[one.id] for one in meters}, reverse=True):
        yield [one for one in meters if slots[one.id] == width]


def _kept_basis(case: Case, parts: Parts, yard: Yard) -> Based | None:
    """The newest baselines of some meters in their order, then those of their links; None where one was never made."""
    stored = [(orjson.loads(one), one) for one in parts.values()]
    of_meters = {one["meter_id"]: document for one, document in stored if one["kind"] == "baseline"}
    of_links = {one["production"]: document for one, document in stored if one["kind"] == "treatment"}
    try:
        documents = [
            *(of_meters[str(one.id)] for one in case.block.meters),
            *(of_links[str(one.production)] for one in case.links),
        ]
    except KeyError:
        return None
    return based_again(case, documents, yard.calendar)


async def _parts(uow: UnitOfWork, enterprise_id: UUID, rows: Iterable[VerdictRow]) -> dict[bytes, bytes]:
    """The baselines of some verdicts, those of later verdicts last."""
    ordered = sorted(rows, key=lambda one: (one.known_at, one.id))
    keys = list(dict.fromkeys(each for row in reversed(ordered) for each in row.parts))[::-1]
    found = await VerdictRepository(uow.session).documents(PartRow, [(enterprise_id, each) for each in keys])
    return {each: found[enterprise_id, each] for each in keys if (enterprise_id, each) in found}


def _subjects(dossier: Dossier, one: Touched) -> set[UUID]:
    return dossier.touched_by(
        meter for meter, gauges in dossier.gauges.items() if any(each.channel.id == one.channel for each in gauges)
    )


def _reaching(dossier: Dossier, one: Touched) -> Period:
    """With the day after where a register is read: its first slot begins with what was shown the day before."""
    gauges = (gauge for some in dossier.gauges.values() for gauge in some)
    register = any(each.channel.id == one.channel and each.channel.kind == "register" for each in gauges)
    return Period(one.days.start, one.days.until + ONE_DAY) if register and one.days.until else one.days


def _before(again: _Again, one: Touched) -> Iterator[tuple[UUID, _Run]]:
    """The verdicts that cannot have seen it, with their subjects."""
    for subject, runs in again.runs.items():
        for run in runs:
            if run.row.known_at < one.before and subject in _subjects(again.dossier_of(run), one):
                yield subject, run


def _in_a_row(days: Iterable[date]) -> Iterator[Period]:
    for _, some in groupby(enumerate(sorted(days)), lambda one: one[1].toordinal() - one[0]):
        span = [day for _, day in some]
        yield Period(span[0], span[-1] + ONE_DAY)


def _end(days: Period) -> date:
    if days.until is None:
        raise ValueError(days)
    return days.until

"""viewing: an enterprise's days with what other sources say beside them, and its load beside what was allowed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np
import orjson

from app.documents.dossiers import baselines_of, dossier_of
from app.domain.access import Actor
from app.domain.compliance.checked import Yardstick, yardstick
from app.domain.compliance.crosses import EMISSIONS, crossed
from app.domain.compliance.cuts import PhaseResult
from app.domain.compliance.demands import Excuse
from app.domain.compliance.dossier import DaysInvalid, Gauge, Terms, VerdictRow, laid_over
from app.domain.compliance.energy import factor_on
from app.domain.compliance.findings import CrossCheck, CurveSlice, DayOf, Finding, Verdict
from app.domain.compliance.metering import Block, Metered
from app.domain.compliance.spans import Spans, spans
from app.domain.compliance.tables import allowed_curve
from app.domain.enterprises.structure import Enterprise
from app.domain.feed.channels import Quantity
from app.domain.feed.curves import Quality
from app.domain.inspections import Inspection
from app.domain.periods import Period, civil_day
from app.persistence.compliance.findings import FindingRepository, FindingSearch, StoredFinding
from app.persistence.compliance.gauges import GaugeRepository
from app.persistence.compliance.rows import DossierRow, PartRow
from app.persistence.compliance.verdicts import VerdictRepository
from app.persistence.compliance.yardsticks import YardstickRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.feed.reading import CurveReader
from app.persistence.inspections import InspectionRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance import measuring
from app.services.compliance.asking import plans
from app.services.compliance.compiling import dossiers
from app.services.compliance.judging import Yard
from app.services.compliance.phasing import phases_standing
from app.services.compliance.yards import calendar, thresholds

MOST_DAYS = 200
MOST_FINDINGS = 20_000
BESIDE: tuple[Quantity, ...] = (*EMISSIONS, "output_t")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """A subject's day: the verdicts, the findings that stand, what excused it, and the other sources beside them."""

    day: date
    verdicts: Mapping[str, Verdict]
    findings: tuple[StoredFinding, ...]
    crosses: tuple[CrossCheck, ...]
    look: bool
    verdict_id: UUID
    excuses: tuple[Excuse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSubject:
    """A subject with its days in order."""

    subject_id: UUID
    days: tuple[ShownDay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLoad:
    """A meter's curve with what was allowed, slot after slot over all days; None is a gap."""

    meter: Metered
    interval_minutes: int
    slices: tuple[CurveSlice, ...]
    usual: tuple[tuple[int, ...] | None, ...]


def days_wanted(first: date, last: date, today: date, most: int) -> Period:
    """From the first to the last, both included; raises DaysInvalid."""
    until = date.fromordinal(last.toordinal() + 1)
    if not (first < until and (until - first).days <= most):
        raise DaysInvalid(most=most, last=today)
    return Period(first, until)


async def shown(uow: UnitOfWork, enterprise_id: UUID, days: Period, *, by: Actor) -> list[ShownSubject]:
    """Every subject with a verdict, in order of ids; a day without one is left out."""
    enterprise = await EnterpriseReader(uow.session).get(enterprise_id, visible_to=by)
    until = days.until or days.start
    rows = await VerdictRepository(uow.session).newest([enterprise_id], days.start, until)
    search = FindingSearch(enterprise_id=enterprise_id, first_day=days.start, last_day=days.last_day)
    found = await FindingRepository(uow.session).page(search, visible_to=by, after=None, limit=MOST_FINDINGS)
    of_day: dict[tuple[UUID, date], list[StoredFinding]] = {}
    for one in found:
        of_day.setdefault((one.subject_id, one.day), []).append(one)
    visits = await InspectionRepository(uow.session).of_enterprise(enterprise_id, visible_to=by)
    measured = await _measured(uow, enterprise, days)
    excuses = await _excuses(uow, [row for some in rows.values() for row in some])
    return [
        ShownSubject(
            subject_id=subject,
            days=tuple(
                _shown(subject, row, day, of_day.get((subject, day), []), visits, measured=measured, excuses=excuses)
                for row, day in _standing(rows[subject], days.start, until)
            ),
        )
        for subject in sorted(rows)
    ]


def _standing(rows: Sequence[VerdictRow], first: date, until: date) -> Iterator[tuple[VerdictRow, date]]:
    for number, place in enumerate(laid_over(rows, first, until)):
        if place >= 0:
            yield rows[place], date.fromordinal(first.toordinal() + number)


async def phases(uow: UnitOfWork, enterprise_id: UUID, days: Period, *, by: Actor) -> list[PhaseResult]:
    """How the cuts reckoned over a phase stand at the end of some days, by what their verdicts stand on."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    until = min(days.until or days.start, today_of(uow))
    verdicts = VerdictRepository(uow.session)
    rows = [row for some in (await verdicts.newest([enterprise_id], days.start, until)).values() for row in some]
    terms = await _terms(uow, rows)
    if terms is None:
        return []
    newest = max(rows, key=lambda one: (one.known_at, one.id))
    stored = await verdicts.documents(DossierRow, [(enterprise_id, newest.dossier)])
    keys = [(enterprise_id, each) for row in rows if row.terms == newest.terms for each in row.parts]
    parts = await verdicts.documents(PartRow, keys) if keys else {}
    yard = Yard(
        terms=terms,
        digest=newest.terms,
        thresholds=await thresholds(uow, terms.thresholds),
        calendar=await calendar(uow, terms.calendar),
    )
    dossier = dossier_of(stored[enterprise_id, newest.dossier])
    return await phases_standing(uow, dossier, {key: parts[key] for key in keys}, days, until=until, yard=yard)


Measured = Mapping[tuple[UUID, date], Mapping[Quantity, Decimal]]
# By dossier and subject.
Excuses = Mapping[bytes, Mapping[UUID, Sequence[Excuse]]]


async def _excuses(uow: UnitOfWork, rows: Iterable[VerdictRow]) -> Excuses:
    """What excused the subjects when they were judged."""
    keys = [(row.enterprise_id, row.dossier) for row in rows]
    stored = await VerdictRepository(uow.session).documents(DossierRow, keys)
    return {digest: dossier_of(document).excuses for (_, digest), document in stored.items()}


def _shown(
    subject: UUID,
    row: VerdictRow,
    day: date,
    findings: Sequence[StoredFinding],
    visits: Sequence[Inspection],
    *,
    measured: Measured,
    excuses: Excuses,
) -> ShownDay:
    verdicts = row.of_day(day)
    told = [_stop(subject, day, verdicts, findings)] if "stop" in verdicts else []
    one = DayOf(
        subject_id=subject,
        day=day,
        verdict=verdicts["day"],
        look=any(each.look for each in findings),
        findings=tuple(told),
    )
    one = crossed(one, inspections=visits, measured=measured.get((subject, day)))
    own = excuses[row.dossier].get(subject, ())
    return ShownDay(
        day=day,
        verdicts=verdicts,
        findings=tuple(findings),
        crosses=one.crosses,
        look=one.look,
        verdict_id=row.id,
        excuses=tuple(each for each in own if each.holds_on(day)),
    )


def _stop(subject: UUID, day: date, verdicts: Mapping[str, Verdict], findings: Iterable[StoredFinding]) -> Finding:
    """What the meters say of a stop: as the gravest finding would be, else as the verdict is."""
    told = [orjson.loads(one.document)["would_be"] for one in findings if one.check == "stop"]
    would_be = max((Verdict[word.upper()] for word in told), default=verdicts["stop"])
    return Finding(
        subject_id=subject,
        meters=(),
        day=day,
        check="stop",
        verdict=verdicts["stop"],
        would_be=would_be,
        look=False,
        signs=(),
        name={},
        sentence={},
        clauses=(),
        demands=(),
        numbers={},
        curve=None,
        thresholds="",
        baseline=None,
    )


async def _measured(uow: UnitOfWork, enterprise: Enterprise, days: Period) -> Measured:
    """What monitors and output say of each subject's days: of its own meters, those below it, or its site's if alone."""
    of = await GaugeRepository(uow.session).of([enterprise.head.id], BESIDE, known_at=uow.now)
    gauges = of.get(enterprise.head.id, [])
    wanted = measuring.days_from(days.start, days.until or days.start)
    subjects = {one.id: one.subject for one in enterprise.meters}
    found: dict[tuple[UUID, date], dict[Quantity, Decimal]] = {}
    for gauge in gauges:
        totals = await _totals(uow, gauge, wanted)
        for subject in _speaks_of(enterprise, subjects[gauge.channel.meter_id]):
            for day, total in totals.items():
                own = found.setdefault((subject, day), {})
                own[gauge.channel.quantity] = own.get(gauge.channel.quantity, Decimal()) + total
    return found


def _speaks_of(enterprise: Enterprise, subject: UUID) -> set[UUID]:
    lines = [one.id for one in enterprise.lines if one.site == subject]
    return {*enterprise.chain(subject), *(lines if len(lines) == 1 else ())}


async def _totals(uow: UnitOfWork, gauge: Gauge, days: Sequence[date]) -> dict[date, Decimal]:
    """The sum of each day that has a value; days without one say nothing."""
    cube = await CurveReader(uow.session).cube([gauge.channel], days)
    known = cube.quality[0] >= Quality.SUBSTITUTED
    sums = np.where(known, cube.values[0], 0).sum(axis=1, dtype=np.int64)
    scale = Decimal(10) ** -gauge.channel.decimals
    return {day: int(sums[row]) * scale * _decimal(gauge, day) for row, day in enumerate(days) if known[row].any()}


def _decimal(gauge: Gauge, day: date) -> Decimal:
    factor = factor_on(day, gauge.multipliers)
    return Decimal(factor.numerator) / Decimal(factor.denominator)


async def load(uow: UnitOfWork, enterprise_id: UUID, days: Period, *, by: Actor) -> list[ShownLoad]:
    """Every meter's curve on some days beside what was allowed by the baseline its newest verdicts stand on."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    rows = await VerdictRepository(uow.session).newest([enterprise_id], days.start, days.until or days.start)
    newest = [some[-1] for some in rows.values()]
    terms = await _terms(uow, newest)
    known = await plans(uow, days, None if terms is None else terms.packs, by=by)
    (dossier,) = await dossiers(uow, [enterprise_id], known, days, by=by)
    baselines = await _baselines(uow, newest)
    wanted = measuring.days_from(days.start, days.until or days.start)
    found: list[ShownLoad] = []
    for meter in dossier.meters:
        block = await measuring.block(uow, [meter], dossier.gauges, wanted)
        document = baselines.get(str(meter.id))
        if terms is None or document is None:
            slices = tuple(_plain(block.wh[0, day], block.quality[0, day]) for day in range(len(wanted)))
            found.append(_load(meter, slices, (None,) * len(wanted)))
            continue
        yard = await _yard(uow, terms, block, document)
        laid = spans(block, dossier.demands, ramp_down_minutes=yard.thresholds["ramp_down_minutes"])
        found.append(_load(meter, *_beside(block, laid, yard)))
    return found


def _load(meter: Metered, slices: Sequence[CurveSlice], usual: Sequence[tuple[int, ...] | None]) -> ShownLoad:
    return ShownLoad(meter=meter, interval_minutes=slices[0].interval_minutes, slices=tuple(slices), usual=tuple(usual))


def _beside(block: Block, laid: Spans, yard: Yardstick) -> tuple[list[CurveSlice], list[tuple[int, ...] | None]]:
    slices = [allowed_curve(block, laid, yard, 0, day) for day in range(len(block.days))]
    usual: list[tuple[int, ...] | None] = [
        tuple(int(one) for one in yard.baselines.curve[0, yard.groups[day]]) if yard.based[0, day] else None
        for day in range(len(block.days))
    ]
    return slices, usual


def _plain(
    wh: "np.ndarray[tuple[int], np.dtype[np.int64]]", quality: "np.ndarray[tuple[int], np.dtype[np.uint8]]"
) -> CurveSlice:
    return CurveSlice(
        interval_minutes=1440 // len(wh),
        wh=tuple(int(one) if code >= Quality.SUBSTITUTED else None for one, code in zip(wh, quality, strict=True)),
    )


async def _terms(uow: UnitOfWork, rows: Sequence[VerdictRow]) -> Terms | None:
    if not rows:
        return None
    newest = max(rows, key=lambda one: (one.known_at, one.id))
    stored = await YardstickRepository(uow.session).terms([newest.terms])
    return Terms.of_json(orjson.loads(stored[newest.terms]))


async def _baselines(uow: UnitOfWork, rows: Iterable[VerdictRow]) -> dict[str, Mapping[str, object]]:
    keys = [(row.enterprise_id, each) for row in rows for each in row.parts]
    parts = await VerdictRepository(uow.session).documents(PartRow, keys) if keys else {}
    told = (orjson.loads(one) for one in parts.values())
    return {one["meter_id"]: one for one in told if one["kind"] == "baseline"}


async def _yard(uow: UnitOfWork, terms: Terms, block: Block, document: Mapping[str, object]) -> Yardstick:
    known = await calendar(uow, terms.calendar)
    return yardstick(
        block,
        baselines_of([document], slots=block.slots, calendar=known),
        thresholds=await thresholds(uow, terms.thresholds),
        calendar=known,
    )


def today_of(uow: UnitOfWork) -> date:
    return civil_day(uow.now)

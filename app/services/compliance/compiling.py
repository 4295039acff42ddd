"""compiling: the dossiers of some enterprises: their meters with channels, and what was asked where it is judged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID

from app.domain.access import Actor
from app.domain.compliance.demanding import reaching
from app.domain.compliance.demands import Demand, Excuse, Phase
from app.domain.compliance.dossier import Dossier, Gauge
from app.domain.compliance.metering import Metered, MeterEvent, TreatmentLink
from app.domain.decisions.subjects import Subject, span_at
from app.domain.enterprises.structure import Enterprise, Meter
from app.domain.inspections import BESIDE_PRODUCTION
from app.domain.periods import SHANGHAI, Period
from app.persistence.compliance.gauges import GaugeRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.compliance.asking import Plans, Said, asked_of

HOLDING = "safe_holding_load_kw"
# What a total is made of where only its parts are read.
_TARIFFS = ("sharp", "peak", "flat", "valley")


async def dossiers(uow: UnitOfWork, ids: Sequence[UUID], known: Plans, days: Period, *, by: Actor) -> list[Dossier]:
    """As things are known now, in order of ids; whoever is not visible is left out."""
    enterprises = await EnterpriseReader(uow.session).whole(ids, visible_to=by)
    said = await asked_of(uow, enterprises, known, days)
    gauges = await GaugeRepository(uow.session).of(
        [one.head.id for one in enterprises], ["energy_kwh"], known_at=uow.now
    )
    return [dossier(one, said[one.head.id], gauges.get(one.head.id, ()), days.start) for one in enterprises]


def dossier(enterprise: Enterprise, said: Said, gauges: Iterable[Gauge], day: date) -> Dossier:
    """Everything the verdicts of one enterprise stand on besides readings."""
    by_meter = _by_meter(gauges)
    holding = _holding([stood.tree for _, stood in said.stood], day)
    meters = tuple(
        _metered(one, by_meter[one.id], enterprise, holding) for one in enterprise.meters if one.id in by_meter
    )
    demands = reaching(said.demands, enterprise)
    asked = {one.subject_id for one in said.demands if one.kind in {"stop", "cut"}}
    return Dossier(
        enterprise_id=enterprise.head.id,
        meters=meters,
        gauges={meter: tuple(_energy(some)) for meter, some in by_meter.items()},
        links=tuple(_links(enterprise, meters)),
        demands=demands,
        excuses=_excused(said.excuses, enterprise),
        warned={one: periods for one in _subjects(enterprise) if (periods := _warned(enterprise, one, said.warned))},
        phases=tuple(_phase(one, enterprise, meters) for one in said.phases),
        unmetered=tuple(sorted(asked - _covered(enterprise, meters, asked))),
    )


def renewed(one: Dossier, gauges: Iterable[Gauge]) -> Dossier:
    """With what is known now of its channels, their multipliers and replacements; all else as it was known then."""
    known = {each.channel.id: each for each in gauges}
    own = {meter: tuple(known.get(each.channel.id, each) for each in some) for meter, some in one.gauges.items()}
    meters = tuple(replace(each, events=tuple(_events(own[each.id]))) for each in one.meters)
    return replace(one, gauges=own, meters=meters)


def _by_meter(gauges: Iterable[Gauge]) -> dict[UUID, list[Gauge]]:
    found: dict[UUID, list[Gauge]] = {}
    for one in gauges:
        found.setdefault(one.channel.meter_id, []).append(one)
    return {meter: some for meter, some in found.items() if _energy(some)}


def _energy(gauges: Sequence[Gauge]) -> list[Gauge]:
    """The channels whose sum is what the meter took: the total, else its tariff periods; amounts before registers."""
    taken = [one for one in gauges if one.channel.direction == "import"]
    for wanted in (("total",), _TARIFFS):
        for kind in ("interval", "register"):
            some = [one for one in taken if one.channel.register in wanted and one.channel.kind == kind]
            if some:
                slots = max(one.channel.slots for one in some)
                return [one for one in some if one.channel.slots == slots]
    return []


def _metered(one: Meter, gauges: Sequence[Gauge], enterprise: Enterprise, holding: Mapping[UUID, float]) -> Metered:
    chain = enterprise.chain(one.subject)
    below = [line.id for line in enterprise.lines if one.subject in enterprise.chain(line.id)[1:]]
    held = [holding[each] for each in below if each in holding] or [holding[each] for each in chain if each in holding][
        :1
    ]
    return Metered(
        id=one.id,
        subject_id=one.subject,
        kind=one.kind,
        label=one.code,
        holding_kw=sum(held) if held else None,
        own_generation=any(each.channel.own_generation or each.channel.direction == "export" for each in gauges),
        events=tuple(_events(_energy(gauges))),
    )


def _events(gauges: Iterable[Gauge]) -> Iterator[MeterEvent]:
    for one in gauges:
        yield from (MeterEvent(kind="replaced", at=each.at) for each in one.replacements)
        for each in one.multipliers[1:]:
            yield MeterEvent(kind="multiplier_changed", at=datetime.combine(each.from_day, time(), SHANGHAI))


def _holding(trees: Sequence[Subject], day: date) -> dict[UUID, float]:
    """Declared safety and holding loads by subject (A-L12); of several plans' trees the last says what is known last."""
    found: dict[UUID, float] = {}
    for tree in trees:
        for subject in _below(tree):
            span = span_at(subject["facts"].get(HOLDING, []), day.isoformat())
            if span is not None and isinstance(span["value"], int | float):
                found[UUID(subject["id"])] = float(span["value"])
    return found


def _below(subject: Subject) -> Iterator[Subject]:
    yield subject
    for child in subject["children"]:
        yield from _below(child)


def _links(enterprise: Enterprise, meters: Sequence[Metered]) -> Iterator[TreatmentLink]:
    """Treatment belongs to the production it is coupled with, else to that of its own line; on one line all stand in."""
    treatment = [one for one in meters if one.kind == "treatment"]
    for made in (one for one in meters if one.kind == "production"):
        coupled = [one.id for one in treatment if _coupled(enterprise, one.subject_id, made.subject_id)]
        same = [one.id for one in treatment if _line(enterprise, one.subject_id) == _line(enterprise, made.subject_id)]
        if coupled or same:
            yield TreatmentLink(production=made.id, treatment=tuple(coupled or same))


def _coupled(enterprise: Enterprise, treatment: UUID, production: UUID) -> bool:
    chain = enterprise.chain(production)
    return any(one.kind == "treats" and one.from_id == treatment and one.to_id in chain for one in enterprise.couplings)


def _line(enterprise: Enterprise, subject: UUID) -> UUID | None:
    lines = {one.id for one in enterprise.lines}
    return next((one for one in enterprise.chain(subject) if one in lines), None)


def _excused(excuses: Iterable[Excuse], enterprise: Enterprise) -> dict[UUID, tuple[Excuse, ...]]:
    """What excuses a subject excuses everything below it."""
    known = list(excuses)
    found: dict[UUID, tuple[Excuse, ...]] = {}
    for subject in _subjects(enterprise) if known else ():
        chain = set(enterprise.chain(subject))
        if own := tuple(one for one in known if one.subject_id in chain):
            found[subject] = own
    return found


def _warned(enterprise: Enterprise, subject: UUID, warned: Mapping[str, tuple[Period, ...]]) -> tuple[Period, ...]:
    regions = enterprise.regions_of(subject) if warned else set()
    return tuple(period for region in sorted(regions) for period in warned.get(region, ()))


def _subjects(enterprise: Enterprise) -> Iterator[UUID]:
    return (subject for _, subject in enterprise.subjects())


def _covered(enterprise: Enterprise, meters: Sequence[Metered], asked: Iterable[UUID]) -> set[UUID]:
    """The subjects with a meter of their own, one below them, or the main meter of a site of which they are all."""
    judging = [one for one in meters if one.kind != "treatment"]
    beside = {unit.id for unit in enterprise.units if unit.kind in BESIDE_PRODUCTION}
    own = {above for one in judging if one.subject_id not in beside for above in enterprise.chain(one.subject_id)}
    metered = {one.subject_id for one in judging}
    return {
        one for one in asked if one in own or (_alone(enterprise, one) and metered & set(enterprise.chain(one)[1:]))
    }


def _phase(one: Phase, enterprise: Enterprise, meters: Sequence[Metered]) -> Phase:
    """With its members where they are measured: the only line of a site may have the site's main meter alone."""
    metered = {each.subject_id for each in meters if each.kind != "treatment"}
    sites = {line.id: line.site for line in enterprise.lines}
    members = tuple(
        sites[each] if each not in metered and _alone(enterprise, each) and sites[each] in metered else each
        for each in one.members
    )
    return replace(one, members=members, shared=not set(_subjects(enterprise)).issuperset(one.members))


def _alone(enterprise: Enterprise, subject: UUID) -> bool:
    sites = {one.id: one.site for one in enterprise.lines}
    return subject in sites and list(sites.values()).count(sites[subject]) == 1


def demanded(one: Dossier, subject: UUID) -> tuple[Demand, ...]:
    """What a subject was asked."""
    return one.demands.get(subject, ())

"""stopping: whole stops, hot ovens without coal, cycles and caps of the load, resource by resource."""

from collections.abc import Iterable, Iterator, Sequence

from app.domain.decisions.subjects import Subject
from app.domain.periods import midnight
from app.domain.policies.measures import Constraint
from app.domain.quantities import POLLUTANTS
from app.domain.schedules.given.asked import Asked, label_of
from app.domain.schedules.given.calendar import Calendar
from app.domain.schedules.given.plant import Part, Plant
from app.domain.schedules.given.prepared import Findings, Open, OpenKind, until_of
from app.domain.schedules.requirements import Cap, Cycle, Requirement, Stop, StopKind

# The loads that a plan names by their day, with the emissions and the freight of those days (HR-11, YN-08).
_LOADS = {"load_before_1101": "load_before_1101_pct", "load_before_1022": "load_before_1022_pct"}
_EMISSIONS_BEFORE = {each: f"{each}_emission_before_1101_t_d" for each in POLLUTANTS if each != "voc"}


def stopping(asked: Sequence[Asked], plant: Plant, calendar: Calendar, findings: Findings) -> Iterator[Requirement]:
    """Everything that each hour or day has to meet by itself."""
    yield from _stops(asked, plant, calendar, findings)
    for one in asked:
        match one.constraint.kind:
            case "coking_hours" | "load_cap":
                yield from _caps(one, plant, calendar, findings)
            case "cycle":
                yield from _cycles(one, plant, calendar)


def standing_still(constraint: Constraint) -> StopKind | None:
    """What kind of whole stop a constraint is, if it is one."""
    if constraint.stops:
        return "stop"
    return "stop_charging" if constraint.kind == "stop_charging" else None


def opened(kind: OpenKind, one: Asked, *, zh: str, en: str) -> Open:
    """Something of a demand that is left open."""
    return Open(
        kind=kind,
        enterprise_id=one.works.id,
        subject_id=one.subject["id"],
        label=label_of(one.chain),
        clause=one.clause,
        period=one.period,
        says={"zh": zh, "en": en},
    )


def _stops(asked: Iterable[Asked], plant: Plant, calendar: Calendar, findings: Findings) -> Iterator[Stop]:
    """A rule that binds a site, its lines and its units alike stops each of them once."""
    found: dict[str, Stop] = {}
    for one in asked:
        kind = standing_still(one.constraint)
        if kind is None:
            continue
        period = calendar.still(one.period)
        if period is None:
            _beyond(one, calendar, findings)
            continue
        for part in plant.below(one.subject["id"]):
            name = f"{one.pack.name}/{one.rule.id}/{part.id}/{period.start}"
            known = found.get(name)
            if known is None or until_of(known.period) < until_of(period):
                found[name] = Stop(id=name, clause=one.clause, resource=part.id, period=period, kind=kind)
    yield from found.values()


def _beyond(one: Asked, calendar: Calendar, findings: Findings) -> None:
    if one.period.start >= calendar.end:
        day = one.period.start
        findings.open(
            opened(
                "calendar",
                one,
                zh=f"自{day}起停产，在排产日历之后。",
                en=f"The stop begins on {day}, after the calendar ends.",
            )
        )


def _caps(one: Asked, plant: Plant, calendar: Calendar, findings: Findings) -> Iterator[Cap]:
    """One cap for each resource, by the facts of its own line; what cannot be counted is left open."""
    period = calendar.still(one.period)
    if period is None:
        return
    for part in plant.producing(one.subject["id"]):
        coking = one.constraint.kind == "coking_hours"
        share = _coking_share(one, part, plant, findings) if coking else _load_share(one, part, plant, findings)
        if share is None:
            findings.open(_uncounted(one))
        elif share < 1:
            name = f"{one.pack.name}/{one.rule.id}/{part.id}/{period.start}"
            yield Cap(id=name, clause=one.clause, resource=part.id, period=period, share=share)


def _uncounted(one: Asked) -> Open:
    if one.constraint.kind == "coking_hours":
        zh = "缺少正常结焦时间，不能折算负荷。"
        en = "The normal coking time is not known, so no load follows from the longer one."
        return opened("insufficient_facts", one, zh=zh, en=en)
    zh = "允许负荷尚未核定，或缺少换算所需的产能、负荷，暂不排限。"
    en = "The allowed load is not set, or the capacity or load to count it by is not known; no cap is planned yet."
    return opened("act_names_load" if "amount_by" in one.constraint.params else "insufficient_facts", one, zh=zh, en=en)


def _coking_share(one: Asked, part: Part, plant: Plant, findings: Findings) -> float | None:
    """A-L11: normal over required hours; a target that is printed as about is the plain one (A-L10)."""
    normal = plant.facts.number(part.line.chain(part.subject), "coking_hours_normal")
    if not normal:
        return None
    required = one.constraint.number("hours")
    zh, en = f"正常结焦 {normal:g} 小时，延长至 {required:g} 小时", f"coking time from {normal:g} h to {required:g} h"
    _said(one, part, findings, zh=zh, en=en)
    return min(1.0, normal / required)


def _load_share(one: Asked, part: Part, plant: Plant, findings: Findings) -> float | None:
    """The allowed load as a share of normal production: an act's number, else a load of a named day."""
    params = one.constraint.params
    if "amount" in params:
        told = f"{params['amount']} {params['amount_unit']}"
        _said(one, part, findings, zh=f"允许负荷 {told}", en=f"the allowed load is {told}")
        return _of_amount(one, plant)
    fact = _LOADS.get(str(params.get("basis")))
    chain = part.line.chain(part.subject)
    load = None if fact is None else plant.facts.number(chain, fact)
    if load is None:
        return None
    zh, en = plant.facts.words(fact or "")
    _said(one, part, findings, zh=f"{zh} {load:g}%", en=f"{en} {load:g} %")
    if "road_freight" in str(params.get("of")):
        zh, en = "公路货运量不超过此前水平，由运输安排保证。", "road freight stays at its level by arranging transport"
        findings.note("freight", part.id, part.label, zh=f"{one.rule.id}：{zh}", en=f"{one.rule.id}: {en}.")
    before = load / 100 * one.constraint.number("pct", 100) / 100
    return _not_more_than_before(chain, plant, before) if "emissions" in str(params.get("of")) else before


def _said(one: Asked, part: Part, findings: Findings, *, zh: str, en: str) -> None:
    findings.note("baseline", part.id, part.label, zh=f"{one.rule.id}：{zh}。", en=f"{one.rule.id}: {en}.")


def _of_amount(one: Asked, plant: Plant) -> float | None:
    """A load in percent, or in tonnes a day of the subject's capacity; other units have no share of production."""
    amount, unit = one.constraint.number("amount"), str(one.constraint.params["amount_unit"])
    if unit == "%":
        return amount / 100
    per_day = {"t/d": amount, "t/h": amount * 24}.get(unit)
    capacity = _capacity(plant.producing(one.subject["id"]), plant)
    return None if per_day is None or not capacity else min(1.0, per_day / capacity)


def _capacity(parts: Sequence[Part], plant: Plant) -> float | None:
    known = [found for part in parts if (found := plant.capacity(part)) is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _not_more_than_before(chain: Sequence[Subject], plant: Plant, share: float) -> float:
    """A-HR5: neither output nor any emission above what it was before the day."""
    ratios = [share]
    for each, fact in _EMISSIONS_BEFORE.items():
        before, now = (plant.facts.number(chain, name) for name in (fact, f"{each}_emission_t_d"))
        if before is not None and now:
            ratios.append(before / now)
    return min(ratios)


def _cycles(one: Asked, plant: Plant, calendar: Calendar) -> Iterator[Cycle]:
    """The rhythm begins with the demand; a plan made in between takes it up where it stands."""
    period = calendar.counted(one.period)
    if period is None:
        return
    for part in plant.producing(one.subject["id"]):
        yield Cycle(
            id=f"{one.pack.name}/{one.rule.id}/{part.id}/{period.start}",
            clause=one.clause,
            resource=part.id,
            from_at=midnight(period.start),
            until_at=midnight(until_of(period)),
            stop_hours=one.constraint.whole("stop_hours"),
            run_hours=one.constraint.whole("run_hours"),
        )

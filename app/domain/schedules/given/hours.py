"""hours: stop days that the planner places, from what the ledger still has due or else from the measure's own split."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from app.domain.periods import Period
from app.domain.policies.measures import Part as Share
from app.domain.schedules.given.asked import Asked, clause_of, label_of
from app.domain.schedules.given.calendar import Calendar, laid, split_of
from app.domain.schedules.given.plant import Part, Plant
from app.domain.schedules.given.prepared import DAY_HOURS, Due, Findings, Open, until_of
from app.domain.schedules.requirements import Clause, Cut, Requirement, StopHours

_Key = tuple[str, str]
_OWED = {"zh": "停产台账尚欠的小时。", "en": "Hours the stop-day ledger still has due."}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hours:
    """Hours to stop within a period of one account."""

    slot: str
    clause: Clause
    period: Period
    hours: int
    continuous: bool = False


@dataclass(slots=True)
class _Subject:
    """One subject under one plan: the rules that count its days, and what its ledger has due."""

    asked: list[Asked] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)


def hours(
    asked: Sequence[Asked], dues: Sequence[Due], plant: Plant, calendar: Calendar, findings: Findings
) -> Iterator[Requirement]:
    """The stop hours of every subject, slot by slot; the ledger's word stands before the measure's own split (FS-04)."""
    for (pack, subject_id), subject in _subjects(asked, dues).items():
        parts = plant.producing(subject_id)
        clause = _clause(pack, subject)
        for found in _of_ledger(subject, clause, calendar) if subject.dues else _of_split(subject, calendar):
            yield from (_required(part, found, subject, plant=plant, calendar=calendar) for part in parts)
        _told(subject_id, subject, parts, findings)
        for due in subject.dues:
            if due.hours > 0 and (not parts or until_of(due.period) <= calendar.from_day):
                _unplaced(due, clause, parts, findings)


def _subjects(asked: Iterable[Asked], dues: Iterable[Due]) -> Mapping[_Key, _Subject]:
    """Whole stops are among them for the sake of the hours that a ledger keeps of them."""
    found: dict[_Key, _Subject] = {}
    for one in asked:
        if one.constraint.kind in {"stop_days", "make_up"} or one.constraint.stops:
            found.setdefault((one.pack.name, one.subject["id"]), _Subject()).asked.append(one)
    for due in dues:
        found.setdefault((due.pack, due.subject_id), _Subject()).dues.append(due)
    return found


def _clause(pack: str, subject: _Subject) -> Clause:
    """The rule that asks for the days now; hours of an earlier one are the ledger's."""
    newest = max(subject.asked, key=lambda one: one.period.start, default=None)
    if newest is None:
        return Clause(pack=pack, rule="ledger", says=_OWED)
    return clause_of(newest.pack, newest.rule)


def made_up(asked: Sequence[Asked], dues: Sequence[Due]) -> tuple[Due, ...]:
    """What is due, where rows let a line run in the window and make each of its days up after it (A-NC5).

    Without a ledger those are the days of the window.
    """
    rows: dict[_Key, list[Asked]] = {}
    for one in asked:
        if one.constraint.kind == "make_up":
            rows.setdefault((one.pack.name, one.subject["id"]), []).append(one)
    found = [due for due in dues if (due.pack, due.subject_id) not in rows or due.period.until is None]
    for (pack, subject_id), own in rows.items():
        known = [due for due in dues if (due.pack, due.subject_id) == (pack, subject_id) and due not in found]
        window = sum(((until_of(one.period) - one.period.start).days * DAY_HOURS for one in own), 0)
        hours = sum((due.hours for due in known), Decimal(0)) if known else Decimal(window)
        times = max(one.constraint.exact("times", 1) for one in own)
        after = Period(max(until_of(one.period) for one in own), None)
        found.append(
            Due(subject_id=subject_id, pack=pack, account="made_up", hours=hours * times, period=after, continuous=True)
        )
    return tuple(found)


def _of_ledger(subject: _Subject, clause: Clause, calendar: Calendar) -> Iterator[_Hours]:
    """What is due of each account in its own period, or until it is served."""
    for due in subject.dues:
        period = calendar.still(due.period)
        if due.period.until is not None and due.hours > 0 and period is not None:
            yield _Hours(slot=due.account, clause=clause, period=period, hours=ceil(due.hours))
    for due, period in laid(subject.dues, calendar.from_day):
        yield _Hours(slot=due.account, clause=clause, period=period, hours=ceil(due.hours), continuous=True)


def _of_split(subject: _Subject, calendar: Calendar) -> Iterator[_Hours]:
    """The stricter replaces the milder for the whole season, the milder only where days are left (A-G23, A-L29)."""
    slots: dict[str, tuple[Share, Asked]] = {}
    for one in sorted(subject.asked, key=lambda each: each.period.start):
        for part in split_of(one):
            known = slots.get(part.name)
            if known is None or part.days >= known[0].days or until_of(part.period) > one.period.start:
                slots[part.name] = (part, one)
        yield from _ordered(one, calendar)
    for name, (part, one) in slots.items():
        period = calendar.counted(part.period)
        if period is not None and part.days:
            yield _Hours(slot=name, clause=one.clause, period=period, hours=ceil(part.hours))


def _ordered(one: Asked, calendar: Calendar) -> Iterator[_Hours]:
    """A continuous stop from the day of its order, which has its own last day (A-FS9)."""
    if one.constraint.kind != "stop_days" or one.constraint.until is None:
        return
    period = calendar.still(one.constraint.binds)
    days = one.constraint.given("days")
    if period is not None and days is not None:
        passed = (period.start - one.constraint.binds.start).days * DAY_HOURS
        hours = max(0, ceil(days * DAY_HOURS) - passed)
        yield _Hours(slot="order", clause=one.clause, period=period, hours=hours, continuous=True)


def _required(part: Part, found: _Hours, subject: _Subject, *, plant: Plant, calendar: Calendar) -> Requirement:
    """Hours of standing still; of what cannot be interrupted, the same hours as a limit of each day (FS-39)."""
    clause = found.clause
    name = f"{clause.pack}/{clause.rule}/{part.id}/{found.slot}/{found.period.start}"
    counting = [one for one in subject.asked if one.constraint.kind == "stop_days"]
    by_load = any("load" in one.pack.placement.methods for one in counting)
    room = (until_of(found.period) - found.period.start).days * DAY_HOURS
    if plant.resource(part).stoppable or found.continuous or not by_load or found.hours >= room:
        return StopHours(
            id=name,
            clause=clause,
            resource=part.id,
            period=found.period,
            hours=found.hours,
            continuous=found.continuous,
            slot=found.slot,
        )
    return Cut(
        id=f"{name}/load",
        clause=clause,
        weights_t_d={part.id: 1.0},
        period=calendar.still(found.period) or found.period,
        share=found.hours / room,
        methods=("load",),
    )


def _unplaced(due: Due, clause: Clause, parts: Sequence[Part], findings: Findings) -> None:
    """Hours of an account whose time is over, or of something that is not in the register handed in."""
    zh, en = f"台账 {due.account} 尚欠 {due.hours:f} 小时", f"{due.hours:f} h are due in {due.account}"
    zh += "，该时段已过，请先结算。" if parts else "，没有对应的生产线或设备。"
    en += ", whose time is over; settle first." if parts else ", and no line or unit of it is registered."
    findings.open(
        Open(
            kind="unplaced",
            enterprise_id=parts[0].line.works.id if parts else "",
            subject_id=due.subject_id,
            label=parts[0].label if parts else due.subject_id,
            clause=clause,
            period=due.period,
            says={"zh": zh, "en": en},
        )
    )


def _told(subject_id: str, subject: _Subject, parts: Sequence[Part], findings: Findings) -> None:
    if len(parts) < 2 or all(one.constraint.stops for one in subject.asked):
        return
    zh = "该线按设备排产，各台设备分别停满规定小时，不要求同时停。"
    en = "It is planned by its units: each of them stops for the hours asked, not necessarily at one time."
    line = parts[0].line
    findings.note("together", subject_id, label_of(line.chain(line.subject)), zh=zh, en=en)

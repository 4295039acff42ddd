"""Whatever the register, acts and ledgers are: each demand is planned or listed, and each schedule is kept or refused.

What the decisions say is read here once more, day by day and without the room that prepares problems.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from math import ceil

from hypothesis import HealthCheck, event, given, settings

from app.domain.decisions.evaluate import Applied, Decision
from app.domain.decisions.season import days_inside, season_bounds
from app.domain.decisions.stack import stack
from app.domain.decisions.subjects import Subject
from app.domain.periods import ONE_DAY, SHANGHAI, Period
from app.domain.schedules.checking.check import check
from app.domain.schedules.given.given import problem_of
from app.domain.schedules.given.prepared import Prepared, RegisterInsufficient
from app.domain.schedules.planning.plan import Impossible, NotFoundWithinWork, plan
from app.domain.schedules.problem import Problem, Schedule, Stretch
from app.domain.schedules.refusing.refusals import ScheduleInvalid, refuse_wrong
from app.domain.schedules.requirements import Cut, Floor, Requirement, Stop, StopHours, members
from tests.domain.schedules.registers import Register, below, registers

SLOW = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
# An impossible duty, a target of a month that is not planned, and a calendar that is over: nothing else may be refused.
DOCUMENTED = {"heat_duty_impossible", "period_outside", "end_not_after_first", "from_day_outside"}
BY_ORDER = {"warning_lifted", "notice_lifted"}


@dataclass(frozen=True)
class Demand:
    """What a rule asks of a subject through some days that are still to be planned."""

    decision: Decision
    applied: Applied
    days: Period

    @property
    def rule(self) -> tuple[str, str]:
        return self.decision.pack.name, self.applied.rule.id

    @property
    def subject(self) -> Subject:
        return self.decision.bound.subject

    @property
    def line(self) -> Subject | None:
        return next((one for one in self.decision.bound.chain if one["level"] == "line"), None)

    @cached_property
    def reach(self) -> set[str]:
        """The subject and all that stands below it, by id; of a process also its units."""
        inner = [] if self.line is None or self.subject["level"] != "process" else self.line["children"]
        units = {one["id"] for one in inner if one.get("process") == self.subject["code"]}
        return {one["id"] for one in below(self.subject)} | units

    @property
    def by_order(self) -> bool:
        return self.applied.constraint.until in BY_ORDER or self.applied.rule.stage == "warning"


@dataclass(frozen=True)
class Read:
    """All demands of a register from the day of planning on.

    `held` are the days of a subject under a plan on which a nearer plan does not let it prevail, and whether that is open.
    """

    demands: list[Demand]
    held: list[tuple[str, str, Period, bool]]
    undecided: list[Decision]

    def free(self, line: Subject) -> bool:
        """Whether nothing is asked of a line, nor of what it holds or stands on."""
        ids = {one["id"] for one in below(line)}
        return not any(
            line["id"] in one.reach or one.subject["id"] in ids
            for one in self.demands
            if not one.by_order
            and (one.applied.constraint.limits or one.applied.constraint.kind in {"cohort", "make_up"})
        )


def meet(one: Period, other: Period) -> Period | None:
    start, until = max(one.start, other.start), min(one.until or date.max, other.until or date.max)
    return Period(start, until) if start < until else None


def read(register: Register) -> Read:
    """Every decision of every change day; what several plans say is laid over each other."""
    found = Read([], [], [])
    given = register.settings
    for works in register.works:
        acts = [act for each in register.evaluators for act in works.acts.get(each.pack.name, ())]
        first, end = season_bounds(given.season)
        days = [first, *days_inside(works.tree, acts, given.season), end]
        for start, until in zip(days, days[1:], strict=False):
            stretch = meet(Period(start, until), Period(given.from_day, None))
            decisions = [
                decision
                for each in register.evaluators
                for decision in each.evaluate(
                    works.tree, season=given.season, day=start, acts=works.acts.get(each.pack.name, ())
                )
            ]
            if stretch is not None:
                _add(found, decisions, stretch)
    return found


def _add(found: Read, decisions: list[Decision], stretch: Period) -> None:
    seasonal = [one for one in decisions if one.pack.nature == "staggered"]
    for pile in stack(seasonal) if len({one.pack.name for one in seasonal}) > 1 else ():
        for segment in pile.segments:
            days = meet(segment.period, stretch)
            for conflict in segment.conflicts if days is not None else ():
                if not conflict.prevails and days is not None:
                    found.held.append((pile.subject_id, conflict.other.name, days, conflict.open))
    for decision in decisions:
        if decision.status == "insufficient_facts":
            found.undecided.append(decision)
        for applied in decision.applied:
            days = meet(applied.constraint.binds, stretch)
            if days is not None:
                found.demands.append(Demand(decision, applied, days))


def prepared(register: Register) -> Prepared | None:
    """The problem, or None where the register itself is refused, row by row."""
    try:
        found = problem_of(register.evaluators, register.works, register.settings)
    except RegisterInsufficient as refused:
        assert refused.errors
        assert all(row.zh and row.en and row.pointer.startswith("/enterprises/") for row in refused.errors)
        return None
    try:
        refuse_wrong(found.problem)
    except ScheduleInvalid as refused:
        assert {row.code for row in refused.errors} <= DOCUMENTED, [row.en for row in refused.errors]
        return None
    return found


def told(found: Prepared, one: Demand) -> bool:
    """Whether a demand is a requirement of something it reaches, or listed as open."""
    return any(
        (each.clause.pack, each.clause.rule) == one.rule and one.reach & set(members(each)) and covers(each, one.days)
        for each in found.problem.requirements
    ) or any(
        (each.clause.pack, each.clause.rule) == one.rule
        and each.subject_id in one.reach
        and each.period.meets(one.days)
        for each in found.open
    )


def covers(each: Requirement, days: Period) -> bool:
    period: Period | None = getattr(each, "period", None)
    return period is None or period.meets(days)


def excluded(register: Register, found: Prepared, reading: Read, one: Demand) -> str:
    """Why a demand need be neither planned nor open; empty where nothing says so."""
    constraint, problem = one.applied.constraint, found.problem
    notes = [(note.kind, note.subject_id, note.says["en"]) for note in found.notes]
    if one.by_order:
        return "by order" if any(note[:2] == ("warning", one.subject["id"]) for note in notes) else ""
    if not any(each["level"] == "line" for each in below(one.subject)) and one.subject["level"] in {
        "site",
        "enterprise",
    }:
        return "no line"
    if _gives_way(reading, one):
        return "another plan"
    if meet(one.days, Period(problem.from_day, problem.end)) is None:
        return "" if constraint.stops and not goes_on(problem, one) else "after the calendar"
    if constraint.kind == "stop_days":
        if constraint.params.get("days") == 0:
            return "no day"
        owed = any((due.pack, due.subject_id) == (one.rule[0], one.subject["id"]) for due in register.settings.dues)
        stricter = any(
            each.clause.pack == one.rule[0]
            and one.reach & set(members(each))
            and isinstance(each, StopHours | Stop | Cut)
            for each in problem.requirements
        )
        return "ledger" if owed else "stricter" if stricter else ""
    if constraint.kind in {"load_cap", "coking_hours"}:
        return (
            "no limit" if any(note[2].startswith(f"{one.rule[1]}:") and note[1] in one.reach for note in notes) else ""
        )
    if one.applied.rule.then.kind == "cohort":
        return "cohort" if any(note[:2] == ("cohort", one.rule[1]) for note in notes) else ""
    return ""


def goes_on(problem: Problem, one: Demand) -> bool:
    """Whether the same stop is planned until the calendar ends, and after that is the next plan's."""
    return any(
        (each.clause.pack, each.clause.rule) == one.rule
        and each.resource in one.reach
        and each.period.until == problem.end
        for each in problem.requirements
        if isinstance(each, Stop)
    )


def _gives_way(reading: Read, one: Demand) -> bool:
    """Whether a nearer plan leaves nothing of a demand on some day of it."""
    return any(
        (subject_id, plan) == (one.subject["id"], one.rule[0]) and days.meets(one.days)
        for subject_id, plan, days, _ in reading.held
    )


def limited(one: Demand) -> bool:
    return one.applied.constraint.limits or one.applied.constraint.asks


@settings(SLOW, max_examples=80)
@given(registers())
def test_everything_decided_is_planned_or_listed_and_everything_undecided_is_listed(register: Register) -> None:
    found = prepared(register)
    if found is None:
        return
    reading = read(register)
    for one in reading.demands:
        if limited(one) and one.days.days != 0:
            reason = excluded(register, found, reading, one)
            assert told(found, one) or reason, (one.rule, one.subject["id"], one.days, one.applied.constraint)
            event(reason or one.applied.constraint.kind)
    listed = {(each.subject_id, each.clause.pack) for each in found.open if each.kind == "insufficient_facts"}
    for decision in reading.undecided:
        assert (decision.bound.subject["id"], decision.pack.name) in listed
    waiting = {each.subject_id for each in found.open if each.kind == "other_plan"}
    assert {subject_id for subject_id, _, _, open_ in reading.held if open_} <= waiting
    known = {one.id for one in found.problem.resources}
    assert {name for one in found.problem.requirements for name in members(one)} <= known
    for text in [*(each.says for each in found.open), *(each.says for each in found.notes)]:
        assert text["zh"]
        assert text["en"]


def planned(problem: Problem) -> Schedule | None:
    """A schedule without a breach, or None where it is told why there is none."""
    try:
        schedule = plan(problem)
    except Impossible as refused:
        assert refused.conflicts
        clauses = {one.id: one.clause for one in problem.requirements}
        rhythms = {f"rhythm:{one.id}" for one in problem.resources}
        for conflict in refused.conflicts:
            assert set(conflict.requirements) <= clauses.keys() | rhythms
            assert any(clauses[name].rule for name in conflict.requirements if name in clauses)
        event("impossible")
        return None
    except NotFoundWithinWork:
        assert any(isinstance(one, Floor) for one in problem.requirements)
        return None
    assert [one.message("en") for one in check(problem, schedule)] == []
    event("planned")
    return schedule


@settings(SLOW, max_examples=60)
@given(registers())
def test_a_schedule_of_any_register_keeps_what_the_decisions_say(register: Register) -> None:
    found = prepared(register)
    schedule = None if found is None else planned(found.problem)
    if found is None or schedule is None:
        return
    reading = read(register)
    _still(register, found, reading, schedule)
    _never_without_a_measure(register, reading, schedule)
    _days(register, found, reading, schedule)
    _cohort(register, found, reading, schedule)


def hours_still(stretches: tuple[Stretch, ...], days: Period) -> float:
    start, until = (datetime.combine(day, time(), SHANGHAI) for day in (days.start, days.until or date.max))
    spans = [(max(start, one.from_at), min(until, one.until_at)) for one in stretches if one.share == 0]
    return sum((b - a) / timedelta(hours=1) for a, b in spans if a < b)


def _still(register: Register, found: Prepared, reading: Read, schedule: Schedule) -> None:
    """Whoever has to stop through some days stands still in every hour of them, with all that stands below."""
    known = {one.id for one in found.problem.resources}
    for one in reading.demands:
        days = meet(one.days, Period(found.problem.from_day, found.problem.end))
        stops = one.applied.constraint.stops and not one.by_order
        if days is None or not stops or excluded(register, found, reading, one):
            continue
        for name in one.reach & known:
            assert hours_still(schedule.stretches.get(name, ()), days) == (days.days or 0) * 24, (one.rule, name)


def _lines(register: Register) -> Iterator[tuple[Subject, Subject]]:
    for works in register.works:
        for site in works.tree["children"]:
            for line in site["children"]:
                yield site, line


def _never_without_a_measure(register: Register, reading: Read, schedule: Schedule) -> None:
    given = register.settings
    elsewhere = {str(end) for one in register.works for each in one.couplings for end in (each.from_id, each.to_id)}
    elsewhere |= {due.subject_id for due in given.dues if due.hours > 0} | set(given.wished)
    start = datetime.combine(given.from_day, time(), SHANGHAI)
    for _, line in _lines(register):
        ids = {one["id"] for one in below(line)}
        if reading.free(line) and not ids & elsewhere:
            ahead = [one for name in ids for one in schedule.stretches.get(name, ()) if one.until_at > start]
            assert not [one for one in ahead if one.share < 1], line["id"]


def _days(register: Register, found: Prepared, reading: Read, schedule: Schedule) -> None:
    """Stop days that nothing else changes are stopped in each period of their split, if all of it lies ahead."""
    owed = {due.subject_id for due in register.settings.dues}
    asked: dict[str, list[Demand]] = {}
    for one in reading.demands:
        if limited(one) and not one.by_order:
            asked.setdefault(one.subject["id"], []).append(one)
    for subject_id, several in asked.items():
        first = several[0]
        constraint = first.applied.constraint
        alone = {(one.rule, repr(one.applied.constraint)) for one in several} == {(first.rule, repr(constraint))}
        if not alone or subject_id in owed or constraint.kind != "stop_days" or _gives_way(reading, first):
            continue
        split = constraint.params.get("split", ())
        for name, *_ in split if isinstance(split, tuple) else ():
            phase = first.decision.pack.periods[name].of_season(register.settings.season)
            ahead = [days for one in several if (days := meet(one.days, phase)) is not None]
            if sum(days.days or 0 for days in ahead) == phase.days:
                needed = float(str(constraint.params["days"])) / len(split) * 24
                _stopped(found, schedule, first.reach, phase, needed)


def _stopped(found: Prepared, schedule: Schedule, reach: set[str], phase: Period, needed: float) -> None:
    stopped = [hours_still(schedule.stretches.get(name, ()), phase) for name in reach]
    continuous = any(one.id in reach and not one.stoppable for one in found.problem.resources)
    assert continuous or max(stopped) >= needed
    event("days of a split")


def _cohort(register: Register, found: Prepared, reading: Read, schedule: Schedule) -> None:
    """On days on which only the choice of lime works is asked of any, three in ten of them stand still."""
    asked = [one for one in reading.demands if one.rule == ("gaoping", "GP-19")]
    lime = {line["id"] for _, line in _lines(register) if line["industry"] == "lime"}
    others = [one for one in reading.demands if one.applied.constraint.stops and lime & {one.subject["id"], *one.reach}]
    known = {one.id for one in found.problem.resources}
    for day in sorted({one.days.start for one in asked}):
        of_works: dict[str, set[str]] = {}
        for one in asked:
            if day in one.days:
                of_works.setdefault(one.decision.bound.chain[0]["id"], set()).update(one.reach & known)
        open_ = all(one.applied.constraint.kind == "cohort" for one in asked if day in one.days)
        if open_ and not any(day in one.days for one in others):
            still = sum(
                all(hours_still(schedule.stretches.get(name, ()), Period(day, day + ONE_DAY)) == 24 for name in names)
                for names in of_works.values()
            )
            assert still >= ceil(0.3 * len(of_works)), day
            event("cohort")


@settings(SLOW, max_examples=25)
@given(registers())
def test_a_schedule_goes_on_from_any_day_of_itself(register: Register) -> None:
    """What is published is fixed until a day of the season, and from there on can still be kept."""
    register = replace(register, settings=replace(register.settings, dues=(), targets=(), past={}, published={}))
    found = prepared(register)
    schedule = None if found is None else planned(found.problem)
    if found is None or schedule is None:
        return
    later = found.problem.from_day + (found.problem.end - found.problem.from_day) // 2
    start = datetime.combine(later, time(), SHANGHAI)
    past = {name: _until(stretches, start) for name, stretches in schedule.stretches.items()}
    more = replace(register.settings, from_day=later, past=past, published=schedule.stretches)
    again = prepared(replace(register, settings=more))
    if again is not None:
        assert planned(again.problem) is not None


def _until(stretches: tuple[Stretch, ...], start: datetime) -> tuple[Stretch, ...]:
    return tuple(replace(one, until_at=min(start, one.until_at)) for one in stretches if one.from_at < start)

"""Whatever the register, acts and ledgers are: each demand is planned or listed, and each schedule is kept or refused.

What the decisions say is read here once more, day by day and without the room that prepares problems.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from math import ceil

from hypothesis import HealthCheck, event, given, settings

from app.domain.decisions.subjects import Subject
from app.domain.periods import ONE_DAY, SHANGHAI, Period
from app.domain.schedules.checking.check import check
from app.domain.schedules.given.given import problem_of
from app.domain.schedules.given.prepared import Prepared, RegisterInsufficient
from app.domain.schedules.planning.plan import Impossible, NotFoundWithinWork, plan
from app.domain.schedules.problem import Problem, Schedule, Stretch
from app.domain.schedules.refusing.refusals import ScheduleInvalid, refuse_wrong
from app.domain.schedules.requirements import Cut, Floor, Requirement, Stop, StopHours, members
from tests.domain.register import below
from tests.domain.schedules.read_again import Demand, Read, gives_way, limited, meet, read
from tests.domain.schedules.registers import Register, registers
from tests.examples import tried

SLOW = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
# An impossible duty, a target of a month that is not planned, and a calendar that is over: nothing else may be refused.
DOCUMENTED = {"heat_duty_impossible", "period_outside", "end_not_after_first", "from_day_outside"}


def prepared(register: Register) -> Prepared | None:
    """The problem, or None where the register itself is refused, row by row."""
    try:
        found = problem_of(register.evaluators, register.works, register.settings)
    except RegisterInsufficient as refused:
        _of_facts(refused)
        return None
    try:
        refuse_wrong(found.problem)
    except ScheduleInvalid as refused:
        _documented(refused)
        return None
    return found


def _of_facts(refused: RegisterInsufficient) -> None:
    assert refused.errors
    assert all(row.zh and row.en and row.pointer.startswith("/enterprises/") for row in refused.errors)


def _documented(refused: ScheduleInvalid) -> None:
    assert {row.code for row in refused.errors} <= DOCUMENTED, [row.en for row in refused.errors]


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
    if one.by_order:
        return "by order" if _noted(found, one, "warning") else ""
    if not any(each["level"] == "line" for each in one.decision.bound.chain[2:3] or below(one.subject)):
        return "no line"
    if gives_way(reading, one):
        return "another plan"
    if meet(one.days, Period(problem.from_day, problem.end)) is None:
        return "" if constraint.stops and not goes_on(problem, one) else "after the calendar"
    return _by_kind(register, found, one)


def _by_kind(register: Register, found: Prepared, one: Demand) -> str:
    """What the ledger or a stricter row stands for, a load that limits nothing, and turns that are noted."""
    constraint = one.applied.constraint
    if constraint.kind == "stop_days":
        if constraint.params.get("days") == 0:
            return "no day"
        owed = any((due.pack, due.subject_id) == (one.rule[0], one.subject["id"]) for due in register.settings.dues)
        return "ledger" if owed else "stricter" if _counted(found, one) else ""
    if constraint.kind in {"load_cap", "coking_hours"}:
        return "no limit" if _noted(found, one, "baseline") else ""
    turns = one.applied.rule.then.kind == "cohort" and any(
        (note.kind, note.label) == ("cohort", one.rule[1]) for note in found.notes
    )
    return "cohort" if turns else ""


def _noted(found: Prepared, one: Demand, kind: str) -> bool:
    """Whether a note names the rule for something it reaches."""
    told = f"{one.rule[1]}:"
    return any(
        note.kind == kind and note.subject_id in one.reach and note.says["en"].startswith(told) for note in found.notes
    )


def _counted(found: Prepared, one: Demand) -> bool:
    """Whether a stop of the same plan is planned for what the demand reaches."""
    return any(
        each.clause.pack == one.rule[0] and one.reach & set(members(each))
        for each in found.problem.requirements
        if isinstance(each, StopHours | Stop | Cut)
    )


def goes_on(problem: Problem, one: Demand) -> bool:
    """Whether the same stop is planned until the calendar ends, and after that is the next plan's."""
    return any(
        (each.clause.pack, each.clause.rule) == one.rule
        and each.resource in one.reach
        and each.period.until == problem.end
        for each in problem.requirements
        if isinstance(each, Stop)
    )


@tried(80, SLOW)
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
        _explained(problem, refused)
        return None
    except NotFoundWithinWork:
        # Whether days can be found for a target is not always decided; nothing else is left open.
        _only_for_targets(problem)
        return None
    assert [one.message("en") for one in check(problem, schedule)] == []
    event("planned")
    return schedule


def _explained(problem: Problem, refused: Impossible) -> None:
    """Each conflict names what it consists of: requirements with their clause, and the rhythm of a line."""
    clauses = {one.id: one.clause for one in problem.requirements}
    rhythms = {f"rhythm:{one.id}" for one in problem.resources}
    assert refused.conflicts
    for conflict in refused.conflicts:
        assert set(conflict.requirements) <= clauses.keys() | rhythms
        assert any(clauses[name].rule for name in conflict.requirements if name in clauses)
    event("impossible")


def _only_for_targets(problem: Problem) -> None:
    assert any(isinstance(one, Floor) for one in problem.requirements)


@tried(100, SLOW)
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
        if not alone or subject_id in owed or constraint.kind != "stop_days" or gives_way(reading, first):
            continue
        split = constraint.params.get("split", ())
        assert isinstance(split, tuple)
        for name, *_ in split:
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


@tried(40, SLOW)
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

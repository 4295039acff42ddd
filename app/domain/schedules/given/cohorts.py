"""cohorts: so many of an industry's enterprises or lines stand still every day, and the planner picks which."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from app.domain.periods import Period
from app.domain.policies.pack import Pack, Rule
from app.domain.schedules.given.asked import Asked
from app.domain.schedules.given.calendar import Calendar
from app.domain.schedules.given.plant import Line, Plant
from app.domain.schedules.given.prepared import Findings, Settings, common, until_of
from app.domain.schedules.given.stopping import opened, standing_still
from app.domain.schedules.requirements import Cohort

_ROUNDING: Mapping[str, Callable[[Fraction], int]] = {"up": ceil, "down": floor, "nearest": round}


@dataclass(slots=True)
class _Pool:
    """Everything one rule speaks of: those it asks about or has picked, and those that stop for another reason."""

    pack: Pack
    rule: Rule
    asked: list[Asked] = field(default_factory=list)
    stopped: list[tuple[str, str, Period]] = field(default_factory=list)


def cohorts(
    asked: Sequence[Asked],
    plant: Plant,
    lines: Iterable[Line],
    *,
    calendar: Calendar,
    settings: Settings,
    findings: Findings,
) -> Iterator[Cohort]:
    """One cohort for each rule and each stretch of days on which the same enterprises are in question."""
    pools: dict[tuple[str, str], _Pool] = {}
    for one in asked:
        if one.rule.then.kind == "cohort":
            pools.setdefault((one.pack.name, one.rule.id), _Pool(one.pack, one.rule)).asked.append(one)
    known = list(lines)
    for pool in pools.values():
        if "worst" in pool.rule.then.params:
            _ranked(pool, calendar, findings)
        else:
            pool.stopped = list(_stopped(pool, asked, known))
            yield from _joined(_of(pool, plant, calendar, settings, findings))


def _ranked(pool: _Pool, calendar: Calendar, findings: Findings) -> None:
    """Who is last is found by inspections, month by month, and nothing a planner could choose (A-GP2)."""
    for one in pool.asked:
        if one.constraint.kind == "cohort" and calendar.still(one.period) is not None:
            zh = "末位由主管部门按月排名确定，名单公布后再排停产。"
            en = "Who is last is ranked by the authority each month; the stop is planned once the list is out."
            findings.open(opened("ranking", one, zh=zh, en=en))


def _stopped(pool: _Pool, asked: Iterable[Asked], lines: Sequence[Line]) -> Iterator[tuple[str, str, Period]]:
    """Lines of the industry that another clause stops: they are of the industry, whether or not they count as its stops."""
    tags = next((ladder.industry.tags for ladder in pool.pack.ladders if pool.rule in ladder.rows), frozenset())
    found: dict[str, list[Line]] = {}
    for line in lines:
        if line.subject.get("industry") in tags:
            for subject_id in (line.id, line.site["id"]):
                found.setdefault(subject_id, []).append(line)
    for one in asked:
        if standing_still(one.constraint) == "stop" and one.rule is not pool.rule:
            for line in found.get(one.subject["id"], ()):
                yield _group(pool.rule, line.works.id, line.id), line.id, one.period


def _group(rule: Rule, works_id: str, line_id: str) -> str:
    return line_id if rule.then.params.get("of") == "lines" else works_id


def _of(pool: _Pool, plant: Plant, calendar: Calendar, settings: Settings, findings: Findings) -> Iterator[Cohort]:
    for days in _stretches(pool, calendar):
        bound: dict[str, list[Asked]] = {}
        for one in pool.asked:
            if common(one.period, days) is not None:
                bound.setdefault(_group(pool.rule, one.works.id, one.subject["id"]), []).append(one)
        idle: dict[str, set[str]] = {}
        for name, line_id, period in pool.stopped:
            if common(period, days) is not None:
                idle.setdefault(name, set()).add(line_id)
        found = _cohort(pool, days, bound, idle, plant=plant, settings=settings)
        if found is not None:
            _noted(found, len(bound.keys() | idle.keys()), findings)
            yield from _pickable(found, bound, findings)


def _stretches(pool: _Pool, calendar: Calendar) -> list[Period]:
    """The days the rule binds, cut wherever somebody joins or leaves."""
    periods = [found for one in pool.asked if (found := calendar.still(one.period)) is not None]
    periods_stopped = [found for _, _, one in pool.stopped if (found := calendar.still(one)) is not None]
    turns = sorted({day for one in [*periods, *periods_stopped] for day in (one.start, until_of(one))})
    stretches = [Period(start, until) for start, until in pairwise(turns)]
    return [one for one in stretches if any(common(one, each) for each in periods)]


def _cohort(
    pool: _Pool,
    days: Period,
    bound: dict[str, list[Asked]],
    idle: dict[str, set[str]],
    *,
    plant: Plant,
    settings: Settings,
) -> Cohort | None:
    """The number is of all the industry's; who stops for another clause counts only where the authority says so (A-GP1)."""
    if not any(one.constraint.kind == "cohort" for each in bound.values() for one in each):
        return None
    asked = pool.rule.then
    share = Fraction(asked.exact("share_pct")) / 100
    count = _ROUNDING[str(asked.params.get("rounding") or "up")](share * len(bound.keys() | idle.keys()))
    counts = pool.rule.id in settings.stopped_count
    groups: dict[str, tuple[str, ...]] = {}
    for name, found in bound.items():
        open_ = all(one.constraint.kind in {"cohort", "stop"} for one in found)
        stands = {one.subject["id"] for one in found} <= idle.get(name, set())
        if open_ and (counts or not stands):
            groups[name] = tuple(part.id for one in found for part in plant.below(one.subject["id"]))
    if counts:
        for name, line_ids in idle.items():
            groups.setdefault(name, tuple(part.id for each in sorted(line_ids) for part in plant.below(each)))
    first = next(one for each in bound.values() for one in each)
    ordered = tuple(groups[name] for name in sorted(groups))
    name = f"{pool.pack.name}/{pool.rule.id}/{days.start}"
    return Cohort(id=name, clause=first.clause, groups=ordered, period=days, count=count)


def _pickable(found: Cohort, bound: Mapping[str, Sequence[Asked]], findings: Findings) -> Iterator[Cohort]:
    """Where fewer are left than have to stop, all of them do; whether others count is for the authority to say (A-GP1)."""
    left = len(found.groups)
    if found.count > left:
        _too_few(found, bound, findings)
    if left:
        yield replace(found, count=min(found.count, left))


def _too_few(found: Cohort, bound: Mapping[str, Sequence[Asked]], findings: Findings) -> None:
    zh = f"应停 {found.count} 家，可选仅 {len(found.groups)} 家；因其他原因停产的是否计入，须主管部门确定。"
    en = f"{found.count} are to stop and {len(found.groups)} are left to pick; whether others that stop count is not decided."
    for one in (each for several in bound.values() for each in several):
        if one.constraint.kind == "cohort":
            findings.open(opened("authority_decides", replace(one, period=found.period), zh=zh, en=en))


def _noted(found: Cohort, total: int, findings: Findings) -> None:
    findings.note(
        "cohort",
        found.clause.rule,
        found.clause.rule,
        zh=f"{found.clause.rule}：全行业 {total} 家，每日停 {found.count} 家，可选 {len(found.groups)} 家。",
        en=f"{found.clause.rule}: {total} in the industry, {found.count} stop every day, out of {len(found.groups)}.",
    )


def _joined(found: Iterable[Cohort]) -> Iterator[Cohort]:
    """Neighbours with the same members and number are one."""
    last: Cohort | None = None
    for one in found:
        if (
            last is not None
            and last.period.until == one.period.start
            and (last.groups, last.count) == (one.groups, one.count)
        ):
            last = replace(last, period=Period(last.period.start, one.period.until))
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last

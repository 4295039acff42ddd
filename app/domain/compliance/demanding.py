"""demanding: demands from what already stands: a published schedule, decisions without one, warnings, granted acts."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import reduce
from typing import Any
from uuid import UUID

from app.domain.acts.act import Act, ActState
from app.domain.compliance.demands import Demand, DemandCause, DemandKind, Excuse, Phase
from app.domain.decisions.evaluate import Applied, Decision
from app.domain.enterprises.structure import Enterprise
from app.domain.inspections import BESIDE_PRODUCTION, FOR_ITSELF
from app.domain.periods import SHANGHAI
from app.domain.policies.pack import Stage
from app.domain.schedules.given.asked import clause_of
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.requirements import Cut, Requirement
from app.domain.warnings import Stretch as Warned

ALL_STAGES: frozenset[Stage] = frozenset({"gate", "livelihood", "rule", "adjustment", "penalty", "warning"})
# Loads that a plan names by the day before which they were run (A-YN3, A-HR5); who assesses says which days those are.
NAMED_LOADS = frozenset({"load_before_1022", "load_before_1101"})
_EXCEPTIONS = frozenset({"maintenance", "commissioning", "own_generation"})


def of_schedule(schedule_id: UUID, line: ScheduledLine, *, phases: Collection[str] = ()) -> Iterator[Demand]:
    """What a published schedule asks of one resource, stretch by stretch; `phases` are the cumulative cuts known."""
    for number, one in enumerate(line.stretches):
        kind: DemandKind = "cut" if one.kind == "limit" else one.kind
        yield Demand(
            id=f"schedule:{schedule_id}:{line.position}:{number}",
            subject_id=UUID(line.resource.id),
            kind=kind,
            cause="schedule",
            from_at=one.from_at,
            until_at=one.until_at,
            keep_pct=one.share * 100,
            measure=one.kind,
            phase=next((name for name in one.serves if name in phases), None),
            clauses=tuple(line.clauses[name] for name in one.serves if name in line.clauses),
        )


def phases_of(requirements: Iterable[Requirement]) -> Iterator[Phase]:
    """The cuts of a planning problem that are reckoned over their period; those by load alone are asked day by day."""
    for one in requirements:
        if isinstance(one, Cut) and not one.by_load and one.period.until is not None:
            yield Phase(
                id=one.id,
                members=tuple(UUID(each) for each in one.weights_t_d),
                from_day=one.period.start,
                until_day=one.period.until,
                keep_pct=100 * (1 - one.share),
                clauses=(one.clause,),
            )


def of_decision(
    decision: Decision, until: date, *, cause: DemandCause = "decision", stages: Collection[Stage] = ALL_STAGES
) -> Iterator[Demand]:
    """What a decision asks from its day until another (exclusive) where no schedule says when: whole windows.

    A stop holds through its period and a cut on each of its days; everything else is what electricity cannot judge.
    What is not certain asks nothing.
    """
    for one in decision.applied:
        if one.certain and one.rule.stage in stages and one.constraint.limits:
            yield from _of_applied(decision, one, until, cause)


def _of_applied(decision: Decision, one: Applied, until: date, cause: DemandCause) -> Iterator[Demand]:
    binds = one.constraint.binds
    start = max(binds.start, decision.day)
    end = until if binds.until is None else min(binds.until, until)
    if start < end:
        kind, keep = _judged(one)
        yield Demand(
            id=f"decision:{decision.pack.name}:{decision.season}:{one.rule.id}:{decision.bound.subject['id']}:{start}",
            subject_id=UUID(decision.bound.subject["id"]),
            kind=kind,
            cause=cause,
            from_at=midnight(start),
            until_at=midnight(end),
            keep_pct=keep,
            measure=one.constraint.kind,
            clauses=(clause_of(decision.pack, one.rule),),
        )


def _judged(one: Applied) -> tuple[DemandKind, float]:
    """How electricity judges a constraint, and what may remain of normal load."""
    pct = one.constraint.params.get("pct")
    if one.constraint.stops:
        return "stop", 0.0
    if one.constraint.kind == "cut" and isinstance(pct, int | float):
        return "cut", 100.0 - float(pct)
    if one.constraint.params.get("basis") in NAMED_LOADS and isinstance(pct, int | float):
        # A cap says what may remain of the load that the plan names.
        return "cut", float(pct)
    return ("stop_charging", 0.0) if one.constraint.kind == "stop_charging" else ("other", 0.0)


def while_warned(demands: Iterable[Demand], stretch: Warned, until_at: datetime) -> Iterator[Demand]:
    """What a decision asks under a warning, in the hours of the warning only; an open one is taken until `until_at`."""
    ends = until_at if stretch.until_at is None else min(stretch.until_at, until_at)
    for one in demands:
        from_at, until = max(one.from_at, stretch.change.from_at), min(one.until_at, ends)
        if from_at < until:
            yield replace(
                one,
                id=f"warning:{stretch.warning.id}:{stretch.change.number}:{one.id}",
                cause="warning",
                from_at=from_at,
                until_at=until,
            )


def excuses_of(acts: Iterable[Act]) -> Iterator[Excuse]:
    """The exceptions that were declared and granted beforehand; what was revoked excuses nothing."""
    for one in acts:
        if one.kind == "exception" and one.state is ActState.GRANTED:
            what: Any = one.terms.get("what")
            yield Excuse(
                subject_id=one.subject_id,
                kind=what if what in _EXCEPTIONS else "other",
                from_day=one.valid_from,
                until_day=one.valid_to,
                reference=one.document,
            )


def reaching(demands: Iterable[Demand], enterprise: Enterprise) -> dict[UUID, tuple[Demand, ...]]:
    """Demands by the subjects they are judged at: their own, and for a stop everything below and what stops as a whole.

    What runs for itself or cleans the air does not stop with its line. A site stands still while all its lines do, and
    is cut with the only one it has.
    """
    found: dict[UUID, list[Demand]] = {}
    for one in demands:
        found.setdefault(one.subject_id, []).append(one)
    own = {subject: tuple(known) for subject, known in found.items()}
    kinds = {unit.id: unit.kind for unit in enterprise.units} | {one.id: one.kind for one in enterprise.processes}
    for _, subject in enterprise.subjects():
        for above in enterprise.chain(subject)[1:]:
            if kinds.get(subject) not in BESIDE_PRODUCTION | FOR_ITSELF:
                stops = (one for one in own.get(above, ()) if one.kind == "stop")
                found.setdefault(subject, []).extend(replace(one, subject_id=subject) for one in stops)
    for site in enterprise.sites:
        lines = [line.id for line in enterprise.lines if line.site == site.id]
        found.setdefault(site.id, []).extend(_together([own.get(line, ()) for line in lines], site.id))
        if len(lines) == 1:
            cuts = (one for one in own.get(lines[0], ()) if one.kind == "cut")
            found[site.id].extend(replace(one, subject_id=site.id) for one in cuts)
    return {subject: tuple(known) for subject, known in found.items() if known}


def _together(of_lines: Sequence[Sequence[Demand]], site_id: UUID) -> Iterator[Demand]:
    """The stops of a site: the stretches through which each of its lines has to stand still."""
    if not of_lines or not all(of_lines):
        return
    stops = [[one for one in each if one.kind == "stop"] for each in of_lines]
    yield from (replace(one, subject_id=site_id) for one in reduce(_common, stops))


def _common(some: Sequence[Demand], others: Sequence[Demand]) -> list[Demand]:
    found = []
    for one, other in ((one, other) for one in some for other in others):
        from_at, until_at = max(one.from_at, other.from_at), min(one.until_at, other.until_at)
        if from_at < until_at:
            clauses = tuple(dict.fromkeys((*_keyed(one), *_keyed(other))))
            known = {**_keyed(one), **_keyed(other)}
            found.append(
                replace(
                    one,
                    id=f"{one.id}+{other.id}",
                    from_at=from_at,
                    until_at=until_at,
                    clauses=tuple(known[each] for each in clauses),
                )
            )
    return found


def _keyed(one: Demand) -> Mapping[tuple[str, str], Any]:
    return {(clause.pack, clause.rule): clause for clause in one.clauses}


def midnight(day: date) -> datetime:
    """00:00 in China, which is 24:00 of the day before."""
    return datetime.combine(day, time(), SHANGHAI)

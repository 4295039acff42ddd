"""What the decisions of a register say, read day by day and without the room that prepares problems."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

from app.domain.decisions.evaluate import Applied, Decision
from app.domain.decisions.season import days_inside, season_bounds
from app.domain.decisions.stack import stack
from app.domain.decisions.subjects import Subject
from app.domain.periods import Period
from tests.domain.register import below
from tests.domain.schedules.registers import Register

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
        for start, until in pairwise(days):
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
    found.held.extend(_held(decisions, stretch))
    found.undecided.extend(one for one in decisions if one.status == "insufficient_facts")
    for decision in decisions:
        for applied in decision.applied:
            days = meet(applied.constraint.binds, stretch)
            if days is not None:
                found.demands.append(Demand(decision, applied, days))


def _held(decisions: list[Decision], stretch: Period) -> Iterator[tuple[str, str, Period, bool]]:
    seasonal = [one for one in decisions if one.pack.nature == "staggered"]
    if len({one.pack.name for one in seasonal}) < 2:
        return
    for pile in stack(seasonal):
        for segment in pile.segments:
            days = meet(segment.period, stretch)
            if days is not None:
                held = (one for one in segment.conflicts if not one.prevails)
                yield from ((pile.subject_id, one.other.name, days, one.open) for one in held)


def limited(one: Demand) -> bool:
    return one.applied.constraint.limits or one.applied.constraint.asks


def gives_way(reading: Read, one: Demand) -> bool:
    """Whether a nearer plan leaves nothing of a demand on some day of it."""
    return any(
        (subject_id, plan) == (one.subject["id"], one.rule[0]) and days.meets(one.days)
        for subject_id, plan, days, _ in reading.held
    )

"""Comparing: the same enterprises under a plan and under its draft; who is treated otherwise, and how much is saved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from app.domain.decisions.columns import ColumnDecider
from app.domain.decisions.evaluate import Decision, Evaluator, level_of
from app.domain.decisions.outcomes import Outcome, Outcomes
from app.domain.decisions.records import Bound
from app.domain.decisions.season import season_bounds
from app.domain.decisions.subjects import Subject, span_at
from app.domain.policies.measures import ASKING_KINDS, Constraint
from app.domain.policies.pack import Binding
from app.domain.quantities import Pollutant
from app.domain.simulations.causes import Cause, Told, causes_of

EMISSIONS: Mapping[Pollutant, str] = {
    "pm": "pm_emission_t_d",
    "so2": "so2_emission_t_d",
    "nox": "nox_emission_t_d",
    "voc": "voc_emission_t_d",
}
GRADE = "performance_grade"
Direction = Literal["stricter", "milder", "same", "unknown"]
Signature = frozenset[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A subject that either plan binds: where it belongs, and what it emits on a normal day."""

    bound: Bound
    industry: str | None
    region: str
    grade: str | None
    # Only what is asserted of the line itself: a total of the plant would count once for every line.
    emissions: Mapping[Pollutant, float]

    @classmethod
    def of(cls, bound: Bound, day: str) -> "Seen":
        industry, grade = bound.record.get("industry"), bound.record.get(GRADE)
        return cls(
            bound=bound,
            industry=None if industry is None else str(industry),
            region=bound.region,
            grade=None if grade is None else str(grade),
            emissions=dict(_emissions(bound.subject, day)) if bound.subject["level"] == "line" else {},
        )

    @property
    def is_line(self) -> bool:
        return self.bound.subject["level"] == "line"


def _emissions(line: Subject, day: str) -> Iterator[tuple[Pollutant, float]]:
    for pollutant, fact in EMISSIONS.items():
        span = span_at(line["facts"].get(fact, []), day)
        if span is not None and not isinstance(span["value"], str):
            yield pollutant, float(span["value"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A subject of which two plans say different things; None is a plan that says nothing of it."""

    seen: Seen
    before: Decision | None
    after: Decision | None
    # The share of production that stands still on the day, before and after; None is unknown.
    shares: tuple[float | None, float | None]
    # Whole days of standing still in the season; a day of half production counts half.
    days: tuple[float | None, float | None]
    causes: Sequence[Cause]

    @property
    def direction(self) -> Direction:
        """Whether production stands still for longer in the season."""
        before, after = self.days
        if before is None or after is None:
            return "unknown"
        return "same" if before == after else "stricter" if after > before else "milder"

    def tonnes(self, pollutant: Pollutant) -> tuple[float, float] | None:
        """What both plans keep out of the air on the day, in t/d; None where something for it is not known."""
        emitted = self.seen.emissions.get(pollutant)
        found = [kept(emitted, share) for share in self.shares]
        return None if found[0] is None or found[1] is None else (found[0], found[1])


def kept(emitted: float | None, share: float | None) -> float | None:
    if share == 0:
        return 0.0
    return None if emitted is None or share is None else emitted * share


def stopped_share(decision: Decision | None) -> float | None:
    """The share of production a plan stops on the day; None while the outcome or its number is open."""
    if decision is None:
        return 0.0
    if decision.outcomes.status == "insufficient_facts":
        return None
    return _joint([applied.constraint for applied in decision.applied], decision.day)


def stopped_days(decision: Decision | None) -> float | None:
    """How many whole days production stands still in the season; None where some day of it is open."""
    if decision is None:
        return 0.0
    if decision.outcomes.status == "insufficient_facts":
        return None
    first, end = season_bounds(decision.season)
    constraints = [applied.constraint for applied in decision.applied]
    turns = {day for one in constraints for day in (one.binds.start, one.binds.until) if day and first < day < end}
    days = 0.0
    for start, until in pairwise(sorted({first, end, *turns})):
        share = _joint(constraints, start)
        if share is None:
            return None
        days += share * (until - start).days
    return days


def _joint(constraints: Sequence[Constraint], day: date) -> float | None:
    """What several constraints stop together: the most that one of them stops."""
    shares = [share_of(constraint, day) for constraint in constraints]
    if 1.0 in shares:
        # Nothing can be added to a full stop.
        return 1.0
    known = [share for share in shares if share is not None]
    return max(known, default=0.0) if len(known) == len(shares) else None


def share_of(constraint: Constraint, day: date) -> float | None:
    """One constraint's share on a day: a stop is all of it, a cut its number; other limits tell none."""
    if day not in constraint.binds:
        return 0.0
    if constraint.kind in ASKING_KINDS:
        return None
    if not constraint.limits:
        return 0.0
    number = constraint.given({"stop": "share_pct", "cut": "pct"}.get(constraint.kind, ""))
    if number is not None:
        return number / 100
    return 1.0 if constraint.kind == "stop" else None


class Side:
    """One plan made ready to decide many enterprises on one day."""

    def __init__(self, evaluator: Evaluator, *, season: int, day: date) -> None:
        self.evaluator = evaluator
        self.season = season
        self.day = day
        self._deciders = {level: ColumnDecider(diagram) for level, diagram in evaluator.diagrams.items()}
        self._signatures: dict[Outcomes, Signature] = {}

    def outcomes(self, trees: Sequence[Subject]) -> dict[str, tuple[Bound, Outcomes]]:
        """By id what the plan says of every subject it binds; raises ValueOutside."""
        by_level: dict[Binding, list[Bound]] = {}
        day = self.day.isoformat()
        for tree in trees:
            for bound in self.evaluator.reader.bound(tree, day):
                by_level.setdefault(level_of(bound), []).append(bound)
        return {
            bound.subject["id"]: (bound, outcomes)
            for level, bounds in by_level.items()
            for bound, outcomes in zip(
                bounds, self._deciders[level].decided([bound.record for bound in bounds]), strict=True
            )
        }

    def signature(self, outcomes: Outcomes) -> Signature:
        """What is said, without the names of rules: equal signatures of two plans are no change."""
        if outcomes not in self._signatures:
            self._signatures[outcomes] = frozenset(_said(outcome) for outcome in outcomes.possible)
        return self._signatures[outcomes]

    def decision(self, bound: Bound, outcomes: Outcomes) -> Decision:
        return Decision(pack=self.evaluator.pack, season=self.season, day=self.day, bound=bound, outcomes=outcomes)


def _said(outcome: Outcome) -> object:
    measures = [outcome.measure(rule) for rule in outcome.rules]
    silent = frozenset(f"{one.kind} {sorted(one.params.items())}" for one in measures if not one.acts)
    return outcome.class_, outcome.effect, silent


# Of a subject that a plan does not bind it says nothing: no class, no effect.
NOTHING: Signature = frozenset({(None, frozenset(), frozenset())})


class Comparison:
    """A draft beside the plan in force, or beside no plan at all."""

    def __init__(self, before: Evaluator | None, after: Evaluator, *, season: int, day: date) -> None:
        self.before = None if before is None else Side(before, season=season, day=day)
        self.after = Side(after, season=season, day=day)
        self.day = day

    def of(self, trees: Sequence[Subject]) -> Iterator[tuple[Seen, Change | None]]:
        """Every subject that either plan binds, with the change where there is one."""
        was = {} if self.before is None else self.before.outcomes(trees)
        will = self.after.outcomes(trees)
        for subject_id in dict.fromkeys((*will, *was)):
            before, after = was.get(subject_id), will.get(subject_id)
            bound = (after or before or _never())[0]
            seen = Seen.of(bound, self.day.isoformat())
            yield seen, None if self._agree(before, after) else self._change(seen, before, after)

    def _agree(self, before: tuple[Bound, Outcomes] | None, after: tuple[Bound, Outcomes] | None) -> bool:
        was = NOTHING if before is None or self.before is None else self.before.signature(before[1])
        return was == (NOTHING if after is None else self.after.signature(after[1]))

    def _change(
        self, seen: Seen, before: tuple[Bound, Outcomes] | None, after: tuple[Bound, Outcomes] | None
    ) -> Change:
        was = None if before is None or self.before is None else self.before.decision(*before)
        will = None if after is None else self.after.decision(*after)
        told = None if was is None or self.before is None else Told.of("before", was, self.before.evaluator)
        telling = None if will is None else Told.of("after", will, self.after.evaluator)
        return Change(
            seen=seen,
            before=was,
            after=will,
            shares=(stopped_share(was), stopped_share(will)),
            days=(stopped_days(was), stopped_days(will)),
            causes=causes_of(told, telling),
        )


def _never() -> tuple[Bound, Outcomes]:
    raise AssertionError("a subject is bound by one plan at least")

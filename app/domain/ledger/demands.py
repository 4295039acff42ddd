"""demands: what the decisions of a season ask of each subject in stop days, stretch by stretch, with the rules behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from app.domain.acts.effects import Effect
from app.domain.decisions.evaluate import Applied, Decision, Evaluator
from app.domain.decisions.outcomes import Outcome
from app.domain.decisions.season import days_inside, season_bounds
from app.domain.decisions.subjects import Subject
from app.domain.ledger.entries import GRAIN, NOTHING
from app.domain.ledger.frame import BESIDE, DAY_HOURS, Frame, frame_of
from app.domain.periods import midnight
from app.domain.policies.conditions import leaves
from app.domain.policies.measures import Constraint
from app.domain.policies.pack import Pack, Rule

EXCEEDANCE_DAYS = "exceedance_days"
# Penalties that show in the row which applies instead.
TIGHTENING = frozenset({"one_level_up", "lowest_class"})
# The reading that lets hours move on.
MOVING = ("A-G23",)


@dataclass(frozen=True, slots=True)
class Cited:
    """Hours, or a factor, and the provisions and readings they stand on."""

    amount: Decimal
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Whole:
    """Every hour between two instants is demanded: a stop without a number of days (A-FS7, A-L3)."""

    start: datetime
    end: datetime
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """More hours of a continuous stop, from the day in its order until they are served (A-FS1, A-FS9)."""

    start: datetime
    hours: Decimal
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked of one subject from a day until another (exclusive).

    `says` is false where the stretch leaves the days as they are: they are undecided, or all it asks is a stop whose
    end is an event; what findings add and order is demanded all the same. `counted` are hours by account; no account named is a demand of nothing.
    `raised` are hours that findings of this stretch add, and `ordered` likewise.
    `unserved` is how often each unserved day is made up.
    """

    from_day: date
    until_day: date
    says: bool = True
    counted: Mapping[str, Cited] = field(default_factory=dict)
    whole: Whole | None = None
    raised: tuple[Cited, ...] = ()
    ordered: tuple[Ordered, ...] = ()
    unserved: Cited | None = None
    # Behind a demand of nothing.
    cites: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        return bool(self.counted or self.whole or self.raised or self.ordered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """The season of one subject: its accounts, and what is asked of it in order of days."""

    frame: Frame
    stretches: tuple[Demand, ...]
    moving: tuple[str, ...] = ()


def demands(evaluator: Evaluator, tree: Subject, *, season: int, acts: Sequence[Effect] = ()) -> dict[str, Obligation]:
    """The obligations of an enterprise under one plan; subjects of whom no stop day is ever asked have none."""
    first, end = season_bounds(season)
    days = [first, *days_inside(tree, acts, season)]
    walks: dict[str, _Walk] = {}
    for day, until in zip(days, [*days[1:], end], strict=True):
        for decision in evaluator.evaluate(tree, season=season, day=day, acts=acts):
            subject_id = decision.bound.subject["id"]
            if subject_id not in walks:
                walks[subject_id] = _Walk(frame_of(evaluator.pack, season, decision.bound.region))
            walks[subject_id].add(decision, until)
    moving = tuple(reading for reading in MOVING if reading in evaluator.pack.readings)
    return {
        subject_id: Obligation(frame=walk.frame, stretches=tuple(walk.stretches), moving=moving)
        for subject_id, walk in walks.items()
        if any(stretch.asks for stretch in walk.stretches)
    }


class _Walk:
    """One subject through its season; what a finding adds is told from what was already on record before."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.stretches: list[Demand] = []
        self._known: dict[str, Decimal] = {}

    def add(self, decision: Decision, until: date) -> None:
        settled = _known_days(decision)
        # What is certain demands its days whatever an open question brings; only the days of the class wait.
        standing = [one for one in _seasonally(decision.applied) if settled or one.certain]
        known = {} if settled else self._unsure(decision)
        says, counted, whole = self._of_class(standing, decision.day) if settled else (False, {}, None)
        self.stretches.append(
            Demand(
                from_day=decision.day,
                until_day=until,
                says=says,
                counted=counted,
                whole=whole,
                raised=tuple(self._raised(standing, decision, known)),
                ordered=tuple(self._ordered(standing, known, season_bounds(decision.season)[0])),
                unserved=_unserved(standing),
                cites=_cites(decision.applied),
            )
        )
        self._known = known

    def _unsure(self, decision: Decision) -> dict[str, Decimal]:
        """What was on record of rules that may still apply: once they are certain again it is no new finding."""
        certain = set(decision.outcomes.certain)
        possible = {rule.id for one in decision.outcomes.possible for rule in one.rules if rule not in certain}
        return {name: value for name, value in self._known.items() if name in possible}

    def _of_class(self, standing: Sequence[Applied], day: date) -> tuple[bool, dict[str, Cited], Whole | None]:
        counted = self._counted(standing)
        whole = next((found for one in standing if (found := _whole(one, day, self.frame))), None)
        open_stop = any(one.constraint.stops and one.constraint.period.until is None for one in standing)
        return bool(counted or whole) or not open_stop, counted, whole

    def _counted(self, standing: Sequence[Applied]) -> dict[str, Cited]:
        """By account the strictest of the numbers that apply together."""
        found: dict[str, Cited] = {}
        tightening = [one for one in standing if one.constraint.kind in TIGHTENING]
        for one in standing:
            if one.constraint.kind == "stop_days" and one.constraint.until is None:
                for name, hours in _hours(one.constraint, self.frame).items():
                    if name not in found or hours > found[name].amount:
                        found[name] = Cited(hours, _cites([one, *tightening]))
        return found

    def _raised(self, standing: Iterable[Applied], decision: Decision, known: dict[str, Decimal]) -> Iterable[Cited]:
        """A stop day for each day of exceedance that was not on record before (A-FS11, A-FS18)."""
        for one in standing:
            if one.constraint.params.get("per") != "exceedance_day":
                continue
            fact = _counting(one.rule, decision.pack)
            value = decision.bound.record.get(fact, 0)
            count = Decimal(str(value)) if isinstance(value, int | float) else NOTHING
            more = self._more(one.rule.id, count, known)
            if more > 0 and not self._of_earlier_season(decision, fact):
                yield Cited((more * DAY_HOURS * _times(one.constraint)).quantize(GRAIN), _cites([one]))

    def _of_earlier_season(self, decision: Decision, fact: str) -> bool:
        """What was on record before the season began was made up in its own season."""
        first = season_bounds(decision.season)[0]
        if decision.day != first:
            return False
        evidence = decision.bound.evidence(fact, first.isoformat())
        begins = None if evidence is None else evidence.span["from"]
        return begins is not None and begins < first.isoformat()

    def _ordered(self, standing: Iterable[Applied], known: dict[str, Decimal], begins: date) -> Iterable[Ordered]:
        """A continuous stop is demanded once for as long as its finding stands, and anew by the next one (FS-22).

        What was ordered before the season began is owed, and served, in the books of its own season.
        """
        for one in standing:
            constraint = one.constraint
            if constraint.kind == "stop_days" and constraint.until is not None:
                hours = constraint.exact("days") * DAY_HOURS
                more = self._more(one.rule.id, hours, known)
                if more > 0 and constraint.period.start >= begins:
                    yield Ordered(start=midnight(constraint.period.start), hours=more, cites=_cites([one]))

    def _more(self, rule_id: str, value: Decimal, known: dict[str, Decimal]) -> Decimal:
        known[rule_id] = value
        return value - self._known.get(rule_id, NOTHING)


def _counting(rule: Rule, pack: Pack) -> str:
    """The count of days a make-up goes by: the one its condition asks, which may be a casting process's own (A-FS18)."""
    asked = (pack.catalogue[leaf.fact] for leaf in leaves(rule.when)) if rule.when else ()
    return next((spec.name for spec in asked if spec.unit == "d"), EXCEEDANCE_DAYS)


def _known_days(decision: Decision) -> bool:
    """Whether every possible outcome asks the same stop days: what a warning or a truck leaves open is beside them."""
    if decision.status == "decided":
        return True
    says = {_seasonal(outcome) for outcome in decision.outcomes.possible}
    told = _seasonally(decision.standing(decision.outcomes.told))
    return len(says) == 1 and not any(one.constraint.asks for one in told)


def _seasonal(outcome: Outcome) -> frozenset[tuple[str, str, str | None]]:
    """What an outcome asks beside warnings and transport, as rules with what became of their measures."""
    return frozenset(
        (rule.id, repr(outcome.measure(rule)), outcome.zone if rule in outcome.zoned else None)
        for rule in outcome.rules
        if rule.stage not in BESIDE
    )


def _seasonally(applied: Iterable[Applied]) -> list[Applied]:
    """Without what stands beside the season."""
    return [one for one in applied if one.rule.stage not in BESIDE]


def _hours(constraint: Constraint, frame: Frame) -> dict[str, Decimal]:
    """Days as hours by account; what names no split is shared equally over the plan's periods (A-FS2)."""
    split = constraint.split
    names = [name for name, _, _ in split] or [slot.name for slot in frame.slots]
    total = constraint.exact("days") * DAY_HOURS
    quotas = {name: Decimal(str(own)) * DAY_HOURS for name, _, own in split if own is not None}
    if quotas:
        return quotas
    share = (total / len(names)).quantize(GRAIN, ROUND_HALF_UP)
    # The last part takes what rounding left over, so that the parts are the whole.
    return dict.fromkeys(names[:-1], share) | {names[-1]: total - share * (len(names) - 1)}


def _whole(one: Applied, day: date, frame: Frame) -> Whole | None:
    """A stop of the season or of a span counts from the stretch's first day; so does a row that only counts unserved days.

    A line that may run in the window and makes up each of its days owes the window (A-NC5); the same measure as a
    penalty demands nothing by itself (A-FS10).
    """
    constraint = one.constraint
    stops = constraint.stops and constraint.period.until is not None
    owes = constraint.params.get("per") == "unserved_day" and one.rule.stage == "rule"
    if not (stops or owes) or constraint.period.until is None:
        return None
    start = max(midnight(constraint.period.start), midnight(day))
    end = min(midnight(constraint.period.until), frame.ends)
    return Whole(start, end, _cites([one])) if start < end else None


def _unserved(standing: Iterable[Applied]) -> Cited | None:
    found = [one for one in standing if one.constraint.params.get("per") == "unserved_day"]
    if not found:
        return None
    return Cited(max(_times(one.constraint) for one in found), _cites(found))


def _times(constraint: Constraint) -> Decimal:
    return constraint.exact("times", 1)


def _cites(applied: Iterable[Applied]) -> tuple[str, ...]:
    found = [cite for one in applied for cite in (*one.rule.cites, *one.rule.then.cites, *one.rule.readings)]
    return tuple(dict.fromkeys(found))

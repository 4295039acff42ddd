"""Several plans over one subject: every constraint with its source, and what of them holds on which days (A-G15)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from app.domain.acts.effects import Determination
from app.domain.decisions.evaluate import Applied, Decision
from app.domain.decisions.season import season_bounds
from app.domain.periods import Period
from app.domain.policies.measures import Constraint
from app.domain.policies.pack import Pack
from app.domain.policies.undertakings import Relation

Standing = Literal["settled", "authority_decides", "awaiting_notice", "insufficient_facts"]
_ORDER = ("county", "city", "province", "nation")
# What a greater or a smaller number of makes stricter, where everything else is the same.
_GREATER = {"cut": "pct", "coking_hours": "hours", "stop_days": "days", "stop": "share_pct"}
_SMALLER = {"load_cap": "pct"}


@dataclass(frozen=True, slots=True)
class Sourced:
    """One constraint and the decision it comes from: of the subject itself or of what it stands on."""

    decision: Decision
    applied: Applied

    @property
    def pack(self) -> Pack:
        return self.decision.pack

    @property
    def constraint(self) -> Constraint:
        return self.applied.constraint


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another plan asks for more, and what the nearer plan says of that."""

    nearer: Decision
    other: Pack
    relation: Relation | None
    answer: Determination | None = None

    @property
    def prevails(self) -> bool:
        """Whether the stricter demand holds: the text says so by itself, or an act has said so."""
        if self.relation is not None and self.relation.when_stricter == "automatic":
            return True
        return self.answer is not None and self.answer.choice == 0

    @property
    def open(self) -> bool:
        return not self.prevails and self.answer is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Some days on which the same constraints meet: all of them, and those that hold."""

    period: Period
    standing: Standing
    constraints: tuple[Sourced, ...]
    effective: tuple[Sourced, ...]
    conflicts: tuple[Conflict, ...] = ()

    def says_the_same(self, other: "Segment") -> bool:
        mine, theirs = ({id(one.applied) for one in each.constraints} for each in (self, other))
        held, holds = ({id(one.applied) for one in each.effective} for each in (self, other))
        return (self.standing, mine, held) == (other.standing, theirs, holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Everything several plans say of one subject in one season, as known on one day."""

    subject_id: str
    decisions: tuple[Decision, ...]
    segments: tuple[Segment, ...]

    def on(self, day: date) -> Segment:
        return next(segment for segment in self.segments if day in segment.period)


def stack(decisions: Iterable[Decision]) -> list[Stack]:
    """Lay the decisions of several plans over each other, subject by subject; a line also bears what binds its site."""
    known = list(decisions)
    own: dict[str, list[Decision]] = {}
    for decision in known:
        own.setdefault(decision.bound.subject["id"], []).append(decision)
    return [_of_subject(subject_id, here, own) for subject_id, here in own.items()]


def _of_subject(subject_id: str, here: list[Decision], own: dict[str, list[Decision]]) -> Stack:
    above = [subject["id"] for subject in here[0].bound.chain if subject["id"] != subject_id]
    bearing = [*here, *(decision for each in above for decision in own.get(each, ()))]
    bearing.sort(key=lambda one: _nearness(one.pack))
    season = here[0].season
    sourced = [Sourced(one, applied) for one in bearing for applied in one.applied]
    segments = [_segment(period, bearing, sourced) for period in _periods(sourced, season)]
    return Stack(subject_id=subject_id, decisions=tuple(bearing), segments=tuple(_joined(segments)))


def _nearness(pack: Pack) -> tuple[bool, int, str]:
    """Staggering before emergencies, the county before the nation: the nearer plan says how others relate to it."""
    return pack.nature != "staggered", _ORDER.index(pack.issuer_level), pack.name


def _periods(sourced: Sequence[Sourced], season: int) -> list[Period]:
    first, end = season_bounds(season)
    days = {first, end}
    for one in sourced:
        period = one.constraint.binds
        days |= {day for day in (period.start, period.until) if day is not None and first < day < end}
    return [Period(start, until) for start, until in pairwise(sorted(days))]


def _segment(period: Period, bearing: Sequence[Decision], sourced: Sequence[Sourced]) -> Segment:
    day = period.start
    active = [one for one in sourced if day in one.constraint.binds and one.applied.rule.then.acts]
    packs = list(dict.fromkeys(one.pack for one in bearing))
    effective: list[Sourced] = []
    conflicts: list[Conflict] = []
    for number, pack in enumerate(packs):
        demands = [one for one in active if one.pack is pack and one.constraint.limits]
        more = [one for one in demands if not _implied(one.constraint, effective)]
        if not more:
            continue
        if number:
            conflict = _conflict(_nearest(bearing), pack, day)
            conflicts.append(conflict)
            if not conflict.prevails:
                continue
        effective = _strictest([*effective, *more])
    standing = _standing(bearing, active, effective, conflicts)
    return Segment(
        period=period,
        standing=standing,
        constraints=tuple(active),
        effective=tuple(effective),
        conflicts=tuple(conflicts),
    )


def _nearest(bearing: Sequence[Decision]) -> Decision:
    """The decision of the nearest plan, of the subject itself where it has one."""
    pack = bearing[0].pack
    return min((one for one in bearing if one.pack is pack), key=lambda one: -len(one.bound.chain))


def _conflict(nearer: Decision, other: Pack, day: date) -> Conflict:
    relation = relation_to(nearer.pack, other)
    answer = None if relation is None else nearer.answered(relation.id, day)
    return Conflict(nearer, other, relation, answer)


def relation_to(pack: Pack, other: Pack) -> Relation | None:
    """What a plan says of another that asks for more; None where it says nothing at all."""
    found = {relation.to: relation for relation in pack.relations}
    if other.nature != pack.nature:
        return found.get("other_control")
    higher = found.get("higher_level")
    return found.get("national", higher) if other.issuer_level == "nation" else higher


def _standing(
    bearing: Sequence[Decision],
    active: Sequence[Sourced],
    effective: Sequence[Sourced],
    conflicts: Sequence[Conflict],
) -> Standing:
    # Nothing can be stricter than a whole stop, so what is still open changes nothing on these days.
    if any(one.constraint.stops for one in effective):
        return "settled"
    if any(one.status == "insufficient_facts" for one in bearing):
        return "insufficient_facts"
    waiting = [one for one in conflicts if one.open]
    if any(one.relation is None or one.relation.when_stricter == "unsaid" for one in waiting):
        return "authority_decides"
    if any(one.constraint.asks for one in active):
        return "authority_decides"
    return "awaiting_notice" if waiting else "settled"


def _implied(wanted: Constraint, held: Iterable[Sourced]) -> bool:
    return any(implies(one.constraint, wanted) for one in held)


def _strictest(found: Sequence[Sourced]) -> list[Sourced]:
    """Without what another one already demands; of equals the first stays."""
    kept: list[Sourced] = []
    for one in found:
        if not _implied(one.constraint, kept):
            kept = [other for other in kept if not implies(one.constraint, other.constraint)]
            kept.append(one)
    return kept


def implies(held: Constraint, wanted: Constraint) -> bool:
    """Whether who keeps the one keeps the other on days both bind; what cannot be compared is not implied."""
    if held.stops:
        return True
    if held.kind != wanted.kind:
        return held.kind == "stop_charging" and wanted.kind == "coking_hours"
    number = _GREATER.get(held.kind) or _SMALLER.get(held.kind)
    if number is None:
        return held.params == wanted.params
    rest = [
        {key: value for key, value in one.params.items() if key not in {number, "at_least"}} for one in (held, wanted)
    ]
    mine, theirs = held.given(number), wanted.given(number)
    if rest[0] != rest[1] or mine is None or theirs is None:
        return held.params == wanted.params
    return mine >= theirs if held.kind in _GREATER else mine <= theirs


def _joined(segments: Sequence[Segment]) -> list[Segment]:
    """Neighbours that say the same are one."""
    found: list[Segment] = []
    for segment in segments:
        last = found[-1] if found else None
        if last is not None and last.says_the_same(segment):
            found[-1] = Segment(
                period=Period(last.period.start, segment.period.until),
                standing=last.standing,
                constraints=last.constraints,
                effective=last.effective,
                conflicts=last.conflicts,
            )
        else:
            found.append(segment)
    return found

"""Consequences: which penalties newly apply, what they do to production, and where a penalty comes to nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.domain.decisions.changes import Change
from app.domain.decisions.evaluate import Applied, Decision
from app.domain.decisions.stack import implies
from app.domain.policies.measures import After, Constraint
from app.domain.policies.pack import Rule

Effect = Literal["production", "class", "make_up", "question", "sanction", "none"]
EFFECTS: dict[str, tuple[str, str]] = {
    "production": ("停限产", "limits production"),
    "class": ("改变评级", "changes the class"),
    "make_up": ("补足停产日", "stop days to make up"),
    "question": ("待主管部门认定", "waits for a determination"),
    "sanction": ("处罚", "sanction for people or the enterprise"),
    "none": ("不改变生产", "changes no production"),
}
_EFFECTS: dict[str, Effect] = {
    "sanction": "sanction",
    "make_up": "make_up",
    "lowest_class": "class",
    "one_level_up": "class",
}
# What tightens the line itself, and can come to nothing.
TIGHTENING: frozenset[Effect] = frozenset({"production", "class"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """One penalty that newly applies to one subject, from the day it does; a stricter one may hold over it."""

    decision: Decision
    applied: Applied
    from_day: date
    effect: Effect
    overtaken_by: Rule | None

    @property
    def subject_id(self) -> str:
        return self.decision.bound.subject["id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """Penalties of one subject that change nothing about its production while the season lasts."""

    decision: Decision
    rules: tuple[Rule, ...]


def consequences(changes: Iterable[Change]) -> list[Consequence]:
    """Every penalty that applies after and did not before, all of them (A-L28)."""
    found: dict[tuple[str, str], Consequence] = {}
    for change in changes:
        if change.after is None:
            continue
        known = {one.rule.id for one in change.before.applied} if change.before else set()
        for applied in change.after.applied:
            if applied.rule.stage == "penalty" and applied.rule.id not in known:
                new = _consequence(change.after, applied, change.from_day)
                found.setdefault((change.subject_id, applied.rule.id), new)
    return list(found.values())


def _consequence(decision: Decision, applied: Applied, day: date) -> Consequence:
    effect = effect_of(applied.constraint)
    over = None
    if effect in TIGHTENING:
        others = [
            one for one in decision.applied if one.rule is not applied.rule and one.rule.stage in {"gate", "penalty"}
        ]
        over = next((one.rule for one in others if _overtakes(one.constraint, applied.constraint, day)), None)
    return Consequence(decision=decision, applied=applied, from_day=day, effect=effect, overtaken_by=over)


def _overtakes(other: Constraint, own: Constraint, day: date) -> bool:
    """The strictest operating effect holds: a stop over a class, the greater over the smaller (A-L28)."""
    if not other.in_force(day):
        return False
    return other.stops if not own.limits else implies(other, own) and not implies(own, other)


def effect_of(constraint: Constraint) -> Effect:
    """What a penalty does."""
    if constraint.asks:
        return "question"
    return _EFFECTS.get(constraint.kind, "production" if constraint.limits else "none")


def void(changes: Sequence[Change], found: Iterable[Consequence]) -> list[Void]:
    """The subjects that are tightened in word only: a class without a winter measure, or already at the strictest."""
    by_subject: dict[str, list[Consequence]] = {}
    for one in found:
        by_subject.setdefault(one.subject_id, []).append(one)
    voids = []
    for subject_id, own in by_subject.items():
        rules = tuple(one.applied.rule for one in own if one.effect in TIGHTENING)
        stretches = [change for change in changes if change.subject_id == subject_id]
        asked = any(one.effect == "question" for one in own)
        if rules and not asked and all(_alike(limits(one.before), limits(one.after)) for one in stretches):
            voids.append(Void(decision=own[0].decision, rules=rules))
    return voids


def limits(decision: Decision | None) -> list[Constraint]:
    """What limits production while the season lasts; what only begins after it is left out (A-L13)."""
    if decision is None:
        return []
    return [
        one.constraint
        for one in decision.applied
        if one.constraint.limits and not isinstance(one.rule.then.when, After)
    ]


def _alike(one: Sequence[Constraint], other: Sequence[Constraint]) -> bool:
    return all(each in other for each in one) and all(each in one for each in other)

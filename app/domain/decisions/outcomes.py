"""What a plan can say of one subject: an outcome, and the set of outcomes still possible."""

from dataclasses import dataclass, field
from typing import Literal

from app.domain.policies.measures import Measure
from app.domain.policies.pack import Rule

Status = Literal["decided", "insufficient_facts", "authority_decides"]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The rules that apply together, in stage order, and the zone whose window they bind in."""

    rules: tuple[Rule, ...]
    zone: str | None
    effect: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        effect = frozenset(effect_of(rule.then, self.zone) for rule in self.rules if rule.then.binds_production)
        object.__setattr__(self, "effect", effect)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        return tuple(rule.id for rule in self.rules)

    @property
    def code(self) -> str:
        """A short stable name: rule ids, then the zone where the window depends on it."""
        return "+".join(self.rule_ids) + (f"@{self.zone}" if self.zone else "")

    @property
    def class_(self) -> str | None:
        return next((rule.class_ for rule in self.rules if rule.class_), None)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Exactly the outcomes that some completion of the missing facts would give."""

    possible: tuple[Outcome, ...]
    status: Status = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", self._status())

    def _status(self) -> Status:
        if len({outcome.effect for outcome in self.possible}) > 1:
            return "insufficient_facts"
        asked = any(rule.then.kind == "authority_decides" for rule in self.possible[0].rules)
        return "authority_decides" if asked else "decided"

    @property
    def certain(self) -> tuple[Rule, ...]:
        """The rules every possible outcome shares."""
        first, *rest = self.possible
        return tuple(rule for rule in first.rules if all(rule in other.rules for other in rest))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(outcome.code for outcome in self.possible)


def effect_of(measure: Measure, zone: str | None) -> str:
    """What the measure does to production, as text that two equal effects share."""
    return f"{measure.kind} {measure.when} {sorted(measure.params.items(), key=lambda item: item[0])} {zone}"

"""What a plan can say of one subject: an outcome, and the set of outcomes still possible."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domain.policies.measures import Measure
from app.domain.policies.pack import Rule

Status = Literal["decided", "insufficient_facts", "authority_decides"]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The rules that apply together, in stage order; `zoned` are those whose days depend on the zone."""

    rules: tuple[Rule, ...]
    zone: str | None
    zoned: frozenset[Rule] = frozenset()
    # What the rules do to production, as texts that equal effects share.
    effect: frozenset[str] = frozenset()
    # A short stable name: rule ids, then the zone where the window depends on it.
    code: str = ""
    # Rules whose measure an adjustment or a penalty has changed.
    changed: Mapping[Rule, Measure] = field(default_factory=dict)

    def measure(self, rule: Rule) -> Measure:
        return self.changed.get(rule, rule.then)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        return tuple(rule.id for rule in self.rules)

    @property
    def class_(self) -> str | None:
        return next((rule.class_ for rule in self.rules if rule.class_), None)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Exactly the outcomes that some completion of the missing facts would give; `certain` are the rules all share."""

    possible: tuple[Outcome, ...]
    status: Status = field(init=False)
    certain: tuple[Rule, ...] = field(init=False)
    # The outcome that `shown` is told from, with its zone and numbers.
    told: Outcome = field(init=False)
    shown: tuple[Rule, ...] = field(init=False)
    certain_ids: tuple[str, ...] = field(init=False)
    codes: tuple[str, ...] = field(init=False)
    stagger_class: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Few of these exist and they are read often, so what follows from them is worked out once."""
        first, *rest = self.possible
        zones = {outcome.zone for outcome in self.possible}
        certain = tuple(
            rule
            for rule in first.rules
            if all(rule in other.rules and other.measure(rule) == first.measure(rule) for other in rest)
            and (len(zones) == 1 or rule not in first.zoned)
        )
        classes = {outcome.class_ for outcome in self.possible}
        object.__setattr__(self, "status", self._status())
        object.__setattr__(self, "certain", certain)
        object.__setattr__(self, "told", self._told())
        object.__setattr__(self, "shown", self._shown(certain))
        object.__setattr__(self, "certain_ids", tuple(rule.id for rule in certain))
        object.__setattr__(self, "codes", tuple(outcome.code for outcome in self.possible))
        object.__setattr__(self, "stagger_class", first.class_ if len(classes) == 1 else None)

    def _shown(self, certain: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """The rules to tell of: those that are certain, and where every outcome has one effect, those that make it."""
        if len({outcome.effect for outcome in self.possible}) > 1:
            return certain
        return tuple(rule for rule in self.told.rules if rule in certain or self.told.measure(rule).acts)

    def _told(self) -> Outcome:
        if len({outcome.effect for outcome in self.possible}) > 1:
            return self.possible[0]
        return min(self.possible, key=lambda outcome: (len(outcome.rules), outcome.code))

    def _status(self) -> Status:
        if len({outcome.effect for outcome in self.possible}) > 1:
            return "insufficient_facts"
        asked = any(self.possible[0].measure(rule).asks for rule in self.possible[0].rules)
        return "authority_decides" if asked else "decided"

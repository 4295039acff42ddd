"""What an act does to a decision: it answers an open question, stands instead of a measure, or names a load."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from app.domain.access import Person
from app.domain.policies.conditions import leaves
from app.domain.policies.measures import Measure
from app.domain.policies.pack import Rule

# A choice among a rule's alternatives; a measure the text allows instead (HR-08); a greater number (HR-12).
ChoiceWay = Literal["alternative", "instead", "raised"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """An act that holds for a subject from a day until another (exclusive), by a person, on some basis.

    `steps` are the steps of its chain it stands on: the one that granted it, and the one that revoked it later.
    """

    id: str
    subject_id: str
    valid_from: date
    valid_to: date | None
    person: Person
    basis: str
    steps: tuple[UUID, ...] = ()

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination(InForce):
    """A person's answer where the plan says the authority decides: one of the alternatives, for a period."""

    rule_id: str
    choice: int
    # The number chosen inside an alternative's bracket, or the greater one of a raised ratio.
    number: float | None = None
    way: ChoiceWay = "alternative"

    def answers(self, *, subject_id: str, rule_id: str, day: date) -> bool:
        return self.holds_on(day) and self.subject_id == subject_id and self.rule_id == rule_id

    def of(self, rule: Rule, measure: Measure) -> Measure:
        """What becomes of a rule's measure, which may already be changed by other rules."""
        match self.way:
            case "instead":
                return rule.may_instead[self.choice].then
            case "raised":
                return measure if self.number is None else measure.changed(pct=self.number)
            case _:
                return self._chosen(measure)

    def _chosen(self, measure: Measure) -> Measure:
        chosen = measure.alternatives[self.choice]
        if not isinstance(chosen, Measure):
            return Measure(kind=chosen, when=measure.when)
        bracket = bracket_of(chosen)
        if bracket is None or self.number is None:
            return chosen
        # The number is settled: neither its range nor "more than" is left to tell.
        told = {name: value for name, value in chosen.params.items() if name not in {f"{bracket[0]}_range", "above"}}
        return replace(chosen, params={**told, bracket[0]: self.number})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedLoad(InForce):
    """The greatest load an authority allowed a line while a fact stands that an act made true (CZ-04, GP-07, YN-08)."""

    fact: str
    amount: float
    unit: str

    def is_of(self, rule: Rule) -> bool:
        """Whether this is the number a rule leaves to the act."""
        asks = "amount_by" in rule.then.params
        return asks and rule.when is not None and any(leaf.fact == self.fact for leaf in leaves(rule.when))


Effect = Determination | ApprovedLoad


def bracket_of(measure: Measure) -> tuple[str, float, float] | None:
    """The number an authority has to name, and the least and most the text leaves it."""
    for number in ("pct", "days"):
        found = measure.params.get(f"{number}_range")
        if isinstance(found, list | tuple):
            low, high = found
            return number, float(low), float(high)
    return None

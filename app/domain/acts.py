"""Acts: what an authority or an enterprise does beside the plan; here, the number or choice a text leaves open."""

from dataclasses import dataclass
from datetime import date

from app.domain.access import Person
from app.domain.policies.measures import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """A person's answer where the plan says the authority decides: one of the alternatives, for a period."""

    id: str
    subject_id: str
    rule_id: str
    choice: int
    # The number chosen inside an alternative's bracket, where it has one.
    number: float | None = None
    valid_from: date
    valid_to: date | None
    person: Person
    basis: str

    def answers(self, *, subject_id: str, rule_id: str, day: date) -> bool:
        in_time = self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
        return in_time and self.subject_id == subject_id and self.rule_id == rule_id

    def of(self, measure: Measure) -> Measure:
        """What was chosen of the measures on offer, with its number."""
        chosen = measure.alternatives[self.choice]
        if not isinstance(chosen, Measure):
            return Measure(kind=chosen, when=measure.when)
        bracket = bracket_of(chosen)
        return chosen if bracket is None or self.number is None else chosen.changed(**{bracket[0]: self.number})


def bracket_of(measure: Measure) -> tuple[str, float, float] | None:
    """The number an authority has to name, and the least and most the text leaves it."""
    for number in ("pct", "days"):
        found = measure.params.get(f"{number}_range")
        if isinstance(found, list | tuple):
            low, high = found
            return number, float(low), float(high)
    return None

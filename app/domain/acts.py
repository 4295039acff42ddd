"""Acts: what an authority or an enterprise does beside the plan; here, the number or choice a text leaves open."""

from dataclasses import dataclass
from datetime import date

from app.domain.access import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """A person's answer where the plan says the authority decides: one of the alternatives, for a period."""

    id: str
    subject_id: str
    rule_id: str
    choice: int
    valid_from: date
    valid_to: date | None
    person: Person
    basis: str

    def answers(self, *, subject_id: str, rule_id: str, day: date) -> bool:
        in_time = self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
        return in_time and self.subject_id == subject_id and self.rule_id == rule_id

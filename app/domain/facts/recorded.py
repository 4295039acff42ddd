"""Facts that an act records: asserted by whoever decided, and ended from a day on rather than taken away."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from app.domain.facts.assertions import Assertion, Claim, claim
from app.domain.facts.values import canonical
from app.domain.policies.facts import Catalogue, FactSpec, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A fact about to be recorded: of which subject, from which day until which (exclusive), on which paper."""

    enterprise_id: UUID
    subject_id: UUID
    level: Level
    fact: str
    value: object
    valid_from: date
    valid_to: date | None
    document: str

    def claim(self, catalogue: Catalogue) -> Claim:
        """Raises ValueRefused where the fact cannot have this value or be about this level."""
        return claim(
            catalogue[self.fact],
            self.value,
            level=self.level,
            catalogue=catalogue,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            document=self.document,
        )


def ending(recorded: Assertion, spec: FactSpec, *, on: date) -> Claim | None:
    """The claim that ends a recorded fact on a day; None where it never began, so that it has to be retracted.

    Raises ValueError for a fact that nobody's record can end, because it has no value for "no record".
    """
    begins = recorded.claim.valid_from
    if begins is None or on <= begins:
        return None
    if spec.absent is None:
        raise ValueError(f"{spec.name} has no value that means it is not on record")
    return replace(recorded.claim, value=canonical(spec, spec.absent), valid_from=on)

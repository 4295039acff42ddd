"""Facts that follow from others by arithmetic: concentrations at a reference oxygen content."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from app.domain.facts.values import ValueRefused
from app.domain.policies.facts import Catalogue, Derivation, Value

AIR_OXYGEN_PCT = Decimal(21)
# Rounded half-even to a millionth of a milligram: far below any analyser, far above binary noise, so that
# a reading exactly on its limit stays exactly on it.
STEP = Decimal("0.000001")
_EXACT = Context(prec=50, rounding=ROUND_HALF_EVEN)


def at_reference_oxygen(concentration: Decimal, *, oxygen_pct: Decimal, reference_pct: Decimal) -> Decimal:
    """C · (21 − O₂ reference) / (21 − O₂ measured); a flue with the oxygen of air holds no flue gas."""
    if not 0 <= oxygen_pct < AIR_OXYGEN_PCT:
        raise ValueRefused(
            "oxygen_out_of_range",
            "烟气含氧量应不小于 0 且小于 21%。",
            "The oxygen content of flue gas lies between 0 and below 21 %.",
        )
    wanted = _EXACT.multiply(concentration, AIR_OXYGEN_PCT - reference_pct)
    return _EXACT.quantize(_EXACT.divide(wanted, AIR_OXYGEN_PCT - oxygen_pct), STEP)


@lru_cache(maxsize=64)
def flue_oxygens(catalogue: Catalogue) -> frozenset[str]:
    """The facts some derived fact divides by."""
    return frozenset(fact.derive.oxygen for fact in catalogue.facts.values() if fact.derive is not None)


def derived_value(derivation: Derivation, known: Mapping[str, Value]) -> float | None:
    """The value that follows from the facts known on a day; None while an input is unknown or impossible."""
    if derivation.by != "at_reference_oxygen":
        return None
    concentration, oxygen = known.get(derivation.of), known.get(derivation.oxygen)
    if not isinstance(concentration, float) or not isinstance(oxygen, float):
        return None
    if not 0 <= oxygen < AIR_OXYGEN_PCT:
        return None
    return float(
        at_reference_oxygen(
            Decimal(repr(concentration)),
            oxygen_pct=Decimal(repr(oxygen)),
            reference_pct=Decimal(repr(derivation.reference_pct)),
        )
    )

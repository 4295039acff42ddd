"""The relaxation: what the linear program of a problem says is least, and where targets contradict what is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.schedules.planning.program import PEAK, Best, Program
from app.domain.schedules.requirements import Floor

# What sums of the program may be off by, relative to what they are.
ROUNDING = 1e-7


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The least peak of the preferred days in t/d, and what a tonne more of each floor would add to it (peaks per tonne)."""

    peak: float
    floor_prices: tuple[float, ...]


def relax(program: Program) -> Relaxed | None:
    """None where even the relaxation keeps not all floors."""
    found = _least_peak(program, preferred=True)
    return (
        None if found is None else Relaxed(max(0.0, found.value * (1 - ROUNDING)), found.prices[: len(program.floors)])
    )


def least_outside(program: Program) -> float | None:
    """The least peak of the other days in t/d, whatever becomes of the preferred ones; None where nothing is known."""
    found = _least_peak(program, preferred=False)
    return None if found is None else max(0.0, found.value * (1 - ROUNDING))


def least_tonnes(program: Program) -> float | None:
    """The fewest tonnes of all preferred days; None where nothing is known."""
    base, terms = program.least_preferred()
    found = program.best(terms, [program.floor(one) for one in program.floors])
    return None if found is None else max(0.0, base + found.value - ROUNDING * base)


def _least_peak(program: Program, *, preferred: bool) -> Best | None:
    floors = [program.floor(one) for one in program.floors]
    return program.best([(PEAK, 1.0)], [*floors, *program.peaks(preferred=preferred)])


def contradicting(program: Program) -> list[Floor]:
    """A smallest set of floors that cannot be kept together in whole days; none where that is not proved."""
    kept = list(program.floors)
    if not _refuted(program, kept):
        return []
    for one in program.floors:
        fewer = [other for other in kept if other is not one]
        if _refuted(program, fewer):
            kept = fewer
    return kept


def _refuted(program: Program, floors: Sequence[Floor]) -> bool:
    return program.best([], [program.floor(one) for one in floors], whole=True) is None

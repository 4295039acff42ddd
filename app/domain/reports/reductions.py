"""reductions: what published schedules keep back in a region, by pollutant, beside the targets they were planned for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.domain.quantities import Pollutant
from app.domain.schedules.computation import FloorWanted
from app.domain.schedules.lines import ScheduledLine, Sums, Tally, Tonnes


@dataclass(slots=True, kw_only=True)
class RegionTally:
    """Tonnes of a region: in all (by day, by industry), by the regions of the lines, and by schedule."""

    first: date
    end: date
    whole: Tally = field(init=False)
    by_region: dict[str, Tally] = field(default_factory=dict)
    by_schedule: dict[UUID, Tally] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.whole = self.empty()

    def empty(self) -> Tally:
        return Tally(first=self.first, end=self.end)

    def add_all(self, schedule_id: UUID, lines: Iterable[ScheduledLine]) -> None:
        own = self.by_schedule.setdefault(schedule_id, self.empty())
        for line in lines:
            self.whole.add(line)
            own.add(line)
            self.by_region.setdefault(line.resource.region, self.empty()).add(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMet:
    """A target a schedule was computed with, and what its lines keep back in the target's time."""

    schedule_id: UUID
    target: FloorWanted
    reduced: float

    @property
    def met(self) -> bool:
        # A gram of rounding is no shortfall.
        return self.reduced >= self.target.tonnes - 1e-6


def targets_met(schedule_id: UUID, targets: Iterable[FloorWanted], tally: Tally) -> Iterator[TargetMet]:
    """A target of no month is of the whole calendar."""
    for one in targets:
        months = [sums for month, sums in tally.by_month().items() if one.month in {None, int(month[-2:])}]
        reduced = sum(sums[one.pollutant].reduced for sums in months)
        yield TargetMet(schedule_id=schedule_id, target=one, reduced=reduced)


def reduced_pct(one: Tonnes) -> float | None:
    """The share of normal days' emission that is kept back; None where no emission is on record."""
    return 100 * one.reduced / one.normal if one.normal > 0 else None


def shares(sums: Sums) -> dict[Pollutant, float | None]:
    return {pollutant: reduced_pct(one) for pollutant, one in sums.items()}

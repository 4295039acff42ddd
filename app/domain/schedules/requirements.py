"""Requirements: what the constraints of decisions, duties and targets ask of the calendar, in one form each.

Running share: 1 is normal production, 0 stands still. A day's share of a resource is what is left of its 24 hours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.domain.periods import Period
from app.domain.policies.undertakings import Text

# How a cut may be met, in the plan's own order (L12-53, FS-37, FS-39, A-L26).
Method = Literal["time_blocks", "rotation", "whole_lines", "load"]
StopKind = Literal["stop", "stop_charging"]
STOPS: frozenset[Method] = frozenset({"time_blocks", "rotation", "whole_lines"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Where a requirement comes from: a rule of a pack with its provisions, or a duty or target of its own."""

    pack: str
    rule: str
    cites: tuple[str, ...] = ()
    says: Text = field(default_factory=lambda: {"zh": "", "en": ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Nothing runs through the whole period; `stop_charging` keeps ovens hot without coal (A-L12)."""

    id: str
    clause: Clause
    resource: str
    period: Period
    kind: StopKind = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopHours:
    """At least so many hours of standing still within the period; `continuous` ones in one piece (A-FS3, A-FS9).

    A stop hour counts toward every requirement it lies in (A-G24). `slot` is the account of the ledger.
    """

    id: str
    clause: Clause
    resource: str
    period: Period
    hours: int
    continuous: bool = False
    slot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Σ capacity × stopped share × days of the period is at least `share` of Σ capacity × days (A-L22).

    By `load`, each member's share is capped on every day instead. Met by stops, the surplus stays below one day of the
    largest member, or the shortest stop of the smallest where that is more. `weights_t_d` are the capacities the plan's base names.
    """

    id: str
    clause: Clause
    weights_t_d: Mapping[str, float]
    period: Period
    share: float
    methods: tuple[Method, ...] = ("time_blocks", "whole_lines", "load")

    @property
    def by_load(self) -> bool:
        """Whether it is met by load alone, day by day."""
        return not STOPS & set(self.methods)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most this running share on every day: load caps, lengthened coking (A-L11)."""

    id: str
    clause: Clause
    resource: str
    period: Period
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """On every day of the period at least `count` groups stand still with all their resources (A-GP1).

    Nobody is picked for more than `most_days` of them, so that groups take turns (None: the authority may pick the same
    ones throughout).
    """

    id: str
    clause: Clause
    groups: tuple[tuple[str, ...], ...]
    period: Period
    count: int
    most_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """From an instant on, so many hours standing still, so many running, again and again."""

    id: str
    clause: Clause
    resource: str
    from_at: datetime
    until_at: datetime
    stop_hours: int
    run_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatDuty:
    """On every day of the period Σ heat × running share reaches the duty in MW (L12-54, L12-03)."""

    id: str
    clause: Clause
    heat_mw: Mapping[str, float]
    period: Period
    needed_mw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupling:
    """What depends on others runs at most at their mean running share, weighted by capacity, day by day (L12-18)."""

    id: str
    clause: Clause
    upstream_t_d: Mapping[str, float]
    downstream: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """All resources together emit at least so many tonnes less of a pollutant in the period (HR-03, GP-02, A-FS16)."""

    id: str
    clause: Clause
    pollutant: str
    period: Period
    tonnes: float


Requirement = Stop | StopHours | Cut | Cap | Cohort | Cycle | HeatDuty | Coupling | Floor


def members(one: Requirement) -> tuple[str, ...]:
    """The resources a requirement speaks of; a floor speaks of all, which is told by none."""
    match one:
        case Cut():
            return tuple(one.weights_t_d)
        case HeatDuty():
            return tuple(one.heat_mw)
        case Coupling():
            return (*one.upstream_t_d, one.downstream)
        case Cohort():
            return tuple(each for group in one.groups for each in group)
        case Floor():
            return ()
        case _:
            return (one.resource,)

"""A planning problem: what is planned, what is asked of it, and what limits how it can be done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from app.domain.schedules.requirements import Requirement

StretchKind = Literal["stop", "stop_charging", "limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What is planned as one: a line, or a furnace or process of it that can stop by itself.

    `emission_t_d` is what a normal day emits by pollutant; of it `idle_share` remains while ovens are kept hot without
    coal. Blocks that the planner chooses last `min_stop_days` at least, with `min_run_days` between them, and there are
    at most `max_stops` of them from the day of planning on (None: any number). What cannot be interrupted is stopped
    only where nothing but a stop is asked of it.
    """

    id: str
    label: str
    enterprise_id: str
    site_id: str
    line_id: str
    region: str
    industry: str | None = None
    kind: str | None = None
    capacity_t_d: float | None = None
    emission_t_d: Mapping[str, float] = field(default_factory=dict)
    idle_share: float = 0.0
    stoppable: bool = True
    min_stop_days: int = 1
    min_run_days: int = 0
    max_stops: int | None = None

    @property
    def tonnes(self) -> float:
        """All pollutants of a normal day together, in t/d."""
        return sum(self.emission_t_d.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some hours at a running share: 0 stands still. `serves` names the requirements it is for."""

    from_at: datetime
    until_at: datetime
    kind: StretchKind = "stop"
    share: float = 0.0
    serves: tuple[str, ...] = ()


Plan = Mapping[str, tuple[Stretch, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything `plan` is a function of.

    The calendar runs from `first` until `end` (exclusive); before `from_day` it is the fixed `past`. Days of the months
    in `preferred_months` are to be relieved first. `published` is what stands now and is to change least. `wished`
    are maintenance windows that are taken where nothing else is lost.
    """

    first: date
    end: date
    from_day: date
    resources: tuple[Resource, ...]
    requirements: tuple[Requirement, ...]
    preferred_months: tuple[int, ...] = ()
    past: Plan = field(default_factory=dict)
    published: Plan = field(default_factory=dict)
    wished: Plan = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One soft goal as it came out: its value, the best that is proved possible, and the gap between them in percent."""

    name: Literal["peak_preferred", "tonnes_preferred", "peak_outside", "restarts", "changes"]
    value: float
    bound: float | None = None

    @property
    def gap_pct(self) -> float | None:
        """None where no bound is known."""
        if self.bound is None:
            return None
        if self.bound <= 0:
            return 0.0 if self.value <= self.bound else None
        return max(0.0, (self.value - self.bound) / self.bound * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Who stops when: the stretches of every resource in order of time, and how good that is."""

    stretches: Plan
    stages: tuple[Stage, ...]

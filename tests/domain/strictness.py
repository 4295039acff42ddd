"""How strict outcomes are, as a partial order: a stop of the same days binds more than any cut, a cut more than a smaller one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.decisions.outcomes import Outcome
from app.domain.policies.measures import FREE_CODES, SILENT_KINDS, Measure, window_of
from app.domain.policies.pack import Pack

SEASON = 2019
# The number of each kind that grows with what it asks of production; a cap binds more the lower it is.
GROWING = {
    "stop": "share_pct",
    "stop_days": "days",
    "cut": "pct",
    "coking_hours": "hours",
    "cycle": "stop_hours",
    "load_cap": "pct",
}
FALLING = {"load_cap"}
# Kinds that say nothing of production, or stand beside it whatever is treated.
ASIDE = {*SILENT_KINDS, *FREE_CODES, "transport", "as_classed"}
ALL, NONE = 1000.0, 0.0


@dataclass(frozen=True)
class Bind:
    """One thing that binds production: its kind, its number at its strictest, and its days."""

    kind: str
    number: float
    first: date
    until: date

    def within(self, other: "Bind") -> bool:
        """Whether the other binds at least as much on all these days."""
        if not (other.first <= self.first and self.until <= other.until):
            return False
        if other.kind == "stop" and other.number == ALL:
            return True
        if self.kind == "coking_hours" and other.kind == "stop_charging":
            return True
        if self.kind != other.kind:
            return False
        return self.number >= other.number if self.kind in FALLING else self.number <= other.number


def binds(outcome: Outcome, pack: Pack) -> list[Bind]:
    """What an outcome binds, a question at the strictest of its answers."""
    zone = outcome.zone or pack.windows[0].zone
    measures = [outcome.measure(rule) for rule in outcome.rules]
    return [bind for measure in measures for bind in _binds(measure, zone, pack)]


def _binds(measure: Measure, zone: str | None, pack: Pack) -> Iterator[Bind]:
    if measure.kind in ASIDE:
        return
    if measure.asks:
        # Beside what the class has, an open bracket is the authority's to fill: it binds nothing until then.
        open_ended = "as_classed" in measure.alternatives
        for answer in measure.alternatives:
            if isinstance(answer, Measure) and not (open_ended and answer.params.keys() & {"pct_range", "days_range"}):
                yield from _binds(answer, zone, pack)
        return
    period = window_of(measure, season=SEASON, zone_window=pack.window(zone), finding_day=None)
    yield Bind(measure.kind, _number(measure.kind, measure.params), period.start, period.until or date.max)


def _number(kind: str, params: Mapping[str, object]) -> float:
    name = GROWING.get(kind, "")
    if kind == "stop" and name not in params:
        return ALL
    ends = params.get(name.replace("pct", "pct_range").replace("days", "days_range"))
    if isinstance(ends, list | tuple):
        return float(ends[0] if kind in FALLING else ends[1])
    number = params.get(name)
    return float(number) if isinstance(number, int | float) else NONE


def not_stricter(after: Iterable[Bind], before: Iterable[Bind]) -> bool:
    """Whether each thing that binds afterwards was there before, at least as strict."""
    earlier = list(before)
    return all(any(bind.within(other) for other in earlier) for bind in after)

"""assess: meters in, verdicts out. No clock, no I/O; a block's verdicts do not depend on what else is in the block."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.baselines import Baselines
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.checked import Checked, Verdicts, Yardstick, marked, nothing, yardstick
from app.domain.compliance.cuts import check_cuts
from app.domain.compliance.demands import Demand, Excuse
from app.domain.compliance.findings import CheckCode, SignCode, Verdict
from app.domain.compliance.metering import Block, EventKind, Known, TreatmentLink, made_up, read
from app.domain.compliance.nights import check_nights
from app.domain.compliance.spans import WHOLE, Spans, spans
from app.domain.compliance.stops import check_stops
from app.domain.compliance.thresholds import Thresholds
from app.domain.compliance.treatment import Treated, Usual, check_treatment
from app.domain.periods import civil_day

# Part of what every finding stands on: raise it when the same inputs may give another verdict.
ASSESSOR_VERSION = "2"
# Which checks are judged by meter; those of links come beside them.
OF_METERS: tuple[CheckCode, ...] = ("stop", "cut_day", "night_anomaly")
OF_LINKS: tuple[CheckCode, ...] = ("treatment_off", "treatment_derated", "treatment_alone")
_EVENT_SIGNS: Mapping[EventKind, SignCode] = {
    "replaced": "meter_replaced",
    "multiplier_changed": "multiplier_changed",
    "offline": "meter_offline",
    "backup_generator": "backup_generator",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of the subjects of a block, what excuses them, and which treatment belongs to which production."""

    demands: Mapping[UUID, Sequence[Demand]]
    excuses: Mapping[UUID, Sequence[Excuse]] = field(default_factory=dict)
    links: Sequence[TreatmentLink] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """What bears on a verdict beside the readings, by meter and day."""

    exempt: Known
    excused: Known
    indicative: Known

    def settle(self, would_be: Verdicts, *, exempts: bool = True) -> Verdicts:
        """An exemption says nothing was asked; a declared exception excuses; own generation leaves an indication."""
        found = would_be.copy()
        told = np.isin(would_be, (Verdict.COMPLIANT, Verdict.SUSPECTED))
        found[self.indicative & told] = Verdict.INDICATIVE_ONLY
        asked = would_be != Verdict.NOT_APPLICABLE
        found[self.excused & asked] = Verdict.DECLARED_EXCEPTION
        if exempts:
            found[self.exempt] = Verdict.NOT_APPLICABLE
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trust:
    """By meter and day: whether the source made some value up, and whether it went offline just when it mattered."""

    made_up: Known
    offline: Known


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assessed:
    """A block judged: every check as it would be from the readings alone, and the verdicts once that is settled."""

    block: Block
    asked: Asked
    spans: Spans
    yard: Yardstick
    standing: Standing
    checks: Mapping[CheckCode, Checked]
    verdicts: Mapping[CheckCode, Verdicts]
    treated: Treated | None
    calendar: WorkCalendar
    usual_treatment: Usual | None

    @property
    def worst(self) -> Verdicts:
        """By meter and day the gravest verdict of what was asked of it by the plan."""
        return np.asarray(np.maximum.reduce([self.verdicts[one] for one in OF_METERS]))

    def told(self, least: Verdict = Verdict.COMPLIANT) -> Iterator[tuple[CheckCode, int, int]]:
        """The checks with a verdict at least as grave, as check, meter (or link) and day."""
        for check, verdicts in self.verdicts.items():
            for row, day in zip(*np.nonzero(verdicts >= least), strict=True):
                yield check, int(row), int(day)


def assess(
    block: Block,
    found: Baselines,
    asked: Asked,
    *,
    thresholds: Thresholds,
    calendar: WorkCalendar,
    usual: Usual | None = None,
) -> Assessed:
    """Judge every meter and day of a block; `found` are its meters' baselines, `usual` those of its treatment links."""
    yard = yardstick(block, found, thresholds=thresholds, calendar=calendar)
    laid = spans(block, asked.demands, ramp_down_minutes=thresholds["ramp_down_minutes"])
    standing = _standing(block, asked.excuses)
    checks: dict[CheckCode, Checked] = {
        "stop": _where(laid.stopped, check_stops, block, laid, yard),
        "cut_day": _where(laid.cut, check_cuts, block, laid, yard),
        "night_anomaly": _where(laid.cut, check_nights, block, laid, yard),
    }
    trust = _trust(block, laid, thresholds)
    for one in checks.values():
        _mark(one, block, trust)
    verdicts = {name: standing.settle(one.verdict) for name, one in checks.items()}
    treated = None
    if usual is not None and asked.links:
        treated = check_treatment(block, asked.links, usual, yard)
        of_links = _of_links(block, asked, standing)
        told = zip(OF_LINKS, (treated.off, treated.derated, treated.alone), strict=True)
        checks |= dict(told)
        verdicts |= {name: of_links.settle(checks[name].verdict, exempts=False) for name in OF_LINKS}
    return Assessed(
        block=block,
        asked=asked,
        spans=laid,
        yard=yard,
        standing=standing,
        checks=checks,
        verdicts=verdicts,
        treated=treated,
        calendar=calendar,
        usual_treatment=usual,
    )


def _where(
    asked: Known, check: Callable[[Block, Spans, Yardstick], Checked], block: Block, laid: Spans, yard: Yardstick
) -> Checked:
    """A check of the meters of which something is asked; whatever the others show, it says nothing of them.

    All meters of a subject are asked the same, so that they stay together.
    """
    rows = np.flatnonzero(asked.any(axis=(1, 2)))
    if len(rows) == len(block.meters):
        return check(block, laid, yard)
    found = check(block.of(rows), laid.of(rows), yard.of(rows))
    verdict, signs = nothing((len(block.meters), len(block.days)))
    verdict[rows], signs[rows] = found.verdict, found.signs
    numbers = {name: np.zeros(verdict.shape, dtype=np.int64) for name in found.numbers}
    for name, values in found.numbers.items():
        numbers[name][rows] = values
    return Checked(verdict=verdict, signs=signs, numbers=numbers)


def _standing(block: Block, excuses: Mapping[UUID, Sequence[Excuse]]) -> Standing:
    shape = block.wh.shape[:2]
    found = Standing(
        exempt=np.zeros(shape, dtype=np.bool_),
        excused=np.zeros(shape, dtype=np.bool_),
        indicative=np.zeros(shape, dtype=np.bool_),
    )
    for row, meter in enumerate(block.meters):
        found.indicative[row] |= meter.own_generation
        for at in (one.at for one in meter.events if one.kind == "backup_generator"):
            _on_day(block, found.indicative[row], at=(civil_day(at) - block.first_day).days)
        for one in excuses.get(meter.subject_id, ()):
            until = len(block.days) if one.until_day is None else (one.until_day - block.first_day).days
            days = slice(max((one.from_day - block.first_day).days, 0), max(until, 0))
            _kind(found, one)[row, days] = True
    return found


def _kind(found: Standing, one: Excuse) -> Known:
    if one.kind == "exempt":
        return found.exempt
    return found.indicative if one.kind == "own_generation" else found.excused


def _on_day(block: Block, days: NDArray[np.bool_], *, at: int) -> None:
    if 0 <= at < len(block.days):
        days[at] = True


def _of_links(block: Block, asked: Asked, standing: Standing) -> Standing:
    """A link is excused where its production or one of its treatment units is; its own meters tell what they take."""
    places = {one.id: row for row, one in enumerate(block.meters)}
    rows = [[places[link.production], *(places[one] for one in link.treatment)] for link in asked.links]
    excused = np.stack([standing.excused[each].any(axis=0) for each in rows])
    none = np.zeros_like(excused)
    return Standing(exempt=none, excused=excused, indicative=none)


def _mark(one: Checked, block: Block, trust: Trust) -> None:
    """Signs that bear on how far the readings can be trusted, where something was judged."""
    told = one.verdict != Verdict.NOT_APPLICABLE
    marked(one.signs, "estimated", told & trust.made_up)
    marked(one.signs, "offline_in_control", told & trust.offline)
    for row, meter in enumerate(block.meters):
        if meter.own_generation:
            marked(one.signs[row], "own_generation", told[row])
        for event in meter.events:
            day = (civil_day(event.at) - block.first_day).days
            if 0 <= day < len(block.days):
                marked(one.signs[row, day : day + 1], _EVENT_SIGNS[event.kind], told[row, day : day + 1])


def _trust(block: Block, laid: Spans, thresholds: Thresholds) -> Trust:
    return Trust(
        made_up=np.logical_or.reduce(made_up(block.quality), axis=-1), offline=_offline(block, laid, thresholds)
    )


def _offline(block: Block, laid: Spans, thresholds: Thresholds) -> Known:
    """Where readings are missing in the controlled hours of a day and hardly outside of them."""
    found = np.zeros(block.wh.shape[:2], dtype=np.bool_)
    rows = np.flatnonzero((laid.keep < WHOLE).any(axis=(1, 2)))
    inside = laid.keep[rows] < WHOLE
    missing = ~read(block.quality[rows])
    within = inside.sum(axis=-1)
    beyond = block.slots - within
    gone = (inside & missing).sum(axis=-1) * 100 >= thresholds["offline_inside_pct"] * within
    there = (~inside & missing).sum(axis=-1) * 100 <= thresholds["offline_outside_pct"] * beyond
    found[rows] = (within > 0) & (beyond > 0) & gone & there
    return found

"""What a check found of many meters and days at once: verdicts, signs as bits, and the numbers behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.baselines import Baselines
from app.domain.compliance.calendar import WorkCalendar
from app.domain.compliance.findings import BIT, SignCode, Verdict
from app.domain.compliance.metering import Block, Known
from app.domain.compliance.runs import weighed
from app.domain.compliance.thresholds import Thresholds

Verdicts = NDArray[np.uint8]
Signs = NDArray[np.uint32]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checked:
    """One check: `verdict` is not applicable where nothing was asked; every number is of a meter and a day."""

    verdict: Verdicts  # m x d
    signs: Signs  # m x d
    numbers: Mapping[str, Numbers]  # each m x d


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """What each meter is judged by, in watt-hours of one slot: on above `on`, production for sure from `burst` on.

    `holding` is what is declared for safety and keeping warm; `quiet` is what is no running even without a baseline.
    """

    on: Numbers  # m
    burst: Numbers  # m
    holding: Numbers  # m
    quiet: Numbers  # m
    stop_pct: Numbers  # m
    main: Known  # m
    declared: Known  # m, whether `on` is declared
    enough: Known  # m, of the group "any"

    def of(self, rows: NDArray[np.intp]) -> "Levels":
        """Those of some meters alone."""
        return Levels(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Yardstick:
    """What a block is measured by; `groups` is the place of the baseline that each of its days is compared with."""

    baselines: Baselines
    groups: Sequence[int]
    levels: Levels
    thresholds: Thresholds
    thresholds_hash: str

    def of(self, rows: NDArray[np.intp]) -> "Yardstick":
        """What some meters alone are measured by."""
        return replace(self, baselines=self.baselines.of(rows), levels=self.levels.of(rows))

    @property
    def based(self) -> Known:
        """By meter and day whether there is a baseline of the day's type."""
        return self.baselines.enough[:, list(self.groups)]

    def usual(self, weights: NDArray[np.bool_] | NDArray[np.int32]) -> Numbers:
        """By meter and day what the slots usually take in all, each day compared with its type; slots may weigh."""
        summed = np.zeros(weights.shape[:2], dtype=np.int64)
        for group in sorted(set(self.groups)):
            columns = np.flatnonzero(np.array(self.groups) == group)
            summed[:, columns] = weighed(weights[:, columns], self.baselines.curve[:, group])
        return summed


def yardstick(block: Block, found: Baselines, *, thresholds: Thresholds, calendar: WorkCalendar) -> Yardstick:
    days = (block.day(index) for index in range(len(block.days)))
    groups = [found.group_of(calendar.day_type(day)) for day in days]
    return Yardstick(
        baselines=found,
        groups=groups,
        levels=levels(block, found, thresholds),
        thresholds=thresholds,
        thresholds_hash=thresholds.digest(),
    )


def levels(block: Block, found: Baselines, thresholds: Thresholds) -> Levels:
    """Declared levels stand before those reckoned from the baseline; below the holding load nothing runs."""
    curve = found.any_curve
    day = curve.sum(axis=-1, dtype=np.int64)
    main = np.array([one.kind == "main" for one in block.meters], dtype=np.bool_)
    declared = _slot_wh(block, [one.on_kw for one in block.meters])
    holding = np.maximum(_slot_wh(block, [one.holding_kw for one in block.meters]), 0)
    share = np.where(main, thresholds["on_main_pct"], thresholds["on_production_pct"])
    on = np.maximum(np.where(declared >= 0, declared, share * day // (100 * block.slots)), holding)
    burst = np.maximum(thresholds["burst_pct"] * day // (100 * block.slots), on)
    return Levels(
        on=on,
        burst=burst,
        holding=holding,
        # A main meter's declared threshold says when it runs, not what it may take all day.
        quiet=np.where(main, holding, np.maximum(holding, declared)),
        stop_pct=np.where(main, thresholds["stop_main_pct"], thresholds["stop_production_pct"]),
        main=main,
        declared=declared >= 0,
        enough=found.enough[:, -1],
    )


def _slot_wh(block: Block, kilowatts: list[float | None]) -> Numbers:
    """Watt-hours of one slot at a power, -1 where none is declared."""
    of_slot = [-1 if one is None else round(one * 1000 * block.interval_minutes / 60) for one in kilowatts]
    return np.array(of_slot, dtype=np.int64)


def marked(signs: Signs, sign: SignCode, where: NDArray[np.bool_]) -> None:
    signs[where] |= np.uint32(BIT[sign])


def nothing(shape: tuple[int, int]) -> tuple[Verdicts, Signs]:
    """Verdicts that nothing is asked, without signs."""
    return np.full(shape, Verdict.NOT_APPLICABLE, dtype=np.uint8), np.zeros(shape, dtype=np.uint32)

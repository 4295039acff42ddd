"""treatment: whether what cleans the air ran while production did, and not slowed down or idling [F38][F42]."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from app.domain.compliance.baselines import Baselines, Excluded, Wh
from app.domain.compliance.checked import Checked, Numbers, Yardstick, levels, marked, nothing
from app.domain.compliance.findings import Verdict
from app.domain.compliance.metering import Block, Known, TreatmentLink, read
from app.domain.compliance.runs import counted, longest, slots_for
from app.domain.compliance.thresholds import Thresholds

# Production is compared with production of the same quarter of its usual range.
BANDS = 4
UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Usual:
    """What the treatment of each link usually takes while production runs, in watt-hours of one slot.

    `on_wh` is -1 where neither declared nor known. `low_wh` is a low percentile by band of production, each band
    `band_wh` wide; it is zero where too few slots are behind it.
    """

    on_wh: Numbers  # l
    band_wh: Numbers  # l
    low_wh: Numbers  # l x BANDS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """Production and its treatment, slot by slot; what stands in for each other is added up."""

    made: Wh
    made_known: Known
    cleaned: Wh
    cleaned_known: Known
    row: int
    declared_wh: int


def pair(block: Block, link: TreatmentLink) -> Pair:
    """The curves of a link; its meters have to be in the block."""
    places = {one.id: row for row, one in enumerate(block.meters)}
    row, others = places[link.production], [places[one] for one in link.treatment]
    known = read(block.quality[others])
    declared = [one for other in others if (one := block.meters[other].on_kw) is not None]
    return Pair(
        made=block.wh[row].astype(np.int64),
        made_known=read(block.quality[row]),
        cleaned=np.where(known, block.wh[others], 0).sum(axis=0, dtype=np.int64),
        cleaned_known=np.logical_and.reduce(known),
        row=row,
        # Any one of them running is treatment.
        declared_wh=round(min(declared) * 1000 * block.interval_minutes / 60) if declared else UNKNOWN,
    )


def usual_treatment(block: Block, found: Baselines, links: Sequence[TreatmentLink], thresholds: Thresholds) -> Usual:
    """From the days that the production meters' baselines stand on; `block` is the one they were made from."""
    on = levels(block, found, thresholds).on
    first = (date.fromisoformat(str(found.days[0])) - block.first_day).days if len(found.days) else 0
    window = slice(first, first + len(found.days))
    told = [_usual(one, window, found, int(on[one.row]), thresholds) for one in (pair(block, link) for link in links)]
    return Usual(
        on_wh=np.array([one for one, _, _ in told], dtype=np.int64),
        band_wh=np.array([one for _, one, _ in told], dtype=np.int64),
        low_wh=np.array([one for _, _, one in told], dtype=np.int64).reshape(len(told), BANDS),
    )


def _usual(one: Pair, window: slice, found: Baselines, on: int, thresholds: Thresholds) -> tuple[int, int, list[int]]:
    used = found.reasons[one.row] == Excluded.USED
    slots = (one.made_known & one.cleaned_known & (one.made > on))[window][used]
    made, cleaned = one.made[window][used][slots], one.cleaned[window][used][slots]
    if not made.size or not found.enough[one.row, -1]:
        return one.declared_wh, 1, [0] * BANDS
    mean = thresholds["treatment_on_pct"] * int(cleaned.sum()) // (100 * len(cleaned))
    width = int(made.max()) // BANDS + 1
    band = np.minimum(made // width, BANDS - 1)
    low = [_low(cleaned[band == place], thresholds) for place in range(BANDS)]
    return (one.declared_wh if one.declared_wh >= 0 else mean), width, low


def _low(cleaned: Wh, thresholds: Thresholds) -> int:
    """The percentile as one of the readings themselves, so that it is a whole number."""
    if len(cleaned) < thresholds["treatment_derated_slots"]:
        return 0
    place = len(cleaned) * thresholds["treatment_derated_percentile"] // 100
    return int(np.partition(cleaned, place)[place])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Treated:
    """The checks of all links: off, derated, and (for information) running without production; links x days."""

    off: Checked
    derated: Checked
    alone: Checked


def check_treatment(block: Block, links: Sequence[TreatmentLink], usual: Usual, yard: Yardstick) -> Treated:
    """Every link on every day on which production ran; treatment running on by itself is cooling down (F25)."""
    shape = (len(links), len(block.days))
    numbers = {name: np.zeros(shape, dtype=np.int64) for name in _NUMBERS}
    for place, link in enumerate(links):
        one = pair(block, link)
        on, clean_on = int(yard.levels.on[one.row]), int(usual.on_wh[place])
        produced = one.made_known & (one.made > on)
        band = np.minimum(one.made // usual.band_wh[place], BANDS - 1)
        low = usual.low_wh[place][np.maximum(band, 0)]
        off = produced & one.cleaned_known & (one.cleaned < clean_on)
        gaps = produced & ~one.cleaned_known
        derated = produced & one.cleaned_known & (one.cleaned >= clean_on) & (one.cleaned < low)
        told = {
            "ran_slots": counted(produced),
            "known_slots": counted(produced & one.cleaned_known),
            "off_run": longest(off),
            "possible_run": longest(off | gaps),
            "derated_run": longest(derated),
            "on_wh": np.full(shape[1], on),
            "treatment_on_wh": np.full(shape[1], clean_on),
            "based": np.full(shape[1], int(_based(yard, one.row) and clean_on >= 0)),
            "alone_slots": counted(
                one.made_known & (one.made <= on) & one.cleaned_known & (one.cleaned > max(clean_on, 0))
            ),
        }
        for name, values in told.items():
            numbers[name][place] = values
    numbers["off_slots"] = np.full(shape, yard.thresholds["treatment_off_minutes"] // block.interval_minutes + 1)
    numbers["derated_slots"] = np.full(
        shape, slots_for(yard.thresholds["treatment_derated_minutes"], block.interval_minutes)
    )
    verdict, signs = nothing(shape)
    return Treated(
        off=_off(numbers, yard.thresholds),
        derated=_derated(numbers),
        alone=Checked(verdict=verdict, signs=signs, numbers=numbers),
    )


_NUMBERS = (
    "ran_slots",
    "known_slots",
    "off_run",
    "possible_run",
    "derated_run",
    "on_wh",
    "treatment_on_wh",
    "based",
    "alone_slots",
)


def _based(yard: Yardstick, row: int) -> bool:
    return bool(yard.levels.enough[row] or yard.levels.declared[row])


def _off(numbers: dict[str, Numbers], thresholds: Thresholds) -> Checked:
    ran = numbers["ran_slots"] > 0
    complete = numbers["known_slots"] * 100 >= thresholds["complete_pct"] * numbers["ran_slots"]
    based = numbers["based"] > 0
    off = numbers["off_run"] >= numbers["off_slots"]
    hidden = (numbers["possible_run"] >= numbers["off_slots"]) & ~off
    verdict, signs = nothing((ran.shape[0], ran.shape[1]))
    verdict[ran] = Verdict.COMPLIANT
    verdict[ran & off] = Verdict.SUSPECTED
    verdict[ran & (hidden | ~based | ~complete)] = Verdict.INSUFFICIENT_DATA
    marked(signs, "incomplete", ran & ~complete)
    marked(signs, "insufficient_baseline", ran & ~based)
    marked(signs, "gap_could_hide_it", ran & hidden & based)
    marked(signs, "below_on", ran & off & based)
    return Checked(verdict=verdict, signs=signs, numbers=numbers)


def _derated(numbers: dict[str, Numbers]) -> Checked:
    """Only what was seen: nothing is asked of a day on which treatment was not slowed down."""
    slow = (numbers["derated_run"] >= numbers["derated_slots"]) & (numbers["based"] > 0)
    verdict, signs = nothing((slow.shape[0], slow.shape[1]))
    verdict[slow] = Verdict.SUSPECTED
    marked(signs, "below_percentile", slow)
    return Checked(verdict=verdict, signs=signs, numbers=numbers)

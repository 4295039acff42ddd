"""cuts: a cut judged by load on every day, and one met by time or by lines over its whole phase (A-G6).

A-E11: a cut over a phase counts furnaces stopped and their time (L12-18), so that what a furnace takes to stay warm
through its stops is no production. Slots of a stop that was asked for are left out on days on which the meter stood
still as a stop, up to the keep-warm load: the share of the usual load that a standing meter may take (F46), or the
declared load where that is less. All that goes beyond counts, and so does a day on which the stop was not kept. Ours;
whoever leads the electricity supervision has to confirm it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

import numpy as np

from app.domain.compliance.checked import Checked, Numbers, Yardstick, marked, nothing
from app.domain.compliance.demands import Phase, phase_json
from app.domain.compliance.findings import SignCode, Verdict
from app.domain.compliance.metering import Block, Known
from app.domain.compliance.runs import counted
from app.domain.compliance.spans import WHOLE, Spans
from app.domain.compliance.stops import check_stops
from app.domain.compliance.thresholds import Thresholds


def judges_load(block: Block) -> Known:
    """Load is judged by a subject's main meter, and by a production meter only where it has none."""
    with_main = {one.subject_id for one in block.meters if one.kind == "main"}
    return np.array(
        [one.kind == "main" or (one.kind == "production" and one.subject_id not in with_main) for one in block.meters],
        dtype=np.bool_,
    )


def check_cuts(block: Block, asked: Spans, yard: Yardstick) -> Checked:
    """Every meter and day of which only a share of its usual load may remain; slots of a stop are judged as a stop."""
    judged = asked.cut & judges_load(block)[:, None, None]
    shape = judged.shape[:2]
    verdict, signs = nothing((shape[0], shape[1]))
    if not judged.any():
        none = np.zeros(shape, dtype=np.int64)
        return Checked(verdict=verdict, signs=signs, numbers=dict.fromkeys(_NUMBERS, none))
    numbers = _numbers(block, asked, judged, yard)
    slots, known = numbers["judged_slots"], numbers["known_slots"]
    told = slots > 0
    complete = known * 100 >= yard.thresholds["complete_pct"] * slots
    unbased = ~yard.based
    above = numbers["total_wh"] > numbers["limit_wh"]
    hidden = (known < slots) & (numbers["total_wh"] + numbers["gap_wh"] > numbers["limit_wh"]) & ~above
    verdict[told] = Verdict.COMPLIANT
    verdict[told & above] = Verdict.SUSPECTED
    verdict[told & (hidden | unbased | ~complete)] = Verdict.INSUFFICIENT_DATA
    marked(signs, "nothing_read", told & (known == 0))
    marked(signs, "incomplete", told & ~complete)
    marked(signs, "insufficient_baseline", told & unbased)
    marked(signs, "gap_could_hide_it", told & hidden & ~unbased)
    marked(signs, "above_share", told & above & ~unbased)
    return Checked(verdict=verdict, signs=signs, numbers=numbers)


_NUMBERS = ("judged_slots", "known_slots", "total_wh", "baseline_wh", "allowed_wh", "limit_wh", "gap_wh")


def _numbers(block: Block, asked: Spans, judged: Known, yard: Yardstick) -> dict[str, Numbers]:
    tolerance = yard.thresholds["cut_day_tolerance_pct"]
    known = judged & block.known
    base = yard.usual(judged)
    weighted = yard.usual(np.where(judged, asked.keep, np.int32(0)))
    return {
        "judged_slots": counted(judged),
        "known_slots": counted(known),
        "total_wh": np.where(known, block.wh, 0).sum(axis=-1, dtype=np.int64),
        "baseline_wh": base,
        "allowed_wh": weighted // WHOLE,
        "limit_wh": weighted * (100 + tolerance) // (100 * WHOLE),
        "gap_wh": base - yard.usual(known),
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Totals:
    """What some meters took on some days beside what is usual, from which phases are judged; rows stay with `subjects`."""

    subjects: Sequence[UUID]
    first_day: date
    total_wh: Numbers  # m x d
    held_wh: Numbers  # m x d, of it what stops took to keep warm
    usual_wh: Numbers  # m x d
    gap_wh: Numbers  # m x d, what unread slots usually take
    known_slots: Numbers  # m x d
    slots: int
    based: Known  # m x d
    own_generation: Known  # m


def totals(block: Block, asked: Spans, yard: Yardstick) -> Totals:
    """The whole days of the meters that judge load."""
    rows = [int(row) for row in np.flatnonzero(judges_load(block))]
    known = block.known
    base = yard.usual(np.ones_like(known))
    return Totals(
        subjects=tuple(block.meters[row].subject_id for row in rows),
        first_day=block.first_day,
        total_wh=np.where(known, block.wh, 0).sum(axis=-1, dtype=np.int64)[rows],
        held_wh=_held(block, asked, yard)[rows],
        usual_wh=base[rows],
        gap_wh=(base - yard.usual(known))[rows],
        known_slots=counted(known)[rows],
        slots=block.slots,
        based=yard.based[rows],
        own_generation=np.array([block.meters[row].own_generation for row in rows], dtype=np.bool_),
    )


def _held(block: Block, asked: Spans, yard: Yardstick) -> Numbers:
    """What kept stops took, slot by slot up to the keep-warm load (A-E11)."""
    level = yard.levels
    most = yard.baselines.any_curve * level.stop_pct[:, None] // 100
    warm = np.where(level.holding[:, None] > 0, np.minimum(level.holding[:, None], most), most)
    kept = check_stops(block, asked, yard).verdict == Verdict.COMPLIANT
    counts = asked.stopped & block.known & kept[:, :, None]
    return np.asarray(np.where(counts, np.minimum(block.wh, warm[:, None, :]), 0).sum(axis=-1, dtype=np.int64))


_SHARED: tuple[Verdict, tuple[SignCode, ...]] = (Verdict.NOT_APPLICABLE, ("phase_shared",))
_TOLD = frozenset({Verdict.COMPLIANT, Verdict.SUSPECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseResult:
    """A phase as far as it is known: over it is a verdict, before its end only how it stands.

    All energy is of the members together; `until_day` (exclusive) is how far the days reach. `would_be` is what the
    readings come to, own generation aside.
    """

    phase: Phase
    until_day: date
    verdict: Verdict
    would_be: Verdict
    signs: tuple[SignCode, ...]
    numbers: dict[str, int]
    inputs_hash: str


def check_phase(found: Totals, phase: Phase, thresholds: Thresholds) -> PhaseResult:
    """Energy of all members over the days of the phase that are known against the share of what is usual."""
    first = (phase.from_day - found.first_day).days
    last = min((phase.until_day - found.first_day).days, found.total_wh.shape[1])
    rows = [row for row, subject in enumerate(found.subjects) if subject in phase.members]
    missing = set(phase.members) - {found.subjects[row] for row in rows}
    days = slice(max(first, 0), max(last, 0))
    names = ("total_wh", "held_wh", "usual_wh", "gap_wh", "known_slots")
    told = {name: _sum(getattr(found, name)[rows, days]) for name in names}
    slots = len(rows) * max(last - max(first, 0), 0) * found.slots
    weighted = told["usual_wh"] * round(phase.keep_pct * 1000)
    numbers = {
        "judged_slots": slots,
        "known_slots": told["known_slots"],
        "total_wh": told["total_wh"],
        "held_wh": told["held_wh"],
        "baseline_wh": told["usual_wh"],
        "allowed_wh": weighted // WHOLE,
        "limit_wh": weighted * (100 + thresholds["cut_phase_tolerance_pct"]) // (100 * WHOLE),
        "gap_wh": told["gap_wh"],
        "members": len(phase.members),
        "metered": len(phase.members) - len(missing),
        "based": int(bool(rows) and bool(found.based[rows, days].all())),
        "whole": int(first >= 0 and last == (phase.until_day - found.first_day).days),
        "complete_pct": thresholds["complete_pct"],
    }
    until = date.fromordinal(found.first_day.toordinal() + max(last, 0))
    would_be, signs = _SHARED if phase.shared else judge_phase(numbers)
    own = bool(found.own_generation[rows].any())
    return PhaseResult(
        phase=phase,
        until_day=until,
        verdict=Verdict.INDICATIVE_ONLY if own and would_be in _TOLD else would_be,
        would_be=would_be,
        signs=(*signs, "own_generation") if own else signs,
        numbers=numbers,
        inputs_hash=_hash(found, phase, rows, days, thresholds),
    )


def _hash(found: Totals, phase: Phase, rows: list[int], days: slice, thresholds: Thresholds) -> str:
    """Over what the days of a phase came to, the phase itself and the thresholds."""
    told = sha256(json.dumps([phase_json(phase), thresholds.digest()], sort_keys=True).encode())
    subjects = [str(found.subjects[row]) for row in rows]
    told.update(json.dumps(subjects).encode())
    for each in (found.total_wh, found.held_wh, found.usual_wh, found.gap_wh, found.known_slots, found.based):
        told.update(np.ascontiguousarray(each[rows, days], dtype="<i8").tobytes())
    told.update(found.own_generation[rows].tobytes())
    return told.hexdigest()


def judge_phase(numbers: dict[str, int]) -> tuple[Verdict, tuple[SignCode, ...]]:
    """The verdict that these numbers come to."""
    if not numbers["whole"]:
        return Verdict.NOT_APPLICABLE, ("phase_running",)
    if numbers["metered"] < numbers["members"]:
        return Verdict.INSUFFICIENT_DATA, ("no_meter",)
    if not numbers["based"]:
        return Verdict.INSUFFICIENT_DATA, ("insufficient_baseline",)
    if numbers["known_slots"] * 100 < numbers["complete_pct"] * numbers["judged_slots"]:
        return Verdict.INSUFFICIENT_DATA, ("incomplete",)
    made = numbers["total_wh"] - numbers["held_wh"]
    if made > numbers["limit_wh"]:
        return Verdict.SUSPECTED, ("above_share",)
    if made + numbers["gap_wh"] > numbers["limit_wh"]:
        return Verdict.INSUFFICIENT_DATA, ("gap_could_hide_it",)
    return Verdict.COMPLIANT, ()


def _sum(found: Numbers) -> int:
    # Python's own integers: a phase of large works overflows no more than a day does.
    return sum(int(one) for one in found.sum(axis=-1))

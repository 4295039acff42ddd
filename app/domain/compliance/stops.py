"""stops: whether a meter stood still where its subject had to, by the total, by running without a break, by bursts.

A main meter stands still when its total stays below a share of the baseline (or the declared holding load) *and* it
never ran on; a production meter when it never ran, or its total is negligible and it never ran on (domain.md section 4).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.baselines import Wh
from app.domain.compliance.checked import Checked, Levels, Numbers, Yardstick, marked, nothing
from app.domain.compliance.findings import SignCode, Verdict
from app.domain.compliance.metering import Block, Known
from app.domain.compliance.runs import counted, leading, longest, slots_for, trailing, weighed
from app.domain.compliance.spans import Spans
from app.domain.compliance.thresholds import Thresholds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """The slots that count, those of them that were read, and those that ran."""

    judged: Known
    known: Known
    read: Wh | NDArray[np.int32]
    running: Known


_AT_ITS_ENDS: tuple[tuple[SignCode, str], ...] = (("late_stop", "first_run"), ("early_start", "last_run"))


def check_stops(block: Block, asked: Spans, yard: Yardstick) -> Checked:
    """Every meter and day with slots that had to stand still, running down left aside."""
    judges = np.array([one.kind != "treatment" for one in block.meters], dtype=np.bool_)
    judged = asked.stopped & ~asked.ramp & judges[:, None, None]
    known, level = judged & block.known, yard.levels
    read = np.where(known, block.wh, 0)
    seen = _Seen(judged=judged, known=known, read=read, running=read > level.on[:, None, None])
    numbers = _energy(seen, yard.baselines.any_curve, level) | _runs(seen, asked)
    least = slots_for(yard.thresholds["run_minutes"], block.interval_minutes)
    numbers["run_slots"] = np.full_like(numbers["total_wh"], least)
    return _verdicts(level, numbers, yard.thresholds)


def _energy(seen: _Seen, curve: Wh, level: Levels) -> dict[str, Numbers]:
    slots = counted(seen.judged)
    known = counted(seen.known)
    usual = weighed(seen.judged, curve)
    numbers = {
        "judged_slots": slots,
        "known_slots": known,
        "total_wh": seen.read.sum(axis=-1, dtype=np.int64),
        "peak_wh": seen.read.max(axis=-1).astype(np.int64),
        "running_slots": counted(seen.running),
        "baseline_wh": usual,
        "limit_wh": np.maximum(level.stop_pct[:, None] * usual // 100, level.holding[:, None] * slots),
        # What the gaps would add at the usual load: no reading is made up, but such a gap could hide running.
        "gap_wh": usual - weighed(seen.known, curve) if (known < slots).any() else np.zeros_like(slots),
    }
    for name, of_meter in (("on_wh", level.on), ("burst_wh", level.burst), ("quiet_wh", level.quiet)):
        numbers[name] = np.broadcast_to(of_meter[:, None], slots.shape)
    return numbers


def _runs(seen: _Seen, asked: Spans) -> dict[str, Numbers]:
    """The longest runs: of what was seen, of what may have been were all gaps running, and at the ends of a stop."""
    ran = longest(seen.running)
    possible = ran.copy()
    gappy = (seen.judged & ~seen.known).any(axis=-1)
    possible[gappy] = longest(seen.running[gappy] | (seen.judged[gappy] & ~seen.known[gappy]))
    numbers = {"longest_run": ran, "possible_run": possible}
    for name, days, count in (("first_run", asked.begins, leading), ("last_run", asked.ends, trailing)):
        numbers[name] = np.zeros_like(ran)
        numbers[name][days] = count(seen.running[days], seen.judged[days])
    return numbers


def _verdicts(level: Levels, numbers: dict[str, Numbers], thresholds: Thresholds) -> Checked:
    slots, known = numbers["judged_slots"], numbers["known_slots"]
    asked = slots > 0
    complete = known * 100 >= thresholds["complete_pct"] * slots
    based, main = level.enough[:, None], level.main[:, None]
    ran_on = (numbers["longest_run"] >= numbers["run_slots"]) & (based | level.declared[:, None])
    above = (numbers["total_wh"] > numbers["limit_wh"]) & (main | (numbers["running_slots"] > 0)) & based
    burst = (numbers["peak_wh"] > numbers["burst_wh"]) & based
    seen = ran_on | above | burst
    may_be = numbers["possible_run"] >= numbers["run_slots"]
    hidden = (may_be | (numbers["total_wh"] + numbers["gap_wh"] > numbers["limit_wh"])) & (known < slots) & ~seen
    unbased = ~based & ~seen & ((numbers["peak_wh"] > numbers["quiet_wh"]) | (known < slots))
    verdict, signs = nothing(slots.shape)
    verdict[asked] = Verdict.COMPLIANT
    verdict[asked & (hidden | unbased | ~complete)] = Verdict.INSUFFICIENT_DATA
    verdict[asked & seen & complete] = Verdict.SUSPECTED
    marked(signs, "nothing_read", asked & (known == 0))
    marked(signs, "incomplete", asked & ~complete)
    marked(signs, "insufficient_baseline", asked & unbased)
    marked(signs, "gap_could_hide_it", asked & hidden)
    marked(signs, "total_above_limit", asked & above)
    marked(signs, "ran_on", asked & ran_on)
    marked(signs, "burst", asked & burst)
    for sign, run in _AT_ITS_ENDS:
        # What ran all the time neither stopped late nor started early.
        marked(signs, sign, asked & ran_on & (numbers[run] >= numbers["run_slots"]) & (numbers[run] < slots))
    return Checked(verdict=verdict, signs=signs, numbers=numbers)

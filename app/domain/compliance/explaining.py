"""explaining: what the arrays of an assessment say of one meter and day, as a finding that proves itself."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.domain.compliance.assessing import ASSESSOR_VERSION, OF_METERS, Assessed
from app.domain.compliance.checked import Checked
from app.domain.compliance.demands import Demand, demand_json, excuse_json
from app.domain.compliance.findings import CheckCode, CurveSlice, Finding, SignCode, Verdict, signs_of
from app.domain.compliance.metering import made_up, read
from app.domain.compliance.spans import WHOLE, binding
from app.domain.compliance.thresholds import Name
from app.domain.compliance.treatment import pair
from app.domain.compliance.wording import name_of, sentence_of
from app.domain.schedules.lines import clause_json
from app.domain.schedules.requirements import Clause

# Signs that call for a person even where the verdict does not.
LOOK: frozenset[SignCode] = frozenset(
    {
        "ran_on",
        "total_above_limit",
        "above_share",
        "burst",
        "gap_could_hide_it",
        "offline_in_control",
        "meter_replaced",
        "multiplier_changed",
        "backup_generator",
        "below_on",
    }
)
_KINDS: Mapping[CheckCode, frozenset[str]] = {
    "stop": frozenset({"stop"}),
    "cut_day": frozenset({"cut"}),
    "night_anomaly": frozenset({"cut"}),
}
_QUOTED: Mapping[CheckCode, tuple[Name, ...]] = {"night_anomaly": ("night_excess_pct",)}


def finding(found: Assessed, check: CheckCode, row: int, day: int) -> Finding:
    """One check of one meter (or link) and day, with the numbers that reproduce it."""
    if check in OF_METERS:
        return _of_meter(found, check, row, day)
    return _of_link(found, check, row, day)


def _of_meter(found: Assessed, check: CheckCode, row: int, day: int) -> Finding:
    demands = _binding(found, found.block.meters[row].subject_id, day, _KINDS[check])
    level, enough = found.yard.levels, found.yard.baselines.enough
    numbers = _numbers(found, found.checks[check], check, row, day) | {
        "main": int(level.main[row]),
        "declared_on": int(level.declared[row]),
        "based": int(level.enough[row] if check == "stop" else enough[row, found.yard.groups[day]]),
    }
    return _made(found, check, row, day, rows=[row], demands=demands, numbers=numbers)


def _of_link(found: Assessed, check: CheckCode, place: int, day: int) -> Finding:
    link = found.asked.links[place]
    places = {one.id: row for row, one in enumerate(found.block.meters)}
    rows = [places[link.production], *(places[one] for one in link.treatment)]
    numbers = _numbers(found, found.checks[check], check, place, day)
    return _made(found, check, place, day, rows=rows, demands=[], numbers=numbers)


def _numbers(found: Assessed, one: Checked, check: CheckCode, row: int, day: int) -> dict[str, int]:
    numbers = {name: int(values[row, day]) for name, values in one.numbers.items()}
    quoted: tuple[Name, ...] = ("complete_pct", *_QUOTED.get(check, ()))
    return numbers | {name: found.yard.thresholds[name] for name in quoted}


def _made(
    found: Assessed,
    check: CheckCode,
    row: int,
    day: int,
    *,
    rows: list[int],
    demands: list[Demand],
    numbers: dict[str, int],
) -> Finding:
    would_be, verdict = (Verdict(int(each[row, day])) for each in (found.checks[check].verdict, found.verdicts[check]))
    signs = signs_of(int(found.checks[check].signs[row, day]))
    meters = [found.block.meters[one] for one in rows]
    return Finding(
        subject_id=meters[0].subject_id,
        meters=tuple(one.id for one in meters),
        day=found.block.day(day),
        check=check,
        verdict=verdict,
        would_be=would_be,
        look=looked_at(verdict, would_be, signs),
        signs=signs,
        name=name_of(check, signs),
        sentence=sentence_of(check, verdict, signs, numbers, found.block.interval_minutes),
        clauses=clauses_of(demands),
        demands=tuple(one.id for one in demands),
        numbers=numbers,
        curve=_curve(found, check, row, day),
        thresholds=found.yard.thresholds.version,
        baseline=found.yard.baselines.method.name,
        inputs_hash=_hash(found, rows, day, demands, _usual(found, check, row)),
    )


def looked_at(verdict: Verdict, would_be: Verdict, signs: Iterable[SignCode]) -> bool:
    """What was excused or exempt needs nobody; everything that may have been running does."""
    if verdict in {Verdict.DECLARED_EXCEPTION, Verdict.NOT_APPLICABLE}:
        return False
    return Verdict.SUSPECTED in {verdict, would_be} or not LOOK.isdisjoint(signs)


def clauses_of(demands: Iterable[Demand]) -> tuple[Clause, ...]:
    """Every clause once, in the order of the demands."""
    told: dict[str, Clause] = {}
    for one in demands:
        for clause in one.clauses:
            told.setdefault(json.dumps(clause_json(clause), sort_keys=True), clause)
    return tuple(told.values())


def _binding(found: Assessed, subject_id: UUID, day: int, kinds: frozenset[str]) -> list[Demand]:
    asked = (one for one in found.asked.demands.get(subject_id, ()) if one.kind in kinds)
    return binding(asked, found.block, day)


def _curve(found: Assessed, check: CheckCode, row: int, day: int) -> CurveSlice:
    block = found.block
    if check not in OF_METERS:
        return _link_curve(found, row, day)
    keep, ramp = found.spans.keep[row, day], found.spans.ramp[row, day]
    group = found.yard.groups[day]
    usual = found.yard.baselines.curve[row, group]
    if check == "stop":
        judged, limits = (keep == 0) & ~ramp, np.full(block.slots, found.yard.levels.on[row])
    elif check == "cut_day":
        judged, limits = (keep > 0) & (keep < WHOLE), usual * keep // WHOLE
    else:
        judged, limits = np.ones_like(ramp), usual
    quality = block.quality[row, day]
    return CurveSlice(
        interval_minutes=block.interval_minutes,
        wh=_readings(block.wh[row, day], read(quality)),
        limit_wh=tuple(limits.tolist()),
        judged=tuple(judged.tolist()),
        estimated=tuple(np.flatnonzero(made_up(quality)).tolist()),
    )


def _link_curve(found: Assessed, place: int, day: int) -> CurveSlice:
    one = pair(found.block, found.asked.links[place])
    on = int(found.checks["treatment_off"].numbers["treatment_on_wh"][place, day])
    return CurveSlice(
        interval_minutes=found.block.interval_minutes,
        wh=_readings(one.cleaned[day], one.cleaned_known[day]),
        limit_wh=(on,) * found.block.slots,
        judged=tuple((one.made_known[day] & (one.made[day] > found.yard.levels.on[one.row])).tolist()),
        beside_wh=_readings(one.made[day], one.made_known[day]),
    )


def _readings(wh: NDArray[Any], known: NDArray[np.bool_]) -> tuple[int | None, ...]:
    if known.all():
        return tuple(wh.tolist())
    if not known.any():
        return (None,) * len(known)
    return tuple(one if there else None for one, there in zip(wh.tolist(), known.tolist(), strict=True))


def _usual(found: Assessed, check: CheckCode, place: int) -> list[NDArray[Any]]:
    """What a link's treatment usually takes; meters have nothing of the kind."""
    one = found.usual_treatment
    if one is None or check in OF_METERS:
        return []
    return [one.on_wh[place : place + 1], one.band_wh[place : place + 1], one.low_wh[place]]


def _hash(found: Assessed, rows: list[int], day: int, demands: list[Demand], usual: Iterable[NDArray[Any]] = ()) -> str:
    """Over everything the finding is a function of: readings, baseline, demands, excuses, thresholds, calendar, version."""
    base, block = found.yard.baselines, found.block
    meters = [block.meters[row] for row in rows]
    told = sha256()
    words = {
        "assessor": ASSESSOR_VERSION,
        "day": block.day(day).isoformat(),
        "day_type": found.calendar.day_type(block.day(day)),
        "calendar": found.calendar.version,
        "thresholds": found.yard.thresholds_hash,
        "method": [base.method.name, base.method.from_day.isoformat(), base.method.until_day.isoformat()],
        "meters": [one.as_json() for one in meters],
        "demands": [demand_json(one) for one in demands],
        "excuses": [
            excuse_json(one)
            for meter in meters
            for one in found.asked.excuses.get(meter.subject_id, ())
            if one.holds_on(block.day(day))
        ],
    }
    told.update(json.dumps(words, sort_keys=True, ensure_ascii=False).encode())
    for row in rows:
        quality = block.quality[row, day]
        energy = np.where(read(quality), block.wh[row, day], 0)
        spans = found.spans
        asked = (
            spans.keep[row, day],
            spans.ramp[row, day],
            spans.begins[row, day : day + 1],
            spans.ends[row, day : day + 1],
        )
        for part in (energy, base.curve[row], base.used[row], base.enough[row], *asked):
            told.update(np.ascontiguousarray(part, dtype="<i8").tobytes())
        told.update(np.ascontiguousarray(quality, dtype="u1").tobytes())
    for part in usual:
        told.update(np.ascontiguousarray(part, dtype="<i8").tobytes())
    return told.hexdigest()

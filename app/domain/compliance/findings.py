"""Findings: what a check says of one meter, link or phase on one day, with the numbers that reproduce it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any, Literal, get_args
from uuid import UUID

from app.domain.schedules.lines import clause_json
from app.domain.schedules.requirements import Clause

CheckCode = Literal[
    "stop",
    "cut_day",
    "cut_phase",
    "treatment_off",
    "treatment_derated",
    "treatment_alone",
    "night_anomaly",
    "other",
]
# What was seen within a check, the gravest first.
SignCode = Literal[
    "total_above_limit",
    "ran_on",
    "late_stop",
    "early_start",
    "burst",
    "above_share",
    "below_on",
    "below_percentile",
    "night_share",
    "gap_could_hide_it",
    "incomplete",
    "offline_in_control",
    "insufficient_baseline",
    "nothing_read",
    "meter_replaced",
    "multiplier_changed",
    "meter_offline",
    "backup_generator",
    "own_generation",
    "estimated",
    "phase_running",
    "phase_shared",
    "not_electric",
    "stop_charging",
    "no_meter",
]
SIGNS: tuple[SignCode, ...] = get_args(SignCode)
# Signs of many meters and days are kept as bits of one number each.
BIT: Mapping[SignCode, int] = {sign: 1 << place for place, sign in enumerate(SIGNS)}


def signs_of(bits: int) -> tuple[SignCode, ...]:
    return tuple(sign for sign in SIGNS if bits & BIT[sign])


# In the order of the verdicts themselves.
VerdictWord = Literal[
    "not_applicable", "compliant", "declared_exception", "indicative_only", "insufficient_data", "suspected"
]
VERDICT_WORDS: tuple[VerdictWord, ...] = get_args(VerdictWord)


class Verdict(IntEnum):
    """What a day comes to, the mildest first; of several the gravest is the day's (worst of).

    Not applicable says nothing, so any other verdict stands before it. A declared exception excuses the day as a whole.
    """

    NOT_APPLICABLE = 0
    COMPLIANT = 1
    DECLARED_EXCEPTION = 2
    INDICATIVE_ONLY = 3
    INSUFFICIENT_DATA = 4
    SUSPECTED = 5

    @property
    def word(self) -> VerdictWord:
        return VERDICT_WORDS[self]


VERDICTS: dict[str, tuple[str, str]] = {
    "not_applicable": ("不适用", "not applicable"),
    "compliant": ("符合要求", "compliant"),
    "declared_exception": ("已申报例外", "declared exception"),
    "indicative_only": ("仅供参考", "indicative only"),
    "insufficient_data": ("数据不足", "insufficient data"),
    "suspected": ("线索", "suspected"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveSlice:
    """The day a finding is about: energy in whole watt-hours by slot (None is a gap) and, to plot, what was allowed.

    Slot i covers `interval_minutes` from i times it. `judged` are the slots that count, `estimated` those not measured.
    `beside_wh` is the production that treatment belongs to.
    """

    interval_minutes: int
    wh: tuple[int | None, ...]
    limit_wh: tuple[int, ...] | None = None
    judged: tuple[bool, ...] = ()
    estimated: tuple[int, ...] = ()
    beside_wh: tuple[int | None, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "interval_minutes": self.interval_minutes,
            "wh": list(self.wh),
            "limit_wh": None if self.limit_wh is None else list(self.limit_wh),
            "judged": [slot for slot, counts in enumerate(self.judged) if counts],
            "estimated": list(self.estimated),
            "beside_wh": None if self.beside_wh is None else list(self.beside_wh),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check of one day, in words and numbers.

    `numbers` and `curve` reproduce the verdict without anything else. `would_be` is what the verdict were but for own
    generation or a declared exception. `look`: a person should look at it, whatever the verdict.
    """

    subject_id: UUID
    meters: tuple[UUID, ...]
    day: date
    check: CheckCode
    verdict: Verdict
    would_be: Verdict
    look: bool
    signs: tuple[SignCode, ...]
    name: Mapping[str, str]
    sentence: Mapping[str, str]
    clauses: tuple[Clause, ...]
    demands: tuple[str, ...]
    numbers: Mapping[str, int]
    curve: CurveSlice | None
    thresholds: str
    baseline: str | None
    inputs_hash: str = ""

    def as_json(self) -> dict[str, Any]:
        """What is stored and hashed of it."""
        return {
            "subject_id": str(self.subject_id),
            "meters": [str(one) for one in self.meters],
            "day": self.day.isoformat(),
            "check": self.check,
            "verdict": self.verdict.word,
            "would_be": self.would_be.word,
            "look": self.look,
            "signs": list(self.signs),
            "name": dict(self.name),
            "sentence": dict(self.sentence),
            "clauses": [clause_json(one) for one in self.clauses],
            "demands": list(self.demands),
            "numbers": dict(self.numbers),
            "curve": None if self.curve is None else self.curve.as_json(),
            "thresholds": self.thresholds,
            "baseline": self.baseline,
            "inputs_hash": self.inputs_hash,
        }


# `alone`: the meters say nothing that it could be compared with.
Cross = Literal["agrees", "contradicts", "alone"]
CrossKind = Literal["inspection", "emission", "output"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """Another source beside the meters: whether it shows production, and whether that agrees with them."""

    kind: CrossKind
    says: Cross
    ran: bool
    sentence: Mapping[str, str]
    numbers: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOf:
    """What one subject's day comes to: the gravest verdict of its findings, and what other sources say beside it.

    `look`: somebody should look at it: something is suspected, a sign was seen, or sources contradict each other.
    """

    subject_id: UUID
    day: date
    verdict: Verdict
    look: bool
    findings: tuple[Finding, ...]
    crosses: tuple[CrossCheck, ...] = ()
    inputs_hash: str = ""

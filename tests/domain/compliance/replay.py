"""The verdict of a finding again from its own numbers, in plain Python and without the columns that judge."""

from collections.abc import Callable, Mapping

from app.domain.compliance.cuts import judge_phase
from app.domain.compliance.findings import CheckCode, Verdict

Numbers = Mapping[str, int]


def verdict_of(check: CheckCode, numbers: Numbers) -> Verdict:
    """What the readings come to, before exemptions, exceptions and own generation."""
    return _CHECKS[check](numbers)


def _incomplete(numbers: Numbers, of: str = "judged_slots") -> bool:
    return numbers["known_slots"] * 100 < numbers["complete_pct"] * numbers[of]


def _stop(numbers: Numbers) -> Verdict:
    if numbers["judged_slots"] == 0:
        return Verdict.NOT_APPLICABLE
    seen = _ran(numbers)
    if _incomplete(numbers) or (not seen and (_hidden(numbers) or _unbased(numbers))):
        return Verdict.INSUFFICIENT_DATA
    return Verdict.SUSPECTED if seen else Verdict.COMPLIANT


def _ran(numbers: Numbers) -> bool:
    based = numbers["based"] > 0
    ran_on = numbers["longest_run"] >= numbers["run_slots"] and (based or numbers["declared_on"] > 0)
    counts = numbers["main"] > 0 or numbers["running_slots"] > 0
    above = numbers["total_wh"] > numbers["limit_wh"] and counts
    return ran_on or (based and (above or numbers["peak_wh"] > numbers["burst_wh"]))


def _hidden(numbers: Numbers) -> bool:
    gaps = numbers["known_slots"] < numbers["judged_slots"]
    may_run = numbers["possible_run"] >= numbers["run_slots"]
    return gaps and (may_run or numbers["total_wh"] + numbers["gap_wh"] > numbers["limit_wh"])


def _unbased(numbers: Numbers) -> bool:
    gaps = numbers["known_slots"] < numbers["judged_slots"]
    return not numbers["based"] and (gaps or numbers["peak_wh"] > numbers["quiet_wh"])


def _cut(numbers: Numbers) -> Verdict:
    if numbers["judged_slots"] == 0:
        return Verdict.NOT_APPLICABLE
    if _incomplete(numbers) or not numbers["based"]:
        return Verdict.INSUFFICIENT_DATA
    if numbers["total_wh"] > numbers["limit_wh"]:
        return Verdict.SUSPECTED
    gaps = numbers["known_slots"] < numbers["judged_slots"]
    hidden = gaps and numbers["total_wh"] + numbers["gap_wh"] > numbers["limit_wh"]
    return Verdict.INSUFFICIENT_DATA if hidden else Verdict.COMPLIANT


def _night(numbers: Numbers) -> Verdict:
    moved = numbers["share"] > numbers["usual_share"] + 100 * numbers["night_excess_pct"]
    return Verdict.SUSPECTED if moved else Verdict.NOT_APPLICABLE


def _off(numbers: Numbers) -> Verdict:
    if numbers["ran_slots"] == 0:
        return Verdict.NOT_APPLICABLE
    if _incomplete(numbers, "ran_slots") or not numbers["based"]:
        return Verdict.INSUFFICIENT_DATA
    if numbers["off_run"] >= numbers["off_slots"]:
        return Verdict.SUSPECTED
    return Verdict.INSUFFICIENT_DATA if numbers["possible_run"] >= numbers["off_slots"] else Verdict.COMPLIANT


def _derated(numbers: Numbers) -> Verdict:
    slow = numbers["based"] and numbers["derated_run"] >= numbers["derated_slots"]
    return Verdict.SUSPECTED if slow else Verdict.NOT_APPLICABLE


def _phase(numbers: Numbers) -> Verdict:
    return judge_phase(dict(numbers))[0]


def _nothing(_: Numbers) -> Verdict:
    return Verdict.NOT_APPLICABLE


_CHECKS: Mapping[CheckCode, Callable[[Numbers], Verdict]] = {
    "stop": _stop,
    "cut_day": _cut,
    "cut_phase": _phase,
    "night_anomaly": _night,
    "treatment_off": _off,
    "treatment_derated": _derated,
    "treatment_alone": _nothing,
    "other": _nothing,
}

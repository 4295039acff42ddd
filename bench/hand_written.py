"""What a programmer would write for cement, lime and coking under this plan: the ceiling for Python."""

from typing import Any

from bench.contenders import Contender, canonical
from bench.records import Record

INDUSTRIES = ("cement", "lime", "coking")
_ACCEPTED = frozenset({"accepted", "not_applicable"})
_CLEAN = frozenset({"coke_oven_gas", "natural_gas", "lpg", "electricity"})
_OPEN = frozenset({"blast_furnace_gas", "other"})


def cement(f: Record) -> str:
    if _quiet(f):
        if f["deep_treatment"] not in _ACCEPTED:
            return "L12-09;L12-10;" if f["electricity_control_system"] == "not_done" else "L12-09;"
        if f["electricity_control_system"] == "not_done":
            return "L12-10;"
        return _cement_row(f)
    gates = _gates(f)
    if not gates:
        gates = "L12-28@" + f["zone"] + ";" if _lowered(f) else _cement_row(f)
    return gates + _after(f)


def _cement_row(f: Record) -> str:
    if (
        f["ultra_low_retrofit"] == "accepted"
        and f["pm_o2_10_mg_m3"] <= 10
        and f["so2_o2_10_mg_m3"] <= 50
        and f["nox_o2_10_mg_m3"] <= 150
        and f["wash_platform"]
        and f["trucks_national_5_sealed"]
        and f["online_monitoring_connected"]
    ):
        return "L12-27;"
    zone: str = f["zone"]
    return "L12-28@" + zone + ";"


def lime(f: Record) -> str:
    zone: str = f["zone"] + ";"
    if _quiet(f):
        if f["deep_treatment"] not in _ACCEPTED:
            return "L12-09;L12-10;" if f["electricity_control_system"] == "not_done" else "L12-09;"
        if f["electricity_control_system"] == "not_done":
            return "L12-10;"
        return _lime_row(f) + zone
    gates = _gates(f)
    if not gates:
        gates = ("L12-39@" if _lowered(f) else _lime_row(f)) + zone
    return gates + _after(f)


def _lime_row(f: Record) -> str:
    if f["pm_mg_m3"] <= 30 and f["so2_mg_m3"] <= 200 and f["nox_mg_m3"] <= 300:
        fuel = f["fuel"]
        if f["kiln_plan_21"] == "accepted":
            if fuel in _CLEAN:
                return "L12-37@"
            if fuel in _OPEN:
                return "A-L17.clean_gas@"
        if fuel == "coal" and f["kiln_plan_56"] == "accepted":
            return "L12-38@"
    return "L12-39@"


def coking(f: Record) -> str:
    zone: str = f["zone"] + ";"
    if _quiet(f):
        asked = "A-L27.steel_coking@" + zone if f["electricity_control_system"] == "not_done" else ""
        return asked + _coking_row(f) + zone
    gates = "A-L27.steel_coking@" + zone if f["electricity_control_system"] == "not_done" else ""
    idle = f.get("long_idle") and (
        f["deep_treatment"] not in _ACCEPTED or f["electricity_control_system"] == "not_done"
    )
    row = "L12-12;" if idle else ("L12-23@" if _lowered(f) else _coking_row(f)) + zone
    return gates + row + _after(f)


def _coking_row(f: Record) -> str:
    if f["benchmark_35"] == "accepted":
        return "L12-19@"
    if f["full_reduction_35"] == "accepted" and f["quenching"] == "dry":
        return "L12-21.heat_recovery@" if f["coke_oven_type"] == "heat_recovery" else "L12-21@"
    if f["coking_special_limit_stable"]:
        return "L12-22.heat_recovery@" if f["coke_oven_type"] == "heat_recovery" else "L12-22@"
    return "L12-23@"


def _quiet(f: Record) -> bool:
    return f.keys().isdisjoint(_EVENTS)


_EVENTS = frozenset(
    {
        "long_idle",
        "environmental_violation",
        "emissions_unstable",
        "emergency_response_weak",
        "measure_not_executed",
        "found_unlisted",
        "warning_level",
    }
)


def _gates(f: Record) -> str:
    untreated = f["deep_treatment"] not in _ACCEPTED
    unmetered = f["electricity_control_system"] == "not_done"
    held = "L12-09;" if untreated else ""
    if unmetered:
        held += "L12-10;"
    if (untreated or unmetered) and f.get("long_idle"):
        held += "L12-12;"
    return held


def _lowered(f: Record) -> bool:
    return bool(f.get("emissions_unstable") or f.get("environmental_violation") or f.get("emergency_response_weak"))


def _after(f: Record) -> str:
    zone: str = f["zone"] + ";"
    held = "L12-50;" if f.get("measure_not_executed") else ""
    if f.get("found_unlisted"):
        held += "L12-51@" + zone + ("L12-51.mountain;" if f["place:mountain"] else "")
    if _lowered(f):
        held += "L12-52;"
    if f.get("environmental_violation") or f.get("measure_not_executed") or f.get("emergency_response_weak"):
        held += "L12-61;"
    if f.get("warning_level", "none") != "none":
        held += "L12-05@" + zone
    return held


def contender() -> Contender:
    functions = {"cement": cement, "lime": lime, "coking": coking}

    def decide(given: list[Any]) -> list[Any]:
        return [functions[record["industry"]](record) for record in given]

    return Contender(name="hand-written Python", prepare=list, decide=decide, code=canonical)

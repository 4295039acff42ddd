"""The situations sample lines are in: for every rule of the Linfen plan at least one, gates and penalties apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from samples.model import Facts

YES, NO = "accepted", "not_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of a line, its site and its main units, and the rule these facts were written for."""

    rule: str
    line: Facts = field(default_factory=dict)
    site: Facts = field(default_factory=dict)
    unit: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """How far the general conditions are met; `claimed` acceptances have not been verified."""

    line: Facts = field(default_factory=dict)
    site: Facts = field(default_factory=dict)
    claimed: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an authority recorded of a line during the season, and the rules this brings in."""

    since: str
    facts: Facts
    rules: tuple[str, ...]

    @property
    def settled(self) -> Facts:
        """The same facts once the matter is closed; a pollutant stays on record."""
        return {name: SETTLED[name] for name in self.facts if name in SETTLED}


CLEAN = {"wash_platform": True, "trucks_national_5_sealed": True}
OLD_TRUCKS = {"wash_platform": True, "trucks_national_5_sealed": False}
NO_PLATFORM = {"wash_platform": False, "trucks_national_5_sealed": True}
HEAT = {"residential_heat": True, "residential_heat_area_m2": 1_250_000}
NO_HEAT = {"residential_heat": False}
ALLOWED = {"catalogue_class": "permitted"}
RESTRICTED = {"catalogue_class": "restricted"}
FLARED = {"gas_flaring_treatment": YES}
NO_FLARE = {"gas_flaring_treatment": "not_applicable"}
WITHIN = {"pm_mg_m3": 18.5, "so2_mg_m3": 120, "nox_mg_m3": 210}
AT_THE_LIMIT = {"pm_mg_m3": 30, "so2_mg_m3": 200, "nox_mg_m3": 300}
ABOVE = {"pm_mg_m3": 42, "so2_mg_m3": 180, "nox_mg_m3": 280}


def scheme_35(benchmark: str, full: str, organised: str) -> Facts:
    """The three states of the steel and coking scheme."""
    return {"benchmark_35": benchmark, "full_reduction_35": full, "organised_reduction_35": organised}


def flue(pm: float, so2: float, nox: float, oxygen: float) -> Facts:
    """Readings as the instrument gives them; the plan compares them at a reference oxygen."""
    return {
        "pm_measured_mg_m3": pm,
        "so2_measured_mg_m3": so2,
        "nox_measured_mg_m3": nox,
        "flue_oxygen_pct": oxygen,
        "emission_averaging": "month",
    }


WITH_FURNACE = (
    Case(rule="L12-13", line=scheme_35(YES, YES, YES), site={**FLARED, **NO_HEAT}, unit=ALLOWED),
    Case(rule="L12-14", line=scheme_35(NO, YES, YES), site={**FLARED, **HEAT}, unit=ALLOWED),
    Case(rule="L12-15", line=scheme_35(NO, NO, YES), site={**FLARED, **NO_HEAT}, unit=ALLOWED),
    Case(rule="L12-16", line=scheme_35(NO, NO, NO), site={"gas_flaring_treatment": NO, **HEAT}, unit=RESTRICTED),
    Case(rule="L12-17", line=scheme_35(NO, NO, "done"), site={**FLARED, **NO_HEAT}, unit=RESTRICTED),
    # The first class but for one restricted furnace falls to the second (A-L8).
    Case(rule="L12-14", line=scheme_35(YES, YES, YES), site={**FLARED, **NO_HEAT}, unit=RESTRICTED),
)
WITHOUT_FURNACE = (
    Case(rule="L12-14.no_blast_furnace", line=scheme_35(NO, YES, YES), site={**NO_FLARE, **NO_HEAT}, unit=ALLOWED),
    Case(rule="L12-15.no_blast_furnace", line=scheme_35(NO, NO, YES), site={**NO_FLARE, **NO_HEAT}, unit=ALLOWED),
    Case(rule="L12-16.no_blast_furnace", line=scheme_35(NO, NO, NO), site={**NO_FLARE, **HEAT}, unit=RESTRICTED),
    Case(rule="L12-17", line=scheme_35(NO, NO, NO), site={**NO_FLARE, **NO_HEAT}, unit=RESTRICTED),
)
COKING = (
    Case(rule="L12-19", line={**scheme_35(YES, YES, YES), "quenching": "dry", "coke_oven_type": "conventional"}),
    Case(rule="L12-21", line={**scheme_35(NO, YES, YES), "quenching": "dry", "coke_oven_type": "conventional"}),
    Case(
        rule="L12-21.heat_recovery",
        line={**scheme_35(NO, YES, YES), "quenching": "dry", "coke_oven_type": "heat_recovery"},
    ),
    # Fully treated, but quenched with water (A-L9).
    Case(
        rule="L12-22",
        line={
            **scheme_35(NO, YES, YES),
            "quenching": "wet",
            "coke_oven_type": "conventional",
            "coking_special_limit_stable": True,
        },
    ),
    Case(
        rule="L12-22.heat_recovery",
        line={
            **scheme_35(NO, NO, YES),
            "quenching": "wet",
            "coke_oven_type": "heat_recovery",
            "coking_special_limit_stable": True,
        },
    ),
    Case(
        rule="L12-23",
        line={
            **scheme_35(NO, NO, "done"),
            "quenching": "wet",
            "coke_oven_type": "conventional",
            "coking_special_limit_stable": False,
        },
    ),
)
POWER = (
    Case(rule="L12-24", line=flue(3.1, 24, 41, 6.2), site={**CLEAN, **HEAT}),
    Case(rule="L12-25", line=flue(4.6, 31, 58, 6.4), site={**CLEAN, **HEAT}),
    Case(rule="L12-26", line=flue(4.1, 28, 44, 6.1), site={**OLD_TRUCKS, **NO_HEAT}),
    # Exactly on all three limits, at the reference oxygen itself.
    Case(rule="L12-24", line=flue(5, 35, 50, 6), site={**CLEAN, **NO_HEAT}),
)
CEMENT = (
    Case(
        rule="L12-27",
        line={**flue(6.5, 21, 96, 9.6), "ultra_low_retrofit": YES, "online_monitoring_connected": True},
        site=CLEAN,
    ),
    Case(
        rule="L12-28",
        line={**flue(14, 38, 180, 9.8), "ultra_low_retrofit": "done", "online_monitoring_connected": True},
        site=OLD_TRUCKS,
    ),
)
FOUNDRY = (
    Case(rule="L12-29", line={"foundry_treatment_9": YES, "melts_only_electric": True, "cupola_removed": True}),
    Case(rule="L12-30", line={"foundry_treatment_9": YES, "melts_only_electric": False, "cupola_removed": False}),
    Case(rule="L12-30", line={"foundry_treatment_9": "done", "melts_only_electric": True, "cupola_removed": True}),
)
MONITORED = {"online_monitoring_connected": True, "online_monitoring_stable": True}
BRICK = (
    Case(rule="L12-31", line={"brick_treatment_22": YES, **MONITORED}, site=CLEAN),
    Case(
        rule="L12-32",
        line={"brick_treatment_22": YES, "online_monitoring_connected": False, "online_monitoring_stable": False},
        site=CLEAN,
    ),
    Case(rule="L12-32", line={"brick_treatment_22": "done", **MONITORED}, site=OLD_TRUCKS),
)
COAL_AND_CONCRETE = (
    Case(rule="L12-33", line={"industry_treatment": YES}, site=CLEAN),
    Case(rule="L12-34", line={"industry_treatment": YES}, site=NO_PLATFORM),
    Case(rule="L12-34", line={"industry_treatment": "done"}, site=CLEAN),
)
CERAMICS = (
    Case(rule="L12-35", line={"fuel": "natural_gas"}),
    Case(rule="L12-36", line={"fuel": "coal_gas_producer"}),
    Case(rule="A-L30.ceramics", line={"fuel": "biomass"}),
    Case(rule="L12-35", line={"fuel": "coke_oven_gas"}),
    Case(rule="L12-36", line={"fuel": "coal"}),
)
LIME = (
    Case(rule="L12-37", line={"kiln_plan_21": YES, "kiln_plan_56": YES, **WITHIN, "fuel": "natural_gas"}),
    Case(
        rule="A-L17.clean_gas", line={"kiln_plan_21": YES, "kiln_plan_56": YES, **WITHIN, "fuel": "blast_furnace_gas"}
    ),
    Case(rule="L12-38", line={"kiln_plan_21": NO, "kiln_plan_56": YES, **AT_THE_LIMIT, "fuel": "coal"}),
    Case(rule="L12-39", line={"kiln_plan_21": NO, "kiln_plan_56": NO, **ABOVE, "fuel": "coal"}),
    Case(rule="L12-39", line={"kiln_plan_21": NO, "kiln_plan_56": YES, **WITHIN, "fuel": "coal_gas_producer"}),
)
KILNS = (
    Case(rule="L12-40", line={"kiln_plan_21": YES, **WITHIN}),
    Case(rule="L12-41", line={"kiln_plan_21": YES, **ABOVE}),
)
GRINDING = (
    Case(rule="L12-42", line={"has_industrial_kiln": True, "kiln_plan_21": YES, **AT_THE_LIMIT}),
    Case(rule="L12-43", line={"has_industrial_kiln": True, "kiln_plan_21": "done", **WITHIN}),
    # No kiln: outside the twelve industries, only the gates speak of it (A-L19).
    Case(rule="", line={"has_industrial_kiln": False}),
)
UNLISTED = (Case(rule=""),)

# Every pattern below meets the gates; GATES then spoils some of them.
CASES: Mapping[str, tuple[Case, ...]] = {
    "steel": WITH_FURNACE,
    "integrated_foundry_iron": WITH_FURNACE,
    "foundry_pig_iron": WITH_FURNACE,
    "ferroalloy": WITHOUT_FURNACE,
    "coking": COKING,
    "thermal_power": POWER,
    "cement": CEMENT,
    "foundry": FOUNDRY,
    "fired_brick": BRICK,
    "coal_depot": COAL_AND_CONCRETE,
    "coal_washing": COAL_AND_CONCRETE,
    "concrete_mixing": COAL_AND_CONCRETE,
    "ceramics": CERAMICS,
    "lime": LIME,
    "gypsum_products": KILNS,
    "mineral_wool": KILNS,
    "carbon_black": KILNS,
    "cement_grinding": GRINDING,
}

WIRED = {"electricity_control_system": "accepted"}
MET = Gate(line={"deep_treatment": YES}, site=WIRED)
DYNAMIC = Gate(site=WIRED)
GATES: Mapping[str, Gate] = {
    "met": MET,
    "built": Gate(line={"deep_treatment": YES}, site={"electricity_control_system": "done"}),
    "no_task": Gate(line={"deep_treatment": "not_applicable"}, site=WIRED),
    "untreated": Gate(line={"deep_treatment": NO}, site=WIRED, rules=("L12-09",)),
    "unaccepted": Gate(line={"deep_treatment": "done"}, site=WIRED, rules=("L12-09",)),
    "claimed": Gate(line={"deep_treatment": YES}, site=WIRED, claimed=frozenset({"deep_treatment"}), rules=("L12-09",)),
    "unwired": Gate(line={"deep_treatment": YES}, site={"electricity_control_system": NO}, rules=("L12-10",)),
    "idle": Gate(
        line={"deep_treatment": NO, "long_idle": True},
        site={"electricity_control_system": NO},
        rules=("L12-09", "L12-10", "L12-12"),
    ),
    "treatment_unknown": Gate(site=WIRED),
    "wiring_unknown": Gate(line={"deep_treatment": YES}),
    "unknown": Gate(),
}
# How often a line beyond the pattern ones is in which state.
ORDINARY = (*["met"] * 9, *["built"] * 3, "no_task", "untreated", "unaccepted", "claimed", "unwired", "idle")
SILENT = ("treatment_unknown", "wiring_unknown", "unknown")
# Steel and coking have no treatment gate; without an electricity system the authority decides.
DYNAMIC_GATES: Mapping[str, Gate] = {
    "met": DYNAMIC,
    "unwired": Gate(site={"electricity_control_system": NO}, rules=("A-L27.steel_coking",)),
    "idle": Gate(line={"deep_treatment": NO, "long_idle": True}, site=WIRED, rules=("L12-12",)),
    "unknown": Gate(),
}
DYNAMIC_ORDINARY = (*["met"] * 9, "unwired", "idle", "unknown")
STEEL_AND_COKING = frozenset({"steel", "integrated_foundry_iron", "ferroalloy", "foundry_pig_iron", "coking"})

# What was found in one season is not held against the next.
SETTLED_ON = "2020-04-01"
SETTLED: Facts = {
    "environmental_violation": False,
    "violation_kind": "none",
    "exceedance_days": 0,
    "emissions_unstable": False,
    "emergency_response_weak": False,
    "measure_not_executed": False,
    "found_unlisted": False,
    "listed_in_inventory": True,
}
FINDINGS: Mapping[str, Finding] = {
    "exceedance": Finding(
        since="2019-11-22",
        facts={
            "environmental_violation": True,
            "violation_kind": "exceedance",
            "violation_pollutant": "nox",
            "exceedance_days": 3,
        },
        rules=("L12-52", "L12-61"),
    ),
    "unstable": Finding(since="2019-10-28", facts={"emissions_unstable": True}, rules=("L12-52",)),
    "weak_response": Finding(since="2019-12-02", facts={"emergency_response_weak": True}, rules=("L12-52", "L12-61")),
    "not_executed": Finding(
        since="2019-12-05",
        facts={"measure_not_executed": True, "violation_kind": "not_stopped"},
        rules=("L12-50", "L12-61"),
    ),
    "unlisted": Finding(
        since="2019-11-18", facts={"found_unlisted": True, "listed_in_inventory": False}, rules=("L12-51",)
    ),
}
# Which works beyond the pattern ones had something recorded against them; they meet the gates.
RECORDED: Mapping[tuple[str, int], str] = {
    ("steel", 6): "exceedance",
    ("ferroalloy", 5): "unstable",
    ("coking", 7): "weak_response",
    ("coking", 10): "not_executed",
    ("thermal_power", 4): "exceedance",
    ("thermal_power", 7): "weak_response",
    ("cement", 2): "unstable",
    ("cement_grinding", 3): "unstable",
    ("cement_grinding", 5): "exceedance",
    ("foundry", 3): "exceedance",
    ("foundry", 6): "not_executed",
    ("fired_brick", 4): "unlisted",
    ("fired_brick", 6): "weak_response",
    ("coal_depot", 3): "not_executed",
    ("coal_washing", 6): "exceedance",
    ("coal_washing", 9): "unlisted",
    ("coal_washing", 10): "unlisted",
    ("concrete_mixing", 6): "exceedance",
    ("ceramics", 5): "unstable",
    ("lime", 5): "exceedance",
    ("carbon_black", 2): "weak_response",
    ("iron_ore", 1): "not_executed",
}

"""What a register also holds: things half known, things that changed in the season, a warning in one county."""

from samples.cases import GATES
from samples.generated import MARK
from samples.model import Facts, Register

SINCE = "2019-09-06"
MET: Facts = {**GATES["met"].line}
WIRED: Facts = {**GATES["met"].site}
# A county under a warning for five days; elsewhere nothing was announced.
WARNED_COUNTY = "141081"
WARNING = (("2019-12-08", "orange"), ("2019-12-13", "none"))


def write_loose_ends(register: Register) -> None:
    _newly_named(register)
    _place_unknown(register)
    _industry_unknown(register)
    _kind_unknown(register)
    _accepted_late(register)
    _fuel_changed(register)
    _idle_steel(register)
    _warned(register)


def _enterprise(register: Register, code: str, name: str, region: str) -> dict[str, str]:
    head = {"code": code, "name": f"样例{name}", "region": region, "sample": True}
    register.add("enterprise", head, document=MARK)
    return {"enterprise": code}


def _site(register: Register, own: dict[str, str], region: str, facts: Facts) -> None:
    row = {**own, "code": "S1", "name": "样例厂区", "region": region}
    register.add("site", row, facts, since=SINCE, document=MARK)


def _line(register: Register, own: dict[str, str], industry: str, facts: Facts, *, code: str = "L1") -> None:
    row = {**own, "site": "S1", "code": code, "name": f"样例{code[1:]}号线", "industry": industry}
    register.add("line", row, facts, since=SINCE, document=MARK)


def _newly_named(register: Register) -> None:
    """Only the name is known yet."""
    _enterprise(register, "SAMPLE-NEW-01", "洪洞新办企业", "141024")
    _enterprise(register, "SAMPLE-NEW-02", "乡宁新办企业", "141029")


def _place_unknown(register: Register) -> None:
    """A development zone has no code of its own, so the county, and with it the window, is open."""
    own = _enterprise(register, "SAMPLE-ZONE-01", "开发区水泥厂", "141000")
    _site(register, own, "141000", {**WIRED, "wash_platform": False, "trucks_national_5_sealed": False})
    _line(register, own, "cement", {**MET, "ultra_low_retrofit": "not_done", "online_monitoring_connected": False})


def _industry_unknown(register: Register) -> None:
    own = _enterprise(register, "SAMPLE-UNNAMED-01", "襄汾未定行业企业", "141023")
    _site(register, own, "141023", WIRED)
    _line(register, own, "", MET)
    _line(register, own, "", {"deep_treatment": "not_done"}, code="L2")


def _kind_unknown(register: Register) -> None:
    """Whether the old unit is main equipment is open, so its class may decide between two classes of the plan."""
    own = _enterprise(register, "SAMPLE-KIND-01", "翼城钢铁旧线", "141022")
    site: Facts = {**WIRED, "gas_flaring_treatment": "accepted", "residential_heat": False}
    _site(register, own, "141022", site)
    _line(register, own, "steel", {"benchmark_35": "accepted", "full_reduction_35": "accepted"})
    units: tuple[tuple[str, str, Facts], ...] = (
        ("高炉", "blast_furnace", {"blast_furnace_capacity_t_d": 1650, "catalogue_class": "permitted"}),
        ("旧设备", "", {"catalogue_class": "restricted"}),
    )
    for number, (name, kind, facts) in enumerate(units, start=1):
        row = {**own, "line": "L1", "code": f"U{number}", "name": name, "kind": kind}
        register.add("unit", row, facts, since=SINCE, document=MARK)


def _accepted_late(register: Register) -> None:
    """Stopped at the gate on 1 October; from the day of acceptance the class applies."""
    own = _enterprise(register, "SAMPLE-LATE-01", "浮山铸造迟验厂", "141027")
    _site(register, own, "141027", WIRED)
    known: Facts = {"foundry_treatment_9": "accepted", "melts_only_electric": True, "cupola_removed": True}
    _line(register, own, "foundry", {**known, "deep_treatment": "done"})
    late: Facts = {"deep_treatment": "accepted"}
    register.add("line", {**own, "code": "L1"}, late, since="2019-12-20", document=MARK)


def _fuel_changed(register: Register) -> None:
    """From coal to gas in the middle of the season: another class from that day."""
    own = _enterprise(register, "SAMPLE-FUEL-01", "襄汾陶瓷改气厂", "141023")
    _site(register, own, "141023", WIRED)
    _line(register, own, "ceramics", {**MET, "fuel": "coal"})
    changed: Facts = {"fuel": "natural_gas"}
    register.add("line", {**own, "code": "L1"}, changed, since="2019-12-28", document=MARK)


def _idle_steel(register: Register) -> None:
    """Idle for years: the sentence on idle firms makes no exception for steel."""
    own = _enterprise(register, "SAMPLE-IDLE-01", "曲沃停产钢厂", "141021")
    _site(register, own, "141021", {"electricity_control_system": "not_done", "residential_heat": False})
    _line(register, own, "steel", {"long_idle": True, "deep_treatment": "not_done"})


def _warned(register: Register) -> None:
    """One history row per announcement; the other facts of the site go on."""
    warned = [row for row in register.rows["site"] if row.get("region") == WARNED_COUNTY]
    for site in warned:
        if not site["enterprise"].startswith("SAMPLE-"):
            continue
        key = {"enterprise": site["enterprise"], "code": site["code"]}
        for day, level in WARNING:
            register.add("site", key, {"warning_level": level}, since=day, document=MARK)

"""Invented enterprises, marked as samples: every industry, class and gate, and a realistic share of gaps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count, zip_longest

from samples.cases import (
    CASES,
    DYNAMIC_GATES,
    DYNAMIC_ORDINARY,
    FINDINGS,
    GATES,
    ORDINARY,
    RECORDED,
    SETTLED_ON,
    SILENT,
    STEEL_AND_COKING,
    UNLISTED,
    Case,
    Finding,
    Gate,
)
from samples.credit_codes import fictitious
from samples.elsewhere import ELSEWHERE, asked_there
from samples.model import Fact, Facts, Register, Written, pick, share
from samples.works import (
    COLD_G_PER_T,
    COUNTIES,
    COUPLINGS,
    FIRED,
    FIRED_G_PER_T,
    INDUSTRIES,
    MOUNTAINS,
    PLAINS,
    STEPS,
    Kit,
    Step,
)

MARK = "样例数据，非真实企业"
# Of the facts of works beyond the pattern ones, this share is missing.
GAPS = 0.08
WITHOUT_POSITION = 0.15
WITH_CREDIT_CODE = 0.45
# A line of another industry that often stands on the same site.
COMPANION = {"integrated_foundry_iron": "foundry", "cement": "cement_grinding", "coking": "coal_washing"}
ONE_LINE_PER_SITE = frozenset({"steel", "integrated_foundry_iron", "foundry_pig_iron", "cement", "coking"})


@dataclass(slots=True)
class Works:
    """One enterprise while its rows are written."""

    register: Register
    tag: str
    index: int
    region: str
    numbers: dict[str, Iterator[int]] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return f"SAMPLE-{self.tag.replace('_', '-').upper()}-{self.index + 1:02d}"

    @property
    def own(self) -> dict[str, str]:
        return {"enterprise": self.code}

    @property
    def cases(self) -> tuple[Case, ...]:
        return CASES.get(self.tag, UNLISTED)

    @property
    def pattern(self) -> bool:
        """The first works of an industry each show one case, with nothing missing."""
        return self.index < len(self.cases)

    @property
    def finding(self) -> Finding | None:
        name = RECORDED.get((self.tag, self.index))
        return FINDINGS[name] if name else None

    @property
    def since(self) -> str:
        """The day the base facts were taken down: some day of the summer before the season."""
        return f"2019-{pick(('06-28', '07-19', '08-16', '09-06', '09-20'), self.code, 'since')}"

    def next(self, letter: str) -> str:
        return f"{letter}{next(self.numbers.setdefault(letter, count(1)))}"

    def thinned(self, facts: Mapping[str, Fact], *where: str) -> dict[str, Fact]:
        """The facts without those nobody has reported."""
        whole = self.pattern or self.finding is not None
        return {name: value for name, value in facts.items() if whole or share(self.code, *where, name) >= GAPS}


def write_generated(register: Register) -> None:
    for tag, industry in INDUSTRIES.items():
        pool = counties_of(tag)
        for index in range(industry.count):
            _write_works(Works(register, tag, index, pool[index % len(pool)]))
    for tag, number, region in ELSEWHERE:
        _write_works(Works(register, tag, INDUSTRIES[tag].count + number, region))


def counties_of(tag: str) -> tuple[str, ...]:
    """The counties an industry is found in, plain and mountain in turn where nothing else is said."""
    mixed = tuple(code for pair in zip_longest(PLAINS, MOUNTAINS) for code in pair if code)
    named = INDUSTRIES[tag].counties
    return (*named, *mixed) if named else mixed


def _write_works(works: Works) -> None:
    case = works.cases[works.index % len(works.cases)]
    _write_head(works, case)
    gate = _gate(works)
    site = _write_site(works, works.region, case, gate)
    line = _write_line(works, site, works.tag, case, gate)
    if works.finding is not None:
        _write_finding(works, line, works.finding)
    following = works.cases[(works.index + 1) % len(works.cases)]
    if works.index % 9 == 5:
        pool = counties_of(works.tag)
        elsewhere = pool[(works.index + 1) % len(pool)]
        second = _write_site(works, elsewhere, following, gate)
        _write_line(works, second, works.tag, following, gate)
    elif works.tag in COMPANION:
        _write_line(works, site, COMPANION[works.tag], _companion_case(works), gate)
    elif works.index % 3 == 2 and works.tag not in ONE_LINE_PER_SITE and following.site == case.site:
        _write_line(works, site, works.tag, following, gate)


def _companion_case(works: Works) -> Case:
    cases = CASES[COMPANION[works.tag]]
    return cases[works.index % len(cases)]


def _gate(works: Works) -> Gate:
    dynamic = works.tag in STEEL_AND_COKING
    gates = DYNAMIC_GATES if dynamic else GATES
    if works.pattern or works.finding is not None:
        return gates["met"]
    if dynamic:
        return gates[pick(DYNAMIC_ORDINARY, works.code, "gate")]
    return gates[pick(SILENT if share(works.code, "silent") < 0.14 else ORDINARY, works.code, "gate")]


def _write_head(works: Works, case: Case) -> None:
    branch = works.index % 10 == 9
    named = INDUSTRIES[works.tag]
    facts: dict[str, Fact] = {
        "annual_task": pick(("accepted", "accepted", "done", "not_done"), works.code, "task"),
        "environmental_record_filed": True,
        "green_factory": share(works.code, "green") < 0.08,
        "benchmark_level": pick((*["none"] * 8, "city", "provincial"), works.code, "benchmark"),
    }
    facts |= asked_there(works.region, "enterprise", works.code)
    if case.site.get("residential_heat"):
        facts["heat_decoupling_promise"] = share(works.code, "promise") < 0.7
    works.register.add(
        "enterprise",
        {
            "code": works.code,
            "name": f"样例{COUNTIES[works.region][0]}{named.name}{works.index + 1:02d}厂{'（分厂）' if branch else ''}",
            "region": works.region,
            "uscc": _credit_code(works, branch=branch),
            "gbt4754": named.gbt4754,
            "sample": True,
        },
        works.thinned(facts, "enterprise"),
        since=works.since,
        document=MARK,
    )


def _credit_code(works: Works, *, branch: bool) -> str:
    """A branch plant bears the code of the enterprise before it."""
    owner = Works(works.register, works.tag, works.index - 1, works.region) if branch else works
    if owner.index % 10 == 8 or share(owner.code, "uscc") < WITH_CREDIT_CODE:
        return fictitious(owner.code)
    return ""


def place(region: str, *key: str) -> dict[str, float]:
    """A point within some three kilometres of the county's seat."""
    _, longitude, latitude = COUNTIES[region]
    return {
        "longitude": round(longitude + (share(*key, "east") - 0.5) * 0.06, 4),
        "latitude": round(latitude + (share(*key, "north") - 0.5) * 0.05, 4),
    }


def _write_site(works: Works, region: str, case: Case, gate: Gate) -> str:
    code = works.next("S")
    key = (works.code, code)
    transport: Facts = {
        "wash_platform": share(*key, "wash") < 0.8,
        "trucks_national_5_sealed": share(*key, "trucks") < 0.7,
        "rail_share_pct": pick((0, 0, 15, 40, 80), *key, "rail"),
        "national_5_share_pct": pick((60, 75, 90, 100), *key, "national"),
    }
    more: dict[str, Fact] = {"fugitive_treatment": pick(("accepted", "accepted", "done"), *key, "fugitive")}
    if works.tag in {"steel", "coking", "cement", "carbon_black"}:
        more |= {"own_generation": True, "own_generation_capacity_mw": pick((6, 12, 25), *key, "own")}
    if works.tag == "other":
        more["residential_heat"] = works.index % 2 == 1
    more |= asked_there(works.region, "site", *key)
    facts = works.thinned({**transport, **more, **case.site, **gate.site}, code)
    known = works.pattern or share(*key, "place") >= WITHOUT_POSITION
    works.register.add(
        "site",
        {
            **works.own,
            "code": code,
            "name": f"样例{COUNTIES[region][0]}厂区",
            "region": region,
            **(place(region, *key) if known else {}),
        },
        facts,
        since=works.since,
        document=MARK,
    )
    works.register.add(
        "meter",
        {**works.own, "code": works.next("M"), "kind": "main", "level": "site", "subject": code}
        | {"multiplier": pick((6000, 4000, 2000), *key, "multiplier")},
    )
    return code


def _write_line(works: Works, site: str, tag: str, case: Case, gate: Gate) -> str:
    code = works.next("L")
    named = INDUSTRIES[tag]
    dynamic = tag in STEEL_AND_COKING
    met = GATES["met"] if not dynamic and works.tag in STEEL_AND_COKING else gate
    facts = works.thinned({**_usual(works, code, tag, case), **case.line, **met.line}, code)
    works.register.add(
        "line",
        {
            **works.own,
            "site": site,
            "code": code,
            "name": f"样例{named.name}{code[1:]}号线",
            "industry": tag,
            "gbt4754": named.gbt4754,
        },
        facts,
        since=works.since,
        document=MARK,
        claimed=met.claimed,
    )
    if tag == works.tag:
        _note(works, code, case, gate)
    units = _write_units(works, code, tag, case)
    _write_couplings(works, tag, units)
    _write_treatment(works, code)
    return code


def _note(works: Works, line: str, case: Case, gate: Gate) -> None:
    """Write down what the line was made for, where nothing was left out of it."""
    if not works.pattern and works.finding is None:
        return
    rules = works.finding.rules if works.finding and line == "L1" else (case.rule, *gate.rules)
    works.register.written += [
        Written(enterprise=works.code, line=line, rule=rule) for rule in rules if rule and not rule.startswith("L12-52")
    ]


def _usual(works: Works, line: str, tag: str, case: Case) -> dict[str, Fact]:
    """What is usually known of any line: what it makes, how much, how it stands in other ratings."""
    key = (works.code, line)
    named = INDUSTRIES[tag]
    facts: dict[str, Fact] = {"main_product": named.product, "listed_in_inventory": True}
    if named.capacity:
        capacity = pick(named.capacity, *key, "capacity")
        facts |= {
            "capacity_eia": capacity,
            "capacity_permit": capacity,
            "output_previous_year": int(capacity * (0.55 + 0.4 * share(*key, "output"))),
        }
        facts |= _emissions(tag, capacity, *key)
    facts["stoppable"] = tag not in {"coking", "thermal_power", "fermentation"}
    if not facts["stoppable"]:
        facts["safe_holding_load_pct"] = pick((12, 18, 25), *key, "holding")
    if tag in CASES:
        facts["performance_grade"] = pick(("A", "B", "B_minus", "C", "C", "D", "unrated"), *key, "grade")
    if tag == "coking":
        slow = case.line.get("coke_oven_type") == "heat_recovery"
        facts["coking_hours_normal"] = 100 if slow else pick((20, 22, 24), *key, "hours")
    facts |= asked_there(works.region, "line", *key)
    if tag == "foundry_pig_iron":
        facts["ultra_low_evaluation"] = pick(("none", "filed", "published"), *key, "evaluation")
    return facts


def _emissions(tag: str, capacity_t: int, *key: str) -> dict[str, Fact]:
    """Invented tonnes of a normal day: so many grams for a tonne of product, no two works alike."""
    grams = FIRED_G_PER_T if tag in FIRED else COLD_G_PER_T
    return {
        f"{pollutant}_emission_t_d": round(capacity_t / 330 * each * (0.6 + 0.8 * share(*key, pollutant)) / 1e6, 4)
        for pollutant, each in grams.items()
    }


def _write_units(works: Works, line: str, tag: str, case: Case) -> dict[str, list[str]]:
    """The processes of a line and their units; gives the codes by kind of unit."""
    codes: dict[str, list[str]] = {}
    for step in STEPS[tag]:
        process = _write_process(works, line, step)
        for kit, number in chain.from_iterable(((kit, n) for n in range(kit.number)) for kit in step.kits):
            unit = works.next("U")
            codes.setdefault(kit.kind, []).append(unit)
            facts = works.thinned(_unit_facts(works, kit, number, case), unit)
            row = {**works.own, "line": line, "process": process, "code": unit, "kind": kit.kind}
            name = f"{number + 1}号{kit.name}" if kit.number > 1 else kit.name
            works.register.add("unit", {**row, "name": name}, facts, since=works.since, document=MARK)
    return codes


def _write_process(works: Works, line: str, step: Step) -> str:
    code = works.next("P")
    row = {**works.own, "line": line, "code": code, "name": step.name, "kind": step.kind}
    facts: Facts = {} if step.voc is None else {"voc_process": step.voc}
    works.register.add("process", row, facts, since=works.since, document=MARK)
    return code


def _unit_facts(works: Works, kit: Kit, number: int, case: Case) -> dict[str, Fact]:
    variant = kit.facts[(works.index + number) % len(kit.facts)] if kit.facts else {}
    asked = asked_there(works.region, "unit", works.code, kit.kind, number)
    return {**variant, **asked, **(case.unit if kit.main else {})}


def _write_couplings(works: Works, tag: str, units: Mapping[str, list[str]]) -> None:
    """Units of two kinds are paired in order; the shorter row is gone through again."""
    for kind, upstream, downstream in COUPLINGS.get(tag, ()):
        sources, targets = units.get(upstream, []), units.get(downstream, [])
        for n in range(max(len(sources), len(targets)) if sources and targets else 0):
            ends = {"from_level": "unit", "from_code": sources[n % len(sources)]}
            ends |= {"to_level": "unit", "to_code": targets[n % len(targets)]}
            works.register.add("coupling", {**works.own, "kind": kind, **ends})


def _write_treatment(works: Works, line: str) -> None:
    """Dust and gas treatment with a meter of its own, beside the meter of production."""
    key = (works.code, line)
    unit = works.next("U")
    row = {**works.own, "line": line, "code": unit, "name": "治理设施", "kind": "treatment"}
    works.register.add("unit", row, document=MARK)
    ends = {"from_level": "unit", "from_code": unit, "to_level": "line", "to_code": line}
    works.register.add("coupling", {**works.own, "kind": "treats", **ends})
    for kind, level, subject in (("production", "line", line), ("treatment", "unit", unit)):
        if share(*key, kind, "metered") < 0.6:
            meter = {"code": works.next("M"), "kind": kind, "level": level, "subject": subject}
            multiplier = pick((80, 60, 40, 30), *key, kind)
            works.register.add("meter", {**works.own, **meter, "multiplier": multiplier})


def _write_finding(works: Works, line: str, finding: Finding) -> None:
    for day, facts in ((finding.since, finding.facts), (SETTLED_ON, finding.settled)):
        works.register.add("line", {**works.own, "code": line}, facts, since=day, document=MARK)

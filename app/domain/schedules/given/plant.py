"""plant: the lines of enterprises as resources, whole or in the units that a measure names, with nothing counted twice."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.decisions.subjects import Subject, span_at
from app.domain.policies.facts import Catalogue, Value
from app.domain.quantities import POLLUTANTS
from app.domain.schedules.given.asked import label_of
from app.domain.schedules.given.prepared import Findings, Row, Works
from app.domain.schedules.problem import Resource

DAYS_OF_YEAR = 365
THREE_CAPACITIES = ("capacity_eia", "capacity_permit", "output_previous_year")
UNIT_CAPACITIES = ("blast_furnace_capacity_t_d", "smelting_capacity_t_d", "unit_capacity_t_d")
HEAT_OUTPUT, HEAT_DUTY = "heat_output_mw", "heat_duty_mw"
# What serves production and carries none of a line's normal emission, except where it is the production.
_BESIDE = frozenset({"boiler", "treatment", "vehicle_wash"})
_BOILERS_ARE_THE_LINE = frozenset({"thermal_power"})


@dataclass(slots=True)
class Named:
    """The units and processes of a line that a measure names.

    `leading` units are those a cut is counted by, and make up their line; `following` ones stop with them (L12-18).
    """

    ids: set[str] = field(default_factory=set)
    leading: set[str] = field(default_factory=set)
    following: set[str] = field(default_factory=set)

    @property
    def all(self) -> set[str]:
        return self.ids | self.leading | self.following


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line on its site, with what is named of it."""

    works: Works
    site: Subject
    subject: Subject
    named: Named

    @property
    def id(self) -> str:
        return self.subject["id"]

    @property
    def units(self) -> list[Subject]:
        return [one for one in self.subject["children"] if one["level"] == "unit"]

    @property
    def production(self) -> list[Subject]:
        return [one for one in self.units if not self.beside(one)]

    def beside(self, unit: Subject) -> bool:
        """Whether a unit serves the line without being its production."""
        return unit.get("kind") in _BESIDE and self.subject.get("industry") not in _BOILERS_ARE_THE_LINE

    def chain(self, subject: Subject) -> tuple[Subject, ...]:
        above = (self.works.tree, self.site, self.subject)
        return above if subject is self.subject else (*above, subject)

    def of_process(self, process: Subject) -> list[Subject]:
        return [one for one in self.units if one.get("process") == process["code"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What becomes one resource of a line: the whole of it, what is left of it, or a named unit or process.

    `share` is its part of the line's production and emission.
    """

    line: Line
    subject: Subject
    share: float
    produces: bool

    @property
    def id(self) -> str:
        return self.subject["id"]

    @property
    def label(self) -> str:
        return label_of(self.line.chain(self.subject))


class Facts:
    """The numbers of the register as they stand on a day, or begin to stand after it; below zero is no number but a row."""

    def __init__(self, day: date, catalogue: Catalogue, findings: Findings) -> None:
        self.day, self.catalogue, self.findings = day.isoformat(), catalogue, findings

    def value(self, chain: Sequence[Subject], fact: str) -> Value | None:
        """The value of the nearest subject that has one."""
        for subject in reversed(chain):
            spans = subject["facts"].get(fact)
            if not spans:
                continue
            later = (one for one in spans if one["from"] is not None and one["from"] > self.day)
            span = span_at(spans, self.day) or next(later, None)
            if span is not None:
                return span["value"]
        return None

    def number(self, chain: Sequence[Subject], fact: str) -> float | None:
        found = self.value(chain, fact)
        if not isinstance(found, int | float) or isinstance(found, bool):
            return None
        if found < 0:
            zh, en = self.words(fact)
            self.row(chain, fact, zh=f"{zh}为负数（{found:g}）。", en=f"{en} is negative ({found:g}).")
            return None
        return float(found)

    def stated(self, chain: Sequence[Subject], fact: str) -> float | None:
        """A number asserted of the last subject of the chain itself."""
        return self.number(chain, fact) if chain[-1]["facts"].get(fact) else None

    def own(self, chain: Sequence[Subject], fact: str) -> float | None:
        """A number of the last subject; what is asserted above it is its own only where nothing else shares it."""
        if chain[-1]["facts"].get(fact) or all(len(one["children"]) == 1 for one in chain[:-1]):
            return self.number(chain, fact)
        return None

    def row(self, chain: Sequence[Subject], fact: str, *, zh: str, en: str) -> None:
        subject = chain[-1]
        self.findings.row(
            Row(
                enterprise_id=chain[0]["id"],
                subject_id=subject["id"],
                label=label_of(chain),
                fact=fact,
                says={"zh": zh, "en": en},
            )
        )

    def missing(self, chain: Sequence[Subject], fact: str, *, zh: str, en: str) -> None:
        """A fact without which something cannot be planned, and what that is."""
        name_zh, name_en = self.words(fact)
        self.row(chain, fact, zh=f"缺少“{name_zh}”，{zh}", en=f"{name_en} is missing, {en}")

    def words(self, fact: str) -> tuple[str, str]:
        spec = self.catalogue.find(fact)
        return (fact, fact) if spec is None else (spec.zh, spec.en)


class Plant:
    """All lines in parts, found again by any subject they stand below."""

    def __init__(self, lines: Iterable[Line], facts: Facts) -> None:
        self.facts = facts
        self.parts: dict[str, Part] = {}
        self._below: dict[str, list[Part]] = {}
        self._resources: dict[str, Resource] = {}
        for line in lines:
            for part in self._parts(line):
                self.parts[part.id] = part
                for above in self._above(part):
                    self._below.setdefault(above, []).append(part)

    def below(self, subject_id: str) -> list[Part]:
        """Everything that stands still when the subject does."""
        return self._below.get(subject_id, [])

    def producing(self, subject_id: str) -> list[Part]:
        """The production of a subject: a process or unit itself, else what is not beside it or only follows."""
        itself = self.parts.get(subject_id)
        if itself is not None and itself.subject["level"] != "line":
            return self.below(subject_id)
        return [part for part in self.below(subject_id) if part.produces]

    def units_of(self, subject_id: str, kinds: Collection[str]) -> list[Part]:
        return [part for part in self.below(subject_id) if part.subject.get("kind") in kinds]

    def resource(self, part: Part) -> Resource:
        """The part as the planner sees it, read once."""
        if part.id not in self._resources:
            self._resources[part.id] = self._resource(part)
        return self._resources[part.id]

    def _resource(self, part: Part) -> Resource:
        line = part.line
        chain, of_line = line.chain(part.subject), line.chain(line.subject)
        return Resource(
            id=part.id,
            label=part.label,
            enterprise_id=line.works.id,
            site_id=line.site["id"],
            line_id=line.id,
            region=line.site.get("region") or "",
            industry=line.subject.get("industry"),
            kind=part.subject.get("kind"),
            capacity_t_d=self.capacity(part),
            emission_t_d=self._emission(part),
            stoppable=self.facts.value(of_line, "stoppable") is not False,
            min_stop_days=int(self.facts.number(chain, "min_stop_days") or 1),
            min_run_days=int(self.facts.number(chain, "min_run_days") or 0),
            max_stops=None if (most := self.facts.number(chain, "max_stops_per_season")) is None else int(most),
        )

    def capacity(self, part: Part) -> float | None:
        """In t/d: a unit's own, else its share of the line's least of three (A-G5)."""
        own = self.of_unit(part.line, part.subject)
        if own is not None:
            return own[0]
        found = self.least_of_three(part.line)
        return None if found is None or not part.share else found[0] * part.share

    def of_unit(self, line: Line, unit: Subject, facts: Sequence[str] = UNIT_CAPACITIES) -> tuple[float, str] | None:
        """The daily capacity of a unit and the fact it is told by; of a process, that of its units."""
        if unit["level"] == "process":
            inner = [self.of_unit(line, one, facts) for one in line.of_process(unit) if not line.beside(one)]
            known = [one for one in inner if one is not None]
            return (sum(value for value, _ in known), known[0][1]) if known and len(known) == len(inner) else None
        if unit["level"] != "unit":
            return None
        found = ((self.facts.own(line.chain(unit), fact), fact) for fact in facts)
        return next(((value, fact) for value, fact in found if value), None)

    def least_of_three(self, line: Line) -> tuple[float, str] | None:
        """The least of the yearly capacities and last year's output, per day, and which of them it is."""
        chain = line.chain(line.subject)
        found = [(self.facts.own(chain, fact), fact) for fact in THREE_CAPACITIES]
        known = [(value / DAYS_OF_YEAR, fact) for value, fact in found if value]
        return min(known, default=None)

    def _emission(self, part: Part) -> Mapping[str, float]:
        chain = part.line.chain(part.line.subject)
        found = {each: self.facts.own(chain, f"{each}_emission_t_d") for each in POLLUTANTS}
        return {each: value * part.share for each, value in found.items() if value is not None and part.share}

    def _above(self, part: Part) -> Iterator[str]:
        line, unit = part.line, part.subject
        yield from (one["id"] for one in line.chain(unit))
        if unit["level"] == "unit":
            yield from (one["id"] for one in line.subject["children"] if _is_process_of(one, unit))

    def _parts(self, line: Line) -> Iterator[Part]:
        named = [one for one in line.subject["children"] if one["id"] in line.named.all]
        shares = self._shares(line, named)
        rest = 1.0 - sum(shares.values())
        if not named or not _made_up(line, named):
            yield Part(line=line, subject=line.subject, share=max(0.0, rest), produces=True)
        for one in named:
            produces = one["level"] == "unit" and not line.beside(one) and one["id"] not in line.named.following
            yield Part(line=line, subject=one, share=shares.get(one["id"], 0.0), produces=produces)

    def _shares(self, line: Line, named: Sequence[Subject]) -> Mapping[str, float]:
        """By capacity; what cannot be told apart stays with the rest of the line, and where there is none, is equal."""
        bearing = [one for one in named if _bears(line, one)]
        if not bearing:
            return {}
        whole = bearing if _made_up(line, named) else [*_others(line, bearing), *bearing]
        known = {one["id"]: found[0] for one in whole if (found := self.of_unit(line, one)) is not None}
        if len(known) == len(whole):
            total = sum(known.values())
            return {one["id"]: known[one["id"]] / total for one in bearing}
        made_up = _made_up(line, named)
        if len(bearing) > 1 or not made_up:
            self._unshared(line, made_up=made_up)
        return dict.fromkeys((one["id"] for one in bearing), 1 / len(bearing)) if made_up else {}

    def _unshared(self, line: Line, *, made_up: bool) -> None:
        if made_up:
            zh, en = "设备产能不全，生产线的排放量按台数平分。", "by number, as the units' capacities are incomplete"
        else:
            zh, en = (
                "设备产能不全，排放量全部记在生产线其余部分。",
                "to the rest of it, as the units' capacities are incomplete",
            )
        en = f"The line's emission is given {en}."
        self.facts.findings.note("shared", line.id, label_of(line.chain(line.subject)), zh=zh, en=en)


def _bears(line: Line, one: Subject) -> bool:
    """Whether some of the line's emission is a named part's: what leads bears it all."""
    if line.named.leading:
        return one["id"] in line.named.leading
    if one["level"] == "process":
        return not any(unit["id"] in line.named.all for unit in line.of_process(one))
    return not line.beside(one) and one["id"] not in line.named.following


def _made_up(line: Line, named: Sequence[Subject]) -> bool:
    """Whether the named parts are the line: a cut is counted by them, or no other production is registered."""
    if line.named.leading:
        return True
    ids = {one["id"] for one in named if _bears(line, one)}
    ids |= {unit["id"] for one in named if one["level"] == "process" for unit in line.of_process(one)}
    production = line.production
    return bool(production) and ids >= {one["id"] for one in production}


def _others(line: Line, bearing: Sequence[Subject]) -> list[Subject]:
    """The production beside what is named, without counting a named process's units twice."""
    inside = {unit["id"] for one in bearing if one["level"] == "process" for unit in line.of_process(one)}
    own = {one["id"] for one in bearing}
    return [one for one in line.production if one["id"] not in inside | own]


def _is_process_of(one: Subject, unit: Subject) -> bool:
    return one["level"] == "process" and one["code"] == unit.get("process")

"""A pack compiled for one level: given enough facts it yields an outcome, otherwise it names the fact it needs."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.decisions.outcomes import Outcome
from app.domain.decisions.section import (
    BEYOND,
    Assign,
    Guarded,
    Holds,
    Rows,
    Section,
    Shift,
    adjusted,
    compiled,
    tests_of,
)
from app.domain.policies.conditions import Leaf, outer_leaves, quantified, test_of
from app.domain.policies.facts import Value
from app.domain.policies.measures import During, Measure, OpenEnd, Span, window_of
from app.domain.policies.pack import STAGES, Binding, Ladder, Pack, Rule, Scoped, Stage

ZONE = "zone"
INDUSTRY = "industry"
TAGS: dict[Binding, str] = {"line": INDUSTRY, "unit": "unit_kind", "process": "process_kind", "site": "site_kind"}
# No tag of a register can be this one.
OTHER = "*"
# A season with a leap February and one without: days that agree in both agree in all.
SEASONS = (2019, 2022)


@dataclass(frozen=True, slots=True)
class Domain:
    """The values of one key as finitely many cells no condition of the pack can tell apart further."""

    cells: tuple[Value, ...]
    thresholds: tuple[float, ...] = ()
    edges: bool = False
    alike: Mapping[Value, Value] = field(default_factory=dict)
    # Whether values nobody names are all alike (industries, kinds), or wrong (facts with a closed list).
    open: bool = False

    @classmethod
    def grouped(cls, values: Iterable[Value], signature: Callable[[Value], object], *, open_: bool = False) -> "Domain":
        """One cell for all values with the same signature, represented by the first of them."""
        first: dict[object, Value] = {}
        alike = {value: first.setdefault(signature(value), value) for value in values}
        return cls(tuple(first.values()), alike=alike, open=open_)

    def cell(self, value: Value) -> Value:
        """The representative of a value's cell; raises KeyError for a value outside an enumeration."""
        if self.thresholds and not isinstance(value, str):
            index = bisect_left(self.thresholds, value)
            return self.cells[index + bisect_right(self.thresholds, value) if self.edges else index]
        if self.open and value not in self.alike:
            return self.alike[OTHER]
        return self.alike[value]


_BOOLEAN = Domain.grouped((True, False), lambda value: value)


class Program:
    """The rules of a pack that bind one level, indexed by the tag of the subject."""

    def __init__(self, pack: Pack, binds: Binding) -> None:
        self.pack = pack
        self.binds = binds
        self.tag = TAGS[binds]
        self.ladders = [ladder for ladder in pack.ladders if ladder.binds == binds]
        self.scoped = [scoped for scoped in pack.scoped if scoped.binds == binds]
        self.reaching: list[Scoped | Ladder] = [*self.ladders, *self.scoped]
        self.tags = self._tags()
        self.conditions = [rule.when for rule in self.rules() if rule.when is not None]
        self._shifts = {rule: Shift.of(rule.then) for rule in self.rules() if rule.then.kind == "one_level_up"}
        self.domains = self._domains()
        specs = {key: pack.catalogue.find(key.partition("@")[0]) for key in self.domains}
        self.defaults: dict[str, Value] = {
            key: spec.absent for key, spec in specs.items() if spec is not None and spec.absent is not None
        }
        self._zoned = {rule: self._needs_zone(rule.then) for rule in self.rules()}
        self._interned: dict[str, Outcome] = {}
        self._by_tag = {tag: self._section(tag) for tag in self.tags}

    def rules(self) -> list[Rule]:
        return [item.rule for item in self.scoped] + [row for ladder in self.ladders for row in ladder.rows]

    def _tags(self) -> tuple[str, ...]:
        named: set[str] = {OTHER}
        for item in self.reaching:
            named |= _industries(item) if self.binds == "line" else (item.kinds or frozenset())
        return tuple(sorted(named))

    def _domains(self) -> dict[str, Domain]:
        found = {self.tag: Domain.grouped(self.tags, self._reached, open_=True)}
        if self.binds != "line" and any(_industries(item) for item in self.reaching):
            industries = sorted({OTHER}.union(*(_industries(item) for item in self.reaching)))
            found[INDUSTRY] = Domain.grouped(
                industries, lambda tag: tuple(item.speaks_of(str(tag)) for item in self.reaching), open_=True
            )
        if self.pack.zones:
            found[ZONE] = Domain.grouped([zone.name for zone in self.pack.zones], lambda zone: zone)
        outer = [leaf for condition in self.conditions for leaf in outer_leaves(condition)]
        for fact, key in dict.fromkeys([*((leaf.fact, leaf.key) for leaf in outer), *self._shifted()]):
            found[key] = self._domain(fact, [other for other in outer if other.key == key])
        for condition in self.conditions:
            for node in quantified(condition):
                found[node.key] = _BOOLEAN
        return found

    def _shifted(self) -> list[tuple[str, str]]:
        return [(shift.fact, shift.fact) for shift in self._shifts.values()]

    def _domain(self, fact: str, used: list[Leaf]) -> Domain:
        spec = self.pack.catalogue[fact]
        if spec.type == "boolean":
            return _BOOLEAN
        if spec.type != "number":
            tests = [test_of(leaf) for leaf in used]
            steps = [shift.levels for shift in self._shifts.values() if shift.fact == fact]

            def alike(value: Value) -> object:
                # Values that a tightening sends apart are told apart, even where no condition does.
                nexts = [step.get(str(value)) for step in steps]
                return [
                    tests_of(tests, value),
                    *(n if n in {None, BEYOND} else tests_of(tests, n or "") for n in nexts),
                ]

            return Domain.grouped(spec.options, lambda value: str(alike(value)))
        limits = tuple(sorted({float(leaf.operand) for leaf in used if not isinstance(leaf.operand, frozenset)}))
        if all(leaf.op in {"le", "gt"} for leaf in used):
            return Domain((*limits, limits[-1] + 1.0), limits)
        between = [limits[0] - 1.0]
        for low, high in zip(limits, (*limits[1:], limits[-1] + 2.0), strict=True):
            between += [low, (low + high) / 2]
        return Domain(tuple(between), limits, edges=True)

    def _reached(self, tag: Value) -> tuple[object, ...]:
        """What can reach a subject of this tag: tags that nothing tells apart share a cell."""
        return tuple(index for index, item in enumerate(self.reaching) if item.reaches(str(tag)))

    def _needs_zone(self, measure: Measure) -> bool:
        """Whether the measure's days differ between zones (A-L3: a span may be cut by a short window)."""
        if not self.pack.zones or not measure.acts:
            return False
        match measure.when:
            case During(span=None):
                return True
            case During(span=span) if span is not None:
                windows = [self.pack.window(zone.name) for zone in self.pack.zones]
                seasons = [(w.of_season(year), span.of_season(year)) for w in windows for year in SEASONS]
                return any(
                    not (outer.start <= inner.start and (inner.until or inner.start) <= (outer.until or outer.start))
                    for outer, inner in seasons
                )
            case OpenEnd():
                return measure.when.until == "season_end" and measure.when.last is None
            case _:
                return False

    def _section(self, tag: str) -> "Section":
        reached: dict[Stage, list[Guarded]] = {stage: [] for stage in STAGES}
        for item in self.scoped:
            if item.reaches(tag):
                reached[item.rule.stage].append((item.rule, self._guard(item, compiled(item.rule.when))))
        return Section(
            stages=reached,
            ladders=[self._rows(ladder) for ladder in self.ladders if ladder.reaches(tag)],
            named=[ladder for ladder in self.ladders if ladder.reaches(tag)],
        )

    def _rows(self, ladder: Ladder) -> "Rows":
        rows = [(row, self._guard(ladder, compiled(row.when))) for row in ladder.rows]
        return Rows(rows, [one for one in rows if ladder.lowest and one[0].class_ == ladder.lowest])

    def _guard(self, item: "Scoped | Ladder", holds: Holds) -> Holds:
        """The condition; below lines, a rule for some industries also asks the industry of the line."""
        if self.binds in {"line", "site"} or not item.asks_industry:
            return holds
        return lambda assign: item.speaks_of(str(assign[INDUSTRY])) and holds(assign)

    def section(self, tag: str | None) -> "Section":
        """The rules that can reach a subject of this tag."""
        return self._by_tag[tag if tag in self._by_tag else OTHER]

    def run(self, assign: Assign) -> Outcome:
        """Apply the stages in order (A-G16); raises KeyError naming the first fact that is missing."""
        section = self._by_tag[str(assign[self.tag])]
        gates = section.holding("gate", assign)
        penalties = section.holding("penalty", assign)
        stopped = any(rule.then.stops for rule in gates)
        special = () if stopped else (*section.holding("livelihood", assign), *section.holding("exemption", assign))
        rows: tuple[Rule, ...] = ()
        changed: dict[Rule, Measure] = {}
        if not stopped:
            lifted = any(rule.lifts for rule in (*gates, *special))
            rows, changed = self._consulted(section, assign, penalties, lifted=lifted)
        adjustments = section.adjusting(rows, assign)
        changed |= adjusted(rows, adjustments)
        after = (*section.holding("warning", assign), *section.holding("transport", assign))
        return self._intern((*gates, *special, *rows, *adjustments, *penalties, *after), changed, assign)

    def _consulted(
        self, section: "Section", assign: Assign, penalties: tuple[Rule, ...], *, lifted: bool
    ) -> tuple[tuple[Rule, ...], dict[Rule, Measure]]:
        """The rows of the ladders, tightened by penalties; those reach the exempt too (A-G16)."""
        lowered = any(rule.then.kind == "lowest_class" for rule in penalties)
        raising = next((rule for rule in penalties if rule.then.kind == "one_level_up"), None)
        if lifted and not lowered and raising is None:
            return (), {}
        if raising is not None and (shift := self._shifts[raising]).fact in section.asked:
            beyond = shift.levels.get(str(assign[shift.fact]))
            if beyond == BEYOND:
                return (), {raising: Measure(kind="stop")}
            if beyond is not None:
                assign = {**assign, shift.fact: self.domains[shift.fact].cell(beyond)}
        return section.chosen(assign, lowest=lowered), {}

    def _intern(self, rules: tuple[Rule, ...], changed: dict[Rule, Measure], assign: Assign) -> Outcome:
        zoned = frozenset(
            rule for rule in rules if (self._needs_zone(changed[rule]) if rule in changed else self._zoned[rule])
        )
        zone = str(assign[ZONE]) if zoned else None
        code = "+".join(f"{rule.id}!" if rule in changed and rule.stage == "penalty" else rule.id for rule in rules)
        code += f"@{zone}" if zone else ""
        if code in self._interned:
            return self._interned[code]
        measures = {rule: changed.get(rule, rule.then) for rule in rules}
        effect = frozenset(
            self._effect(measure, zone if rule in zoned else None) for rule, measure in measures.items() if measure.acts
        )
        self._interned[code] = Outcome(rules, zone, zoned, effect, code, changed)
        return self._interned[code]

    def _effect(self, measure: Measure, zone: str | None) -> str:
        """Measures with the same days and numbers have the same effect, however their days are written."""
        window = self.pack.window(zone or self.pack.windows[0].zone)
        when: object = measure.when
        if isinstance(measure.when, During):
            when = [window_of(measure, season=year, zone_window=window, finding_day=None) for year in SEASONS]
        elif isinstance(measure.when, OpenEnd) and measure.when.until == "season_end" and measure.when.last is None:
            when = (measure.when.first, [window.of_season(year).until for year in SEASONS])
        return f"{measure.kind} {when} {_canonical(measure.params)}"


def _canonical(value: object) -> str:
    """Numbers and words as text: the order of keys and what was read into a period change no effect."""
    match value:
        case Mapping():
            return str(sorted((str(key), _canonical(one)) for key, one in value.items()))
        case list() | tuple():
            return str([_canonical(one) for one in value])
        case Span():
            return f"{value.first} {value.last}"
        case Measure():
            span = getattr(value.when, "span", None)
            return f"{value.kind} {_canonical(span) if span else value.when} {_canonical(value.params)}"
        case _:
            return repr(value)


def _industries(item: Scoped | Ladder) -> frozenset[str]:
    return item.industry.tags if isinstance(item, Ladder) else (item.tags or frozenset()) | item.except_tags

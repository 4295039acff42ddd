"""A pack compiled for one level: given enough facts it yields an outcome, otherwise it names the fact it needs."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.domain.decisions.outcomes import Outcome
from app.domain.policies.conditions import AnyOf, Leaf, Node, Not, Quantified, leaves, quantified, test_of
from app.domain.policies.facts import Value
from app.domain.policies.measures import During, Measure, OpenEnd, window_of
from app.domain.policies.pack import Binding, Ladder, Pack, Rule, Scoped

Assign = Mapping[str, Value]
Holds = Callable[[Assign], bool]
Guarded = tuple[Rule, Holds]
ZONE = "zone"
INDUSTRY = "industry"
TAGS: dict[Binding, str] = {"line": INDUSTRY, "unit": "unit_kind"}
OTHER = "other"
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
        self.gates = [scoped for scoped in pack.gates if scoped.binds == binds]
        self.penalties = [scoped for scoped in pack.penalties if scoped.binds == binds]
        self.warnings = [scoped for scoped in pack.warnings if scoped.binds == binds]
        self.scoped = [*self.gates, *self.penalties, *self.warnings]
        self.tags = self._tags()
        self.conditions = [rule.when for rule in self._rules() if rule.when is not None]
        self.domains = self._domains()
        self.defaults: dict[str, Value] = {
            name: fact.absent
            for name, fact in pack.catalogue.facts.items()
            if fact.absent is not None and name in self.domains
        }
        self._zoned = {rule: self._needs_zone(rule) for rule in self._rules()}
        self._interned: dict[str, Outcome] = {}
        self._by_tag = {tag: self._section(tag) for tag in self.tags}

    def _rules(self) -> list[Rule]:
        return [item.rule for item in self.scoped] + [row for ladder in self.ladders for row in ladder.rows]

    def _tags(self) -> tuple[str, ...]:
        named: set[str] = {OTHER}
        for ladder in self.ladders:
            named |= ladder.industry.tags
        for item in self.scoped:
            named |= (item.kinds or frozenset()) if self.binds == "unit" else _industries(item)
        return tuple(sorted(named))

    def _domains(self) -> dict[str, Domain]:
        found = {self.tag: Domain.grouped(self.tags, self._reaching, open_=True)}
        if self.binds == "unit" and any(_industries(item) for item in self.scoped):
            industries = sorted({OTHER}.union(*(_industries(item) for item in self.scoped)))
            found[INDUSTRY] = Domain.grouped(
                industries, lambda tag: tuple(item.speaks_of(str(tag)) for item in self.scoped), open_=True
            )
        if self.pack.zones:
            found[ZONE] = Domain.grouped([zone.name for zone in self.pack.zones], lambda zone: zone)
        outer = [leaf for condition in self.conditions for leaf in _outer_leaves(condition)]
        for leaf in outer:
            found[leaf.fact] = self._domain(leaf.fact, [other for other in outer if other.fact == leaf.fact])
        for condition in self.conditions:
            for node in quantified(condition):
                found[node.key] = _BOOLEAN
        return found

    def _domain(self, fact: str, used: list[Leaf]) -> Domain:
        spec = self.pack.catalogue[fact]
        if spec.type == "boolean":
            return _BOOLEAN
        if spec.type != "number":
            tests = [test_of(leaf) for leaf in used]
            return Domain.grouped(spec.options, lambda value: tuple(test(value) for test in tests))
        limits = tuple(sorted({float(leaf.operand) for leaf in used if not isinstance(leaf.operand, frozenset)}))
        if all(leaf.op in {"le", "gt"} for leaf in used):
            return Domain((*limits, limits[-1] + 1.0), limits)
        between = [limits[0] - 1.0]
        for low, high in zip(limits, (*limits[1:], limits[-1] + 2.0), strict=True):
            between += [low, (low + high) / 2]
        return Domain(tuple(between), limits, edges=True)

    def _reaching(self, tag: Value) -> tuple[object, ...]:
        """What can reach a subject of this tag: tags that nothing tells apart share a cell."""
        ladder = next((ladder for ladder in self.ladders if tag in ladder.industry.tags), None)
        return (
            ladder.industry.name if ladder else None,
            *(item.rule.id for item in self.scoped if item.reaches(str(tag))),
        )

    def _needs_zone(self, rule: Rule) -> bool:
        """Whether the measure's days differ between zones (A-L3: a span may be cut by a short window)."""
        if not self.pack.zones or not rule.then.binds_production:
            return False
        match rule.then.when:
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
                return rule.then.when.until == "season_end"
            case _:
                return False

    def _section(self, tag: str) -> "_Section":
        def reached(items: Iterable[Scoped]) -> list[Guarded]:
            return [(item.rule, self._guard(item)) for item in items if item.reaches(tag)]

        ladder = next((ladder for ladder in self.ladders if tag in ladder.industry.tags), None)
        return _Section(
            gates=reached(self.gates),
            rows=_guarded(ladder.rows if ladder else ()),
            lowest=_guarded(ladder.lowest_rows if ladder else ()),
            penalties=reached(self.penalties),
            warnings=reached(self.warnings),
            ladder=ladder,
        )

    def _guard(self, item: Scoped) -> Holds:
        """The rule's condition; a rule for units of some industries also asks the industry of their line."""
        holds = compiled(item.rule.when)
        if self.binds == "line" or not _industries(item):
            return holds
        return lambda assign: item.speaks_of(str(assign[INDUSTRY])) and holds(assign)

    def section(self, tag: str | None) -> "_Section":
        """The rules that can reach a subject of this tag."""
        return self._by_tag[tag if tag in self._by_tag else OTHER]

    def run(self, assign: Assign) -> Outcome:
        """Apply the stages in order (A-G16); raises KeyError naming the first fact that is missing."""
        section = self._by_tag[str(assign[self.tag])]
        gates = [rule for rule, holds in section.gates if holds(assign)]
        penalties = [rule for rule, holds in section.penalties if holds(assign)]
        warnings = [rule for rule, holds in section.warnings if holds(assign)]
        lowered = any(rule.then.kind == "lowest_class" for rule in penalties)
        stopped = any(rule.then.stops for rule in gates)
        row = None if stopped else section.row(assign, lowest=lowered)
        applied = (*gates, *([row] if row else []), *penalties, *warnings)
        zoned = frozenset(rule for rule in applied if self._zoned[rule])
        return self._intern(applied, str(assign[ZONE]) if zoned else None, zoned)

    def _intern(self, rules: tuple[Rule, ...], zone: str | None, zoned: frozenset[Rule]) -> Outcome:
        code = "+".join(rule.id for rule in rules) + (f"@{zone}" if zone else "")
        if code in self._interned:
            return self._interned[code]
        effect = frozenset(
            self._effect(rule.then, zone if rule in zoned else None) for rule in rules if rule.then.binds_production
        )
        self._interned[code] = Outcome(rules, zone, zoned, effect)
        return self._interned[code]

    def _effect(self, measure: Measure, zone: str | None) -> str:
        """Measures with the same days and numbers have the same effect, however their days are written."""
        window = self.pack.window(zone or self.pack.windows[0].zone)
        when: object = measure.when
        if isinstance(measure.when, During):
            when = [window_of(measure, season=year, zone_window=window, finding_day=None) for year in SEASONS]
        elif isinstance(measure.when, OpenEnd) and measure.when.until == "season_end":
            when = (measure.when.first, [window.of_season(year).until for year in SEASONS])
        return f"{measure.kind} {when} {sorted(measure.params.items(), key=lambda item: item[0])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """The rules one tag can meet, with their compiled conditions."""

    gates: list[Guarded]
    rows: list[Guarded]
    lowest: list[Guarded]
    penalties: list[Guarded]
    warnings: list[Guarded]
    ladder: Ladder | None

    def row(self, assign: Assign, *, lowest: bool) -> Rule | None:
        """The first row that holds; a lowered line gets its lowest class even where no row of it holds (L12-52)."""
        rows = self.lowest if lowest and self.lowest else self.rows
        found = next((rule for rule, holds in rows if holds(assign)), None)
        return rows[-1][0] if found is None and rows is self.lowest else found

    def rules(self) -> list[Rule]:
        return [rule for rule, _ in (*self.gates, *self.rows, *self.penalties, *self.warnings)]


def _industries(item: Scoped) -> frozenset[str]:
    return (item.tags or frozenset()) | item.except_tags


def _guarded(rows: Iterable[Rule]) -> list[Guarded]:
    return [(row, compiled(row.when)) for row in rows]


def _outer_leaves(node: Node) -> Iterable[Leaf]:
    inner = {id(leaf) for each in quantified(node) for leaf in leaves(each.part)}
    return [leaf for leaf in leaves(node) if id(leaf) not in inner]


def compiled(node: Node | None) -> Holds:
    """The condition as a closure; a missing fact raises KeyError."""
    if node is None:
        return lambda _: True
    if isinstance(node, Leaf):
        fact, test = node.fact, test_of(node)
        return lambda assign: test(assign[fact])
    if isinstance(node, Quantified):
        key = node.key
        return lambda assign: bool(assign[key])
    if isinstance(node, Not):
        part = compiled(node.part)
        return lambda assign: not part(assign)
    parts = [compiled(part) for part in node.parts]
    if isinstance(node, AnyOf):
        return lambda assign: any(part(assign) for part in parts)
    return lambda assign: all(part(assign) for part in parts)

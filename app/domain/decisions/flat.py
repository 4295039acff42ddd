"""The fast way through a province: trees flattened to records once, when their snapshot is taken.

A flat tree carries values without evidence. It serves only to decide in bulk; explanations, and `verify`, evaluate the
full tree again, so the two ways prove each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.domain.decisions.diagram import Diagram, Entrance
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.outcomes import Outcomes
from app.domain.decisions.program import INDUSTRY, Program
from app.domain.decisions.records import group_truth
from app.domain.decisions.season import Stretch, season_bounds
from app.domain.decisions.subjects import UNVERIFIED, Subject, change_days, span_at
from app.domain.facts.derivations import derived_value
from app.domain.policies.conditions import Quantified, leaves
from app.domain.policies.facts import Derivation, Level, Value

# [from day ("" for always), values, names whose claimed acceptance nobody verified]
FlatStretch = tuple[str, dict[str, Value], list[str]]
# [id, level, industry, kind of unit, region, stretches, number of the site, number of the line]
FlatSubject = tuple[str, Level, str | None, str | None, str, list[FlatStretch], int, int]

_tuple = tuple.__new__


def flatten(tree: Subject) -> list[FlatSubject]:
    """Every line and unit of an enterprise with the facts it inherits, for each stretch between changes."""
    found: list[FlatSubject] = []
    for site_number, site in enumerate(tree["children"]):
        for line in site["children"]:
            chain = (tree, site, line)
            place = (site_number, len(found))
            found.append(_flat(chain, None, place))
            processes = {child["code"]: child for child in line["children"] if child["level"] == "process"}
            for unit in line["children"]:
                if unit["level"] == "unit":
                    process = processes.get(unit.get("process") or "")
                    below = (*chain, process, unit) if process else (*chain, unit)
                    found.append(_flat(below, unit.get("kind"), place))
    return found


def _flat(chain: tuple[Subject, ...], kind: str | None, place: tuple[int, int]) -> FlatSubject:
    days = sorted({"", *(day for subject in chain for day in change_days({**subject, "children": []}))})
    line = chain[2]
    stretches = [_stretch(chain, day) for day in days]
    subject = chain[-1]
    region = chain[1].get("region") or ""
    return subject["id"], subject["level"], line.get("industry"), kind, region, stretches, *place


def _within(one: FlatSubject, subject: FlatSubject, ancestor: Level) -> bool:
    """Whether a possible member lies below the same ancestor."""
    return ancestor == "enterprise" or (one[6] == subject[6] and (ancestor == "site" or one[7] == subject[7]))


def _stretch(chain: tuple[Subject, ...], day: str) -> FlatStretch:
    values: dict[str, Value] = {}
    unverified: dict[str, None] = {}
    for subject in chain:
        for name, spans in subject["facts"].items():
            span = span_at(spans, day)
            if span is None:
                continue
            values[name] = span["value"]
            unverified.pop(name, None)
            if not span["verified"] and span["value"] in UNVERIFIED:
                unverified[name] = None
    return day, values, list(unverified)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How subjects of one kind in one region are decided: what their place says, and the questions to their groups."""

    level: Level
    diagram: Diagram
    place: dict[str, Value]
    entrance: Entrance
    asked: list[Quantified]
    # Facts by arithmetic that some rule asks of such a subject.
    derived: list[tuple[str, Derivation]]


class FlatDecider:
    """Decides flat enterprises for one season; answers None where only the full tree can tell."""

    def __init__(self, evaluator: Evaluator, season: int) -> None:
        self.pack = evaluator.pack
        self.reader = evaluator.reader
        self.first, self.end = season_bounds(season)
        self._low, self._high = self.first.isoformat(), self.end.isoformat()
        self._programs: dict[Level, tuple[Program, Diagram]] = {
            binds: (evaluator.programs[binds], evaluator.diagrams[binds]) for binds in evaluator.programs
        }
        # What flat trees do not carry: sites, processes, and states as of an earlier day.
        reader = evaluator.reader
        self._too_deep = reader.binds_sites or bool(evaluator.programs["process"].reaching) or bool(reader.dated)
        self._nothing_to_walk = self._too_deep or not evaluator.pack.in_effect(season)
        self._derived = [(fact.name, fact.derive) for fact in self.reader.derived if fact.derive is not None]
        self._ways: dict[tuple[Level, str | None, str | None, str], _Way | None] = {}

    def decide(self, flat: list[FlatSubject]) -> list[Stretch] | None:
        """The same stretches that evaluating the tree would give."""
        if self._nothing_to_walk:
            return None if self._too_deep else []
        found: list[Stretch] = []
        first, end, ways = self.first, self.end, self._ways
        # Most of a province's time is spent between here and the end of this loop.
        for subject in flat:
            name, level, industry, kind, region, stretches, _, _ = subject
            key = (level, industry, kind, region)
            way = ways.get(key) or self._way(*key)
            if way is None:
                continue
            place = way.place
            if way.asked:
                groups = self._groups(subject, way.asked, flat)
                if groups is None:
                    return None
                place = place | groups
            inside = stretches if len(stretches) == 1 else self._inside(stretches)
            if len(inside) > 1:
                found += self._stretches(subject, inside, place, way)
                continue
            _, values, unverified = inside[0]
            record = values | place
            if unverified or way.derived:
                record = self._completed(record, unverified, way.derived)
            outcomes = way.diagram.outcomes(record, way.entrance)
            # What `Stretch(...)` does, without its detour.
            found.append(_tuple(Stretch, (name, way.level, first, end, outcomes.status, outcomes)))
        return found

    def _way(self, level: Level, industry: str | None, kind: str | None, region: str) -> _Way | None:
        """None where the plan does not govern the region or binds no unit of this kind."""
        key = (level, industry, kind, region)
        if key not in self._ways:
            self._ways[key] = self._made(*key) if self._bound(level, kind, region) else None
        return self._ways[key]

    def _made(self, level: Level, industry: str | None, kind: str | None, region: str) -> _Way:
        program, diagram = self._programs[level]
        tag = kind if level == "unit" else industry
        known = {INDUSTRY: industry, program.tag: tag, **self.reader.place(region)}
        place: dict[str, Value] = {key: value for key, value in known.items() if value is not None}
        return _Way(
            level=level,
            diagram=diagram,
            place=place,
            entrance=diagram.entrance(place),
            asked=self.reader.asked_groups(industry),
            derived=[one for one in self._derived if tag is None or one[0] in _asked(program, tag)],
        )

    def _bound(self, level: Level, kind: str | None, region: str) -> bool:
        return self.pack.governs(region) and (level != "unit" or self.reader.binds("unit", kind))

    def _groups(
        self, subject: FlatSubject, asked: list[Quantified], flat: list[FlatSubject]
    ) -> dict[str, Value] | None:
        """The truths of the conditions over groups; None where members change in time or are not in flat trees."""
        truths: dict[str, Value] = {}
        levels = {one[1] for one in flat}
        for node in asked:
            group = self.pack.groups[node.group]
            if group.level != "process" and group.level not in levels:
                # Nothing is registered there, which settles nothing.
                continue
            around = [one for one in flat if one[1] == group.level and _within(one, subject, group.within)]
            if group.level == "process":
                return None
            inside = [self._inside(one[5]) for one in around]
            if any(len(one) > 1 for one in inside):
                return None
            kinds = ((one[2] if one[1] == "line" else one[3], own[0]) for one, own in zip(around, inside, strict=True))
            members = [(kind, facts) for kind, facts in kinds if kind is None or kind in group.kinds]
            truth = group_truth(
                node,
                (
                    (kind, self._completed(dict(values), unverified, self._derived))
                    for kind, (_, values, unverified) in members
                ),
                self.reader.absent,
                registered=bool(around),
            )
            if truth is not None:
                truths[node.key] = truth
        return truths

    def _stretches(
        self, subject: FlatSubject, stretches: list[FlatStretch], place: dict[str, Value], way: _Way
    ) -> Iterator[Stretch]:
        """A subject whose facts change: neighbours that say the same are one."""
        last: Outcomes | None = None
        since = self.first
        for day, values, unverified in stretches:
            outcomes = way.diagram.outcomes(self._completed(values | place, unverified, way.derived), way.entrance)
            if outcomes is last:
                continue
            begins = date.fromisoformat(day) if day > self._low else self.first
            if last is not None:
                yield Stretch(subject[0], subject[1], since, begins, last.status, last)
            last, since = outcomes, begins
        if last is not None:
            yield Stretch(subject[0], subject[1], since, self.end, last.status, last)

    def _completed(
        self, record: dict[str, Value], unverified: list[str], derived: list[tuple[str, Derivation]]
    ) -> dict[str, Value]:
        """Claims nobody verified count as done (L12-49); what follows by arithmetic is added."""
        for name in unverified:
            record[name] = self.reader.counts_as(name, record[name], verified=False)
        for fact, derivation in derived:
            if derivation.of in record and fact not in record:
                value = derived_value(derivation, record)
                if value is not None:
                    record[fact] = value
        return record

    def _inside(self, stretches: list[FlatStretch]) -> list[FlatStretch]:
        """The stretch the season begins in, and those that begin within it."""
        begun = [index for index, stretch in enumerate(stretches) if stretch[0] <= self._low]
        return [stretch for stretch in stretches[begun[-1] :] if stretch[0] < self._high]


def _asked(program: Program, tag: str) -> set[str]:
    """The facts that rules for a tag ask of the subject itself."""
    rules = program.section(tag).rules()
    return {leaf.fact for rule in rules if rule.when is not None for leaf in leaves(rule.when)}

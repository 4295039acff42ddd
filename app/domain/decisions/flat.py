"""The fast way through a province: trees flattened to records once, when their snapshot is taken.

A flat tree carries values without evidence. It serves only to decide in bulk; explanations, and `verify`, evaluate the
full tree again, so the two ways prove each other.
"""

from collections.abc import Iterator
from datetime import date

from app.domain.decisions.diagram import Diagram
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.outcomes import Outcomes
from app.domain.decisions.program import INDUSTRY, Program
from app.domain.decisions.records import group_truth
from app.domain.decisions.season import Stretch, season_bounds
from app.domain.decisions.subjects import Subject, change_days, span_at
from app.domain.facts.derivations import derived_value
from app.domain.policies.facts import Level, Value

# [from day ("" for always), values, names whose claimed acceptance nobody verified]
FlatStretch = tuple[str, dict[str, Value], list[str]]
# [id, level, industry, kind of unit, region, stretches, number of the site, number of the line]
FlatSubject = tuple[str, Level, str | None, str | None, str, list[FlatStretch], int, int]

_CLAIMS = {"accepted", "not_applicable"}


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
            if not span["verified"] and span["value"] in _CLAIMS:
                unverified[name] = None
    return day, values, list(unverified)


class FlatDecider:
    """Decides flat enterprises for one season; answers None where only the full tree can tell."""

    def __init__(self, evaluator: Evaluator, season: int) -> None:
        self.pack = evaluator.pack
        self.reader = evaluator.reader
        self.first, self.end = season_bounds(season)
        self._low, self._high = self.first.isoformat(), self.end.isoformat()
        self._ways: dict[Level, tuple[Program, Diagram]] = {
            binds: (evaluator.programs[binds], evaluator.diagrams[binds]) for binds in evaluator.programs
        }
        self._in_effect = evaluator.pack.in_effect(season)
        # What flat trees do not carry: sites, processes, and states as of an earlier day.
        reader = evaluator.reader
        self._too_deep = reader.binds_sites or bool(evaluator.programs["process"].reaching) or bool(reader.dated)
        self._derived = [(fact.name, fact.derive) for fact in self.reader.derived if fact.derive is not None]
        self._places: dict[str, dict[str, Value] | None] = {}

    def decide(self, flat: list[FlatSubject]) -> list[Stretch] | None:
        """The same stretches that evaluating the tree would give."""
        if self._too_deep:
            return None
        if not self._in_effect:
            return []
        found: list[Stretch] = []
        for subject in flat:
            level, industry, kind, region = subject[1], subject[2], subject[3], subject[4]
            around = self._place(region)
            if around is None or (level == "unit" and not self.reader.binds("unit", kind)):
                continue
            groups = self._groups(subject, flat)
            if groups is None:
                return None
            found += self._subject(subject, kind if level == "unit" else industry, around, groups)
        return found

    def _groups(self, subject: FlatSubject, flat: list[FlatSubject]) -> dict[str, Value] | None:
        """The truths of the conditions over groups; None where members change in time or are not in flat trees."""
        truths: dict[str, Value] = {}
        for node in self.reader.asked_groups(subject[2]):
            group = self.pack.groups[node.group]
            around = [one for one in flat if one[1] == group.level and _within(one, subject, group.within)]
            if group.level == "process" or any(len(one[5]) > 1 for one in around):
                return None
            kinds = ((one[2] if one[1] == "line" else one[3], one[5][0]) for one in around)
            members = [(kind, facts) for kind, facts in kinds if kind is None or kind in group.kinds]
            truth = group_truth(
                node,
                ((kind, self._completed(dict(values), unverified)) for kind, (_, values, unverified) in members),
                registered=bool(around),
            )
            if truth is not None:
                truths[node.key] = truth
        return truths

    def _place(self, region: str) -> dict[str, Value] | None:
        """What follows from a region; None where the plan does not govern it."""
        if region not in self._places:
            self._places[region] = self.reader.place(region) if self.pack.governs(region) else None
        return self._places[region]

    def _subject(
        self, subject: FlatSubject, tag: str | None, around: dict[str, Value], groups: dict[str, Value]
    ) -> Iterator[Stretch]:
        program, diagram = self._ways[subject[1]]
        known: dict[str, Value | None] = {INDUSTRY: subject[2], program.tag: tag, **around, **groups}
        place: dict[str, Value] = {key: value for key, value in known.items() if value is not None}
        last: Outcomes | None = None
        since = self.first
        for day, values, unverified in self._inside(subject[5]):
            outcomes = diagram.outcomes(self._completed({**values, **place}, unverified))
            if outcomes is last:
                continue
            begins = date.fromisoformat(day) if day > self._low else self.first
            if last is not None:
                yield Stretch(subject[0], subject[1], since, begins, last.status, last)
            last, since = outcomes, begins
        if last is not None:
            yield Stretch(subject[0], subject[1], since, self.end, last.status, last)

    def _completed(self, record: dict[str, Value], unverified: list[str]) -> dict[str, Value]:
        """Claims nobody verified count as done (L12-49); what follows by arithmetic is added."""
        for name in unverified:
            record[name] = self.reader.counts_as(name, record[name], verified=False)
        for fact, derivation in self._derived:
            if derivation.of in record and fact not in record:
                value = derived_value(derivation, record)
                if value is not None:
                    record[fact] = value
        return record

    def _inside(self, stretches: list[FlatStretch]) -> list[FlatStretch]:
        """The stretch the season begins in, and those that begin within it."""
        if len(stretches) == 1:
            return stretches
        begun = [index for index, stretch in enumerate(stretches) if stretch[0] <= self._low]
        return [stretch for stretch in stretches[begun[-1] :] if stretch[0] < self._high]

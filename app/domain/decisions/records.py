"""From the tree to flat records: one per bound subject, facts inherited from above, groups read below."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.decisions.program import OTHER, ZONE, Program
from app.domain.decisions.subjects import FactSpan, Subject, span_at
from app.domain.facts.derivations import derived_value
from app.domain.policies.conditions import Quantified, Truth, conjunction, disjunction, kleene, leaves, quantified
from app.domain.policies.facts import Value
from app.domain.policies.pack import Group, Pack

Values = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the value of a fact comes from: the subject that carries it and the assertion."""

    subject_id: str
    span: FactSpan


@dataclass(frozen=True, slots=True)
class Bound:
    """A subject a rule can bind, with everything known about it on one day."""

    subject: Subject
    chain: tuple[Subject, ...]
    record: Values
    region: str

    def evidence(self, fact: str, day: str) -> Evidence | None:
        """The assertion behind a value, the nearest one first."""
        for subject in reversed(self.chain):
            span = span_at(subject["facts"].get(fact, []), day)
            if span is not None:
                return Evidence(subject["id"], span)
        return None


class Reader:
    """Reads trees for one pack: knows which facts, groups and derivations its conditions use."""

    def __init__(self, pack: Pack, lines: Program, units: Program) -> None:
        self.pack = pack
        self.lines = lines
        self.units = units
        self.programmes = frozenset(name for name, fact in pack.catalogue.facts.items() if fact.type == "programme")
        used = {leaf.fact for program in (lines, units) for node in program.conditions for leaf in leaves(node)}
        self.derived = [fact for name in sorted(used) if (fact := pack.catalogue[name]).derive is not None]
        self._groups = {tag: self._quantified(tag) for tag in lines.tags}

    def _quantified(self, tag: str) -> list[Quantified]:
        rules = [*self.lines.section(tag).rules(), *(item.rule for item in self.units.scoped)]
        return list({node.key: node for rule in rules if rule.when for node in quantified(rule.when)}.values())

    def bound(self, tree: Subject, day: str) -> Iterator[Bound]:
        """Every line, then every bound unit of it, on the sites this plan governs."""
        enterprise = self._facts(tree, day)
        for site in tree["children"]:
            region = site.get("region") or ""
            if not self.pack.governs(region):
                continue
            above = {**enterprise, **self._facts(site, day)}
            zone = self.pack.zone_of(region)
            if zone is not None:
                above[ZONE] = zone
            for line in site["children"]:
                yield from self._line((tree, site, line), above, region, day)

    def _line(self, chain: tuple[Subject, ...], above: Values, region: str, day: str) -> Iterator[Bound]:
        line = chain[-1]
        record = {**above, **self._facts(line, day)}
        tag = line.get("industry")
        if tag is not None:
            record[self.lines.tag] = tag
        for node in self.asked_groups(tag):
            truth = self._group_truth(node, chain, day)
            if truth is not None:
                record[node.key] = truth
        yield Bound(line, chain, self._completed(record), region)
        for unit_chain in self._unit_chains(chain):
            unit = unit_chain[-1]
            kind = unit.get("kind")
            if self.binds_unit(kind):
                values = record | self.chain_facts(unit_chain[len(chain) :], day)
                if kind is not None:
                    values[self.units.tag] = kind
                yield Bound(unit, unit_chain, self._completed(values), region)

    def binds_unit(self, kind: str | None) -> bool:
        """Whether some rule can bind units of this kind; an unregistered kind is asked only by rules for all units."""
        return any(item.kinds is None or kind in item.kinds for item in self.units.scoped)

    def asked_groups(self, tag: str | None) -> list[Quantified]:
        return self.quantified() if tag is None else self._groups[tag if tag in self._groups else OTHER]

    def quantified(self) -> list[Quantified]:
        return [node for nodes in self._groups.values() for node in nodes]

    def _facts(self, subject: Subject, day: str) -> Values:
        found: Values = {}
        for name, spans in subject["facts"].items():
            span = spans[0] if len(spans) == 1 and spans[0]["from"] is None and spans[0]["to"] is None else None
            span = span or span_at(spans, day)
            if span is None:
                continue
            found[name] = self.counts_as(name, span["value"], verified=span["verified"])
        return found

    def counts_as(self, name: str, value: Value, *, verified: bool) -> Value:
        """L12-49: until somebody verifies it, a claimed acceptance is work done, a claimed exception work not done."""
        if verified or name not in self.programmes:
            return value
        return {"accepted": "done", "not_applicable": "not_done"}.get(str(value), value)

    def chain_facts(self, chain: tuple[Subject, ...], day: str) -> Values:
        found: Values = {}
        for subject in chain:
            found |= self._facts(subject, day)
        return found

    def completed_chain(self, chain: tuple[Subject, ...], day: str) -> Values:
        return self._completed(self.chain_facts(chain, day))

    def _completed(self, values: Values) -> Values:
        """The values with what follows from them by arithmetic."""
        record = dict(values)
        for fact in self.derived:
            if fact.name not in record and fact.derive is not None:
                value = derived_value(fact.derive, record)
                if value is not None:
                    record[fact.name] = value
        return record

    def _unit_chains(self, chain: tuple[Subject, ...]) -> Iterator[tuple[Subject, ...]]:
        """Units below a line, each with its process in between where it has one."""
        line = chain[-1]
        processes = {child["code"]: child for child in line["children"] if child["level"] == "process"}
        for child in line["children"]:
            if child["level"] == "unit":
                process = processes.get(child.get("process") or "")
                yield (*chain, process, child) if process else (*chain, child)

    def members(self, group: Group, chain: tuple[Subject, ...]) -> tuple[list[tuple[Subject, ...]], bool]:
        """The possible members of a group, and whether anything at all is registered where they would be."""
        tree, site = chain[:2]
        sites = tree["children"] if group.within == "enterprise" else [site]
        lines = [(tree, s, one) for s in sites for one in s["children"]] if group.within != "line" else [chain[:3]]
        if group.level == "line":
            found = lines
        elif group.level == "process":
            found = [(*one, child) for one in lines for child in one[-1]["children"] if child["level"] == "process"]
        else:
            found = [unit for one in lines for unit in self._unit_chains(one)]
        possible = [chain for chain in found if _kind(chain[-1]) is None or _kind(chain[-1]) in group.kinds]
        return possible, bool(found)

    def _group_truth(self, node: Quantified, chain: tuple[Subject, ...], day: str) -> Truth:
        members, registered = self.members(self.pack.groups[node.group], chain)
        return group_truth(
            node, ((_kind(one[-1]), self.completed_chain(one, day)) for one in members), registered=registered
        )


def group_truth(node: Quantified, members: Iterable[tuple[str | None, Values]], *, registered: bool) -> Truth:
    """The truth of a condition over (kind, facts) of the possible members of its group."""
    if not registered:
        # Nothing at all is registered there yet: an empty list proves nothing, so it settles nothing.
        return None
    truths: list[Truth] = []
    for kind, facts in members:
        truth = kleene(node.part, facts.get)
        truths.append(truth if kind is not None or truth is node.every else None)
    return conjunction(truths) if node.every else disjunction(truths)


def _kind(subject: Subject) -> str | None:
    """What decides whether a subject belongs to a group: a line's industry, a unit's or process's kind."""
    return subject.get("industry") if subject["level"] == "line" else subject.get("kind")


def missing_below(reader: Reader, bound: Bound, key: str, day: str) -> Mapping[str, list[str]]:
    """The facts a quantified condition still lacks, by the member that lacks them."""
    node = next((node for node in reader.quantified() if node.key == key), None)
    if node is None:
        return {}
    members, _ = reader.members(reader.pack.groups[node.group], bound.chain)
    names = sorted({leaf.fact for leaf in leaves(node.part)})
    lacking: dict[str, list[str]] = {}
    for member in members:
        facts = reader.completed_chain(member, day)
        absent = [name for name in names if name not in facts]
        if absent:
            lacking[member[-1]["id"]] = absent
    return lacking

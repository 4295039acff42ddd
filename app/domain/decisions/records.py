"""From the tree to flat records: one per bound subject, facts inherited from above, groups read below."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.decisions.program import INDUSTRY, OTHER, ZONE, Program
from app.domain.decisions.subjects import UNVERIFIED, FactSpan, Subject, span_at, state_before
from app.domain.facts.derivations import derived_value
from app.domain.periods import ONE_DAY, MonthDay, season_of
from app.domain.policies.conditions import Quantified, Truth, conjunction, disjunction, kleene, leaves, quantified
from app.domain.policies.facts import Value
from app.domain.policies.leaves import place_key
from app.domain.policies.pack import Binding, Group, Pack, Rule

Values = dict[str, Value]
# Enterprise and site: what is bound above the lines.
SITE_CHAIN = 2


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

    def evidence(self, fact: str, day: str, *, eve: str | None = None) -> Evidence | None:
        """The assertion behind a value, the nearest one first; with `eve` the one of that earlier day."""
        for subject in reversed(self.chain):
            spans = subject["facts"].get(fact, [])
            span = span_at(spans, day) if eve is None else state_before(spans, eve, day)
            if span is not None:
                return Evidence(subject["id"], span)
        return None


class Reader:
    """Reads trees for one pack: knows which facts, groups, places and derivations its conditions use."""

    def __init__(self, pack: Pack, programs: Mapping[Binding, Program]) -> None:
        self.pack = pack
        self.programs = programs
        self.programmes = frozenset(name for name, fact in pack.catalogue.facts.items() if fact.type == "programme")
        asked = [leaf for program in programs.values() for node in program.conditions for leaf in leaves(node)]
        used = {leaf.fact for leaf in asked}
        # What an authority records and has not recorded of a member did not happen there either.
        facts = {leaf.key: pack.catalogue[leaf.fact] for leaf in asked}
        self.absent: Values = {key: fact.absent for key, fact in facts.items() if fact.absent is not None}
        self.derived = [fact for name in sorted(used) if (fact := pack.catalogue[name]).derive is not None]
        self.dated = sorted({(leaf.key, leaf.fact, leaf.at) for leaf in asked if leaf.at is not None})
        self.places = [(place_key(place.name), place) for place in pack.places if place_key(place.name) in used]
        self.binds_sites = bool(programs["site"].reaching)
        below = [rule for level in ("unit", "process") for rule in programs[level].rules()]
        self._groups = {
            tag: _quantified([*programs["line"].section(tag).rules(), *below]) for tag in programs["line"].tags
        }
        self._site_groups = _quantified(programs["site"].rules())

    def bound(self, tree: Subject, day: str) -> Iterator[Bound]:
        """On the sites this plan governs: the site, then every line with the processes and units it binds."""
        enterprise = self._facts(tree, day)
        for site in tree["children"]:
            region = site.get("region") or ""
            if not self.pack.governs(region):
                continue
            above = {**enterprise, **self._facts(site, day), **self.place(region)}
            if self.binds_sites:
                yield Bound(site, (tree, site), self._site((tree, site), above, day), region)
            for line in site["children"]:
                yield from self._line((tree, site, line), above, region, day)

    def place(self, region: str) -> Values:
        """What follows from where a site lies: its zone, and the places it is known to lie in or outside of."""
        zone = self.pack.zone_of(region)
        found: Values = {} if zone is None else {ZONE: zone}
        for key, place in self.places:
            inside = place.holds(region)
            if inside is not None:
                found[key] = inside
        return found

    def _site(self, chain: tuple[Subject, ...], above: Values, day: str) -> Values:
        record = {**above, self.programs["site"].tag: OTHER, **self._as_of(chain, day)}
        return self._completed(record | self._truths(self._site_groups, chain, day))

    def _line(self, chain: tuple[Subject, ...], above: Values, region: str, day: str) -> Iterator[Bound]:
        line = chain[-1]
        tag = line.get("industry")
        own = {**above, **self._facts(line, day)}
        if tag is not None:
            own[INDUSTRY] = tag
        own |= self._truths(self.asked_groups(tag), chain, day)
        yield Bound(line, chain, self._completed(own | self._as_of(chain, day)), region)
        for inner in (*_processes(line, chain), *self._unit_chains(chain)):
            subject = inner[-1]
            level: Binding = "unit" if subject["level"] == "unit" else "process"
            kind = subject.get("kind")
            if self.binds(level, kind):
                values = own | self.chain_facts(inner[len(chain) :], day) | self._as_of(inner, day)
                if kind is not None:
                    values[self.programs[level].tag] = kind
                yield Bound(subject, inner, self._completed(values), region)

    def binds(self, level: Binding, kind: str | None) -> bool:
        """Whether some rule can bind units or processes of this kind; an unregistered kind only meets rules for all."""
        return any(item.kinds is None or kind in item.kinds for item in self.programs[level].reaching)

    def asked_groups(self, tag: str | None) -> list[Quantified]:
        if tag is None:
            return list({node.key: node for nodes in self._groups.values() for node in nodes}.values())
        return self._groups[tag if tag in self._groups else OTHER]

    def quantified(self) -> list[Quantified]:
        return [*self.asked_groups(None), *self._site_groups]

    def _truths(self, nodes: Iterable[Quantified], chain: tuple[Subject, ...], day: str) -> Values:
        found = {node.key: self._group_truth(node, chain, day) for node in nodes}
        return {key: truth for key, truth in found.items() if truth is not None}

    def _as_of(self, chain: tuple[Subject, ...], day: str) -> Values:
        """The states asked as they stood before a day of the season (A-G20)."""
        found: Values = {}
        for key, fact, at in self.dated:
            eve = self.eve(at, day)
            value = self._completed(self.chain_facts(chain, day, eve=eve)).get(fact)
            if value is not None:
                found[key] = value
        return found

    def eve(self, at: MonthDay, day: str) -> str:
        """The day before a month-day of the season that a day lies in."""
        return (at.of_season(season_of(date.fromisoformat(day))) - ONE_DAY).isoformat()

    def _facts(self, subject: Subject, day: str, *, eve: str | None = None) -> Values:
        found: Values = {}
        for name, spans in subject["facts"].items():
            span = spans[0] if len(spans) == 1 and spans[0]["from"] is None and spans[0]["to"] is None else None
            span = span or (span_at(spans, day) if eve is None else state_before(spans, eve, day))
            if span is None:
                continue
            found[name] = self.counts_as(name, span["value"], verified=span["verified"])
        return found

    def counts_as(self, name: str, value: Value, *, verified: bool) -> Value:
        """The value of a treatment programme as far as it is verified (L12-49); any other fact as it is claimed."""
        return value if verified or name not in self.programmes else UNVERIFIED.get(value, value)

    def chain_facts(self, chain: tuple[Subject, ...], day: str, *, eve: str | None = None) -> Values:
        """The facts of a chain on a day; with `eve` the states of that earlier day, as known on the day."""
        found: Values = {}
        for subject in chain:
            found |= self._facts(subject, day, eve=eve)
        return found

    def completed_chain(self, chain: tuple[Subject, ...], day: str) -> Values:
        return self._completed(self.chain_facts(chain, day) | self._as_of(chain, day))

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
        own = group.within == "line" and len(chain) > SITE_CHAIN
        lines = [chain[:3]] if own else [(tree, s, one) for s in sites for one in s["children"]]
        if group.level == "line":
            found = lines
        elif group.level == "process":
            found = [process for one in lines for process in _processes(one[-1], one)]
        else:
            found = [unit for one in lines for unit in self._unit_chains(one)]
        possible = [chain for chain in found if _kind(chain[-1]) is None or _kind(chain[-1]) in group.kinds]
        return possible, bool(found)

    def _group_truth(self, node: Quantified, chain: tuple[Subject, ...], day: str) -> Truth:
        members, registered = self.members(self.pack.groups[node.group], chain)
        found = ((_kind(one[-1]), self.completed_chain(one, day)) for one in members)
        return group_truth(node, found, self.absent, registered=registered)


def _quantified(rules: Iterable[Rule]) -> list[Quantified]:
    return list({node.key: node for rule in rules if rule.when for node in quantified(rule.when)}.values())


def _processes(line: Subject, chain: tuple[Subject, ...]) -> list[tuple[Subject, ...]]:
    return [(*chain, child) for child in line["children"] if child["level"] == "process"]


def group_truth(
    node: Quantified, members: Iterable[tuple[str | None, Values]], absent: Values, *, registered: bool
) -> Truth:
    """The truth of a condition over (kind, facts) of the possible members of its group."""
    if not registered:
        # Nothing at all is registered there yet: an empty list proves nothing, so it settles nothing.
        return None
    truths: list[Truth] = []
    for kind, facts in members:
        truth = kleene(node.part, {**absent, **facts}.get)
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
        absent = [name for name in names if name not in facts and name not in reader.absent]
        if absent:
            lacking[member[-1]["id"]] = absent
    return lacking

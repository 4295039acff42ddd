"""evaluate: facts in, explained decision out. No clock, no I/O: the same arguments give the same decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.acts.effects import ApprovedLoad, Determination, Effect
from app.domain.decisions.diagram import Diagram
from app.domain.decisions.outcomes import Outcome, Outcomes, Status
from app.domain.decisions.program import ZONE, Program
from app.domain.decisions.records import Bound, Reader
from app.domain.decisions.subjects import Subject
from app.domain.decisions.trace import RuleTrace, Tracer
from app.domain.policies.conditions import AnyOf, Leaf, Node, Not, Quantified, leaves, quantified, test_of
from app.domain.policies.facts import Value
from app.domain.policies.measures import ONE_LEVEL_UP, Constraint, Measure, window_of
from app.domain.policies.pack import BINDINGS, Binding, Pack, Rule

# Part of every stored decision: raise it when the same pack and facts may give another answer.
EVALUATOR_VERSION = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A rule that applies, the constraint it makes, and the act that answered it or named its number."""

    rule: Rule
    constraint: Constraint
    act: Effect | None = None
    certain: bool = True

    @property
    def determination(self) -> Determination | None:
        return self.act if isinstance(self.act, Determination) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one plan says of one subject on one day, and everything needed to explain it."""

    pack: Pack
    season: int
    day: date
    bound: Bound
    outcomes: Outcomes
    acts: tuple[Effect, ...] = ()

    @property
    def status(self) -> Status:
        if self.outcomes.status != "authority_decides" or not self.acts:
            return self.outcomes.status
        told = [one for outcome in self.outcomes.possible for one in self.standing(outcome)]
        return "authority_decides" if any(one.constraint.asks for one in told) else "decided"

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, where only one is possible."""
        return self.outcomes.possible[0] if len(self.outcomes.possible) == 1 else None

    @property
    def applied(self) -> tuple[Applied, ...]:
        """What is settled, as constraints of this season: the certain rules, and an effect all outcomes share."""
        return self.standing(self.outcomes.told, self.outcomes.shown)

    def standing(self, outcome: Outcome, rules: Sequence[Rule] | None = None) -> tuple[Applied, ...]:
        """The rules of an outcome (or some of them) as constraints, without those that an answer stands instead of."""
        told = outcome.rules if rules is None else rules
        made = tuple(self.apply(rule, outcome.zone, outcome.measure(rule)) for rule in told)
        return tuple(one for one in made if not _replaced(one.rule, made)) if self.acts else made

    def greatest(self, kind: str, number: str) -> float:
        """The greatest number that what is settled demands by a kind of measure; 0 where nothing of the kind applies."""
        return max((one.constraint.number(number) for one in self.applied if one.constraint.kind == kind), default=0.0)

    def answer(self, rule: Rule) -> Determination | None:
        """The newest act that answers what the rule leaves open."""
        return self.answered(rule.id, self.day)

    def answered(self, question: str, day: date) -> Determination | None:
        """The newest act about a rule, or about a relation to another plan, in force on a day."""
        subject_id = self.bound.subject["id"]
        choices = (act for act in self.acts if isinstance(act, Determination))
        return next((act for act in choices if act.answers(subject_id=subject_id, rule_id=question, day=day)), None)

    def approved_load(self, rule: Rule) -> ApprovedLoad | None:
        """The newest load an act allows here where the rule leaves the number to it; the nearest subject's holds."""
        if not self.acts or "amount_by" not in rule.then.params:
            return None
        loads = [act for act in self.acts if isinstance(act, ApprovedLoad) and act.is_of(rule)]
        for subject in reversed(self.bound.chain):
            for act in loads:
                if act.subject_id == subject["id"] and act.holds_on(self.day):
                    return act
        return None

    def apply(self, rule: Rule, zone: str | None, measure: Measure | None = None) -> Applied:
        """One rule of an outcome on this season's calendar; `measure` is what other rules made of its own."""
        measure = measure or rule.then
        answer, load = self.answer(rule), self.approved_load(rule)
        if answer is not None:
            measure = answer.of(rule, measure)
        if load is not None:
            measure = measure.changed(amount=load.amount, amount_unit=load.unit)
        zone = zone if zone is not None else self.pack.zone_of(self.bound.region)
        period = window_of(
            measure,
            season=self.season,
            zone_window=self.pack.window(zone or self.pack.windows[0].zone),
            finding_day=self._finding_day(rule, answer or load),
        )
        constraint = Constraint(
            kind=measure.kind,
            period=period,
            until=getattr(measure.when, "until", None),
            params=measure.params,
        )
        certain = rule in self.outcomes.certain
        return Applied(rule=rule, constraint=constraint, act=answer or load, certain=certain)

    def _finding_day(self, rule: Rule, act: Effect | None) -> date:
        """The day since which the known facts make the rule apply, else the first of the act, else the day asked about."""
        since = self._true_since(rule.when) if rule.when else None
        if since is not None:
            return date.fromisoformat(since)
        return self.day if act is None else act.valid_from

    def _true_since(self, node: Node) -> str | None:
        """The first day of the spans that make a node hold; None where no dated span does."""
        if isinstance(node, Leaf):
            value = self.bound.record.get(node.key)
            evidence = self.bound.evidence(node.fact, self.day.isoformat())
            return evidence.span["from"] if evidence and value is not None and test_of(node)(value) else None
        if isinstance(node, Not | Quantified):
            return None
        days = [day for part in node.parts if (day := self._true_since(part)) is not None]
        if isinstance(node, AnyOf):
            return min(days, default=None)
        return max(days, default=None)

    @property
    def in_force(self) -> bool:
        """Whether some production limit that every possible outcome shares binds on the day."""
        return any(applied.constraint.in_force(self.day) for applied in self.applied)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A missing fact that could settle the outcome, and how far: mean outcomes left over its values."""

    key: str
    outcomes_left: float


class Evaluator:
    """A pack made ready: its programs, diagrams, tracers and reader."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.programs: dict[Binding, Program] = {binds: Program(pack, binds) for binds in BINDINGS}
        self.diagrams = {level: Diagram(program) for level, program in self.programs.items()}
        self.tracers = {level: Tracer(program) for level, program in self.programs.items()}
        self.reader = Reader(pack, self.programs)

    def evaluate(self, tree: Subject, *, season: int, day: date, acts: Iterable[Effect] = ()) -> list[Decision]:
        """Decide every line and bound unit of one enterprise as of a day."""
        if not self.pack.in_effect(season):
            return []
        known_acts = tuple(acts)
        return [
            Decision(
                pack=self.pack,
                season=season,
                day=day,
                bound=bound,
                outcomes=self.diagrams[level_of(bound)].outcomes(bound.record),
                acts=known_acts,
            )
            for bound in self.reader.bound(tree, day.isoformat())
        ]

    def trace(self, decision: Decision) -> list[RuleTrace]:
        """Every condition that could reach the subject, with what it saw."""
        return self.tracers[level_of(decision.bound)].trace(decision.bound.record)

    def deciding(self, decision: Decision) -> list[Deciding]:
        """The missing facts that would settle an open outcome, the one that splits most first."""
        level = level_of(decision.bound)
        diagram, program, record = self.diagrams[level], self.programs[level], decision.bound.record
        full = len(decision.outcomes.possible)
        if decision.outcomes.status != "insufficient_facts":
            return []
        found, asked = [], self._askable(level, record)
        for key in asked:
            left = [len(diagram.outcomes({**record, key: cell}).possible) for cell in program.domains[key].cells]
            if min(left) < full:
                found.append(Deciding(key=key, outcomes_left=sum(left) / len(left)))
        # Where only answers together narrow anything (an either-or), every fact the diagram asks is worth asking.
        found = found or [Deciding(key=key, outcomes_left=full) for key in asked if key in diagram.unknown_on(record)]
        return sorted(found, key=lambda one: (one.outcomes_left, one.key))

    def facts_of(self, key: str) -> list[str]:
        """The facts behind a key: itself, or those a condition over a group reads of its members."""
        node = next((node for node in self.reader.quantified() if node.key == key), None)
        return [key.partition("@")[0]] if node is None else list(dict.fromkeys(leaf.fact for leaf in leaves(node.part)))

    def _askable(self, level: Binding, known: Mapping[str, Value]) -> list[str]:
        program = self.programs[level]
        tag = known.get(program.tag)
        if tag is None:
            keys = set(program.domains)
        else:
            rules = program.section(str(tag)).rules()
            keys = {leaf.key for rule in rules if rule.when for leaf in leaves(rule.when)}
            keys |= {node.key for rule in rules if rule.when for node in quantified(rule.when)}
            keys.add(ZONE)
        open_keys = keys & set(program.domains)
        return sorted(key for key in open_keys if key not in known and key not in program.defaults)


def _replaced(rule: Rule, applied: Sequence[Applied]) -> bool:
    """Whether an answer of an authority stands instead of a rule's own measure.

    An answered adjustment stands instead of the rows it speaks of (LN-08, FS-07). Where a gate or a livelihood
    question is answered otherwise than as classed, no class binds (HR-36, A-G19), as where a granted fact lifts the
    ladders; but penalties reach the exempt too (A-G16), and beside a stop nothing needs to give way.
    """
    if rule.stage not in {"rule", "adjustment"}:
        return False
    answers = [one for one in applied if one.determination is not None and one.rule.then.asks]
    if rule.stage == "rule" and any(_adjusts(one, rule) for one in answers):
        return True
    tightened = any(one.rule.then.kind in {ONE_LEVEL_UP, "lowest_class"} for one in applied)
    return not tightened and any(
        one.rule.stage in {"gate", "livelihood"} and one.constraint.kind != "as_classed" and not one.constraint.stops
        for one in answers
    )


def _adjusts(answer: Applied, row: Rule) -> bool:
    """Whether an answer gives a row another measure; what only tightens, or is a load, stands beside it (GP-05, LN-05)."""
    adjustment, act = answer.rule, answer.determination
    if act is None or adjustment.stage != "adjustment" or (adjustment.to and row.id not in adjustment.to):
        return False
    chosen = adjustment.then.alternatives[act.choice]
    if not isinstance(chosen, Measure):
        return chosen != "as_classed"
    tightens = chosen.stops or chosen.params.get("at_least") or chosen.params.get("above")
    return not tightens and chosen.kind not in {"as_classed", "load_cap"}


def level_of(bound: Bound) -> Binding:
    level: Binding = bound.subject["level"]  # type: ignore[assignment]  # enterprises are never bound
    return level


def evaluate(pack: Pack, tree: Subject, *, season: int, day: date, acts: Iterable[Effect] = ()) -> list[Decision]:
    """Decide one enterprise under one plan; for many, make one Evaluator and keep it."""
    return Evaluator(pack).evaluate(tree, season=season, day=day, acts=acts)

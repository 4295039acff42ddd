"""A look back over a whole register: whom no rule reaches, which rules meet nobody, and who is treated unequally."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil

from app.domain.decisions.evaluate import Applied, Decision, Evaluator, level_of
from app.domain.policies.conditions import leaves, quantified
from app.domain.policies.facts import Value
from app.domain.policies.measures import Measure, OpenEnd
from app.domain.policies.pack import Pack, Rule

Effect = frozenset[str]
# Everything that decides a subject, except what an authority granted: level, then each key with its value.
Likeness = tuple[str, tuple[tuple[str, Value | None], ...]]


@dataclass(frozen=True, slots=True)
class Member:
    """A subject in the review, and the acts that stand behind its measures."""

    enterprise_id: str
    enterprise_code: str
    subject_id: str
    subject_code: str
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Treatment:
    """One way in which some of the alike are treated."""

    effect: Effect
    rules: tuple[str, ...]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Unequal:
    """Subjects alike in every deciding fact whose effective measures differ."""

    level: str
    facts: Mapping[str, Value | None]
    treatments: tuple[Treatment, ...]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those of whom a plan stops some by number (A-GP1), how many that is, and who has been named."""

    rule: str
    members: int
    wanted: int
    picked: tuple[Member, ...]


@dataclass(slots=True)
class Review:
    """Collects the decisions of one plan on one day."""

    pack: Pack
    subjects: int = 0
    unreached: list[Member] = field(default_factory=list)
    _met: set[str] = field(default_factory=set)
    _alike: dict[Likeness, dict[Effect, list[tuple[Member, tuple[str, ...]]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    _cohorts: dict[Rule, dict[str, Member | None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, decisions: Iterable[Decision], evaluator: Evaluator) -> None:
        """Take in the decisions of one enterprise."""
        for decision in decisions:
            self.subjects += 1
            member = _member(decision, evaluator)
            possible = decision.outcomes.possible
            self._met.update(rule_id for outcome in possible for rule_id in outcome.rule_ids)
            if not any(outcome.rules for outcome in possible):
                self.unreached.append(member)
            told = tuple(applied.rule.id for applied in decision.applied)
            self._alike[likeness(decision, evaluator)][_effect(decision)].append((member, told))
            self._count(decision, member)

    def _count(self, decision: Decision, member: Member) -> None:
        for applied in decision.applied:
            if applied.rule.then.kind == "cohort":
                each = (
                    member.enterprise_id if applied.rule.then.params.get("of") == "enterprises" else member.subject_id
                )
                answer = applied.determination
                picked = answer is not None and answer.choice == 0
                held = self._cohorts[applied.rule].get(each)
                self._cohorts[applied.rule][each] = member if picked else held

    def unmet(self) -> list[str]:
        """The rules that no subject meets in any possible outcome."""
        return [rule.id for rule in self.pack.rules() if rule.id not in self._met]

    def unequal(self) -> Iterator[Unequal]:
        """Every group of the alike that is not treated alike."""
        for (level, facts), treated in self._alike.items():
            if len(treated) > 1:
                yield Unequal(
                    level=level,
                    facts=dict(facts),
                    treatments=tuple(
                        Treatment(effect, found[0][1], tuple(member for member, _ in found))
                        for effect, found in sorted(treated.items(), key=lambda item: sorted(item[0]))
                    ),
                )

    def cohorts(self) -> list[Cohort]:
        return [
            Cohort(rule.id, len(found), wanted_of(rule.then, len(found)), tuple(one for one in found.values() if one))
            for rule, found in self._cohorts.items()
        ]


def wanted_of(measure: Measure, members: int) -> int:
    """How many of a cohort the text stops; a share is rounded up, so that it is never less (A-GP1)."""
    if "worst" in measure.params:
        return min(members, int(measure.number("worst")))
    exact = measure.number("share_pct") * members / 100
    rounding = measure.params.get("rounding", "up")
    return int(exact) if rounding == "down" else round(exact) if rounding == "nearest" else ceil(exact - 1e-9)


def likeness(decision: Decision, evaluator: Evaluator) -> Likeness:
    """What decides a subject: every key its rules ask, as the cell no condition tells apart further."""
    level = level_of(decision.bound)
    program, record = evaluator.programs[level], decision.bound.record
    tag = record.get(program.tag)
    rules = program.section(None if tag is None else str(tag)).rules()
    keys = {leaf.key for rule in rules if rule.when for leaf in leaves(rule.when)}
    keys |= {node.key for rule in rules if rule.when for node in quantified(rule.when)}
    keys = (keys | {program.tag, "zone", "industry"}) & set(program.domains) - granted_facts(evaluator.pack)
    known = {**program.defaults, **record}
    return level, tuple((key, program.domains[key].cell(known[key]) if key in known else None) for key in sorted(keys))


def granted_facts(pack: Pack) -> set[str]:
    """The facts that are acts: what an authority lists or grants."""
    return {rule.granted_by for rule in pack.rules() if rule.granted_by}


def _effect(decision: Decision) -> Effect:
    """What is done to the subject, apart from the day on which something was found."""
    if decision.status == "insufficient_facts":
        return frozenset(decision.outcomes.codes)
    return frozenset(_demand(one) for one in decision.applied if one.constraint.kind != "eligible")


def _demand(applied: Applied) -> str:
    constraint, when = applied.constraint, applied.rule.then.when
    days = None if isinstance(when, OpenEnd) and when.first is None else constraint.period
    params = sorted(constraint.params.items(), key=lambda item: item[0])
    return f"{constraint.kind} {days} {constraint.until} {params}"


def _member(decision: Decision, evaluator: Evaluator) -> Member:
    chain = decision.bound.chain
    answers = [f"determination {one.determination.id}" for one in decision.applied if one.determination]
    day = decision.day.isoformat()
    grants = []
    for fact in sorted(granted_facts(evaluator.pack)):
        evidence = decision.bound.evidence(fact, day)
        if evidence is not None and evidence.span["value"] is True:
            grants.append(f"{fact} {evidence.span['assertion']}")
    return Member(chain[0]["id"], chain[0]["code"], chain[-1]["id"], chain[-1]["code"], (*answers, *grants))

"""asked: what the decisions of a season ask of each subject, rule by rule, as stretches of days without a break."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from app.domain.decisions.evaluate import Applied, Decision, Evaluator
from app.domain.decisions.season import days_inside, season_bounds
from app.domain.decisions.stack import Conflict, stack
from app.domain.decisions.subjects import Subject
from app.domain.periods import Period
from app.domain.policies.measures import Constraint
from app.domain.policies.pack import Pack, Rule
from app.domain.policies.undertakings import Text
from app.domain.schedules.given.prepared import Findings, Open, OpenKind, Works, common, until_of, without
from app.domain.schedules.requirements import Clause

_Key = tuple[str, str, str, str, str]
# What orders bring about when the time has come, and a plan of the season does not.
_BY_ORDER = frozenset({"warning_lifted", "notice_lifted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one rule asks of one subject through some days; one without an end of its own reaches to the season's."""

    works: Works
    decision: Decision
    applied: Applied
    period: Period

    @property
    def pack(self) -> Pack:
        return self.decision.pack

    @property
    def rule(self) -> Rule:
        return self.applied.rule

    @property
    def constraint(self) -> Constraint:
        return self.applied.constraint

    @property
    def subject(self) -> Subject:
        return self.decision.bound.subject

    @property
    def chain(self) -> tuple[Subject, ...]:
        return self.decision.bound.chain

    @property
    def clause(self) -> Clause:
        return clause_of(self.pack, self.rule)

    @property
    def ends(self) -> bool:
        """Whether the demand has an end of its own."""
        return self.constraint.binds.until is not None


def clause_of(pack: Pack, rule: Rule) -> Clause:
    """A rule with its provisions and readings, said in the words of the first of them."""
    cites = tuple(dict.fromkeys((*rule.cites, *rule.then.cites, *rule.readings)))
    says = next((pack.provisions[cite].says for cite in cites if cite in pack.provisions), None)
    clause = Clause(pack=pack.name, rule=rule.id, cites=cites)
    return clause if says is None else replace(clause, says=says)


def label_of(chain: Sequence[Subject]) -> str:
    """The names from the enterprise down, without the site."""
    return "·".join(one["name"] for one in chain if one["level"] != "site" or one is chain[-1])


@dataclass(slots=True)
class Walk:
    """One enterprise through its season under several plans, from change day to change day."""

    works: Works
    evaluators: Sequence[Evaluator]
    season: int
    from_day: date
    findings: Findings
    _runs: dict[_Key, list[Asked]] = field(default_factory=dict)

    def asked(self) -> list[Asked]:
        """Everything that limits production or is answered by number, neighbours of one rule made one."""
        for day, until in self._stretches():
            decisions = [one for each in self.evaluators for one in self._decided(each, day)]
            held = self._held_back(decisions, Period(day, until))
            for decision in decisions:
                self._look(decision, Period(day, until), held)
        return [one for run in self._runs.values() for one in run]

    def _stretches(self) -> Iterator[tuple[date, date]]:
        first, end = season_bounds(self.season)
        acts = [act for each in self.evaluators for act in self.works.acts.get(each.pack.name, ())]
        days = [first, *days_inside(self.works.tree, acts, self.season)]
        return iter(zip(days, [*days[1:], end], strict=True))

    def _decided(self, evaluator: Evaluator, day: date) -> list[Decision]:
        acts = self.works.acts.get(evaluator.pack.name, ())
        return evaluator.evaluate(self.works.tree, season=self.season, day=day, acts=acts)

    def _held_back(self, decisions: Sequence[Decision], stretch: Period) -> Mapping[tuple[str, str], list[Period]]:
        """Where a plan asks for more than the nearer one and nothing says that it prevails (A-G15)."""
        seasonal = [one for one in decisions if one.pack.nature == "staggered"]
        found: dict[tuple[str, str], list[Period]] = {}
        if len({one.pack.name for one in seasonal}) < 2:
            return found
        for pile in stack(seasonal):
            for segment in pile.segments:
                days = common(segment.period, stretch)
                for conflict in segment.conflicts:
                    if days is not None and not conflict.prevails:
                        found.setdefault((pile.subject_id, conflict.other.name), []).append(days)
                        # What the subject stands on bears here too, but it is the subject that waits.
                        own = next(one for one in pile.decisions if one.bound.subject["id"] == pile.subject_id)
                        self._conflict(conflict, own, days)
        return found

    def _conflict(self, conflict: Conflict, decision: Decision, days: Period) -> None:
        if not conflict.open:
            return
        relation, nearer, other = conflict.relation, conflict.nearer.pack, conflict.other.title
        says = {
            "zh": f"《{other['zh']}》要求更严，是否从严尚未决定，决定后再排。",
            "en": f"{other['en']} asks for more; whether it prevails is not decided, and it is planned once it is.",
        }
        cites = () if relation is None else (*relation.cites, *relation.readings)
        rule = "" if relation is None else relation.id
        self._open("other_plan", decision, Clause(pack=nearer.name, rule=rule, cites=cites, says=says), days, says)

    def _look(self, decision: Decision, stretch: Period, held: Mapping[tuple[str, str], list[Period]]) -> None:
        places = held.get((decision.bound.subject["id"], decision.pack.name), [])
        for applied in decision.applied:
            days = common(applied.constraint.binds, stretch)
            if days is None:
                continue
            if by_order(applied):
                self._noted(decision, applied, days)
            elif applied.constraint.kind == "authority_decides":
                question = applied.constraint.words("question")
                self._open("authority_decides", decision, clause_of(decision.pack, applied.rule), days, question)
            elif planned(applied):
                for piece in without(days, places):
                    self._take(Asked(works=self.works, decision=decision, applied=applied, period=piece))
        if decision.status == "insufficient_facts" and until_of(stretch) > self.from_day:
            self._lacking(decision, stretch)

    def _take(self, one: Asked) -> None:
        constraint = one.constraint
        params = repr(sorted(constraint.params.items(), key=lambda item: item[0]))
        key = (one.pack.name, one.subject["id"], one.rule.id, constraint.kind, params)
        run = self._runs.setdefault(key, [])
        if run and run[-1].period.until == one.period.start:
            one = replace(one, period=Period(run.pop().period.start, one.period.until))
        run.append(one)

    def _noted(self, decision: Decision, applied: Applied, days: Period) -> None:
        if until_of(days) > self.from_day:
            self.findings.note(
                "warning",
                decision.bound.subject["id"],
                label_of(decision.bound.chain),
                zh=f"{applied.rule.id}：预警或响应期间的措施按通知执行，不排入本计划。",
                en=f"{applied.rule.id}: what a warning or a response asks comes by orders and is not planned here.",
            )

    def _lacking(self, decision: Decision, stretch: Period) -> None:
        evaluator = next(one for one in self.evaluators if one.pack is decision.pack)
        catalogue = decision.pack.catalogue
        names = list(
            dict.fromkeys(fact for one in evaluator.deciding(decision) for fact in evaluator.facts_of(one.key))
        )
        known = [catalogue[name] for name in names if name in catalogue]
        certain = set(decision.outcomes.certain)
        possible = dict.fromkeys(
            rule for one in decision.outcomes.possible for rule in one.rules if rule not in certain
        )
        cites = tuple(dict.fromkeys(cite for rule in possible for cite in rule.cites))
        says = {
            "zh": f"事实不足，结果未定；需要：{'、'.join(one.zh for one in known) or '见决定'}。",
            "en": f"Undecided for want of facts: {', '.join(one.en for one in known) or 'see the decision'}.",
        }
        clause = Clause(pack=decision.pack.name, rule=next((rule.id for rule in possible), ""), cites=cites, says=says)
        self._open("insufficient_facts", decision, clause, stretch, says)

    def _open(self, kind: OpenKind, decision: Decision, clause: Clause, days: Period, says: Text) -> None:
        if until_of(days) > self.from_day:
            bound = decision.bound
            self.findings.open(
                Open(
                    kind=kind,
                    enterprise_id=self.works.id,
                    subject_id=bound.subject["id"],
                    label=label_of(bound.chain),
                    clause=clause,
                    period=days,
                    says=says,
                )
            )


def by_order(applied: Applied) -> bool:
    """Whether a measure waits for an order of its own: it is served on enterprises when the time has come."""
    return applied.constraint.until in _BY_ORDER or applied.rule.stage == "warning"


def planned(applied: Applied) -> bool:
    """Limits, cohorts with whoever was picked or not, and rows by which each day of the window is made up (A-NC5)."""
    constraint = applied.constraint
    makes_up = constraint.kind == "make_up" and applied.rule.stage == "rule"
    return constraint.limits or applied.rule.then.kind == "cohort" or makes_up

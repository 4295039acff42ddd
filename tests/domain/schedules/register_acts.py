"""Random acts of authorities, ledgers that were settled, and plans that stand: what a schedule is prepared from beside facts."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from app.domain.access import Person
from app.domain.acts.effects import ApprovedLoad, ChoiceWay, Determination, Effect, bracket_of
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.subjects import Subject
from app.domain.ledger.demands import demands
from app.domain.ledger.dues import dues_of
from app.domain.ledger.entries import NOTHING, AccountKey, Sums
from app.domain.ledger.frame import keeps_ledger
from app.domain.ledger.settle import settle
from app.domain.periods import SHANGHAI
from app.domain.policies.conditions import leaves
from app.domain.policies.measures import Measure
from app.domain.policies.pack import Rule
from app.domain.schedules.given.prepared import Due, Works
from app.domain.schedules.problem import Plan, Stretch
from tests.domain.register import below
from tests.domain.schedules.register_facts import day_of

OFFICER = Person(name="李四", office="市工信局")


def acts_of(random: Random, evaluator: Evaluator, tree: Subject, season: int, answered: float) -> list[Effect]:
    """Answers to what the plan leaves open on some days, choices it allows, and loads that were approved."""
    found: dict[tuple[str, str], Effect] = {}
    for day in (date(season, 11, 1), date(season, 12, 15), date(season + 1, 2, 1)):
        for decision in evaluator.evaluate(tree, season=season, day=day):
            for applied in decision.applied:
                key = (decision.bound.subject["id"], applied.rule.id)
                if key not in found and random.random() < answered:
                    act = _act(random, decision, applied.rule, season)
                    if act is not None:
                        found[key] = act
        for relation in evaluator.pack.relations:
            key = (tree["id"], relation.id)
            if random.random() < answered / 3:
                line = random.choice([one for one in below(tree) if one["level"] == "line"])
                found.setdefault(key, _determined(random, line["id"], relation.id, random.randint(0, 1), season))
    return list(found.values())


def _act(random: Random, decision: Decision, rule: Rule, season: int) -> Effect | None:
    subject_id = decision.bound.subject["id"]
    measure = rule.then
    if measure.asks and measure.alternatives:
        choice = random.randrange(len(measure.alternatives))
        chosen = measure.alternatives[choice]
        number = _number(random, chosen) if isinstance(chosen, Measure) else None
        return _determined(random, subject_id, rule.id, choice, season, number=number)
    if rule.may_instead and random.random() < 0.3:
        return _determined(random, subject_id, rule.id, 0, season, way="instead")
    if "amount_by" in measure.params and rule.when is not None:
        fact = next((leaf.fact for leaf in leaves(rule.when)), "")
        amount, unit = random.choice([(60.0, "%"), (120.0, "%"), (50.0, "t/d"), (5.0, "t/h"), (100.0, "MW")])
        day = day_of(random, season)
        return ApprovedLoad(
            id="load", subject_id=subject_id, valid_from=day, valid_to=None, person=OFFICER, basis="批复",
            fact=fact, amount=amount, unit=unit,
        )  # fmt: skip
    if measure.kind == "cut" and "pct" in measure.params and random.random() < 0.1:
        number = min(100.0, measure.number("pct") + 10)
        return _determined(random, subject_id, rule.id, 0, season, way="raised", number=number)
    return None


def _number(random: Random, chosen: Measure) -> float | None:
    bracket = bracket_of(chosen)
    return None if bracket is None else random.choice([bracket[1], (bracket[1] + bracket[2]) / 2, bracket[2]])


def _determined(
    random: Random,
    subject_id: str,
    rule_id: str,
    choice: int,
    season: int,
    *,
    number: float | None = None,
    way: ChoiceWay = "alternative",
) -> Determination:
    first = random.choice([date(season, 9, 1), day_of(random, season)])
    until = None if random.random() < 0.8 else first + timedelta(random.randint(10, 120))
    return Determination(
        id=f"act of {rule_id}", subject_id=subject_id, valid_from=first, valid_to=until, person=OFFICER, basis="研究决定",
        rule_id=rule_id, choice=choice, number=number, way=way,
    )  # fmt: skip


def owed(random: Random, evaluator: Evaluator, one: Works, season: int, as_of: date) -> Iterator[Due]:
    """What a ledger has due that was settled on the day of planning, some of it served."""
    pack = evaluator.pack
    if not keeps_ledger(pack):
        return
    asks = demands(evaluator, one.tree, season=season, acts=one.acts.get(pack.name, ()))
    sums: dict[AccountKey, Sums] = {}
    for posting in settle(asks, [], as_of=as_of):
        key = AccountKey(posting.subject_id, pack.name, season, posting.account)
        kinds = dict(sums.get(key, Sums()).by_kind)
        kinds[posting.kind] = kinds.get(posting.kind, NOTHING) + posting.hours
        sums[key] = Sums(kinds)
    for due in dues_of(pack.name, season, asks, sums):
        served = Decimal(random.choice([0, 0, 12, 240]))
        yield Due(
            subject_id=due.subject_id, pack=due.pack, account=due.account, hours=max(NOTHING, due.hours - served),
            period=due.period, continuous=due.continuous,
        )  # fmt: skip


def _stood(random: Random, first: date, until: date) -> tuple[Stretch, ...]:
    """Whole days and half days of standing still, one block after the other."""
    found, at = list[Stretch](), datetime.combine(first, time(), SHANGHAI)
    end = datetime.combine(until, time(), SHANGHAI)
    while True:
        at += timedelta(hours=12 * random.randint(1, 60))
        stop = at + timedelta(hours=12 * random.randint(2, 40))
        if stop > end:
            return tuple(found)
        found.append(Stretch(from_at=at, until_at=stop))
        at = stop


def standing(random: Random, trees: Sequence[Subject], first: date, until: date, share: float) -> Plan:
    lines = [one for tree in trees for one in below(tree) if one["level"] == "line"]
    found = {line["id"]: _stood(random, first, until) for line in lines if random.random() < share}
    return {name: stretches for name, stretches in found.items() if stretches}

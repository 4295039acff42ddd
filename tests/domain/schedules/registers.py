"""Random registers for the shipped plans: enterprises down to their units, what is known of them, acts, ledgers, a past.

What hypothesis draws is the shape; the facts of each subject follow from one small number, so that a register stays
quick to draw and shrinks to few subjects.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from app.domain.access import Person
from app.domain.acts.effects import ApprovedLoad, ChoiceWay, Determination, Effect, bracket_of
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.season import season_bounds
from app.domain.decisions.subjects import FactSpan, Subject
from app.domain.enterprises.structure import Coupling
from app.domain.ledger.demands import demands
from app.domain.ledger.dues import dues_of
from app.domain.ledger.entries import NOTHING, AccountKey, Sums
from app.domain.ledger.frame import keeps_ledger
from app.domain.ledger.settle import settle
from app.domain.periods import ONE_DAY, SHANGHAI
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified, leaves, test_of
from app.domain.policies.facts import FactSpec, Level, Value
from app.domain.policies.measures import Measure
from app.domain.policies.pack import Ladder, Pack, Rule, Scoped
from app.domain.schedules.given.prepared import Due, Settings, Target, Works
from app.domain.schedules.problem import POLLUTANTS, Plan, Stretch
from tests.domain.brute_force import candidates
from tests.domain.register import span, subject
from tests.scenarios.plans_read import evaluator_of_plan

# Where each plan, or two of them, speak, and the industries that have most to be decided there.
STACKS: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("linfen-twelve-industries",), ("141002", "141025")),
    (("linfen-city",), ("141002", "141027")),
    (("fushan",), ("141027",)),
    (("huairen",), ("140681",)),
    (("gaoping",), ("140581",)),
    (("yongning",), ("640121",)),
    (("changzhi",), ("140404",)),
    (("national-clinker",), ("141002", "640121", "210100")),
    (("fushan", "linfen-city"), ("141027",)),
    (("fushan", "linfen-twelve-industries"), ("141027",)),
    (("linfen-twelve-industries", "linfen-city"), ("141002", "141025")),
    (("linfen-twelve-industries", "national-clinker"), ("141002", "141025")),
    (("huairen", "national-clinker"), ("140681",)),
    (("gaoping", "national-clinker"), ("140581",)),
    (("yongning", "national-clinker"), ("640121",)),
    (("changzhi", "national-grades"), ("140404",)),
    (("fushan", "national-grades"), ("141027",)),
]
UNITS: Mapping[str, tuple[str, ...]] = {
    "steel": ("blast_furnace", "blast_furnace", "sintering_machine", "converter", "rolling_mill", "boiler"),
    "foundry_pig_iron": ("blast_furnace", "sintering_machine", "cupola"),
    "integrated_foundry_iron": ("blast_furnace", "induction_furnace", "sintering_machine"),
    "ferroalloy": ("submerged_arc_furnace", "submerged_arc_furnace", "treatment"),
    "foundry": ("cupola", "induction_furnace", "electric_arc_furnace", "treatment"),
    "lime": ("lime_kiln", "lime_kiln", "crusher"),
    "coking": ("coke_oven", "boiler"),
    "thermal_power": ("boiler", "generator_set"),
    "cement": ("cement_kiln", "cement_mill"),
}
ANY_UNITS = ("other", "boiler", "treatment", "rotary_kiln", "calciner")
PROCESSES = ("casting", "smelting", "melting", "ironmaking")
FEEDS = ("matches", "matches", "feeds", "heats")
SEASONS = (2019, 2022)
# Steps a programme may stand at, the good one most often, so that ladders are walked to their end.
FAVOURED = ("accepted", True)
OFFICER = Person(name="李四", office="市工信局")


def below(one: Subject) -> Iterator[Subject]:
    """A subject and everything it holds."""
    yield one
    for child in one["children"]:
        yield from below(child)


@dataclass(frozen=True, kw_only=True)
class Register:
    """What a schedule is prepared from: the plans, the enterprises and the day of planning."""

    plans: tuple[str, ...]
    works: tuple[Works, ...]
    settings: Settings

    def __repr__(self) -> str:
        """A failing example in a few lines: whoever is drawn, with the values known."""
        lines = [f"{self.plans} from {self.settings.from_day}"]
        for works in self.works:
            lines += [_told(one) for one in below(works.tree)]
            lines += [f"  {act}" for acts in works.acts.values() for act in acts]
            lines += [f"  {one.kind} {one.from_id} -> {one.to_id}" for one in works.couplings]
        return "\n".join([*lines, *(f"  {due}" for due in self.settings.dues)])

    @property
    def evaluators(self) -> list[Evaluator]:
        return [evaluator_of_plan(name) for name in self.plans]


def _told(one: Subject) -> str:
    facts = {
        name: [(each["value"], each["from"], each["to"]) for each in spans] for name, spans in one["facts"].items()
    }
    plain = {name: told[0][0] if told[0][1:] == (None, None) else told for name, told in facts.items()}
    return (
        f"{one['level']} {one['id'][-4:]} {one.get('industry') or one.get('kind') or one.get('region') or ''} {plain}"
    )


@dataclass(slots=True)
class _Names:
    """Ids one after the other: as in the register they are UUIDs."""

    last: int = 0

    def next(self) -> str:
        self.last += 1
        return str(UUID(int=self.last))


@cache
def _asked(plans: tuple[str, ...]) -> Mapping[Level, tuple[tuple[FactSpec, tuple[Value, ...]], ...]]:
    """By level the facts that the conditions of the plans read, with values on each side of every limit."""
    found: dict[Level, dict[str, tuple[FactSpec, tuple[Value, ...]]]] = {}
    for name in plans:
        pack = evaluator_of_plan(name).pack
        derived_from = {given for one in pack.catalogue.facts.values() if one.derive for given in one.derive.inputs}
        for fact in sorted(pack.asked_facts() - derived_from):
            spec = pack.catalogue[fact]
            values = tuple(candidates(pack, fact))
            known = found.setdefault(spec.subject, {}).get(fact)
            both = values if known is None else tuple(dict.fromkeys((*known[1], *values)))
            found[spec.subject][fact] = (spec, both)
    return {level: tuple(facts.values()) for level, facts in found.items()}


def _day(random: Random, season: int) -> date:
    first, end = season_bounds(season)
    return first + random.randrange(60, (end - first).days - 60) * ONE_DAY


def _spans(random: Random, season: int, spec: FactSpec, values: Sequence[Value]) -> list[FactSpan]:
    """A state that holds always, or one that gives way to another in the season; events happen on a day."""
    favoured = next((one for one in FAVOURED if one in values and spec.absent is None), None)

    def value() -> Value:
        return favoured if favoured is not None and random.random() < 0.5 else random.choice(list(values))

    verified, turn = random.random() < 0.95, _day(random, season).isoformat()
    if spec.absent is not None:
        end = (
            None if random.random() < 0.6 else (date.fromisoformat(turn) + timedelta(random.randint(1, 90))).isoformat()
        )
        return [span(value(), start=turn, end=end, verified=verified, assertion=spec.name)]
    if random.random() < 0.9:
        return [span(value(), verified=verified, assertion=spec.name)]
    return [span(value(), end=turn, assertion=spec.name), span(value(), start=turn, assertion=f"{spec.name}2")]


def _facts(seed: int, season: int, level: Level, plans: tuple[str, ...], share: float) -> dict[str, list[FactSpan]]:
    random = Random(f"{seed}{level}{plans}")  # noqa: S311  # a generator of test data
    known: dict[str, list[FactSpan]] = {}
    for spec, values in _asked(plans).get(level, ()):
        if random.random() < (0.08 if spec.absent is not None else share):
            known[spec.name] = _spans(random, season, spec, values)
    for fact, found in _planning(random, level):
        known[fact] = [span(found, assertion=fact)]
    return known


def _planning(random: Random, level: Level) -> Iterator[tuple[str, Value]]:
    """What only a planner asks: capacities, emissions, loads, heat and how often something can stop."""
    told: Mapping[str, Sequence[tuple[str, float, Sequence[Value]]]] = {
        "site": (("residential_heat", 0.15, (True, True, False)), ("heat_duty_mw", 0.2, (0.0, 5.0, 20.0))),
        "line": (
            ("capacity_eia", 0.8, (36500.0, 73000.0, 100000.0)),
            ("capacity_permit", 0.4, (36500.0, 70000.0)),
            ("output_previous_year", 0.4, (30000.0, 0.0)),
            *((f"{one}_emission_t_d", 0.7, (0.1, 0.5, 2.0, 0.0)) for one in POLLUTANTS),
            ("nox_emission_before_1101_t_d", 0.2, (0.1, 1.0)),
            ("coking_hours_normal", 0.7, (24.0, 40.0, 140.0, 0.0)),
            ("safe_holding_load_pct", 0.4, (10.0, 30.0)),
            ("stoppable", 0.2, (False, True)),
            ("heat_output_mw", 0.2, (10.0, 30.0)),
            *_lengths(0.2),
        ),
        "unit": (
            ("blast_furnace_capacity_t_d", 0.8, (1200.0, 2100.0, 3400.0)),
            ("smelting_capacity_t_d", 0.3, (80.0,)),
            ("unit_capacity_t_d", 0.6, (100.0, 250.5)),
            ("heat_output_mw", 0.1, (10.0, 25.0)),
            *_lengths(0.15),
        ),
    }
    for fact, share, values in told.get(level, ()):
        if random.random() < share:
            # Now and then somebody typed a minus.
            value = random.choice(list(values))
            yield fact, -1.0 if isinstance(value, float) and random.random() < 0.002 else value


def _lengths(share: float) -> tuple[tuple[str, float, Sequence[Value]], ...]:
    return (
        ("min_stop_days", share, (3.0, 5.0, 10.0)),
        ("min_run_days", share, (2.0, 7.0)),
        ("max_stops_per_season", share, (2.0, 4.0, 8.0)),
    )


def _aimed(random: Random, plans: tuple[str, ...], level: Level, tag: str | None) -> dict[str, list[FactSpan]]:
    """Facts by which the condition of some rule that can reach a subject holds."""
    plan = random.choice(list(plans))
    pack = evaluator_of_plan(plan).pack
    everything: list[Scoped | Ladder] = [*pack.scoped, *pack.ladders]
    near = [one for one in everything if one.binds == level and one.reaches(tag)]
    rules = [rule for one in near for rule in (one.rows if isinstance(one, Ladder) else (one.rule,)) if rule.when]
    return _met(random, plan, random.choice(rules)) if rules else {}


def _met(random: Random, plan: str, rule: Rule) -> dict[str, list[FactSpan]]:
    """A record on which a rule's condition holds, as far as it asks facts."""
    pack = evaluator_of_plan(plan).pack
    return {
        name: [span(value, assertion=name)]
        for name, value in _holding(random, pack, rule.when)
        if name in pack.catalogue
    }


def _holding(random: Random, pack: Pack, node: Node | None) -> Iterator[tuple[str, Value]]:
    match node:
        case Leaf():
            fitting = [one for one in candidates(pack, node.key) if test_of(node)(one)]
            if fitting:
                yield node.fact, random.choice(fitting)
        case All():
            for part in node.parts:
                yield from _holding(random, pack, part)
        case AnyOf():
            yield from _holding(random, pack, random.choice(node.parts))
        case Quantified():
            yield from _holding(random, pack, node.part)
        case Not(part=Leaf() as leaf):
            fitting = [one for one in candidates(pack, leaf.key) if not test_of(leaf)(one)]
            if fitting:
                yield leaf.fact, random.choice(fitting)
        case _:
            pass


@cache
def _classes(plans: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Every row of every ladder for lines, by plan and id."""
    ladders = [(name, one) for name in plans for one in evaluator_of_plan(name).pack.ladders if one.binds == "line"]
    return tuple((name, row.id) for name, one in ladders for row in one.rows)


def _industry(random: Random, plan: str, rule_id: str) -> str:
    """An industry of the ladder on which a row stands; one of no chapter speaks of all."""
    pack = evaluator_of_plan(plan).pack
    tags = next(one.industry.tags for one in pack.ladders if any(row.id == rule_id for row in one.rows))
    return random.choice(sorted(tags) or list(UNITS))


@st.composite
def trees(draw: st.DrawFn, plans: tuple[str, ...], region: str, season: int, ids: _Names, only: str | None) -> Subject:
    """An enterprise of one or two sites, with lines of some industry in units and processes."""
    share = draw(st.sampled_from([1.0, 1.0, 1.0, 0.9, 0.6]))

    def made(level: Level, children: Sequence[Subject] = ()) -> Subject:
        facts = _facts(draw(st.integers(0, 9999)), season, level, plans, share)
        return subject(level, ids.next(), facts, children)

    def random() -> Random:
        return Random(draw(st.integers(0, 9999)))  # noqa: S311  # a generator of test data

    def part(level: Level, kinds: Sequence[str]) -> Subject:
        found, kind = made(level), draw(st.sampled_from(kinds))
        if draw(st.integers(0, 3)) == 0:
            found["facts"] |= _aimed(random(), plans, level, kind)
        found["kind"] = kind
        found["process"] = None
        return found

    def line() -> Subject:
        tags = sorted({one for name in plans for one in evaluator_of_plan(name).programs["line"].tags} - {"*"})
        tag, facts = only or draw(st.sampled_from(tags or ["other"])), dict[str, list[FactSpan]]()
        aim = draw(st.sampled_from(["class", "class", "class", "rule", "none"]))
        if aim == "class" and not only and _classes(plans):
            plan, rule_id = draw(st.sampled_from(_classes(plans)))
            tag, facts = (
                _industry(random(), plan, rule_id),
                _met(random(), plan, evaluator_of_plan(plan).pack.rule(rule_id)),
            )
        elif aim != "none":
            facts = _aimed(random(), plans, "line", tag)
        units = [part("unit", UNITS.get(tag, ANY_UNITS)) for _ in range(draw(st.integers(0, 3)))]
        processes = [part("process", PROCESSES) for _ in range(draw(st.sampled_from([0, 0, 0, 1])))]
        for one in units if processes else ():
            one["process"] = draw(st.sampled_from([None, processes[0]["code"]]))
        found = made("line", [*units, *processes])
        found["industry"] = tag
        found["facts"] |= facts
        return found

    sites = []
    for number in range(draw(st.sampled_from([1, 1, 1, 2]))):
        site = made("site", [line() for _ in range(draw(st.integers(0 if number else 1, 2)))])
        # A second site may lie where none of the plans speaks.
        if draw(st.booleans()):
            site["facts"] |= _aimed(random(), plans, "site", None)
        site["region"] = draw(st.sampled_from([region, region, "110101"])) if number else region
        sites.append(site)
    return made("enterprise", sites)


def _couplings(draw: st.DrawFn, tree: Subject) -> tuple[Coupling, ...]:
    """Units and lines of one enterprise that hang together, the earlier before the later so that nothing goes in circles."""
    ends = [one for one in below(tree) if one["level"] in {"line", "unit"}]
    found = []
    for number in range(draw(st.sampled_from([0, 0, 0, 1, 2])) if len(ends) > 1 else 0):
        pair = draw(st.lists(st.sampled_from(ends), min_size=2, max_size=2, unique_by=lambda one: one["id"]))
        first, second = sorted(pair, key=lambda one: one["id"])
        found.append(
            Coupling(
                id=UUID(int=10_000 + number),
                kind=draw(st.sampled_from(FEEDS)),
                from_level=first["level"],
                from_id=UUID(first["id"]),
                to_level=second["level"],
                to_id=UUID(second["id"]),
            )
        )
    return tuple(found)


def _acts(random: Random, evaluator: Evaluator, tree: Subject, season: int, answered: float) -> list[Effect]:
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
        day = _day(random, season)
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
    first = random.choice([date(season, 9, 1), _day(random, season)])
    until = None if random.random() < 0.8 else first + timedelta(random.randint(10, 120))
    return Determination(
        id=f"act of {rule_id}", subject_id=subject_id, valid_from=first, valid_to=until, person=OFFICER, basis="研究决定",
        rule_id=rule_id, choice=choice, number=number, way=way,
    )  # fmt: skip


def _owed(random: Random, evaluator: Evaluator, one: Works, season: int, as_of: date) -> Iterator[Due]:
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


def _plan(random: Random, trees: Sequence[Subject], first: date, until: date, share: float) -> Plan:
    lines = [one for tree in trees for one in below(tree) if one["level"] == "line"]
    found = {line["id"]: _stood(random, first, until) for line in lines if random.random() < share}
    return {name: stretches for name, stretches in found.items() if stretches}


@st.composite
def registers(draw: st.DrawFn) -> Register:
    """Everything one schedule is made of."""
    plans, regions = draw(st.sampled_from(STACKS))
    region, season, ids = draw(st.sampled_from(regions)), draw(st.sampled_from(SEASONS)), _Names()
    # Many works of one industry take turns; elsewhere few works of any.
    cohort = plans[0] == "gaoping" and draw(st.sampled_from([True, False]))
    count = draw(st.integers(2, 5) if cohort else st.integers(1, 3))
    drawn = [draw(trees(plans, region, season, ids, "lime" if cohort else None)) for _ in range(count)]
    random = Random(draw(st.integers(0, 9999)))  # noqa: S311  # a generator of test data
    answered = draw(st.sampled_from([0.0, 0.5, 0.9]))
    works = tuple(
        Works(
            tree=tree,
            acts={
                each.pack.name: _acts(random, each, tree, season, answered) for each in map(evaluator_of_plan, plans)
            },
            couplings=_couplings(draw, tree),
        )
        for tree in drawn
    )
    from_day = draw(
        st.sampled_from([date(season, 9, 1), date(season, 11, 1), date(season, 12, 12), date(season + 1, 2, 20)])
    )
    return Register(plans=plans, works=works, settings=_settings(draw, random, plans, works, season, from_day))


def _settings(
    draw: st.DrawFn, random: Random, plans: Sequence[str], works: Sequence[Works], season: int, from_day: date
) -> Settings:
    dues: list[Due] = []
    if draw(st.booleans()):
        dues = [
            due
            for name in plans
            for one in works
            for due in _owed(random, evaluator_of_plan(name), one, season, from_day)
        ]
    drawn = [one.tree for one in works]
    more: dict[str, Any] = {}
    if draw(st.sampled_from([True, False, False])):
        more["wished"] = _plan(random, drawn, from_day, from_day + 20 * ONE_DAY, 0.3)
    if draw(st.sampled_from([True, False, False])):
        why = {"zh": "冬季减排目标", "en": "winter target"}
        month = random.choice([None, 12, 1])
        more["targets"] = (
            Target(pollutant=random.choice(POLLUTANTS), tonnes=random.choice([0.0, 5.0, 40.0]), why=why, month=month),
        )
    more["past"] = _plan(random, drawn, date(season, 8, 1), from_day, 0.4)
    more["published"] = (
        {**more["past"], **_plan(random, drawn, from_day, date(season + 1, 3, 1), 0.2)} if draw(st.booleans()) else {}
    )
    stopped = frozenset({"GP-19"}) if draw(st.booleans()) else frozenset[str]()
    return Settings(season=season, from_day=from_day, dues=tuple(dues), stopped_count=stopped, **more)

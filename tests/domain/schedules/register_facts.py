"""Random facts of subjects: what the conditions of plans ask, aimed at a rule now and then, and what a planner asks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from random import Random

from app.domain.decisions.season import season_bounds
from app.domain.decisions.subjects import FactSpan
from app.domain.periods import ONE_DAY
from app.domain.policies.conditions import All, AnyOf, Leaf, Node, Not, Quantified, test_of
from app.domain.policies.facts import FactSpec, Level, Value
from app.domain.policies.pack import Ladder, Pack, Scoped
from app.domain.quantities import POLLUTANTS
from tests.domain.brute_force import candidates
from tests.domain.register import span
from tests.scenarios.plans_read import evaluator_of_plan

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
# Steps a programme may stand at, the good one most often, so that ladders are walked to their end.
FAVOURED = ("accepted", True)


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


def day_of(random: Random, season: int) -> date:
    first, end = season_bounds(season)
    return first + random.randrange(60, (end - first).days - 60) * ONE_DAY


def _spans(random: Random, season: int, spec: FactSpec, values: Sequence[Value]) -> list[FactSpan]:
    """A state that holds always, or one that gives way to another in the season; events happen on a day."""
    favoured = next((one for one in FAVOURED if one in values and spec.absent is None), None)

    def value() -> Value:
        return favoured if favoured is not None and random.random() < 0.5 else random.choice(list(values))

    verified, turn = random.random() < 0.95, day_of(random, season).isoformat()
    if spec.absent is not None:
        end = (
            None if random.random() < 0.6 else (date.fromisoformat(turn) + timedelta(random.randint(1, 90))).isoformat()
        )
        return [span(value(), start=turn, end=end, verified=verified, assertion=spec.name)]
    if random.random() < 0.9:
        return [span(value(), verified=verified, assertion=spec.name)]
    return [span(value(), end=turn, assertion=spec.name), span(value(), start=turn, assertion=f"{spec.name}2")]


def facts_of(
    random: Random, season: int, level: Level, plans: tuple[str, ...], *, share: float
) -> dict[str, list[FactSpan]]:
    """What is known of a subject: a share of all that can be asked of it."""
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


def aimed(random: Random, plans: tuple[str, ...], level: Level, tag: str | None) -> dict[str, list[FactSpan]]:
    """Facts by which the condition of some rule that can reach a subject holds."""
    plan = random.choice(list(plans))
    pack = evaluator_of_plan(plan).pack
    everything: list[Scoped | Ladder] = [*pack.scoped, *pack.ladders]
    near = [one for one in everything if one.binds == level and one.reaches(tag)]
    rules = [rule for one in near for rule in (one.rows if isinstance(one, Ladder) else (one.rule,)) if rule.when]
    return met(random, plan, random.choice(rules).id) if rules else {}


def met(random: Random, plan: str, rule_id: str) -> dict[str, list[FactSpan]]:
    """A record on which a rule's condition holds, as far as it asks facts."""
    pack = evaluator_of_plan(plan).pack
    found = _holding(random, pack, pack.rule(rule_id).when)
    return {name: [span(value, assertion=name)] for name, value in found if name in pack.catalogue}


def _holding(random: Random, pack: Pack, node: Node | None) -> Iterator[tuple[str, Value]]:
    match node:
        case (Leaf() as leaf) | Not(part=Leaf() as leaf):
            holds = test_of(leaf)
            fitting = [one for one in candidates(pack, leaf.key) if holds(one) == (leaf is node)]
            if fitting:
                yield leaf.fact, random.choice(fitting)
        case All():
            for part in node.parts:
                yield from _holding(random, pack, part)
        case AnyOf():
            yield from _holding(random, pack, random.choice(node.parts))
        case Quantified():
            yield from _holding(random, pack, node.part)
        case _:
            pass


@cache
def classes(plans: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Every row of every ladder for lines, by plan and id."""
    ladders = [(name, one) for name in plans for one in evaluator_of_plan(name).pack.ladders if one.binds == "line"]
    return tuple((name, row.id) for name, one in ladders for row in one.rows)


def industry_of(random: Random, plan: str, rule_id: str) -> str:
    """An industry of the ladder on which a row stands; one of no chapter speaks of all."""
    pack = evaluator_of_plan(plan).pack
    tags = next(one.industry.tags for one in pack.ladders if any(row.id == rule_id for row in one.rows))
    return random.choice(sorted(tags) or list(UNITS))

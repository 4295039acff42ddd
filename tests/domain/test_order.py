"""Every shipped plan: the order in which things are written or registered never changes a decision; only rows are ordered."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.catalogue import base_catalogue
from app.documents.fact_shape import fact_document
from app.documents.pack import content_hash, read_pack, stored_pack
from app.documents.pack_rules import SECTIONS
from app.documents.yaml_text import YamlText, read_yaml
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.outcomes import Outcomes
from app.domain.decisions.program import OTHER
from app.domain.decisions.subjects import Subject
from app.domain.policies.conditions import leaves
from app.domain.policies.facts import FactSpec, Level, Value
from app.domain.policies.pack import BINDINGS, Pack
from tests.domain.register import enterprise, line, site, span, subject, unit
from tests.domain.strategies import records
from tests.domain.test_diagram import SLOW
from tests.domain.test_exactness import BOUND
from tests.examples import tried
from tests.scenarios.plans_read import PLANS, evaluator_of_plan

# Lists that say what belongs together, not what comes first; the rows of a ladder are not among them.
UNORDERED = {"provisions", "readings", "rules", "all", "any", *(section for section, _ in SECTIONS)}
FACTS = {name: fact_document(fact) for name, fact in base_catalogue().facts.items()}
SEEDS = (1,)


@cache
def written(name: str) -> YamlText:
    return read_yaml((files("app.packs") / f"{name}.yaml").read_text(encoding="utf-8"))


def shuffled(part: Any, random: Random, *, mix: bool = False) -> Any:
    """The same content written in another order; a group is asked for by the text of its condition, so that stays."""
    if isinstance(part, dict):
        named = not part.keys().isdisjoint({"every", "some"})
        names = random.sample(list(part), len(part))
        return {name: part[name] if named else shuffled(part[name], random, mix=name in UNORDERED) for name in names}
    if isinstance(part, list):
        items = [shuffled(item, random) for item in part]
        return random.sample(items, len(items)) if mix else items
    return part


@cache
def rewritten(name: str, seed: int) -> Evaluator:
    return Evaluator(stored_pack({"pack": shuffled(written(name).data, Random(seed)), "facts": FACTS}, ""))


def sense(outcomes: Outcomes) -> tuple[object, ...]:
    """The status, and which outcomes do the same to production."""
    alike: dict[frozenset[str], set[object]] = {}
    for one in outcomes.possible:
        alike.setdefault(one.effect, set()).add((frozenset(one.rule_ids), one.zone))
    return outcomes.status, {frozenset(group) for group in alike.values()}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "level"), BOUND, ids=str)
@tried(20, SLOW)
@given(data=st.data(), missing=st.sampled_from([0.0, 0.2, 0.5]))
def test_the_order_in_which_a_plan_is_written_changes_no_decision(
    name: str, level: str, seed: int, data: st.DataObject, missing: float
) -> None:
    plain, other = evaluator_of_plan(name), rewritten(name, seed)
    binding = next(one for one in BINDINGS if one == level)
    known = st.just(OTHER) if level == "site" else st.sampled_from([*plain.programs[binding].tags, None])
    record = data.draw(records(plain.pack, level, tag=data.draw(known), missing=missing, most=100))
    assert sense(other.diagrams[binding].outcomes(record)) == sense(plain.diagrams[binding].outcomes(record))


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_written_in_another_order_of_keys_is_the_same_plan(name: str) -> None:
    text = (files("app.packs") / f"{name}.yaml").read_text(encoding="utf-8")
    plain = read_pack(text, base_catalogue()).document
    data = reversed_keys(plain["pack"])
    assert list(data) != list(plain["pack"])
    assert content_hash({**plain, "pack": data, "scenarios": None}) == content_hash({**plain, "scenarios": None})


def reversed_keys(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: reversed_keys(part[key]) for key in reversed(part)}
    return [reversed_keys(item) for item in part] if isinstance(part, list) else part


def value_of(spec: FactSpec, pack: Pack, random: Random) -> Value | None:
    """Some value of a fact, near the limits the plan names where it is a number."""
    limits = [
        leaf.operand for rule in pack.rules() if rule.when for leaf in leaves(rule.when) if leaf.fact == spec.name
    ]
    match spec.type:
        case "boolean":
            return random.random() < 0.5
        case "number":
            numbers = [float(limit) for limit in limits if isinstance(limit, int | float)] or [1.0]
            return random.choice(numbers) + random.choice([-1.0, 0.0, 1.0])
        case "enum" | "programme":
            return random.choice(list(spec.options))
        case _:
            return None


def facts_at(level: Level, pack: Pack, random: Random) -> dict[str, Any]:
    """Facts asserted for a subject of this level: some missing, some unverified, some only from a day on."""
    found = {}
    for name in sorted(pack.asked_facts()):
        spec = pack.catalogue[name]
        value = value_of(spec, pack, random) if spec.subject == level and random.random() < 0.8 else None
        if value is not None:
            start = random.choice([None, None, "2019-09-01", "2019-11-20"])
            found[name] = [span(value, start=start, verified=random.random() < 0.8)]
    return found


def firm(pack: Pack, random: Random) -> Subject:
    """An enterprise of two sites with several lines, processes and units each."""
    programs = evaluator_of_plan(pack.name).programs
    kinds = [kind for group in pack.groups.values() if group.level != "line" for kind in sorted(group.kinds)]

    def parts(number: str) -> Iterator[Subject]:
        for count in range(random.randint(0, 3)):
            kind = random.choice([*programs["unit"].tags, *kinds])
            yield unit(f"u{number}.{count}", kind, facts_at("unit", pack, random))
        for count in range(random.randint(0, 2)):
            made = subject("process", f"p{number}.{count}", facts_at("process", pack, random))
            made["kind"] = random.choice(programs["process"].tags)
            yield made

    def lines(number: int) -> Iterator[Subject]:
        for count in range(random.randint(1, 3)):
            tag = random.choice(programs["line"].tags)
            yield line(f"l{number}.{count}", tag, facts_at("line", pack, random), list(parts(f"{number}.{count}")))

    regions = [*pack.regions, *(region for place in pack.places for region in place.regions)]
    sites = [
        site(list(lines(number)), facts_at("site", pack, random), name=f"s{number}", region=random.choice(regions))
        for number in range(2)
    ]
    return enterprise(sites, facts_at("enterprise", pack, random))


def mixed(tree: Subject, random: Random) -> Subject:
    """The same enterprise, registered in another order."""
    made = tree.copy()
    made["facts"] = {name: tree["facts"][name] for name in random.sample(list(tree["facts"]), len(tree["facts"]))}
    made["children"] = [mixed(child, random) for child in random.sample(tree["children"], len(tree["children"]))]
    return made


def decided(evaluator: Evaluator, tree: Subject) -> dict[str, tuple[object, ...]]:
    return {
        decision.bound.subject["id"]: (
            decision.status,
            decision.outcomes.codes,
            [(one.rule.id, one.constraint) for one in decision.applied],
            sorted(one.key for one in evaluator.deciding(decision)),
        )
        for decision in evaluator.evaluate(tree, season=2019, day=date(2019, 12, 10))
    }


@pytest.mark.parametrize("name", PLANS)
@tried(20, SLOW)
@given(random=st.randoms(use_true_random=False))
def test_the_order_in_which_lines_units_and_facts_are_registered_changes_no_decision(name: str, random: Random) -> None:
    evaluator = evaluator_of_plan(name)
    tree = firm(evaluator.pack, random)
    assert decided(evaluator, mixed(tree, random)) == decided(evaluator, tree)

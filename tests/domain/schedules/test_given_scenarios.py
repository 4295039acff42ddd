"""Every demand that any scenario of any shipped plan decides is planned, or listed as open with its clause."""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files

import pytest

from app.documents.scenarios import read_scenarios
from app.domain.decisions.evaluate import Evaluator
from app.domain.decisions.given import Scenario, tree_of
from app.domain.decisions.subjects import Subject
from app.domain.periods import Period
from app.domain.schedules.given.asked import by_order
from app.domain.schedules.given.given import problem_of
from app.domain.schedules.given.prepared import Prepared, RegisterInsufficient, Settings, Works
from app.domain.schedules.requirements import members
from tests.scenarios.plans_read import PLANS, evaluator_of_plan

# One case of each set of rules is enough: what differs between the others are the facts behind them.
SEEN_ONCE = ("rules", "status")


def cases(name: str) -> Iterator[Scenario]:
    text = (files("app.packs") / f"{name}.scenarios.yaml").read_text(encoding="utf-8")
    found = {str([case.expect.get(key) for key in SEEN_ONCE]): case for case in reversed(read_scenarios(text).cases)}
    return iter(found.values())


def demanded(evaluator: Evaluator, tree: Subject, scenario: Scenario, from_day: date) -> set[str]:
    """The rules that limit production, or ask, from the day on."""
    ahead = Period(from_day, date.max)
    return {
        one.rule.id
        for decision in evaluator.evaluate(tree, season=scenario.season, day=scenario.day)
        for one in decision.applied
        if (one.constraint.limits or one.constraint.asks) and not by_order(one) and one.constraint.binds.meets(ahead)
        # A finding after the window has no days of it left (L12-51).
        if one.constraint.binds.days != 0
    }


def told(found: Prepared) -> set[str]:
    return {one.clause.rule for one in (*found.problem.requirements, *found.open)} | {
        note.label for note in found.notes if note.kind == "cohort"
    }


@pytest.mark.parametrize("name", PLANS)
def test_no_demand_is_dropped_and_every_requirement_finds_its_resources(name: str) -> None:
    evaluator = evaluator_of_plan(name)
    levels = {fact: spec.subject for fact, spec in evaluator.pack.catalogue.facts.items()}
    refused = 0
    for case in cases(name):
        tree, from_day = tree_of(case, levels), date(case.season, 7, 1)
        try:
            found = problem_of([evaluator], [Works(tree=tree)], Settings(season=case.season, from_day=from_day))
        except RegisterInsufficient:
            refused += 1
            continue
        assert demanded(evaluator, tree, case, from_day) - told(found) == set(), case.name
        ids = [one.id for one in found.problem.requirements]
        assert len(ids) == len(set(ids)), case.name
        known = {one.id for one in found.problem.resources}
        assert {each for one in found.problem.requirements for each in members(one)} <= known, case.name
        assert not known & {one.id for one in found.free}, case.name
    # Scenarios give no capacities, so works of several lines or furnaces cannot be weighed.
    assert refused <= 5

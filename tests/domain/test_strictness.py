"""Every shipped plan: having treatment done, and then accepted, never makes a measure stricter."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.decisions.diagram import Diagram
from app.domain.decisions.program import OTHER, Program
from app.domain.policies.conditions import Leaf, leaves, quantified
from app.domain.policies.facts import Value
from app.domain.policies.pack import BINDINGS, Pack
from tests.domain.plans import invented, row
from tests.domain.strategies import records
from tests.domain.strictness import Bind, binds, not_stricter
from tests.domain.test_diagram import SLOW
from tests.domain.test_exactness import BOUND
from tests.domain.test_lint import rows
from tests.scenarios.plans_read import evaluator_of_plan

MOST = 100
PROGRESS = ("not_done", "done", "accepted")


def programmes(pack: Pack, program: Program) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Each key that tells how far a programme is, with its values from least to most treated."""
    for key in program.domains:
        spec = pack.catalogue.find(key.partition("@")[0])
        if spec is not None and spec.type == "programme":
            yield key, PROGRESS
    for condition in program.conditions:
        for node in quantified(condition):
            if all(treated(leaf, pack) for leaf in leaves(node.part)) and list(leaves(node.part)):
                yield node.key, (False, True)


def treated(leaf: Leaf, pack: Pack) -> bool:
    """Whether a leaf holds for what is treated and for nothing less."""
    accepted = {leaf.operand} if isinstance(leaf.operand, str) else leaf.operand
    good = isinstance(accepted, set | frozenset) and accepted <= {"done", "accepted", "not_applicable"}
    return pack.catalogue[leaf.fact].type == "programme" and leaf.op in {"is", "in"} and good


@pytest.mark.parametrize(("name", "level"), BOUND, ids=str)
@settings(SLOW, max_examples=25)
@given(data=st.data(), missing=st.sampled_from([0.0, 0.2, 0.5]))
def test_accepting_a_programme_never_makes_the_measure_stricter(
    name: str, level: str, data: st.DataObject, missing: float
) -> None:
    evaluator = evaluator_of_plan(name)
    binding = next(one for one in BINDINGS if one == level)
    program, diagram = evaluator.programs[binding], evaluator.diagrams[binding]
    known = st.just(OTHER) if level == "site" else st.sampled_from(program.tags)
    record = data.draw(records(evaluator.pack, level, tag=data.draw(known), missing=missing, most=MOST))

    def possible(given: Mapping[str, Value]) -> list[list[Bind]]:
        return [binds(outcome, evaluator.pack) for outcome in diagram.outcomes(given).possible]

    for key, steps in programmes(evaluator.pack, program):
        answers = {step: possible({**record, key: step}) for step in steps}
        for less, more in combinations(steps, 2):
            for after in answers[more]:
                assert any(not_stricter(after, before) for before in answers[less]), (key, less, more, record)


@pytest.mark.parametrize(
    ("after", "before", "claim"),
    [
        ({"cut": {"pct": 30, "basis": "b"}}, {"cut": {"pct": 50, "basis": "b"}}, True),
        ({"cut": {"pct": 50, "basis": "b"}}, {"cut": {"pct": 30, "basis": "b"}}, False),
        ({"cut": {"pct": 50, "basis": "b"}}, "stop", True),
        ("stop", {"cut": {"pct": 50, "basis": "b"}}, False),
        ({"stop": {"during": {"from": "12-01", "to": "01-31"}}}, "stop", True),
        ("stop", {"stop": {"during": {"from": "12-01", "to": "01-31"}}}, False),
        ("normal", "normal", True),
        ("stop", {"stop": {"from": "10-01", "until": "rectified"}}, True),
        ({"load_cap": {"basis": "b", "pct": 80}}, {"load_cap": {"basis": "b", "pct": 60}}, True),
        ({"load_cap": {"basis": "b", "pct": 60}}, {"load_cap": {"basis": "b", "pct": 80}}, False),
        ({"stop_days": {"days": 30}}, {"stop_days": {"days_range": [30, 90]}}, True),
        ({"stop": {"share_pct": 50}}, "stop", True),
    ],
)  # fmt: skip
def test_strictness_is_what_a_manager_would_say(after: object, before: object, claim: bool) -> None:
    from_plan = [bound(one) for one in (after, before)]
    assert not_stricter(*from_plan) is claim


def bound(then: object) -> list[Bind]:
    pack = invented(**rows(row("A", None, then)))
    [outcome] = Diagram(Program(pack, "line")).outcomes({"industry": "mill"}).possible
    return binds(outcome, pack)

"""Every shipped plan, at every level it binds: what is possible is exactly what the completions give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.decisions.program import OTHER
from app.domain.policies.pack import BINDINGS
from tests.domain import brute_force
from tests.domain.strategies import records
from tests.domain.test_diagram import SLOW, claim_exact
from tests.examples import tried
from tests.scenarios.plans_read import PLANS, evaluator_of_plan

# Enumerating the completions of one record stays in the milliseconds, whatever the size of the plan.
MOST = 150
BOUND = [(name, binds) for name in PLANS for binds in BINDINGS if evaluator_of_plan(name).programs[binds].reaching]


@pytest.mark.parametrize(("name", "binds"), BOUND, ids=str)
@tried(25, SLOW)
@given(data=st.data(), missing=st.sampled_from([0.08, 0.3, 0.5]))
def test_outcomes_equal_brute_force(name: str, binds: str, data: st.DataObject, missing: float) -> None:
    evaluator = evaluator_of_plan(name)
    level = next(one for one in BINDINGS if one == binds)
    program = evaluator.programs[level]
    known = st.just(OTHER) if level == "site" else st.sampled_from([*program.tags, None])
    record = data.draw(records(evaluator.pack, binds, tag=data.draw(known), missing=missing, most=MOST))
    claim_exact(evaluator.pack, evaluator.diagrams[level].outcomes(record), record, binds)


@pytest.mark.parametrize("name", PLANS)
def test_the_levels_a_plan_binds_are_those_its_rules_name(name: str) -> None:
    pack = evaluator_of_plan(name).pack
    named = {one.binds for one in pack.scoped} | {one.binds for one in pack.ladders}
    assert named == {binds for plan, binds in BOUND if plan == name}
    assert brute_force.TAG.keys() >= named

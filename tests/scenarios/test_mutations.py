"""The scenarios bite: any operator, number, class, fact, gate or window of a plan changed fails at least one."""

import pytest

from app.documents.pack_check import survivors
from app.domain.decisions.mutations import mutants
from tests.scenarios.reports import PACKS, pack, report

# So many that the workers of a test run share them evenly.
SHARDS = 4


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("name", PACKS)
def test_no_change_to_the_plan_goes_unnoticed(name: str, shard: int) -> None:
    # A scenario that fails already would notice every change and prove nothing.
    assert list(report(name).differences) == []
    assert survivors(report(name), shard=shard, shards=SHARDS) == []


@pytest.mark.proof
@pytest.mark.parametrize("name", PACKS)
def test_every_rule_is_changed_in_some_way(name: str) -> None:
    changed = {mutant.rule for mutant in mutants(pack(name))}
    assert sorted({rule.id for rule in pack(name).rules()} - changed) == []


@pytest.mark.proof
def test_every_kind_of_change_is_tried() -> None:
    kinds = (
        "operator reversed", "operator lt", "number up", "number down", "without", "removed", "another class", "another measure",
        "all/any swapped", "every/some swapped", "negation dropped", "begins a day later", "begins a day earlier", "ends a day later",
        "ends a day earlier", "the whole season", "a day later", "only in the season", "reaches steel too", "does not reach",
        "does not speak of", "lowest class is", "pct 30", "hours 36",
    )  # fmt: skip
    tried = [mutant.what for mutant in mutants(pack("linfen-twelve-industries"))]
    assert [kind for kind in kinds if not any(kind in what for what in tried)] == []

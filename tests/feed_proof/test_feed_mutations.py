"""Mutated batches: no row is lost in silence, none lands that was told rejected, and nothing answers 500."""

import ast
import sys
from pathlib import Path

import pytest

from tests.api.door import Door
from tests.conftest import Clock
from tests.feed_proof.reconcile import a_proof

# 2,000 in every run of the tests, 200,000 in the proofs, where each seed has a database of its own.
ORDINARY, EACH = range(4), 500
PROOF, EACH_OF_PROOF = range(100, 140), 5_000


@pytest.mark.parametrize("seed", ORDINARY)
async def test_every_row_of_a_mutated_batch_is_accounted_for(busy_door: Door, clock: Clock, seed: int) -> None:
    proof = await a_proof(busy_door, clock, seed)
    await proof.run(EACH)
    assert proof.mutations >= EACH


@pytest.mark.feed_proof
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", PROOF)
async def test_every_row_of_very_many_mutated_batches_is_accounted_for(
    busy_door: Door, clock: Clock, seed: int
) -> None:
    proof = await a_proof(busy_door, clock, seed)
    await proof.run(EACH_OF_PROOF)
    assert proof.mutations >= EACH_OF_PROOF


@pytest.mark.parametrize("module", ["oracle_rows", "oracle_files", "oracle_store", "spec"])
def test_the_oracle_knows_the_standard_library_and_nothing_else(module: str) -> None:
    tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
    imported = {one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    imported |= {name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    foreign = {one for one in imported if one.partition(".")[0] not in sys.stdlib_module_names}
    assert {one for one in foreign if not one.startswith("tests.feed_proof.")} == set()

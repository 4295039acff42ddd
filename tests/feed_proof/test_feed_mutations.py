"""Mutated batches: no row is lost in silence, none lands that was told rejected, and nothing answers 500."""

import pytest

from tests.api.door import Door
from tests.conftest import Clock
from tests.feed_proof.reconcile import a_proof

ORDINARY, EACH = 8, 250


@pytest.mark.parametrize("seed", range(ORDINARY))
async def test_every_row_of_a_mutated_batch_is_accounted_for(busy_door: Door, clock: Clock, seed: int) -> None:
    proof = await a_proof(busy_door, clock, seed)
    await proof.run(EACH)

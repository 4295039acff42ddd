"""Whatever people do in a winter, and in whatever order: sums, lists and decisions agree, and verify finds nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncConnection

from app import logs
from app.persistence.engine import create_engine
from tests.machine.bookkeeping import Winter
from tests.machine.stage import Stage
from tests.machine.world import built

# The same examples each time: what is found here is found by everybody.
STEADY = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    """One connection whose transaction is rolled back, whatever the examples did."""
    engine = create_engine(url, pool_size=1)
    async with engine.connect() as opened:
        outer = await opened.begin()
        yield opened
        await outer.rollback()
    await engine.dispose()


@pytest.fixture(scope="module", autouse=True)
def _quiet_logs() -> None:
    logs.configure(level="critical")


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    """A loop of its own, because the steps of a machine are plain functions."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        opened = connected(database_url)
        connection = runner.run(opened.__aenter__())
        yield Stage(runner=runner, world=runner.run(built(connection)))
        runner.run(opened.__aexit__(None, None, None))


def run(stage: Stage, *, seeds: int, examples: int, steps: int) -> None:
    """Without shrinking, which takes minutes at a door: a failure prints its steps as they were taken.

    Beyond ten examples of one seed hypothesis mostly copies parts of earlier ones; the first is always the simplest, with all of the past.
    """
    Winter.stage = stage
    taken = settings(STEADY, max_examples=examples, stateful_step_count=steps, phases=[Phase.generate])
    for number in range(seeds):
        run_state_machine_as_test(seed(number)(Winter), settings=taken)


@pytest.mark.timeout(300)
def test_any_winter_leaves_a_province_that_proves_itself(stage: Stage) -> None:
    run(stage, seeds=1, examples=1, steps=12)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_many_long_winters_leave_a_province_that_proves_itself(stage: Stage) -> None:
    run(stage, seeds=2, examples=10, steps=40)

"""The stage of the machine: one event loop and one rolled-back connection for all examples, driven from plain steps."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.domain.orders import OrderState
from tests.machine import checks
from tests.machine.world import ENDS, Plant, Thing, World

T = TypeVar("T")
# Hours that pass before a step: mostly none, sometimes a night, a week or a month.
WAITS = st.sampled_from([0, 0, 0, 1, 30, 5 * 24, 16 * 24, 40 * 24])
PERSON = st.sampled_from(["li", "zhang"])
PICK = st.integers(0, 3)
BY_FUSHAN = st.sampled_from(["foundry", "brick"])
ANY_PLANT = st.sampled_from(["foundry", "brick", "green"])
# 9 September to 31 May.
DAY = st.integers(0, 265).map(lambda number: date(2019, 9, 9) + timedelta(days=number))


@dataclass(slots=True, kw_only=True)
class Stage:
    """The world, and the loop it lives in."""

    runner: asyncio.Runner
    world: World

    def runs(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)


class Machine(RuleBasedStateMachine):
    """What all rules share: the stage, what was made so far, and the checks after each step and at the end."""

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.things: dict[str, list[Thing]] = {}
        self.touched: set[str] = set()
        self.read: dict[int, str] = {}
        self.sound = True
        self.runs(self.world.begins())

    @property
    def world(self) -> World:
        return self.stage.world

    def runs(self, work: Coroutine[Any, Any, T]) -> T:
        """A step that fails ends the example: nothing is checked after it."""
        self.sound = False
        found = self.stage.runs(work)
        self.sound = True
        return found

    def plant(self, name: str) -> Plant:
        self.touched.add(name)
        return self.world.plants[name]

    def waits(self, hours: int) -> None:
        clock = self.world.clock
        clock.now = min(clock.now + timedelta(hours=hours), max(clock.now, ENDS))

    def keep(self, kind: str, thing: Thing) -> None:
        self.things.setdefault(kind, []).append(thing)

    def some(self, kind: str) -> Sequence[Thing]:
        return self.things.get(kind, [])

    def of(self, plant: Plant, kind: str) -> list[Thing]:
        return [one for one in self.some(kind) if one.plant is plant]

    def one(self, kind: str, pick: int) -> Thing:
        """The newest first, so that a smaller number is the simpler example."""
        known = self.some(kind)
        found = known[-1 - pick % len(known)]
        self.touched.add(found.plant.name)
        return found

    @rule(
        recurring=st.sampled_from([("redecide_stale",), ("settle_ledgers",), ("redecide_stale", "settle_ledgers")]),
        hours=WAITS,
    )
    def service_works(self, recurring: tuple[str, ...], hours: int) -> None:
        self.waits(hours)
        self.runs(self.world.works_off(*recurring))
        self.runs(self._looks_at_orders())
        self.touched |= set(self.world.plants)

    async def _looks_at_orders(self) -> None:
        """Orders are served by workers, so they are found by looking."""
        plant = self.world.plants["furnace"]
        known = {one.url for one in self.some("order")}
        for told in await checks.orders_of(self.world, plant):
            if told["url"] not in known:
                self.keep("order", Thing(url=told["url"], plant=plant, state=OrderState.SENT, told=told))

    @invariant()
    def what_was_touched_agrees(self) -> None:
        for name in sorted(self.touched & {"foundry", "brick"}):
            self.runs(checks.sums_agree(self.world, self.world.plants[name]))
        for name in sorted(self.touched):
            self.runs(checks.decisions_replay(self.world, self.world.plants[name], [self.world.today]))
        self.touched.clear()

    def teardown(self) -> None:
        """Whatever is found at the end, the next example begins with the same register."""
        try:
            if self.sound:
                self.runs(self._ends())
        finally:
            self.stage.runs(self.world.ends())

    async def _ends(self) -> None:
        world = self.world
        await world.works_off("redecide_stale", "settle_ledgers")
        # A doubt that was found while deciding may itself leave a mark.
        await world.works_off("redecide_stale")
        for plant in world.plants.values():
            await checks.decisions_are_new(world, plant)
            await checks.decisions_replay(world, plant, checks.DAYS)
            if plant.pack == "fushan":
                await checks.settled_already(world, plant)
                await checks.sums_agree(world, plant)
                await checks.api_agrees(world, plant)
                await checks.credits_count_while_granted(world, plant, self.of(plant, "act"))
                await checks.visits_hold(world, plant, self.of(plant, "visit"))
                await checks.visits_are_read_as_known(world, plant, self.of(plant, "visit"))
        await self._what_was_applied_for_and_served_agrees()
        await checks.versions_hold(world, self.read)
        await checks.lists_are_facts(world)
        await checks.nothing_is_damaged(world)

    async def _what_was_applied_for_and_served_agrees(self) -> None:
        await self._looks_at_orders()
        furnace = self.world.plants["furnace"]
        needs, orders = self.of(furnace, "need"), self.of(furnace, "order")
        await checks.acts_stand(self.world, [*self.some("act"), *needs])
        await checks.needs_are_facts(self.world, furnace, needs)
        await checks.orders_hold(self.world, furnace, orders)
        await checks.orders_are_found_by_state(self.world, furnace, orders)
        await checks.orders_demand(self.world, furnace, needs, self.of(furnace, "warning"))

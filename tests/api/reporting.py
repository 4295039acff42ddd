"""A small county whose winter is reported: three foundries of Fushan, planned, partly served, and looked at."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.api.door import Door, read
from tests.api.foundry import Foundry, registered, works
from tests.api.packs import publish
from tests.api.scheduling import EMITTED, Planner
from tests.conftest import Clock

Json = dict[str, Any]
COUNTY, MONTH = "141027", {"region": "141027", "pack": "fushan", "month": "2019-12"}
EVIL = '<script>alert("x")</script>=cmd'
# 365 t/a is a tonne a day.
CAPACITY = {"capacity_eia": "365", "capacity_permit": "730", "output_previous_year": "1095"}


@dataclass(slots=True, kw_only=True)
class County:
    """Its officer, and its foundries: one that served, one that did not, and one that nobody knows the emission of."""

    door: Door
    clock: Clock
    officer: httpx.AsyncClient
    diligent: Foundry
    idle: Foundry
    unknown: Foundry

    @property
    def foundries(self) -> tuple[Foundry, ...]:
        return self.diligent, self.idle, self.unknown

    async def reads(self, report: str, **params: Any) -> Json:
        return await read(self.officer, f"/v1/reports/{report}", params)

    async def plans(self) -> str:
        """Everybody stops from 10 December and from 1 January, fifteen days each; published and served."""
        planner = Planner(door=self.door, clock=self.clock, caller=self.officer)
        url = await planner.computes()
        await planner.publishes_and_serves(url)
        return url

    def waits_until(self, *day: int) -> None:
        """It is ten in the morning of that day."""
        self.clock.come_to(*day)


def named(name: str, code: str, **facts: Any) -> Json:
    return works(performance_grade="B", **facts) | {"name": name, "code": code}


async def a_county(door: Door, clock: Clock) -> County:
    await publish(door.sessions, "fushan")
    officer = await door.lasting_caller(on_behalf_of=True)
    made: list[Foundry] = []
    for body in (
        named("勤铸造厂", "F-1", **EMITTED, **CAPACITY),
        named("惰铸造厂", "F-2", **EMITTED, **CAPACITY),
        named(EVIL, "F-3", **CAPACITY),
    ):
        foundry = await registered(door, clock, body)
        foundry.caller = officer
        await foundry.decides()
        made.append(foundry)
    return County(door=door, clock=clock, officer=officer, diligent=made[0], idle=made[1], unknown=made[2])

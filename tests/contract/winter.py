"""What a winter left behind: every story of the doors told once, with each request, its answer and the ids they named."""

import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.kill import test_doors
from tests.kill.conftest import Ground
from tests.kill.stories import DOORS, Scene, Story, opens

Json = dict[str, Any]
Names = dict[str, str]
assert test_doors  # it imports the stories of every room


@dataclass(slots=True)
class Told:
    """What was sent and answered, and which parameters of paths went together."""

    contract: Json
    exchanges: list[tuple[str, str, Names, httpx.Response]] = field(default_factory=list)
    known: list[Names] = field(default_factory=list)

    def keep(self, answer: httpx.Response) -> None:
        """An answer of an operation of the contract."""
        method, path = answer.request.method.lower(), answer.request.url.path
        template, names = self.place(method, path)
        self.exchanges.append((method, template, names, answer))
        if names:
            self.known.append(names)

    def place(self, method: str, path: str) -> tuple[str, Names]:
        """The template of a path and what stands in its places; the one with the fewest places fits best."""
        found = [
            (template, match.groupdict())
            for template, item in self.contract["paths"].items()
            if method in item and (match := re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path))
        ]
        return min(found, key=lambda one: len(one[1]))

    def names_for(self, template: str) -> list[Names]:
        """Everything known that fills this template, the newest first."""
        wanted = re.findall(r"\{(\w+)\}", template)
        fitting = [{name: one[name] for name in wanted} for one in self.known if set(wanted) <= one.keys()]
        return list({tuple(one.values()): one for one in reversed(fitting)}.values())


async def tell(ground: Ground, contract: Json) -> Told:
    """Every story from its first door to its last, and the long work they asked for."""
    told = Told(contract)
    for story in dict.fromkeys(door.story for door in DOORS.values()):
        scene = await opens(ground)
        await _tell(story, scene, told)
    worker = Worker(sessions=ground.sessions, clock=ground.clock, handlers=HANDLERS)
    await worker.drain()
    return told


async def _tell(story: Story, scene: Scene, told: Told) -> None:
    steps = story(scene)
    request = await anext(steps)
    while True:
        scene.passes()
        answer = await scene.sends(request)
        told.keep(answer)
        try:
            request = await steps.asend(answer)
        except StopAsyncIteration:
            return

"""What a winter left behind: every story of the doors told once, with each request, its answer and the ids they named."""

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from tests.kill import test_doors  # noqa: F401  it imports the stories of every room
from tests.kill.conftest import Ground
from tests.kill.stories import DOORS, Scene, Story, opens

Json = dict[str, Any]
Names = dict[str, str]
# Words that mean something else in each room.
SHORT = {"name", "code", "number", "version"}


@dataclass(slots=True)
class Told:
    """What was sent and answered, and which parameters of paths went together."""

    contract: Json
    exchanges: list[tuple[str, str, Names, httpx.Response]] = field(default_factory=list)
    known: list[tuple[str, Names]] = field(default_factory=list)

    def keep(self, answer: httpx.Response) -> None:
        """An answer of an operation of the contract, and what it names."""
        method, path = answer.request.method.lower(), answer.request.url.path
        template, names = self.place(method, path)
        self.exchanges.append((method, template, names, answer))
        self.learn(template, names)
        if answer.content.startswith(b"{"):
            made = {
                f"{word}_id": one["id"] for word, one in answer.json().items() if isinstance(one, dict) and "id" in one
            }
            self.learn(template, names | made)
            below = next(
                (path for path in self.contract["paths"] if re.fullmatch(re.escape(template) + r"/\{\w+_id\}", path)),
                "",
            )
            if answer.status_code == 201 and "id" in answer.json() and below:
                self.learn(below, names | {re.findall(r"\w+", below)[-1]: answer.json()["id"]})

    def learn(self, template: str, names: Names) -> None:
        if names:
            self.known.append((room(template), names))

    def place(self, method: str, path: str) -> tuple[str, Names]:
        """The template of a path and what stands in its places; the one with the fewest places fits best."""
        found = [
            (template, match.groupdict())
            for template, item in self.contract["paths"].items()
            if method in item and (match := re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path))
        ]
        return min(found, key=lambda one: len(one[1]))

    def names_for(self, template: str, *, but: Collection[str] = ()) -> list[Names]:
        """What is known that fills this template, the newest first; names and codes only from its own room."""
        wanted = [name for name in re.findall(r"\{(\w+)\}", template) if name not in but]
        if not wanted:
            return [{}]
        own = [one for of, one in reversed(self.known) if of == room(template) or not SHORT & set(wanted)]
        fitting = [{name: one[name] for name in wanted} for one in own if set(wanted) <= one.keys()]
        if not fitting:
            each = [list(dict.fromkeys(one[name] for one in own if name in one))[:4] for name in wanted]
            fitting = [dict(zip(wanted, values, strict=True)) for values in itertools.product(*each)]
        return list({tuple(one.values()): one for one in fitting}.values())


def room(template: str) -> str:
    """The first word of a path behind its version."""
    return template.split("/")[2]


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

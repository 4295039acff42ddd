"""Two planners that look at no emissions: each stop as early as it may begin, and each stop at a drawn instant.

They know the forms the generator makes: one block for every phase or furnace, sites that owe heat one block after the
other, the groups of a cohort in turns. All but the floors is kept by that.
"""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from app.domain.schedules.problem import Plan, Problem, Resource, Stretch, StretchKind
from app.domain.schedules.requirements import Cap, Cohort, Coupling, Cut, HeatDuty, Stop, StopHours
from bench.planning.measures import DAY_HOURS, midnight, span

SEED = 20261001
# So many hours of slack are free: how many of them to wait before the block.
Choose = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Block:
    """Hours from the first midnight of the calendar."""

    start: int
    until: int
    serves: str
    kind: StretchKind = "stop"
    share: float = 0.0


def greedy(problem: Problem) -> Plan:
    return placed(problem, lambda _: 0)


def random_placement(problem: Problem) -> Plan:
    draw = random.Random(SEED)
    return placed(problem, lambda slack: int(draw.random() * (slack + 1)))


def placed(problem: Problem, choose: Choose) -> Plan:
    board = _Board(problem, choose)
    for one in problem.requirements:
        match one:
            case Stop():
                start, until = board.hours(one)
                board.add(one.resource, Block(start, until, one.id, one.kind))
            case Cap():
                start, until = board.hours(one)
                board.add(one.resource, Block(start, until, one.id, "limit", one.share))
            case Cohort():
                board.cohort(one)
            case Cut():
                board.cut(one)
            case _:
                pass
    board.stop_hours()
    for one in problem.requirements:
        if isinstance(one, Coupling):
            board.couple(one)
    return board.plan()


@dataclass(slots=True)
class _Board:
    problem: Problem
    choose: Choose
    blocks: dict[str, list[Block]] = field(default_factory=lambda: defaultdict(list))
    resources: dict[str, Resource] = field(init=False)
    # Those that owe heat together stand still one after the other, so they are placed in one queue.
    queue_of: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.resources = {each.id: each for each in self.problem.resources}
        duties = [one for one in self.problem.requirements if isinstance(one, HeatDuty)]
        self.queue_of = {member: one.id for one in duties for member in one.heat_mw}

    def hours(self, one: Stop | StopHours | Cap | Cohort | Cut) -> tuple[int, int]:
        start, until = span(self.problem, one.period)
        return start * DAY_HOURS, until * DAY_HOURS

    def add(self, resource: str, block: Block) -> None:
        self.blocks[resource].append(block)

    def cohort(self, one: Cohort) -> None:
        """In turns of as many whole days as one group may stand still, a day less for what does not divide evenly."""
        start, until = self.hours(one)
        turns = math.ceil(len(one.groups) / one.count)
        days = (until - start) // DAY_HOURS
        for turn in range(turns):
            begins, ends = (start + days * number // turns * DAY_HOURS for number in (turn, turn + 1))
            for place in range(turn * one.count, (turn + 1) * one.count):
                for member in one.groups[place % len(one.groups)]:
                    self.add(member, Block(begins, ends, one.id))

    def cut(self, one: Cut) -> None:
        """Every furnace stands still for the same share of the window, so the weights do not matter."""
        window = self.hours(one)
        owed = math.ceil(one.share * (window[1] - window[0]) - 1e-9)
        wanted = [(member, owed, one.id) for member in one.weights_t_d]
        for queue in self._queues(wanted):
            self._place(queue, window)

    def stop_hours(self) -> None:
        by_window: dict[tuple[int, int], list[tuple[str, int, str]]] = defaultdict(list)
        for one in self.problem.requirements:
            if isinstance(one, StopHours):
                by_window[self.hours(one)].append((one.resource, one.hours, one.id))
        for window in sorted(by_window):
            for queue in self._queues(by_window[window]):
                self._place(queue, window)

    def _queues(self, wanted: Sequence[tuple[str, int, str]]) -> Iterator[list[tuple[str, int, str]]]:
        queues: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
        for each in wanted:
            queues[self.queue_of.get(each[0], each[0])].append(each)
        yield from queues.values()

    def _place(self, queue: Sequence[tuple[str, int, str]], window: tuple[int, int]) -> None:
        at = window[0]
        slack = window[1] - window[0] - sum(hours for _, hours, _ in queue)
        for resource, hours, serves in queue:
            wait = self._wait(self.resources[resource], at, slack)
            at, slack = at + wait, slack - wait
            self.add(resource, Block(at, at + hours, serves))
            at += hours

    def _wait(self, resource: Resource, at: int, slack: int) -> int:
        earlier = [block.until for block in self.blocks[resource.id]]
        if resource.max_stops == 1:
            # The one stop goes over the border of the phases.
            return 0 if earlier else slack
        wait = self.choose(slack)
        ran = at + wait - max(earlier, default=-math.inf)
        if 0 < ran < resource.min_run_days * DAY_HOURS:
            wait += resource.min_run_days * DAY_HOURS - int(ran)
        return wait

    def couple(self, one: Coupling) -> None:
        """What hangs on the furnaces runs at their mean share, hour by hour."""
        upstream = {member: self.blocks[member] for member in one.upstream_t_d}
        borders = sorted({hour for blocks in upstream.values() for each in blocks for hour in (each.start, each.until)})
        total = sum(one.upstream_t_d.values())
        for start, until in pairwise(borders):
            standing = sum(
                one.upstream_t_d[member]
                for member, blocks in upstream.items()
                if any(each.start <= start < each.until for each in blocks)
            )
            share = max(0.0, 1 - standing / total)
            if standing:
                whole = share < 1e-9
                self.add(
                    one.downstream, Block(start, until, one.id, "stop" if whole else "limit", 0 if whole else share)
                )

    def plan(self) -> Plan:
        start = midnight(self.problem.first)
        return {
            resource: tuple(
                Stretch(
                    from_at=start + timedelta(hours=each.start),
                    until_at=start + timedelta(hours=each.until),
                    kind=each.kind,
                    share=each.share,
                    serves=(each.serves,),
                )
                for each in sorted(blocks, key=lambda block: block.start)
            )
            for resource, blocks in sorted(self.blocks.items())
            if blocks
        }

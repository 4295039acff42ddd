"""Interleaved rounds: each contender once a round, so that a busy minute slows all of them alike."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds a unit of work took: median, least and most over the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Spread":
        return cls(statistics.median(seconds), min(seconds), max(seconds))


@dataclass(frozen=True, slots=True)
class Task:
    """Something to time, and how many units of work one call does."""

    run: Callable[[], object]
    units: int


def interleaved(
    tasks: Mapping[str, Task],
    *,
    rounds: int = ROUNDS,
    turns: int = 1,
    clock: Callable[[], float] = time.process_time,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, list[float]]:
    """Seconds a unit by task and round; every task is run once before the first round.

    Processor time by default, which other work on the machine disturbs least; work that waits needs the wall clock,
    and the more turns the tasks take in a round, the more they see of the same disturbances.
    """
    for name, task in tasks.items():
        tell(f"warming up: {name}")
        task.run()
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    gc.collect()
    gc.disable()
    try:
        for number in range(1, rounds + 1):
            tell(f"round {number} of {rounds}")
            spent = dict.fromkeys(tasks, 0.0)
            for _ in range(turns):
                for name, task in tasks.items():
                    began = clock()
                    task.run()
                    spent[name] += clock() - began
                    gc.collect()
            for name, task in tasks.items():
                seconds[name].append(spent[name] / turns / task.units)
    finally:
        gc.enable()
    return seconds


def ratios(slow: list[float], fast: list[float]) -> Spread:
    """How many times faster, taken round by round, so that both sides saw the same minute."""
    return Spread.of([one / other for one, other in zip(slow, fast, strict=True)])

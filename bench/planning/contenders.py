"""Who plans, and what one run in a process of its own shows: time, memory, bytes, peak and breaches."""

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from app.domain.schedules.checking.check import check
from app.domain.schedules.planning.plan import plan
from app.domain.schedules.problem import Plan, Problem, Schedule
from bench.planning import baselines
from bench.planning.bound import peak_bound
from bench.planning.generator import problem
from bench.planning.measures import digest, peak_preferred, remaining, stopped
from bench.planning.rows import asks, beyond, shortfalls

PLANNER = "planner"
# Linux counts the largest resident set in KiB, macOS in bytes.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`memory` is the largest resident set up to the end of planning, in bytes; tonnes in t/d."""

    seconds: float
    memory: int
    tonnes: float
    digest: str
    # The baselines keep what the bound counts, not everything.
    breaches: int | None
    shortfalls: list[str]
    beyond: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundRun:
    seconds: float
    memory: int
    tonnes: float
    buckets: str
    rows: int
    columns: int


def contenders() -> dict[str, Callable[[Problem], Plan]]:
    """The planner and the baselines."""
    return {
        PLANNER: lambda given: plan(given).stretches,
        "greedy": baselines.greedy,
        "random": baselines.random_placement,
    }


def run(name: str, lines: int) -> Run:
    given = problem(lines)
    began = time.perf_counter()
    found = contenders()[name](given)
    seconds, memory = time.perf_counter() - began, _memory()
    shares = stopped(given, found)
    rows = asks(given)
    return Run(
        seconds=seconds,
        memory=memory,
        tonnes=peak_preferred(given, found),
        digest=digest(found),
        breaches=_breaches(given, found) if name == PLANNER else None,
        shortfalls=shortfalls(given, rows, shares, remaining(given, found)),
        beyond=beyond(rows, shares),
    )


def run_bound(lines: int) -> BoundRun:
    given = problem(lines)
    began = time.perf_counter()
    found = peak_bound(given)
    return BoundRun(
        seconds=time.perf_counter() - began,
        memory=_memory(),
        tonnes=found.tonnes,
        buckets=found.buckets,
        rows=found.rows,
        columns=found.columns,
    )


def told(found: Run | BoundRun) -> str:
    """One line for the process that asked."""
    return json.dumps(asdict(found))


def _breaches(given: Problem, found: Plan) -> int:
    """Of everything the checker judges; how good a schedule is told to be is judged elsewhere."""
    schedule = Schedule(stretches=found, stages=())
    return sum(breach.code != "stage_missing" for breach in check(given, schedule))


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT

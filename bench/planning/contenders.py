"""Who plans, and what one run in a process of its own shows: time, memory, bytes, peak and breaches."""

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from app.domain.schedules.problem import Plan, Problem
from bench.planning import baselines
from bench.planning.bound import peak_bound
from bench.planning.generator import problem
from bench.planning.measures import digest, peak_preferred, remaining, stopped
from bench.planning.rows import asks, beyond, shortfalls

PLANNER, CHECKER = "app.domain.schedules.plan", "app.domain.schedules.check"
# Linux counts the largest resident set in KiB, macOS in bytes.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`memory` is the largest resident set up to the end of planning, in bytes; tonnes in t/d."""

    seconds: float
    memory: int
    tonnes: float
    digest: str
    # None where no checker is built in.
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
    """The planner, once there is one, and the baselines."""
    found: dict[str, Callable[[Problem], Plan]] = {}
    if find_spec(PLANNER):
        plan = import_module(PLANNER).plan
        found["planner"] = lambda given: plan(given).stretches
    return found | {"greedy": baselines.greedy, "random": baselines.random_placement}


def run(name: str, lines: int) -> Run:
    given = problem(lines)
    began = time.perf_counter()
    plan = contenders()[name](given)
    seconds, memory = time.perf_counter() - began, _memory()
    shares = stopped(given, plan)
    rows = asks(given)
    return Run(
        seconds=seconds,
        memory=memory,
        tonnes=peak_preferred(given, plan),
        digest=digest(plan),
        breaches=_breaches(given, plan),
        shortfalls=shortfalls(given, rows, shares, remaining(given, plan)),
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


def _breaches(given: Problem, plan: Plan) -> int | None:
    if not find_spec(CHECKER):
        return None
    check: Callable[..., Any] = import_module(CHECKER).check
    return len(check(given, plan))


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT

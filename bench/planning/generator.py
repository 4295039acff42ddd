"""Planning problems of a fixed seed: the same lines, duties and targets for the same number of lines, on any machine.

Each can be met. The lines are first placed by a plain rule (`baselines.placed`, every block pushed back by a fraction
that spreads them over the windows), which keeps everything but the floors; the floors then ask for `FLOOR_SHARE` of what
that placement saves. Where the lines come from is invented; their measures have the form and numbers of the plans.
"""

import math
import random
from datetime import date
from itertools import count

from app.domain.periods import Period
from app.domain.schedules.problem import Plan, Problem
from app.domain.schedules.requirements import Clause, Floor, Requirement
from bench.planning.baselines import placed
from bench.planning.measures import remaining, span
from bench.planning.works import Register

SEED = 141027
FIRST, END = date(2026, 10, 1), date(2027, 4, 1)
PREFERRED_MONTHS = (12, 1, 2)  # L12-53, FS-38
GOLDEN = (math.sqrt(5) - 1) / 2
# Of what an even spread saves in the month, so much is asked of the region at least (HR-03, GP-02).
FLOOR_SHARE = 0.7
FLOOR_POLLUTANTS = ("pm", "so2", "nox")
FLOOR_MONTHS = ((2026, 11), (2026, 12), (2027, 1), (2027, 2), (2027, 3))
# So many lines of a hundred; the rest are foundries and brickworks.
STEEL, HEAT, COHORT, KILNS, COKING = 16, 12, 6, 8, 6
COHORT_SIZE, SMALLEST_COHORT = 12, 4


def problem(lines: int) -> Problem:
    """So many lines from October to March, nothing of it past."""
    register = Register(random.Random(SEED + lines))
    while len(register.resources) < lines * STEEL // 100:
        register.steel_works()
    mark = len(register.resources) + lines * HEAT // 100
    while len(register.resources) < mark:
        register.heating_site()
    left = max(SMALLEST_COHORT, lines * COHORT // 100)
    while left >= SMALLEST_COHORT:
        register.cohort(min(left, COHORT_SIZE))
        left -= COHORT_SIZE
    for _ in range(lines * KILNS // 100):
        register.kiln()
    for _ in range(lines * COKING // 100):
        register.coking()
    while len(register.resources) < lines:
        register.seasonal()
    return _with_floors(_problem(register, ()))


def even_spread(problem: Problem) -> Plan:
    """Every block is pushed back by the next fraction of the golden ratio's sequence of its slack."""
    turns = count(1)
    return placed(problem, lambda slack: int((next(turns) * GOLDEN % 1) * slack))


def _problem(register: Register, floors: tuple[Requirement, ...]) -> Problem:
    return Problem(
        first=FIRST,
        end=END,
        from_day=FIRST,
        resources=tuple(register.resources),
        requirements=(*register.requirements, *floors),
        preferred_months=PREFERRED_MONTHS,
    )


def _with_floors(bare: Problem) -> Problem:
    saved = 1 - remaining(bare, even_spread(bare))
    floors = []
    for year, month in FLOOR_MONTHS:
        period = Period(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))
        start, until = span(bare, period)
        for pollutant in FLOOR_POLLUTANTS:
            daily = sum(
                each.emission_t_d[pollutant] * row
                for each, row in zip(bare.resources, saved[:, start:until], strict=True)
            )
            floors.append(
                Floor(
                    id=f"floor-{year}-{month:02}-{pollutant}",
                    clause=Clause(pack="gaoping", rule="GP-02"),
                    pollutant=pollutant,
                    period=period,
                    tonnes=math.floor(FLOOR_SHARE * float(sum(daily)) * 1000) / 1000,
                )
            )
    return Problem(
        first=bare.first,
        end=bare.end,
        from_day=bare.from_day,
        resources=bare.resources,
        requirements=(*bare.requirements, *floors),
        preferred_months=bare.preferred_months,
    )

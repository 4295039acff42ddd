"""The checker: whether a schedule keeps everything its problem asks, worked out without any of the planner's code."""

from app.domain.schedules.checking.blocks import judge_blocks
from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.checking.cuts import judge_cuts
from app.domain.schedules.checking.reading import read
from app.domain.schedules.checking.requirements import judge_requirement
from app.domain.schedules.checking.stages import judge_stages
from app.domain.schedules.checking.stretches import judge_stretches
from app.domain.schedules.problem import Problem, Schedule


def check(problem: Problem, schedule: Schedule) -> list[Breach]:
    """Every breach of a schedule for a problem that is not refused; none means that it may be published."""
    reading = read(problem, schedule.stretches)
    return [
        *judge_stretches(reading, schedule.stretches),
        *judge_blocks(reading),
        *(breach for one in problem.requirements for breach in judge_requirement(reading, one)),
        *judge_cuts(reading),
        *judge_stages(reading, schedule),
    ]

"""What is no planning problem at all: every wrong row of it in one refusal, before anything is planned."""

from app.domain.errors import FieldError, Invalid
from app.domain.schedules.problem import Problem
from app.domain.schedules.refusing.plans import wrong_plans
from app.domain.schedules.refusing.requirements import wrong_requirements
from app.domain.schedules.refusing.resources import wrong_resources
from app.domain.schedules.refusing.rows import row


class ScheduleInvalid(Invalid):
    code = "schedule_invalid"
    zh = "排产条件有误，详见 errors；请逐行改正后重新提交。"
    en = "What is to be scheduled does not fit; mend each row named in errors and send it again."


def refuse_wrong(problem: Problem) -> None:
    """Raise ScheduleInvalid with one error for each wrong row, by pointer and code."""
    errors = {
        (error.pointer, error.code): error
        for error in (
            *_calendar(problem),
            *wrong_resources(problem),
            *wrong_requirements(problem),
            *wrong_plans(problem),
        )
    }
    if errors:
        raise ScheduleInvalid(errors=[errors[key] for key in sorted(errors)])


def _calendar(problem: Problem) -> list[FieldError]:
    found = []
    if problem.end <= problem.first:
        found.append(row("end_not_after_first", "end", first=problem.first, end=problem.end))
    elif not problem.first <= problem.from_day < problem.end:
        found.append(row("from_day_outside", "from_day", found=problem.from_day, first=problem.first, end=problem.end))
    found += [
        row("unknown_month", "preferred_months", str(number), found=month)
        for number, month in enumerate(problem.preferred_months)
        if not 1 <= month <= 12
    ]
    return found

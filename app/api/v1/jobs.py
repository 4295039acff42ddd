"""Jobs: what the service does by itself and how it goes, and every operation that failed, for those who run it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from app.api.bodies import AnswerBody, Instant
from app.api.language import Lang
from app.api.long_work import OperationOut, OperationProblem, out, problem_out
from app.api.pagination import PageQuery
from app.api.security import caller
from app.api.transactions import Unit, router
from app.domain.access import Actor
from app.domain.errors import Language
from app.domain.operations import Operation, OperationState
from app.persistence.operations import OperationRepository
from app.persistence.recurring_jobs import RecurringJob, RecurringJobRepository

routes = router("jobs")
Operator = Annotated[Actor, Depends(caller("jobs:read"))]


class JobOut(AnswerBody):
    """One kind of work that comes round, and how it went last."""

    kind: str
    next_at: Instant = Field(description="When it is due again; steady work tells by then that it goes on.")
    operation_id: UUID | None = Field(description="Of the run that ended last; null for steady work.")
    ended_at: Instant | None
    succeeded_at: Instant | None = Field(description="When a run last did what it should.")
    outcome: OperationState | None
    problem: OperationProblem | None
    failures: int = Field(ge=0, description="Runs in a row that failed; 0 when all is well.")


class JobList(AnswerBody):
    """Every kind of recurring work that was ever due, and the steady work: `relay` of events, `deliver` to webhooks."""

    items: list[JobOut]


class FailureOut(AnswerBody):
    """An operation that failed, and whose it was."""

    requested_by: str = Field(description="The client that asked for it; `system` is the service itself.")
    attempts: int
    operation: OperationOut


class FailurePage(AnswerBody):
    """Some failed operations, newest first; the service's own are kept for a day."""

    items: list[FailureOut]
    next_cursor: str | None


@routes.get("", dependencies=[Depends(caller("jobs:read"))])
async def list_jobs(uow: Unit, language: Lang) -> JobList:
    """Recurring and steady work tells nothing of any region: who may see it sees all of it."""
    return JobList(items=[_job(one, language) for one in await RecurringJobRepository(uow.session).every()])


@routes.get("/failures")
async def list_failures(actor: Operator, uow: Unit, page: PageQuery, language: Lang) -> FailurePage:
    """Of everybody's operations; for those who look after the whole country."""
    found = await OperationRepository(uow.session).failed(visible_to=actor, after=page.after, limit=page.limit + 1)
    items, next_cursor = page.cut(found, lambda operation: (operation.id,))
    return FailurePage(items=[_failure(one, language) for one in items], next_cursor=next_cursor)


def _job(one: RecurringJob, language: Language) -> JobOut:
    return JobOut(
        kind=one.kind,
        next_at=one.next_at,
        operation_id=one.operation_id,
        ended_at=one.ended_at,
        succeeded_at=one.succeeded_at,
        outcome=None if one.outcome is None else OperationState(one.outcome),
        problem=None if one.problem is None else problem_out(dict(one.problem), language),
        failures=one.failures,
    )


def _failure(one: Operation, language: Language) -> FailureOut:
    return FailureOut(requested_by=one.actor.client_id, attempts=one.attempts, operation=out(one, language))

"""Health and numbers for the machines that watch over the service; none of it needs a token."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from app.api.problems import problem_response
from app.api.refusals import NotReady
from app.domain.periods import civil_day
from app.integrations.metrics import MEDIA_TYPE, Metrics
from app.persistence.engine import pool_use
from app.persistence.events import SequenceRepository
from app.persistence.gauges import gauges
from app.persistence.health import mismatch, schema_revision
from app.persistence.unit_of_work import UnitOfWork, open_unit
from app.persistence.webhooks.deliveries import DeliveryRepository

routes = APIRouter(include_in_schema=False)


class Alive(BaseModel):
    """The process runs."""

    status: Literal["alive"]


@routes.get("/livez")
async def live() -> Alive:
    return Alive(status="alive")


@routes.get("/readyz", response_model=None)
async def ready(request: Request) -> Response:
    """Ready means: the database answers and is at the newest schema; whoever is not says what is wrong."""
    try:
        wrong = mismatch(await schema_revision(request.app.state.sessions))
    except Exception:  # noqa: BLE001  whatever keeps the database from answering, the answer is the same
        wrong = "The database does not answer."
    if wrong is not None:
        return problem_response(request, NotReady(reason=wrong, headers={"Retry-After": "5"}))
    return Response('{"status":"ready"}', media_type="application/json")


@routes.get("/metrics", response_model=None)
async def numbers(request: Request) -> Response:
    state = request.app.state
    metrics: Metrics = state.metrics
    async with open_unit(state.sessions, now=state.clock()) as unit:
        counted, backlog = await gauges(unit.session, unit.now), await backlog_of(unit)
    if state.engine is not None:
        metrics.pool(**pool_use(state.engine))
    return Response(metrics.render(counted, today=civil_day(state.clock()), gauges=backlog), media_type=MEDIA_TYPE)


async def backlog_of(unit: UnitOfWork) -> dict[str, float]:
    backlog = await DeliveryRepository(unit.session).backlog(now=unit.now)
    return {
        "events_waiting": await SequenceRepository(unit.session).waiting(),
        "webhook_waiting": backlog.waiting,
        "webhook_oldest_waiting_seconds": backlog.oldest.total_seconds(),
        "webhook_dead_letters": backlog.dead,
    }

"""Health and numbers for the machines that watch over the service; none of it needs a token."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from app.api.problems import problem_response
from app.api.refusals import ServiceUnavailable
from app.integrations.metrics import MEDIA_TYPE, Metrics
from app.persistence.events import SequenceRepository
from app.persistence.health import newest_revision, schema_revision
from app.persistence.operations import OperationRepository
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
    """Ready means: the database answers and is at the newest schema."""
    try:
        found = await schema_revision(request.app.state.sessions)
    except Exception:  # noqa: BLE001  whatever keeps the database from answering, the answer is the same
        found = None
    if found != newest_revision():
        return problem_response(request, ServiceUnavailable(headers={"Retry-After": "5"}))
    return Response('{"status":"ready"}', media_type="application/json")


@routes.get("/metrics", response_model=None)
async def numbers(request: Request) -> Response:
    state = request.app.state
    metrics: Metrics = state.metrics
    async with open_unit(state.sessions, now=state.clock()) as unit:
        counted = await OperationRepository(unit.session).count_by_state()
        gauges = await gauges_of(unit)
    return Response(metrics.render(operations=counted, gauges=gauges), media_type=MEDIA_TYPE)


async def gauges_of(unit: UnitOfWork) -> dict[str, float]:
    backlog = await DeliveryRepository(unit.session).backlog(now=unit.now)
    return {
        "events_waiting": await SequenceRepository(unit.session).waiting(),
        "webhook_waiting": backlog.waiting,
        "webhook_oldest_waiting_seconds": backlog.oldest.total_seconds(),
        "webhook_dead_letters": backlog.dead,
    }

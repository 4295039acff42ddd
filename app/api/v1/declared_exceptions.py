"""Declared exceptions: maintenance, commissioning or own generation, told beforehand and accepted by the authority."""

from typing import Literal
from uuid import UUID

from fastapi import Response

from app.api.act_routes import Life, add_life, asked
from app.api.acts import ActOut, Applicant, ApplicationRequest
from app.api.bodies import CivilDay
from app.api.transactions import Idempotent, Unit, router
from app.domain.acts.applications import Application

routes = router("declared_exceptions", "")


class ExceptionRequest(ApplicationRequest):
    """What explains the readings of a subject from `valid_from` until `valid_to` (exclusive); evidence is needed."""

    what: Literal["maintenance", "commissioning", "own_generation"]
    valid_to: CivilDay


@routes.post("/enterprises/{enterprise_id}/declared-exceptions", status_code=201, dependencies=[Idempotent])
async def declare_exception(
    enterprise_id: UUID, body: ExceptionRequest, actor: Applicant, uow: Unit, response: Response
) -> ActOut:
    """It changes no decision: it explains what meters will show."""
    application = Application(
        kind="exception",
        subject_id=body.subject_id,
        what=body.what,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        basis=body.basis,
        evidence=tuple(one.evidence() for one in body.evidence),
    )
    return await asked(uow, enterprise_id, application, by=actor, response=response)


add_life(routes, Life(noun="declared_exception", kind="exception"))

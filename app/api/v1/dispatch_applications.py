"""Dispatch applications: what a plan lets somebody apply for, filed and approved through the plan's own hands."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from app.api.act_routes import Life, add_life, asked
from app.api.acts import ActOut, Applicant, ApplicationRequest, LoadBody
from app.api.transactions import Idempotent, Unit, router
from app.domain.acts.applications import Application
from app.services.duties.filling import fill

routes = router("dispatch_applications", "")


class DispatchRequest(ApplicationRequest):
    """Under which workflow of which plan; the value of the fact it grants, and the load where the plan leaves it open.

    With `rule`, the measure the plan allows instead of that rule's own (its position in `may_instead`).
    """

    pack: Annotated[str, Field(max_length=60, examples=["changzhi"])]
    season: Annotated[int, Field(ge=2013, le=2100, examples=[2019])]
    workflow: Annotated[str, Field(max_length=60, examples=["wf-special-load"])]
    value: Annotated[str, Field(max_length=60)] | None = None
    load: LoadBody | None = None
    rule: Annotated[str, Field(max_length=60)] | None = None
    substitute: Annotated[int, Field(ge=0, le=20)] = 0


@routes.post("/enterprises/{enterprise_id}/dispatch-applications", status_code=201, dependencies=[Idempotent])
async def apply_for_dispatch(
    enterprise_id: UUID, body: DispatchRequest, actor: Applicant, uow: Unit, response: Response
) -> ActOut:
    """By the enterprise or an officer; refused where the plan's own conditions already fail."""
    application = Application(
        kind="dispatch",
        subject_id=body.subject_id,
        pack_name=body.pack,
        season=body.season,
        workflow=body.workflow,
        value=body.value,
        rule_id=body.rule,
        substitute=body.substitute,
        load=None if body.load is None else body.load.load(),
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        basis=body.basis,
        evidence=tuple(one.evidence() for one in body.evidence),
    )
    taken = await asked(uow, enterprise_id, application, by=actor, response=response)
    # What a plan offers until a day is filed by applying (GP-16).
    await fill(uow, enterprise_id, by=actor)
    return taken


add_life(routes, Life(noun="dispatch_application", kind="dispatch"))

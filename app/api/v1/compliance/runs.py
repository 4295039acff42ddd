"""Runs: a day, a region or a season is assessed in the background."""

from typing import Annotated

from fastapi import Depends, Response

from app.api.compliance_bodies import ComplianceRunRequest
from app.api.language import Lang
from app.api.long_work import OperationOut, accepted
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.services.compliance import running

routes = router("compliance", "/compliance-runs")
Assessor = Annotated[Actor, Depends(caller("compliance:write"))]


@routes.post("", status_code=202, dependencies=[Idempotent])
async def start_compliance_run(
    body: ComplianceRunRequest, actor: Assessor, uow: Unit, language: Lang, response: Response
) -> OperationOut:
    """Judge every metered or commanded subject day by day; only days that are over. The same again changes nothing."""
    base = body.baseline
    wanted = running.Wanted(
        region=body.region,
        enterprise_id=body.enterprise_id,
        season=body.season,
        from_day=body.from_day,
        until_day=body.until_day,
        packs=None if body.packs is None else tuple(sorted(set(body.packs))),
        thresholds=body.thresholds,
        method=None if base is None else base.method,
        base_from=None if base is None else base.from_day,
        base_until=None if base is None else base.until_day,
    )
    return accepted(await running.start_run(uow, wanted, by=actor), response, language)

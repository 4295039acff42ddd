"""Thresholds: every version of the numbers verdicts stand on, with where they come from."""

from typing import Annotated, Any

import orjson
from fastapi import Depends

from app.api.compliance_bodies import ThresholdOut, ThresholdsList, ThresholdsOut, ThresholdsRequest
from app.api.evidence import HandOut
from app.api.language import Lang
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.errors import Language
from app.persistence.compliance.rows import ThresholdsRow
from app.persistence.compliance.yardsticks import YardstickRepository
from app.services.compliance import yards

routes = router("compliance", "/compliance-thresholds")
Assessor = Annotated[Actor, Depends(caller("compliance:write"))]


@routes.get("", dependencies=[Depends(caller("compliance:read"))])
async def list_thresholds(uow: Unit, language: Lang) -> ThresholdsList:
    """Versions are never altered; the first came with the service."""
    stored = await YardstickRepository(uow.session).every(ThresholdsRow)
    return ThresholdsList(items=[out(one, language) for one in stored])


@routes.post("", status_code=201, dependencies=[Idempotent])
async def publish_thresholds(body: ThresholdsRequest, actor: Assessor, uow: Unit, language: Lang) -> ThresholdsOut:
    """An officer publishes another version, no firm and no source of data; nothing judged before is judged again by it."""
    await yards.publish_thresholds(
        uow,
        body.version,
        body.base,
        {one.name: one.value for one in body.changes},
        source=body.source,
        confirm=body.confirm,
        by=actor,
    )
    stored = await YardstickRepository(uow.session).every(ThresholdsRow)
    return out(next(one for one in stored if one.version == body.version), language)


def out(one: Any, language: Language) -> ThresholdsOut:
    told = orjson.loads(one.document)
    return ThresholdsOut(
        version=one.version,
        hash=one.hash.hex(),
        published=HandOut.of(one.origin, one.known_at),
        values=[
            ThresholdOut(name=name, text=each["says"][language], **{k: v for k, v in each.items() if k != "says"})
            for name, each in told["values"].items()
        ],
    )

"""Determinations: a person's answer where a plan leaves the choice to the authority."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RequestBody
from app.api.security import caller
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.acts.act import Act, ActAction, ActStep
from app.persistence.acts.repository import ActRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services import determinations

routes = router("determinations", "")
Reader = Annotated[Actor, Depends(caller("determinations:read"))]
Authority = Annotated[Actor, Depends(caller("determinations:write"))]
Basis = Annotated[str, Field(min_length=1, max_length=500, description="Document or minutes the choice rests on.")]


class DeterminationRequest(RequestBody):
    """Which alternative of which rule applies to which line or unit; `valid_to` is exclusive."""

    subject_id: UUID
    pack: Annotated[str, Field(max_length=60)]
    season: Annotated[int, Field(ge=2013, le=2100)]
    rule: Annotated[str, Field(max_length=60)]
    alternative: Annotated[
        int | None,
        Field(
            ge=0,
            le=100,
            description="Its position in the measure's `alternatives`; absent where a plain percentage is raised.",
        ),
    ] = None
    number: Annotated[
        str | None,
        Field(pattern=r"^\d{1,6}(\.\d{1,4})?$", description="The number chosen inside the alternative's bracket."),
    ] = None
    valid_from: CivilDay
    valid_to: CivilDay | None = None
    basis: Basis


class RevocationRequest(RequestBody):
    """Why a determination is taken back."""

    basis: Basis


class DeterminationOut(AnswerBody):
    """A determination, who made it, and whether it still stands."""

    id: UUID
    enterprise_id: UUID
    subject_id: UUID
    pack: str
    season: int
    rule: str
    alternative: int | None
    number: str | None
    valid_from: date
    valid_to: date | None
    basis: str
    person: str
    office: str
    known_at: Instant
    revoked_at: Instant | None


class DeterminationList(AnswerBody):
    """All determinations about an enterprise, newest first."""

    items: list[DeterminationOut]


@routes.post("/enterprises/{enterprise_id}/determinations", status_code=201, dependencies=[Idempotent])
async def make_determination(
    enterprise_id: UUID, body: DeterminationRequest, actor: Authority, uow: Unit
) -> DeterminationOut:
    """Reserved to a person; the enterprise is decided again as soon as a worker is free."""
    choice = determinations.Choice(
        subject_id=body.subject_id,
        pack_name=body.pack,
        season=body.season,
        rule_id=body.rule,
        alternative=body.alternative,
        number=None if body.number is None else Decimal(body.number),
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        basis=body.basis,
    )
    return await out(uow, await determinations.determine(uow, enterprise_id, choice, by=actor))


@routes.get("/enterprises/{enterprise_id}/determinations")
async def list_determinations(enterprise_id: UUID, actor: Reader, uow: Unit) -> DeterminationList:
    """The answers of authorities about one enterprise, revoked ones too."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    found = await ActRepository(uow.session).of_enterprise(enterprise_id, ["determination"], visible_to=actor)
    steps = await ActRepository(uow.session).steps_of(found)
    return DeterminationList(items=[_out(one, steps.get(one.id, [])) for one in found])


@routes.get("/determinations/{determination_id}")
async def get_determination(determination_id: UUID, actor: Reader, uow: Unit) -> DeterminationOut:
    """One answer of an authority, with its basis."""
    return await out(uow, await ActRepository(uow.session).get(determination_id, "determination", visible_to=actor))


@routes.post("/determinations/{determination_id}/revocation", status_code=201, dependencies=[Idempotent])
async def revoke_determination(
    determination_id: UUID, body: RevocationRequest, actor: Authority, uow: Unit
) -> DeterminationOut:
    """From today on; what it decided before stays."""
    act = await ActRepository(uow.session).get(determination_id, "determination", visible_to=actor)
    return await out(uow, await determinations.revoke(uow, act, basis=body.basis, by=actor))


async def out(uow: UnitOfWork, act: Act) -> DeterminationOut:
    return _out(act, await ActRepository(uow.session).steps(act))


def _out(act: Act, steps: Sequence[ActStep]) -> DeterminationOut:
    revoked = [step for step in steps if step.action is ActAction.REVOKE]
    return DeterminationOut(
        id=act.id,
        enterprise_id=act.enterprise_id,
        subject_id=act.subject_id,
        pack=act.pack_name or "",
        season=act.season or 0,
        rule=act.terms["rule"],
        alternative=act.terms["alternative"],
        number=act.terms["number"],
        valid_from=act.valid_from,
        valid_to=act.valid_to,
        basis=act.basis,
        person=act.asked_by.person or "",
        office=act.asked_by.office or "",
        known_at=act.known_at,
        revoked_at=revoked[0].at if revoked else None,
    )

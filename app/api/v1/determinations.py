"""Determinations: a person's answer where a plan leaves the choice to the authority."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from app.api.bodies import AnswerBody, CivilDay, Instant, RequestBody
from app.api.security import caller
from app.api.transactions import Idempotent, Now, Unit, router
from app.domain.access import Actor
from app.persistence.acts import ActRepository, StoredDetermination
from app.persistence.enterprises.reading import EnterpriseReader
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
    alternative: Annotated[int, Field(ge=0, le=100, description="Its position in the measure's `alternatives`.")]
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
    alternative: int
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
    return out(await determinations.determine(uow, enterprise_id, choice, by=actor))


@routes.get("/enterprises/{enterprise_id}/determinations")
async def list_determinations(enterprise_id: UUID, actor: Reader, uow: Unit, now: Now) -> DeterminationList:
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=actor)
    found = await ActRepository(uow.session).of_enterprise(enterprise_id, known_at=now, visible_to=actor)
    return DeterminationList(items=[out(one) for one in found])


@routes.get("/determinations/{determination_id}")
async def get_determination(determination_id: UUID, actor: Reader, uow: Unit, now: Now) -> DeterminationOut:
    return out(await ActRepository(uow.session).get(determination_id, known_at=now, visible_to=actor))


@routes.post("/determinations/{determination_id}/revocation", status_code=201, dependencies=[Idempotent])
async def revoke_determination(
    determination_id: UUID, body: RevocationRequest, actor: Authority, uow: Unit
) -> DeterminationOut:
    return out(await determinations.revoke(uow, determination_id, basis=body.basis, by=actor))


def out(stored: StoredDetermination) -> DeterminationOut:
    act = stored.act
    return DeterminationOut(
        id=UUID(act.id),
        enterprise_id=stored.enterprise_id,
        subject_id=UUID(act.subject_id),
        pack=stored.pack_name,
        season=stored.season,
        rule=act.rule_id,
        alternative=act.choice,
        number=None if act.number is None else f"{act.number:g}",
        valid_from=act.valid_from,
        valid_to=act.valid_to,
        basis=act.basis,
        person=act.person.name,
        office=act.person.office,
        known_at=stored.known_at,
        revoked_at=stored.revoked_at,
    )

"""Credits: a stop of the same line under another control, counted where the plan allows it (FS-32)."""

from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from app.api.act_routes import Life, add_life, asked
from app.api.acts import ActOut, Applicant, ApplicationRequest
from app.api.bodies import CivilDay
from app.api.transactions import Idempotent, Unit, router
from app.domain.access import Actor
from app.domain.acts.act import Act, ActState
from app.domain.acts.applications import Application
from app.persistence.unit_of_work import UnitOfWork
from app.services import ledger
from app.services.decisions import settling

routes = router("credits", "")


class CreditRequest(ApplicationRequest):
    """Which stop is to be counted: the line stood still from `valid_from` until `valid_to` (exclusive)."""

    pack: Annotated[str, Field(max_length=60, examples=["fushan"])]
    season: Annotated[int, Field(ge=2013, le=2100, examples=[2019])]
    control: Annotated[
        str, Field(min_length=1, max_length=200, description="The other control, as its notice names it.")
    ]
    valid_to: CivilDay


@routes.post("/enterprises/{enterprise_id}/credits", status_code=201, dependencies=[Idempotent])
async def apply_for_credit(
    enterprise_id: UUID, body: CreditRequest, actor: Applicant, uow: Unit, response: Response
) -> ActOut:
    """Refused where the plan is silent about other controls, or counts no days of this subject."""
    application = Application(
        kind="credit",
        subject_id=body.subject_id,
        pack_name=body.pack,
        season=body.season,
        control=body.control,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        basis=body.basis,
        evidence=tuple(one.evidence() for one in body.evidence),
    )
    book = ledger.Ledger(subject_id=body.subject_id, pack_name=body.pack, season=body.season)
    made = await asked(uow, enterprise_id, application, by=actor, response=response)
    await ledger.must_be_kept(uow, enterprise_id, book)
    return made


async def follow(uow: UnitOfWork, act: Act, by: Actor) -> None:
    """What was granted counts in the ledger at once, and no longer once it is revoked."""
    pack, season = act.pack_name or "", act.season or 0
    if act.state is ActState.GRANTED and act.valid_to is not None:
        book = ledger.Ledger(subject_id=act.subject_id, pack_name=pack, season=season)
        await ledger.credit(
            uow, act.enterprise_id, book, from_day=act.valid_from, until_day=act.valid_to, act_id=act.id, by=by
        )
    elif act.state is ActState.REVOKED:
        await ledger.take_back_credit(uow, act.enterprise_id, act_id=act.id, reason="revoked", by=by)
    else:
        return
    await settling.settle_enterprise(uow, act.enterprise_id, pack, season, by=by)


add_life(routes, Life(noun="credit", kind="credit", follow=follow))

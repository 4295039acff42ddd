"""What violations make true, written into the register: recorded, and taken back where no violation bears it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.domain.access import Actor
from app.domain.enterprises.structure import Enterprise
from app.domain.facts.assertions import Assertion
from app.domain.violations.holdings import Amendment, Chains, Holding, amendment, holdings_of, recorded
from app.domain.violations.violation import Case
from app.integrations.ids import new_id
from app.persistence.facts.reading import FactReader
from app.persistence.facts.recording import FactRecorder
from app.persistence.known_facts import known_facts
from app.persistence.unit_of_work import UnitOfWork


def chains_of(enterprise: Enterprise, cases: Iterable[Case]) -> Chains:
    """What the subjects of these violations stand on."""
    return {subject: enterprise.chain(subject) for subject in {one.violation.subject_id for one in cases}}


def held_by(cases: Iterable[Case], *, beside: UUID | None = None) -> list[Holding]:
    """What violations make true, all but one of them."""
    return [holding for case in cases if case.violation.id != beside for holding in holdings_of(case)]


async def standing(uow: UnitOfWork, cases: Sequence[Case], *, by: Actor) -> list[Assertion]:
    """The assertions the violations of one enterprise have made and nobody has taken back."""
    steps = [step for case in cases for step in case.steps]
    made = {one for step in steps for one in step.assertions} - {one for step in steps for one in step.retracted}
    if not made:
        return []
    found = await FactReader(uow.session).some(cases[0].violation.enterprise_id, made, visible_to=by)
    return [one for one in found if one.retraction is None]


async def due(
    uow: UnitOfWork, cases: Sequence[Case], held: Sequence[Holding], chains: Chains, *, by: Actor
) -> Amendment:
    """What has to be written so that the register says what `held` says."""
    known = await standing(uow, cases, by=by)
    return amendment(recorded(held, chains), known, await known_facts(uow.session))


async def write(
    uow: UnitOfWork, enterprise_id: UUID, amendment: Amendment, *, reason: str, by: Actor
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """Write it under the enterprise's lock; answers the assertions made, and those taken back."""
    recorder = FactRecorder(
        session=uow.session, catalogue=await known_facts(uow.session), new_id=new_id, at=uow.now, by=by
    )
    gone = tuple(one.id for one in amendment.retract)
    if gone:
        # Ended before any of them begins, which takes them back whole.
        first = min(one.claim.valid_from for one in amendment.retract if one.claim.valid_from is not None)
        await recorder.end(enterprise_id, gone, on=first, reason=reason)
    return await recorder.record(amendment.record), gone

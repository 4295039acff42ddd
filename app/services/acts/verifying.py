"""verify: where each act stands is what its steps come to, and the facts it made are on record."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.acts.act import ACTS, Act, ActState, ActStep
from app.domain.evidence import Damage
from app.domain.states import TransitionRefused
from app.persistence.acts.repository import ActRepository
from app.persistence.facts.reading import FactReader
from app.persistence.unit_of_work import UnitOfWork

BATCH = 500


async def verify_acts(uow: UnitOfWork) -> list[Damage]:
    """Fold the steps of every act over the state table again."""
    acts, damage = ActRepository(uow.session), list[Damage]()
    after: tuple[UUID, UUID] | None = None
    while found := await acts.batch(after, BATCH):
        steps = await acts.steps_of(found)
        for act in found:
            own = steps.get(act.id, [])
            damage += _damage(act, own)
            made = {one for step in own for one in step.assertions}
            missing = made - await FactReader(uow.session).existing(act.enterprise_id, made)
            damage += [Damage("act_fact_missing", f"act {act.id} assertion {one}") for one in sorted(missing)]
        after = (found[-1].enterprise_id, found[-1].id)
    return damage


def _damage(act: Act, steps: Sequence[ActStep]) -> list[Damage]:
    where = f"enterprise {act.enterprise_id} act {act.id}"
    state = ActState.REQUESTED
    for step in steps:
        try:
            state = ACTS.after(state, step.action)
        except TransitionRefused:
            return [Damage("act_step_illegal", f"{where} step {step.id}")]
        if step.state is not state:
            return [Damage("act_step_differs", f"{where} step {step.id}")]
    return [] if act.state is state else [Damage("act_head_differs", where)]

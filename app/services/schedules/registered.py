"""What the register and the acts in force say of some enterprises, as known at an instant, and the plans that ask."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from app.documents.described import Registered
from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.acts.effects import Effect
from app.domain.decisions.evaluate import Evaluator
from app.domain.schedules.computation import Computation
from app.integrations.geometry import BuiltUpRuler
from app.persistence.acts.in_force import InForceReader
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.exemptions.entries import EntryRepository
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork


async def pinned(uow: UnitOfWork, asked: Computation) -> list[Evaluator]:
    """The plans a schedule was asked under, as they were."""
    stored = [await PackRepository(uow.session).find(pack.hash) for pack in asked.packs]
    return [evaluator_of(one.document, one.hash) for one in stored if one is not None]


async def registered(
    uow: UnitOfWork,
    ids: Sequence[UUID],
    packs: Iterable[str],
    season: int,
    *,
    known_at: datetime,
    by: Actor,
    listed: bool = False,
) -> list[Registered]:
    """Those of a list that the actor may see, in order of ids; `listed` with their places on exemption lists."""
    enterprises = await EnterpriseReader(uow.session).whole(ids, visible_to=by)
    trees = await SnapshotReader(uow.session, ruler=BuiltUpRuler).trees(enterprises, known_at)
    acts: dict[UUID, dict[str, Sequence[Effect]]] = {one.head.id: {} for one in enterprises}
    for name in packs:
        found = await InForceReader(uow.session).known(list(acts), name, season, known_at=known_at)
        for enterprise, effects in found.items():
            acts[enterprise][name] = effects
    behind = await EntryRepository(uow.session).behind(list(acts)) if listed else {}
    entries = {str(fact): entry for fact, entry in behind.items()}
    return [
        Registered(enterprise=one, tree=tree, acts=acts[one.head.id], listed=entries)
        for one, tree in zip(enterprises, trees, strict=True)
    ]

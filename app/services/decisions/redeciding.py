"""Deciding an enterprise again after something was said about it, and what that changed."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor
from app.domain.decisions.changes import Change, changes
from app.domain.decisions.season import season_bounds
from app.persistence.decisions.runs import Question, Run, RunRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.policies import PackNotInForce
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions import deciding
from app.services.decisions.reading import standpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What one plan says differently now in one season."""

    pack_name: str
    season: int
    changes: list[Change]


async def redecide_enterprise(uow: UnitOfWork, enterprise_id: UUID, *, by: Actor) -> list[Changed]:
    """Decide again under every plan and season the enterprise was decided under; answers what changed."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by, lock=True)
    pairs = sorted((await RunRepository(uow.session).seasons([enterprise_id]))[enterprise_id])
    heads = await deciding.take_snapshots(uow, [enterprise_id], by=by) if pairs else []
    found: list[Changed] = []
    for pack_name, season in pairs:
        before = await _newest(uow, enterprise_id, pack_name, season, by)
        try:
            work = await deciding.task(uow, pack_name, season)
        except PackNotInForce:
            # A retired version decides nothing new; what it decided stays.
            continue
        if before is None or not await deciding.decide(uow, work, heads, known_at=uow.now, by=by):
            continue
        after = await _newest(uow, enterprise_id, pack_name, season, by)
        if after is not None:
            found.append(await _compared(uow, before, after))
    return [one for one in found if one.changes]


async def _compared(uow: UnitOfWork, before: Run, after: Run) -> Changed:
    was, now = await standpoint(uow, before), await standpoint(uow, after)
    return Changed(pack_name=after.pack_name, season=after.season, changes=changes(was, now, after.season))


async def _newest(uow: UnitOfWork, enterprise_id: UUID, pack_name: str, season: int, by: Actor) -> Run | None:
    question = Question(pack_name=pack_name, season=season, day=season_bounds(season)[0], known_at=uow.now)
    return await RunRepository(uow.session).newest(enterprise_id, question, visible_to=by)

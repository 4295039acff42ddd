"""All plans over one enterprise: the newest decisions of each, laid over each other."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from app.domain.access import Actor
from app.domain.decisions.stack import Stack, stack
from app.persistence.decisions.runs import Question, RunRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.decisions.reading import NotDecided, read_decisions


async def stacked(
    uow: UnitOfWork, enterprise_id: UUID, *, season: int, day: date, known_at: datetime, by: Actor
) -> list[Stack]:
    """What every plan that decided the enterprise says of its subjects; raises NotDecided where none did."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    names = await RunRepository(uow.session).seasons([enterprise_id])
    packs = sorted(pack for pack, year in names[enterprise_id] if year == season)
    question = Question(pack_name="", season=season, day=day, known_at=known_at)
    decisions = []
    for pack in packs:
        try:
            found = await read_decisions(uow, enterprise_id, replace(question, pack_name=pack), by=by)
        except NotDecided:
            # Decided since, but not yet at the instant asked about.
            continue
        decisions += found.decisions
    if not decisions:
        raise NotDecided(enterprise_id=enterprise_id)
    return stack(decisions)

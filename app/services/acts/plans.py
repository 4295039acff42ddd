"""The plan an act belongs to, ready to be asked."""

from app.documents.published import evaluator_of
from app.domain.decisions.evaluate import Evaluator
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork


async def plan_of(uow: UnitOfWork, name: str, season: int) -> Evaluator:
    """The version in force in a season; raises PackUnknown or PackNotInForce."""
    stored = await PackRepository(uow.session).get(name, season=season)
    return evaluator_of(stored.document, stored.hash)

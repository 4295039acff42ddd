"""Reading ratings: the history as known at an instant, and beside it the classes that the plans computed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.access import Actor
from app.domain.ratings.standing import History
from app.persistence.decisions.runs import Question, Run, RunRepository, Said
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.ratings import RatingRepository
from app.persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """An enterprise's ratings, newest first, and what each plan's newest run says of its subjects on a day."""

    history: History
    classes: list[tuple[Run, Said]]


async def side_by_side(uow: UnitOfWork, enterprise_id: UUID, *, day: date, known_at: datetime, by: Actor) -> SideBySide:
    """L12-05: a plan's class is not the national grade; whoever reads one wants to see the other."""
    await EnterpriseReader(uow.session).head(enterprise_id, visible_to=by)
    ratings = await RatingRepository(uow.session).of_enterprise(enterprise_id, visible_to=by, known_at=known_at)
    runs, classes = RunRepository(uow.session), list[tuple[Run, Said]]()
    for pack, season in sorted((await runs.seasons([enterprise_id]))[enterprise_id]):
        question = Question(pack_name=pack, season=season, day=day, known_at=known_at)
        run = await runs.newest(enterprise_id, question, visible_to=by)
        if run is not None:
            classes += [(run, said) for said in await runs.said(run) if said.from_day <= day < said.until_day]
    return SideBySide(history=History(ratings), classes=classes)

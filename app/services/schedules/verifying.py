"""verify: every schedule still comes to the hash it was sealed with, and every series is one chain."""

from app.documents.schedules import schedule_hash
from app.domain.evidence import Damage
from app.domain.schedules.versions import broken
from app.persistence.schedules.repository import ScheduleRepository
from app.persistence.schedules.series import SeriesRepository
from app.persistence.unit_of_work import UnitOfWork


async def verify_schedules(uow: UnitOfWork) -> list[Damage]:
    """What is stored of schedules and does not prove itself."""
    schedules, found = ScheduleRepository(uow.session), list[Damage]()
    for one in await schedules.everything():
        lines = await schedules.all_lines(one.id)
        if schedule_hash(one.problem_hash, lines, one.stages) != one.hash:
            found.append(Damage("schedule_hash", f"schedule {one.id}"))
    for series, published in await SeriesRepository(uow.session).everything():
        found += [Damage("schedule_version", f"series {series.id} v{number}") for number in broken(published)]
        last = published[-1][0] if published else None
        if (series.newest, series.published) != ((last.number, last.schedule_id) if last else (0, None)):
            found.append(Damage("schedule_series", f"series {series.id}"))
    return found

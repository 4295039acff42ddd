"""Computing a schedule: what is asked is pinned and queued; what came out is checked and appears at once or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.documents.published import evaluator_of
from app.documents.schedules import note_document, open_document, problem_hash, schedule_hash
from app.domain.access import Actor, Origin, region_prefix
from app.domain.decisions.season import season_bounds
from app.domain.errors import FieldError, Invalid, pointer_to
from app.domain.events import Event
from app.domain.operations import Operation
from app.domain.periods import civil_day, midnight
from app.domain.policies.pack import Pack
from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.computation import Computation, Options, PinnedPack, Scope
from app.domain.schedules.lines import ScheduledLine, joined
from app.domain.schedules.problem import Schedule
from app.domain.schedules.versions import BaseNotPublished, ScheduleBreached, StoredSchedule
from app.integrations.ids import new_id
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.policies import PackRepository, StoredPack
from app.persistence.regions import RegionRepository
from app.persistence.schedules.repository import ScheduleRepository
from app.persistence.schedules.series import SeriesRepository
from app.persistence.unit_of_work import UnitOfWork
from app.services import operations
from app.services.schedules.preparing import Ready

KIND = "compute_schedule"
# More rows of one refusal than anybody reads.
ERRORS_SHOWN = 1000


class FromDayOutsideSeason(Invalid):
    code = "from_day_outside_season"
    zh = "{day} 不在 {season} 年开始的季节（{first} 至次年 6 月 30 日）内。"
    en = "{day} lies outside the season of {season}, which begins on {first} and ends on 30 June."


class WishOutsideSeason(Invalid):
    code = "schedule_wish_outside_season"
    zh = "wishes 中有检修时段不在 {season} 年开始的季节内，或终止不晚于起始；逐条见 errors。"
    en = "Some wishes lie outside the season of {season}, or end before they begin; see errors."


class NothingToPlanBy(Invalid):
    code = "no_plan_in_force"
    zh = "{region} 在 {season} 年度没有施行中的方案；请在 packs 中指明，或先发布方案。"
    en = "No plan is in force for {region} in the season of {season}; name one in packs, or publish one first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A computation as somebody asks for it; packs None: all that are in force for the scope."""

    name: str
    season: int
    region: str | None
    enterprise_id: UUID | None
    packs: tuple[str, ...] | None
    from_day: date | None
    based_on: UUID | None
    options: Options


async def start_schedule(uow: UnitOfWork, asked: Asked, *, by: Actor) -> Operation:
    """Pin the plans by their hashes and queue the work; based on the published schedule of the scope, if there is one."""
    scope = await _scope(uow, asked, by)
    first, end = season_bounds(asked.season)
    today = civil_day(uow.now)
    from_day = asked.from_day or min(max(today, first), date.fromordinal(end.toordinal() - 1))
    if not first <= from_day < end:
        raise FromDayOutsideSeason(day=from_day, season=asked.season, first=first)
    _refuse_wishes(asked)
    series = await SeriesRepository(uow.session).of(scope, asked.season)
    published = None if series is None else series.published
    if asked.based_on not in (None, published):
        raise BaseNotPublished(published=published or "-")
    computation = Computation(
        name=asked.name,
        scope=scope,
        packs=tuple([_pinned(one) for one in await _packs(uow, asked, scope)]),
        season=asked.season,
        from_day=from_day,
        options=asked.options,
        based_on=published,
    )
    payload = {"schedule_id": str(new_id()), "asked": computation.as_json()}
    return await operations.start(uow, kind=KIND, payload=payload, by=by, now=uow.now)


def _refuse_wishes(asked: Asked) -> None:
    """Raises WishOutsideSeason with a row for each end of a window that lies wrong."""
    first, end = (midnight(day) for day in season_bounds(asked.season))
    wrong = []
    for number, one in enumerate(asked.options.wishes):
        at = f"/settings/wishes/{number}"
        if not first <= one.from_at < end:
            wrong.append(_wish_error(f"{at}/from_at", "outside_season", zh="不在本季节内。", en="Not in the season."))
        if not first < one.until_at <= end:
            wrong.append(_wish_error(f"{at}/until_at", "outside_season", zh="不在本季节内。", en="Not in the season."))
        elif one.until_at <= one.from_at:
            wrong.append(_wish_error(f"{at}/until_at", "not_later", zh="应晚于起始。", en="Not after its beginning."))
    if wrong:
        raise WishOutsideSeason(season=asked.season, errors=wrong)


def _wish_error(pointer: str, code: str, *, zh: str, en: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, zh=zh, en=en)


async def _scope(uow: UnitOfWork, asked: Asked, by: Actor) -> Scope:
    if asked.enterprise_id is not None:
        head = await EnterpriseReader(uow.session).head(asked.enterprise_id, visible_to=by)
        return Scope(region=head.region, enterprise_id=head.id)
    region = asked.region or ""
    await RegionRepository(uow.session).get(region)
    by.must_look_after(region)
    return Scope(region=region)


async def _packs(uow: UnitOfWork, asked: Asked, scope: Scope) -> list[StoredPack]:
    packs = PackRepository(uow.session)
    if asked.packs is not None:
        return [await packs.get(name, season=asked.season) for name in dict.fromkeys(asked.packs)]
    found = [await packs.get(name, season=asked.season) for name in await packs.in_force(asked.season)]
    kept = [one for one in found if _reaches(evaluator_of(one.document, one.hash).pack, scope.region)]
    if not kept:
        raise NothingToPlanBy(region=scope.region, season=asked.season)
    return kept


def _reaches(pack: Pack, region: str) -> bool:
    """Whether a plan speaks of the region, or of something inside it."""
    return pack.governs(region) or any(own.startswith(region_prefix(region)) for own in pack.regions)


def _pinned(one: StoredPack) -> PinnedPack:
    return PinnedPack(name=one.name, version=one.version, hash=one.hash, title=dict(one.title))


def refuse_breaches(breaches: Sequence[Breach]) -> None:
    """Raises ScheduleBreached: what does not keep every requirement is nobody's schedule."""
    if breaches:
        raise ScheduleBreached(errors=[_error(one) for one in breaches[:ERRORS_SHOWN]])


def _error(one: Breach) -> FieldError:
    return FieldError(
        pointer=pointer_to(one.resource or "", one.requirement or ""),
        code=one.code,
        zh=one.message("zh"),
        en=one.message("en"),
    )


def lines_of(ready: Ready, schedule: Schedule) -> list[ScheduledLine]:
    """Every resource in the problem's order with its past and its plan, then those of which nothing is asked."""
    problem = ready.prepared.problem
    clauses = {one.id: one.clause for one in problem.requirements}
    found: list[ScheduledLine] = []
    for resource in (*problem.resources, *ready.prepared.free):
        past, planned = problem.past.get(resource.id, ()), schedule.stretches.get(resource.id, ())
        stretches = joined(tuple(past), tuple(planned), problem.from_day)
        known = clauses | dict(ready.former[resource.id].clauses) if resource.id in ready.former else clauses
        served = sorted({name for one in stretches for name in one.serves if name in known})
        found.append(
            ScheduledLine(
                position=len(found),
                resource=resource,
                stretches=stretches,
                clauses={name: known[name] for name in served},
            )
        )
    return found


async def keep(
    uow: UnitOfWork,
    schedule_id: UUID,
    asked: Computation,
    ready: Ready,
    schedule: Schedule,
    *,
    known_at: datetime,
    by: Actor,
) -> StoredSchedule:
    """Make the schedule appear with all its lines."""
    problem = ready.prepared.problem
    lines = lines_of(ready, schedule)
    of_problem = problem_hash(problem)
    stored = StoredSchedule(
        id=schedule_id,
        asked=asked,
        first=problem.first,
        end=problem.end,
        preferred_months=tuple(problem.preferred_months),
        problem_hash=of_problem,
        hash=schedule_hash(of_problem, lines, schedule.stages),
        stages=schedule.stages,
        open=tuple(open_document(one) for one in ready.prepared.open),
        notes=tuple(note_document(one) for one in ready.prepared.notes),
        lines=len(lines),
        enterprises=len({one.resource.enterprise_id for one in lines}),
        created_by=Origin.of(by),
        known_at=known_at,
    )
    await ScheduleRepository(uow.session).add(stored, lines)
    enterprise = asked.scope.enterprise_id
    event = Event(
        type="schedule.computed",
        subject=str(schedule_id),
        enterprise_id=None if enterprise is None else str(enterprise),
        region=asked.scope.region,
        data={"season": asked.season, "name": asked.name, "hash": stored.hash, "lines": stored.lines},
    )
    await uow.record(event, by=by)
    return stored

"""asking: what stands for some enterprises on some days: schedules, decisions, warnings, exceptions and exemptions."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

import orjson

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.compliance.demanding import (
    ALL_STAGES,
    excuses_of,
    midnight,
    of_decision,
    of_schedule,
    phases_of,
    while_warned,
)
from app.domain.compliance.demands import Demand, Excuse, Phase
from app.domain.decisions.changes import Standpoint
from app.domain.decisions.season import days_inside, season_bounds
from app.domain.decisions.warned import holds_in, under
from app.domain.enterprises.structure import Enterprise
from app.domain.exemptions.entries import EVER_ON_THE_LIST, EntryAction, EntryStep
from app.domain.periods import ONE_DAY, SHANGHAI, Period, civil_day, season_of
from app.domain.policies.pack import Stage
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.requirements import Requirement
from app.domain.schedules.versions import ScheduleState, StoredSchedule
from app.domain.warnings import PollutionWarning, Stretch, covering, spells, stretches
from app.persistence.acts.in_force import InForceReader
from app.persistence.acts.repository import ActRepository
from app.persistence.decisions.runs import Run, RunRepository
from app.persistence.decisions.snapshots import Head, SnapshotRepository
from app.persistence.exemptions.entries import EntryRepository
from app.persistence.policies import PackRepository
from app.persistence.schedules.repository import ScheduleRepository, ScheduleSearch
from app.persistence.unit_of_work import UnitOfWork
from app.persistence.warnings import WarningRepository

# Scopes with a published schedule in one season: counties and single works, not more.
MOST_SCHEDULES = 10_000
# A schedule says when; what must stand still whatever it says is only what precedes all rules.
BESIDE_SCHEDULES: frozenset[Stage] = frozenset({"gate"})
WITHOUT_WARNINGS = ALL_STAGES - {"warning"}


# The requirements of the planning problem that a schedule answers, as it was known when it was computed.
Prepare = Callable[[UnitOfWork, StoredSchedule], Awaitable[Iterable[Requirement]]]


@dataclass(slots=True, kw_only=True)
class Plans:
    """The schedules that stand in some seasons; the problem of one is prepared when its phases are first asked for."""

    seasons: tuple[int, ...]
    packs: frozenset[str] | None
    schedules: Sequence[StoredSchedule]
    prepare: Prepare | None
    _phases: dict[UUID, tuple[Phase, ...]] = field(default_factory=dict)

    async def phases(self, uow: UnitOfWork, one: StoredSchedule) -> tuple[Phase, ...]:
        """Without a way to prepare problems no phase is known; curves and days do without."""
        if self.prepare is not None and one.id not in self._phases:
            self._phases[one.id] = tuple(phases_of(await self.prepare(uow, one)))
        return self._phases.get(one.id, ())


@dataclass(slots=True, kw_only=True)
class Said:
    """What was asked of one enterprise, as it was said and where it was said; and what is known of its subjects."""

    demands: list[Demand] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    excuses: list[Excuse] = field(default_factory=list)
    warned: dict[str, tuple[Period, ...]] = field(default_factory=dict)
    stood: list[tuple[int, Standpoint]] = field(default_factory=list)


async def plans(
    uow: UnitOfWork, days: Period, packs: Iterable[str] | None, *, by: Actor, prepare: Prepare | None = None
) -> Plans:
    """What is the same for every enterprise; `by` sees the schedules."""
    seasons = seasons_of(days)
    found: list[StoredSchedule] = []
    for season in seasons:
        search = ScheduleSearch(season=season, state=ScheduleState.PUBLISHED)
        repository = ScheduleRepository(uow.session)
        found += await repository.newest(search, visible_to=by, after=None, limit=MOST_SCHEDULES)
    return Plans(seasons=seasons, packs=None if packs is None else frozenset(packs), schedules=found, prepare=prepare)


def seasons_of(days: Period) -> tuple[int, ...]:
    last = days.last_day or days.start
    return tuple(range(season_of(days.start), season_of(last) + 1))


async def asked_of(uow: UnitOfWork, enterprises: Sequence[Enterprise], known: Plans, days: Period) -> dict[UUID, Said]:
    """By enterprise everything that stands on some days, as it is known now."""
    ids = [one.head.id for one in enterprises]
    found = {one: Said() for one in ids}
    scheduled = await _scheduled(uow, ids, known)
    for season in known.seasons:
        for stood in await _standpoints(uow, ids, season, known.packs):
            found[UUID(stood.tree["id"])].stood.append((season, stood))
    # Evaluating a season takes processor time, and others wait for this loop as well.
    await asyncio.to_thread(_decided, found, scheduled)
    await _add_schedules(uow, found, known, scheduled)
    await _add_warnings(uow, enterprises, found, days)
    await _add_excuses(uow, ids, found)
    return found


Scheduled = Mapping[UUID, Sequence[tuple[StoredSchedule, ScheduledLine]]]


async def _scheduled(uow: UnitOfWork, ids: Sequence[UUID], known: Plans) -> Scheduled:
    lines: dict[UUID, list[tuple[StoredSchedule, ScheduledLine]]] = defaultdict(list)
    for one in known.schedules:
        if known.packs is None or known.packs & {pack.name for pack in one.asked.packs}:
            for enterprise, own in (await ScheduleRepository(uow.session).lines_of(one.id, ids)).items():
                lines[enterprise] += [(one, line) for line in own]
    return lines


async def _standpoints(
    uow: UnitOfWork, ids: Sequence[UUID], season: int, packs: frozenset[str] | None
) -> list[Standpoint]:
    wanted = await RunRepository(uow.session).seasons(ids)
    names = sorted({name for pairs in wanted.values() for name, of in pairs if of == season})
    found: list[Standpoint] = []
    for name in (one for one in names if packs is None or one in packs):
        runs = await RunRepository(uow.session).newest_of(ids, name, season)
        found += await _stood(uow, runs, name, season)
    return found


async def _stood(uow: UnitOfWork, runs: Sequence[Run], name: str, season: int) -> list[Standpoint]:
    heads = [Head(one.enterprise_id, one.snapshot_hash, b"") for one in runs]
    documents = await SnapshotRepository(uow.session).documents(heads)
    ids = [one.enterprise_id for one in runs]
    acts = await InForceReader(uow.session).known(ids, name, season, known_at=uow.now)
    packs = {digest: await PackRepository(uow.session).find(digest) for digest in {one.pack_hash for one in runs}}
    return [
        Standpoint(
            evaluator=evaluator_of(pack.document, pack.hash),
            tree=orjson.loads(documents[one.enterprise_id]),
            acts=acts.get(one.enterprise_id, ()),
        )
        for one in runs
        if (pack := packs[one.pack_hash]) is not None and one.enterprise_id in documents
    ]


def _decided(found: Mapping[UUID, Said], scheduled: Scheduled) -> None:
    for enterprise, said in found.items():
        resources = [line.resource for _, line in scheduled.get(enterprise, ())]
        planned, in_parts = {one.id for one in resources}, {one.line_id for one in resources}
        for season, stood in said.stood:
            said.demands += _of_season(stood, season, planned, in_parts)


def _of_season(stood: Standpoint, season: int, planned: set[str], in_parts: set[str]) -> Iterator[Demand]:
    """What decisions ask at every change day of the season; of what is scheduled only what precedes the rules.

    A cut of what is scheduled, by itself or by its furnaces, stays here as the sign that its phases are to be judged.
    """
    first, end = season_bounds(season)
    days = [first, *days_inside(stood.tree, stood.acts, season)]
    for day, until in zip(days, [*days[1:], end], strict=True):
        for decision in stood.on(day, season).values():
            if decision.bound.subject["id"] in planned:
                yield from of_decision(decision, until, stages=BESIDE_SCHEDULES)
                cuts = of_decision(decision, until, stages=WITHOUT_WARNINGS - BESIDE_SCHEDULES)
                yield from (replace(one, kind="other", phase="") for one in cuts if one.kind == "cut")
            elif decision.bound.subject["id"] in in_parts:
                asked = of_decision(decision, until, stages=WITHOUT_WARNINGS)
                yield from (replace(one, kind="other", phase="") if one.kind == "cut" else one for one in asked)
            else:
                yield from of_decision(decision, until, stages=WITHOUT_WARNINGS)


async def _add_schedules(uow: UnitOfWork, found: Mapping[UUID, Said], known: Plans, scheduled: Scheduled) -> None:
    for enterprise, lines in scheduled.items():
        said = found[enterprise]
        cut = any(one.phase == "" for one in said.demands)
        said.demands = [one for one in said.demands if one.phase != ""]
        for schedule, line in lines:
            phases = await known.phases(uow, schedule) if cut else ()
            own = {one.id: one for one in phases if UUID(line.resource.id) in one.members}
            said.demands += of_schedule(schedule.id, line, phases=own)
            said.phases += [one for one in own.values() if one not in said.phases]


async def _add_warnings(
    uow: UnitOfWork, enterprises: Sequence[Enterprise], found: Mapping[UUID, Said], days: Period
) -> None:
    regions = {site.region for one in enterprises for site in one.sites}
    warnings = await WarningRepository(uow.session).known(regions, at=uow.now) if regions else []
    if not warnings:
        return
    over = {region: [one for one in warnings if one.region in covering(region)] for region in regions}
    for one in enterprises:
        said = found[one.head.id]
        for region in {site.region for site in one.sites}:
            said.warned[region] = tuple(Period(spell.first, spell.end) for spell in spells(over[region]))
        own = {each.id: each for site in one.sites for each in over[site.region]}
        said.demands += _while_warned(said.stood, own.values(), days)


def _while_warned(
    stood: Sequence[tuple[int, Standpoint]], warnings: Iterable[PollutionWarning], days: Period
) -> Iterator[Demand]:
    until_day = days.until or days.start
    for stretch in (each for one in warnings for each in stretches(one)):
        ends = stretch.end or until_day
        if stretch.first < until_day and days.start < ends:
            for one in (each for season, each in stood if season == season_of(stretch.first)):
                yield from while_warned(_under(one, stretch, ends), stretch, midnight(until_day))


def _under(stood: Standpoint, stretch: Stretch, ends: date) -> Iterator[Demand]:
    tree, day = under(stood.tree, stretch), stretch.first
    for decision in stood.evaluator.evaluate(tree, season=season_of(day), day=day, acts=stood.acts):
        if holds_in(stretch, decision.bound.region):
            yield from of_decision(decision, ends + ONE_DAY, cause="warning", stages=frozenset({"warning"}))


async def _add_excuses(uow: UnitOfWork, ids: Sequence[UUID], found: Mapping[UUID, Said]) -> None:
    for act in await ActRepository(uow.session).some(ids, "exception"):
        found[act.enterprise_id].excuses += excuses_of([act])
    await _add_exemptions(uow, ids, found)


async def _add_exemptions(uow: UnitOfWork, ids: Sequence[UUID], found: Mapping[UUID, Said]) -> None:
    """From the day the version that lists an entry says so until the one that takes it off does, or its own last day."""
    entries = EntryRepository(uow.session)
    listed = await entries.on_lists(ids, EVER_ON_THE_LIST)
    came = await entries.last_steps(listed, EntryAction.LIST)
    went = await entries.last_steps(listed, EntryAction.EXPIRE) | await entries.last_steps(listed, EntryAction.DELIST)
    for one in (each for each in listed if each.id in came):
        said = found[one.enterprise_id]
        ends = [*([one.expires_on] if one.expires_on else ()), *([_effective(went[one.id])] if one.id in went else ())]
        # Who is exempt from staggering still keeps warnings (GP-15), so that their days are left out.
        held = [each for each in said.demands if each.cause == "warning"]
        for period in _without(Period(_effective(came[one.id]), min(ends, default=None)), held):
            said.excuses.append(
                Excuse(
                    subject_id=one.subject_id,
                    kind="exempt",
                    from_day=period.start,
                    until_day=period.until,
                    reference=str(one.id),
                )
            )


def _effective(step: EntryStep) -> date:
    """The day from which the version that took the step holds."""
    return date.fromisoformat(step.terms["effective_on"])


def _without(period: Period, held: Iterable[Demand]) -> Iterator[Period]:
    start = period.start
    for one in sorted(held, key=lambda each: each.from_at):
        first = civil_day(one.from_at)
        last = (one.until_at.astimezone(SHANGHAI) - timedelta(microseconds=1)).date()
        if period.until is not None and first >= period.until:
            break
        if start < first:
            yield Period(start, first)
        start = max(start, last + ONE_DAY)
    if period.until is None or start < period.until:
        yield Period(start, period.until)

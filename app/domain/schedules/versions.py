"""Schedules through their life: computed as a draft, published and locked as a version of its scope, superseded by the next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, NotFound, Stale
from app.domain.schedules.computation import Computation, Scope
from app.domain.schedules.problem import Stage
from app.domain.states import StateTable


class ScheduleState(StrEnum):
    """Where a schedule stands: a draft is one scenario of several; of a scope and season one is published at most."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class ScheduleAction(StrEnum):
    """What can be done to a schedule; a published one is locked, so a change is another schedule."""

    PUBLISH = "publish"
    SUPERSEDE = "supersede"


SCHEDULES = StateTable(
    thing="排期",
    thing_en="schedule",
    states=ScheduleState,
    actions=ScheduleAction,
    steps={
        (ScheduleState.DRAFT, ScheduleAction.PUBLISH): ScheduleState.PUBLISHED,
        (ScheduleState.PUBLISHED, ScheduleAction.SUPERSEDE): ScheduleState.SUPERSEDED,
    },
)
VERSIONS = {ScheduleState.DRAFT: 1, ScheduleState.PUBLISHED: 2, ScheduleState.SUPERSEDED: 3}


class ScheduleUnknown(NotFound):
    code = "schedule_unknown"
    zh = "没有此排期、尚未完成，或您无权查看。"
    en = "There is no such schedule, it is not finished, or you may not see it."


class ScheduleStale(Stale):
    code = "schedule_stale"
    zh = "排期已有变动；请重新读取后再发布。"
    en = "The schedule has changed meanwhile; read it again before you publish."


class BaseNotPublished(Conflict):
    code = "schedule_base_not_published"
    zh = "based_on 须为同一范围、同一年度现行已发布的排期（现为 {published}）。"
    en = "based_on must be the published schedule of the same scope and season (now {published})."


class ScheduleOutdated(Conflict):
    code = "schedule_outdated"
    zh = "此排期计算之后，同一范围已另行发布排期 {published}；请以其为 based_on 重新计算。"
    en = "Another schedule of this scope, {published}, was published since this one was computed; plan again, based_on that one."


class ScheduleBackdated(Conflict):
    code = "schedule_backdated"
    zh = "排期自 {from_day} 起安排，早于今日 {today}；已过去的日子不能再安排，请自今日起重新计算。"
    en = "The schedule plans from {from_day} on, which lies before today, {today}; plan again from today on."


class ScopesOverlap(Conflict):
    code = "schedule_scopes_overlap"
    zh = "其中有生产线已列入另一范围现行的排期 {schedule}；一条生产线只能服从一个排期。"
    en = "Some of these lines stand in {schedule}, the published schedule of another scope; a line follows one schedule only."


class ScheduleBreached(Conflict):
    code = "schedule_breached"
    zh = "复核发现排期违反要求，未保存；详见 errors。"
    en = "The check found that the schedule breaks requirements, so it was not stored; see errors."


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The versions of one scope and season; `published` is the schedule of the newest, None before the first."""

    id: UUID
    scope: Scope
    season: int
    newest: int
    published: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One version: which schedule, in place of which, on what decision, by whom; chained by hash to the one before."""

    series_id: UUID
    number: int
    schedule_id: UUID
    supersedes: UUID | None
    basis: str
    acknowledge_within_hours: int
    hash: str
    previous_hash: str
    published_by: Origin
    known_at: datetime
    operation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSchedule:
    """A schedule without its lines; the calendar runs from `first` until `end` (exclusive).

    `problem_hash` and `hash` are SHA-256 of what was planned and of what came out. `open` tells what could not be
    planned yet, `notes` what was assumed.
    """

    id: UUID
    asked: Computation
    first: date
    end: date
    preferred_months: tuple[int, ...]
    problem_hash: str
    hash: str
    stages: tuple[Stage, ...]
    open: tuple[Mapping[str, Any], ...]
    notes: tuple[Mapping[str, Any], ...]
    lines: int
    enterprises: int
    created_by: Origin
    known_at: datetime
    publication: Publication | None = None
    newest: int = 0

    @property
    def state(self) -> ScheduleState:
        if self.publication is None:
            return ScheduleState.DRAFT
        return ScheduleState.PUBLISHED if self.publication.number == self.newest else ScheduleState.SUPERSEDED

    @property
    def version(self) -> int:
        """What somebody has seen who saw this state."""
        return VERSIONS[self.state]


def check_publication(one: StoredSchedule, series: Series, *, today: date) -> None:
    """Only a draft, of days to come, and which knew of what it supersedes where days of that have passed."""
    SCHEDULES.after(one.state, ScheduleAction.PUBLISH)
    if one.asked.from_day < today:
        raise ScheduleBackdated(from_day=one.asked.from_day, today=today)
    if series.published != one.asked.based_on and one.first < today:
        raise ScheduleOutdated(published=series.published or "-")


def chained(previous_hash: str, schedule_hash: str) -> str:
    """The hash of a version covers its schedule and, through the hash before, every earlier one."""
    return sha256(f"{previous_hash}\n{schedule_hash}".encode()).hexdigest()


def broken(publications: Iterable[tuple[Publication, str]]) -> list[int]:
    """The versions of one series, in order and each with its schedule's hash, that do not prove themselves."""
    found: list[int] = []
    before, last = "", None
    for number, (one, schedule_hash) in enumerate(publications, start=1):
        proved = (one.number, one.previous_hash, one.hash, one.supersedes)
        if proved != (number, before, chained(before, schedule_hash), last):
            found.append(one.number)
        before, last = one.hash, one.schedule_id
    return found

"""A list and its versions: each locked when published, and chained to the one before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from app.domain.access import Origin, region_prefix
from app.domain.errors import Conflict, FieldError, Invalid, NotFound, Stale
from app.domain.evidence import Evidence
from app.domain.facts.assertions import Claim
from app.domain.periods import MonthDay, Period
from app.domain.states import StateTable

# A season runs from July to June (A-G1).
_TURN = MonthDay(7, 1)


def season_days(season: int) -> Period:
    return Period(_TURN.of_season(season), _TURN.of_season(season + 1))


class VersionState(StrEnum):
    """Where a version stands: `draft` is what the entries would give if somebody published now."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class VersionAction(StrEnum):
    """What can be done to a version; a published one is locked, so a change is the next version (GP-09)."""

    PUBLISH = "publish"
    SUPERSEDE = "supersede"


LISTS = StateTable(
    thing="清单版本",
    thing_en="version of the list",
    states=VersionState,
    actions=VersionAction,
    steps={
        (VersionState.DRAFT, VersionAction.PUBLISH): VersionState.PUBLISHED,
        (VersionState.PUBLISHED, VersionAction.SUPERSEDE): VersionState.SUPERSEDED,
    },
)


class ListUnknown(NotFound):
    code = "list_unknown"
    zh = "没有此豁免清单，或不在您的管辖范围内。"
    en = "There is no such exemption list, or it lies outside what you may see."


class VersionUnknown(NotFound):
    code = "list_version_unknown"
    zh = "此清单没有第 {number} 版。"
    en = "The list has no version {number}."


class ListStale(Stale):
    code = "list_stale"
    zh = "清单已有变动；请重新读取后再发布。"
    en = "The list has changed meanwhile; read it again before you publish."


class ListExists(Conflict):
    code = "list_exists"
    zh = "方案 {pack} 在 {season} 年度已有豁免清单；请在该清单上办理。"
    en = "The plan {pack} already has an exemption list for season {season}; work on that one."


class ListHasNoCriteria(Conflict):
    code = "list_has_no_criteria"
    zh = "方案 {pack} 没有豁免标准，不设豁免清单。"
    en = "The plan {pack} has no criteria for an exemption, so there is no list to keep."


class ListLocked(Conflict):
    code = "list_locked"
    zh = (
        "“{fact}”由豁免清单决定：方案 {pack} {season} 年度清单第 {number} 版已发布并锁定，不得另行更改；"
        "请在清单 {list} 上办理并发布新版本。"
    )
    en = (
        "{fact} is for the exemption list to say: version {number} of the list of {pack} for season {season} is published "
        "and locked. Ask for a new version of list {list} instead."
    )


class Backdated(Invalid):
    code = "backdated"
    zh = "清单版本最早自 {earliest} 起生效，不能倒签为 {day}。"
    en = "A version can take effect on {earliest} at the earliest, not on {day}."


class SeasonOver(Invalid):
    code = "season_over"
    zh = "清单所属年度至 {last} 止，{day} 起的版本不再有意义；请为新年度另设清单。"
    en = (
        "The list is for the season that ends on {last}; a version from {day} on would say nothing. Open the next list."
    )


class FilingRequired(Invalid):
    code = "filing_required"
    zh = "清单确定后再作调整须先备案：请在 document 中给出备案文件。"
    en = "A list once fixed is changed only by filing again: give the filing in `document`."


class NothingToPublish(Conflict):
    code = "nothing_to_publish"
    zh = "自第 {number} 版以来没有批准、移出或到期的条目，无需发布新版本。"
    en = "No entry was approved, taken off or has run out since version {number}; there is nothing to publish."


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionList:
    """The list of one plan for one season; `newest` is the number of its last version, 0 before the first."""

    id: UUID
    pack_name: str
    season: int
    workflow: str
    region: str
    created_by: Origin
    created_at: datetime
    newest: int
    version: int

    @property
    def days(self) -> Period:
        """The season it is for; what it grants neither begins before nor outlasts it."""
        return season_days(self.season)

    def day(self, today: date) -> date:
        """The day to judge by: today, or where that lies outside, the nearest day of the list's season."""
        return min(max(today, self.days.start), date(self.season + 1, 6, 30))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVersion:
    """One published version: the document as it was hashed, what it took effect on, and who published it."""

    list_id: UUID
    number: int
    document: str
    hash: str
    previous_hash: str
    effective_on: date
    basis: str
    filing: tuple[Evidence, ...]
    # The facts it locks, in these regions.
    facts: tuple[str, ...]
    regions: tuple[str, ...]
    published_by: Origin
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What a published list keeps to itself: some facts, of enterprises in some regions, in one season."""

    list_id: UUID
    pack_name: str
    season: int
    number: int
    facts: tuple[str, ...]
    regions: tuple[str, ...]

    def governs(self, regions: Iterable[str]) -> bool:
        return any(region.startswith(region_prefix(own)) for region in regions for own in self.regions)

    def bars(self, claim: Claim) -> bool:
        """Whether a claim says something about the season that only a version of the list may say."""
        said = Period(claim.valid_from or date.min, claim.valid_to)
        return claim.fact in self.facts and said.meets(season_days(self.season))

    def refusal(self, fact: str) -> ListLocked:
        return ListLocked(fact=fact, pack=self.pack_name, season=self.season, number=self.number, list=self.list_id)

    def error(self, fact: str, pointer: str) -> FieldError:
        """The same as one of several errors."""
        refused = self.refusal(fact)
        return FieldError(pointer=pointer, code=refused.code, zh=refused.message("zh"), en=refused.message("en"))


def states(newest: int) -> dict[int, VersionState]:
    """The state of every version of a list, by replaying its publications."""
    found: dict[int, VersionState] = {}
    for number in range(1, newest + 1):
        found[number] = LISTS.after(VersionState.DRAFT, VersionAction.PUBLISH)
        if number > 1:
            found[number - 1] = LISTS.after(found[number - 1], VersionAction.SUPERSEDE)
    return found


def chained(previous_hash: str, document: str) -> str:
    """The hash of a version covers its document and, through the hash before, every earlier one."""
    return sha256(f"{previous_hash}\n{document}".encode()).hexdigest()


def broken(versions: Iterable[ListVersion]) -> list[int]:
    """The versions of one list, in order, that do not prove themselves."""
    found: list[int] = []
    before = ""
    for number, one in enumerate(versions, start=1):
        if (one.number, one.previous_hash, one.hash) != (number, before, chained(before, one.document)):
            found.append(one.number)
        before = one.hash
    return found


def check_publication(
    one: ExemptionList,
    previous: ListVersion | None,
    *,
    effective_on: date,
    filing: Sequence[Evidence],
    today: date,
) -> None:
    """Never before today, never before the version it replaces, not after the season; and a change is filed (GP-09)."""
    earliest = today if previous is None else max(today, previous.effective_on)
    if effective_on < earliest:
        raise Backdated(earliest=earliest, day=effective_on)
    if one.days.until is not None and effective_on >= one.days.until:
        raise SeasonOver(last=one.days.last_day, day=effective_on)
    if previous is not None and not filing:
        raise FilingRequired()

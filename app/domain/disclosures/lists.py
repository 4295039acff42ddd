"""Public lists through their life: drafted, published and locked as a version, superseded by the next, or withdrawn."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from app.domain.access import Origin
from app.domain.disclosures.rows import ListKind
from app.domain.errors import Conflict, Invalid, Language, NotFound, Stale
from app.domain.periods import season_of
from app.domain.states import StateTable


class DisclosureState(StrEnum):
    """Where a disclosure stands; `withdrawn` leaves a tombstone instead of its rows."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class DisclosureAction(StrEnum):
    """What can be done to a disclosure; a published one is locked, so a correction is the next version."""

    PUBLISH = "publish"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"


DISCLOSURES = StateTable(
    thing="公示清单",
    thing_en="public list",
    states=DisclosureState,
    actions=DisclosureAction,
    steps={
        (DisclosureState.DRAFT, DisclosureAction.PUBLISH): DisclosureState.PUBLISHED,
        (DisclosureState.PUBLISHED, DisclosureAction.SUPERSEDE): DisclosureState.SUPERSEDED,
        (DisclosureState.PUBLISHED, DisclosureAction.WITHDRAW): DisclosureState.WITHDRAWN,
        (DisclosureState.SUPERSEDED, DisclosureAction.WITHDRAW): DisclosureState.WITHDRAWN,
    },
)
VERSIONS = {state: number for number, state in enumerate(DisclosureState, start=1)}
# Why a row cannot be printed as decided.
LackCode = Literal["never_decided", "undecided", "personal"]
LACKS: Mapping[LackCode, tuple[str, str]] = {
    "never_decided": ("尚未按本方案作出决定", "was never decided under this plan"),
    "undecided": (
        "决定仍未确定（事实不足或待主管部门决定）",
        "is undecided: facts or the authority's answer are missing",
    ),
    "personal": ("列中含个人信息（姓名、电话或证件号码）", "holds a person's name, telephone or identity number"),
}
# What a draft stood on and what has moved since.
MovedCode = Literal["policy_changed", "decisions_changed", "schedule_changed", "exemption_list_changed"]
MOVES: Mapping[MovedCode, tuple[str, str]] = {
    "policy_changed": ("方案已有新的版本", "the plan has another version in force"),
    "decisions_changed": ("部分企业在起草后已重新决定", "some enterprises were decided again since"),
    "schedule_changed": ("起草后另有排期发布", "a schedule was published since"),
    "exemption_list_changed": ("豁免清单已发布新的版本", "the exemption list has a newer version"),
}


class DisclosureUnknown(NotFound):
    code = "disclosure_unknown"
    zh = "没有此公示清单草案、尚未完成，或您无权查看。"
    en = "There is no such disclosure, it is not finished, or you may not see it."


class PublicListUnknown(NotFound):
    code = "public_list_unknown"
    zh = "没有此公示清单，或没有这一版。"
    en = "There is no such public list, or it has no such version."


class DisclosureStale(Stale):
    code = "disclosure_stale"
    zh = "该公示清单已有变动；请重新读取后再办理。"
    en = "The disclosure has changed meanwhile; read it again first."


class DisclosureOutdated(Conflict):
    code = "disclosure_outdated"
    zh = "此草案起草之后，同一清单已发布第 {newest} 版；请重新起草，以便与该版对照。"
    en = "Version {newest} of the same list was published since this was drafted; draft again, to see what it changes."


class DisclosureIncomplete(Conflict):
    code = "disclosure_incomplete"
    zh = "清单中有 {count} 处不能作为已决定的内容公示，详见 errors；请先补齐后重新起草。"
    en = "{count} rows of the list cannot be printed as decided; errors name them. Settle them and draft again."


class DisclosureEmpty(Conflict):
    code = "disclosure_empty"
    zh = "清单没有任何内容，不能公示。"
    en = "The list has no rows, so there is nothing to publish."


class DisclosureDaysWrong(Invalid):
    code = "disclosure_days_wrong"
    zh = "day 与 through 须在 {season} 年 7 月 1 日至次年 6 月 30 日之间，through 不早于 day，且只用于停产清单。"
    en = (
        "day and through must lie in the season that begins on 1 July {season}, through not before day and only with a list "
        "of who stands still."
    )


class NoExemptionList(Conflict):
    code = "disclosure_without_exemption_list"
    zh = "方案 {pack} 在 {season} 年度没有已发布的豁免清单第 {number} 版；请先发布。"
    en = "The plan {pack} has no published exemption list (version {number}) for season {season}; publish it first."


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScope:
    """What makes two versions versions of one list."""

    kind: ListKind
    region: str
    pack: str
    season: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A draft as it was asked for; `list_version` is of the exemption list, the newest where it is None."""

    scope: ListScope
    day: date
    through: date | None = None
    list_version: int | None = None

    def as_json(self) -> dict[str, Any]:
        scope = self.scope
        return {
            "kind": scope.kind.value,
            "region": scope.region,
            "pack": scope.pack,
            "season": scope.season,
            "day": self.day.isoformat(),
            "through": None if self.through is None else self.through.isoformat(),
            "list_version": self.list_version,
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Wanted":
        through = stored["through"]
        return cls(
            scope=ListScope(
                kind=ListKind(stored["kind"]), region=stored["region"], pack=stored["pack"], season=stored["season"]
            ),
            day=date.fromisoformat(stored["day"]),
            through=None if through is None else date.fromisoformat(through),
            list_version=stored["list_version"],
        )

    def check(self) -> None:
        """Raises DisclosureDaysWrong."""
        season = self.scope.season
        days = (self.day, self.through or self.day)
        inside = all(season_of(day) == season for day in days)
        if not inside or days[1] < days[0] or (self.through is not None and self.scope.kind is not ListKind.STOPPED):
            raise DisclosureDaysWrong(season=season)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something that keeps a draft from being published, by enterprise and subject."""

    code: LackCode
    enterprise_id: str
    subject_id: str
    label: str

    def message(self, language: Language) -> str:
        zh, en = LACKS[self.code]
        return f"{self.label}：{zh}" if language == "zh" else f"{self.label} {en}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One version of a list: the hash of its document, on what decision, and who published it."""

    series_id: UUID
    number: int
    disclosure_id: UUID
    serial: str
    hash: str
    previous_hash: str
    basis: str
    published_by: Origin
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Why a version is no longer shown."""

    series_id: UUID
    number: int
    reason: str
    withdrawn_by: Origin
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The versions of one list; its id is the public one. `newest` is the number of the last version, 0 before the first."""

    id: UUID
    scope: ListScope
    newest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """A draft without its content, and what became of it; `based_on` is the version it would supersede."""

    id: UUID
    asked: Wanted
    rows: int
    enterprises: int
    lacking: tuple[Lack, ...]
    based_on: int
    created_by: Origin
    known_at: datetime
    publication: Publication | None = None
    withdrawal: Withdrawal | None = None
    newest: int = 0

    @property
    def scope(self) -> ListScope:
        return self.asked.scope

    @property
    def state(self) -> DisclosureState:
        return state_of(self.publication, self.withdrawal, self.newest)

    @property
    def version(self) -> int:
        """What somebody has seen who saw this state."""
        return VERSIONS[self.state]


def state_of(publication: Publication | None, withdrawal: Withdrawal | None, newest: int) -> DisclosureState:
    """The state of a draft, by replaying what was done to it and to its list."""
    if publication is None:
        return DisclosureState.DRAFT
    state = DISCLOSURES.after(DisclosureState.DRAFT, DisclosureAction.PUBLISH)
    if withdrawal is not None:
        return DISCLOSURES.after(state, DisclosureAction.WITHDRAW)
    return DISCLOSURES.after(state, DisclosureAction.SUPERSEDE) if publication.number < newest else state


def check_publication(one: Disclosure, series: Series) -> None:
    """Only a draft, with rows, all of them decided, that knew what it would replace."""
    DISCLOSURES.after(one.state, DisclosureAction.PUBLISH)
    if one.based_on != series.newest:
        raise DisclosureOutdated(newest=series.newest)
    if not one.rows:
        raise DisclosureEmpty()


def serial_of(scope: ListScope, number: int) -> str:
    """The number a printed list is quoted by."""
    return f"{scope.region}-{scope.season}-{scope.pack}-{scope.kind}-{number}"


def digest(document: str) -> str:
    """SHA-256 of the published bytes; they name the hash of the version before, and so cover every earlier one."""
    return sha256(document.encode()).hexdigest()


def broken(versions: Iterable[tuple[Publication, str]]) -> Iterator[int]:
    """The versions of one list, in order and each with its document, that do not prove themselves."""
    before = ""
    for number, (one, document) in enumerate(versions, start=1):
        if (one.number, one.previous_hash, one.hash) != (number, before, digest(document)):
            yield one.number
        before = one.hash

"""The life of a pack: a draft, then published for some seasons, then superseded or retired; published content never changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from app.domain.periods import season_of
from app.domain.policies.pack import Pack


class PackState(StrEnum):
    """Where in its life a version is."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasons:
    """The seasons a version is for, by the years they start in; both ends included, None is open."""

    first: int | None = None
    last: int | None = None

    @property
    def low(self) -> float:
        return -inf if self.first is None else self.first

    @property
    def high(self) -> float:
        return inf if self.last is None else self.last

    def __contains__(self, season: float) -> bool:
        return self.low <= season <= self.high

    def __bool__(self) -> bool:
        """Whether there is any season at all."""
        return self.low <= self.high

    def overlaps(self, other: "Seasons") -> bool:
        return max(self.low, other.low) <= min(self.high, other.high)

    def within(self, others: Sequence["Seasons"]) -> bool:
        """Whether each of these seasons belongs to one of the others as well."""
        open_from = self.low
        while True:
            reach = max((one.high for one in others if open_from in one), default=None)
            if reach is None or reach >= self.high:
                return reach is not None
            open_from = reach + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A published version as far as its life goes."""

    version: str
    seasons: Seasons
    retired: bool


def seasons_of(pack: Pack) -> Seasons:
    """The seasons in which a plan is in effect by its own dates; a plan without dates is for every season."""
    period = pack.effective
    if period is None:
        return Seasons()
    start = season_of(period.start)
    end = start + 2 if period.last_day is None else season_of(period.last_day)
    found = [season for season in range(start, end + 1) if pack.in_effect(season)]
    if not found:
        return Seasons(first=start, last=start - 1)
    return Seasons(first=found[0], last=None if period.last_day is None else found[-1])


def states(editions: Sequence[Edition]) -> list[PackState]:
    """The state of each version, given newest first: superseded is what decides no season any more."""
    found: list[PackState] = []
    newer: list[Seasons] = []
    for one in editions:
        if one.retired:
            found.append(PackState.RETIRED)
            continue
        found.append(PackState.SUPERSEDED if one.seasons.within(newer) else PackState.PUBLISHED)
        newer.append(one.seasons)
    return found


def superseded_by(seasons: Seasons, editions: Iterable[Edition]) -> Edition | None:
    """The version, of those given newest first, that a new one takes seasons over from."""
    return next((one for one in editions if not one.retired and one.seasons.overlaps(seasons)), None)


def version_order(version: str) -> tuple[int, ...]:
    """1.10.0 comes after 1.9.0."""
    return tuple(int(part) for part in version.split("."))

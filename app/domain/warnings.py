"""Heavy pollution warnings: issued for a region, changed in colour, lifted; and the civil days a place lies under one."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, Invalid, NotFound, Stale
from app.domain.periods import ONE_DAY, SHANGHAI, civil_day
from app.domain.policies.facts import Value
from app.domain.states import StateTable

LEVEL = "warning_level"
# The finest instant that is stored: what ends at midnight ends on the day before.
_LEAST = timedelta(microseconds=1)


class Colour(StrEnum):
    """How grave a warning is, the mildest first; its response is of level III, II or I."""

    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


COLOURS: dict[str, tuple[str, str]] = {
    Colour.YELLOW: ("黄色", "yellow"),
    Colour.ORANGE: ("橙色", "orange"),
    Colour.RED: ("红色", "red"),
}
# The values of the fact, which knows "none" as well.
RANKS: Mapping[Value, int] = {"none": 0, **{colour: rank for rank, colour in enumerate(Colour, start=1)}}


class WarningState(StrEnum):
    """Where a warning stands; it may be announced before it takes effect."""

    ISSUED = "issued"
    LIFTED = "lifted"


class WarningAction(StrEnum):
    """What can be done to a warning."""

    CHANGE = "change"
    LIFT = "lift"


WARNINGS = StateTable(
    thing="预警",
    thing_en="warning",
    states=WarningState,
    actions=WarningAction,
    steps={
        (WarningState.ISSUED, WarningAction.CHANGE): WarningState.ISSUED,
        (WarningState.ISSUED, WarningAction.LIFT): WarningState.LIFTED,
    },
)


class WarningUnknown(NotFound):
    code = "warning_unknown"
    zh = "没有此预警，或不在您可见的地区内。"
    en = "There is no such warning, or it lies outside what you may see."


class WarningOutdated(Stale):
    code = "warning_outdated"
    zh = "该预警已被他人调整；请重新读取后再办。"
    en = "Somebody else has changed this warning meanwhile; read it again first."


class WarningStands(Conflict):
    code = "warning_stands"
    zh = "地区 {region} 已有未解除的预警；请调整或解除该预警。"
    en = "Region {region} has a warning that is not lifted; change or lift that one."


class ColourUnchanged(Conflict):
    code = "colour_unchanged"
    zh = "该预警已是{colour_zh}；无需调整。"
    en = "The warning is {colour} already; there is nothing to change."


class WarningRunsBackwards(Invalid):
    code = "warning_runs_backwards"
    zh = "生效时刻不得早于上一次的生效时刻 {last}；请改正 from_at。"
    en = "It cannot take effect before what was announced last, at {last}; mend from_at."


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningChange:
    """One thing said of a warning: its colour, or None that it is lifted, from an instant on; announced at another."""

    number: int
    colour: Colour | None
    from_at: datetime
    known_at: datetime
    by: Origin
    basis: str
    operation_id: UUID
    # When everybody it concerns had been served; None while that is under way.
    served_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollutionWarning:
    """A warning for the whole subtree of a region, with everything said of it in order; nothing said is ever altered."""

    id: UUID
    region: str
    acknowledge_within: timedelta
    changes: tuple[WarningChange, ...]
    version: int = 1

    @property
    def last(self) -> WarningChange:
        return self.changes[-1]

    @property
    def state(self) -> WarningState:
        return WarningState.LIFTED if self.last.colour is None else WarningState.ISSUED

    def changed(self, change: WarningChange) -> Self:
        """The warning with one more thing said of it; raises what is wrong with that."""
        WARNINGS.after(self.state, WarningAction.CHANGE if change.colour else WarningAction.LIFT)
        if change.colour is not None and change.colour is self.last.colour:
            raise ColourUnchanged(colour_zh=COLOURS[change.colour][0], colour=change.colour)
        if change.from_at < self.last.from_at:
            raise WarningRunsBackwards(last=self.last.from_at.astimezone(SHANGHAI).isoformat(timespec="minutes"))
        return replace(self, changes=(*self.changes, change), version=self.version + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The instants during which one warning is of one colour; `until_at` None is open."""

    warning: PollutionWarning
    change: WarningChange
    colour: Colour
    until_at: datetime | None

    @property
    def first(self) -> date:
        return civil_day(self.change.from_at)

    @property
    def end(self) -> date | None:
        """The first day on which it is never in effect."""
        return None if self.until_at is None else civil_day(self.until_at - _LEAST) + ONE_DAY

    @property
    def says(self) -> str:
        """The warning in words, for whoever reads the evidence of a decision."""
        at = self.change.from_at.astimezone(SHANGHAI)
        colour, region, basis = COLOURS[self.colour][0], self.warning.region, self.change.basis
        return f"重污染天气{colour}预警（地区 {region}，{at:%Y-%m-%d %H:%M} 起；{basis}）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Consecutive civil days under one colour, `end` exclusive, and the stretches behind them."""

    colour: Colour
    first: date
    end: date | None
    causes: tuple[Stretch, ...]


def stretches(warning: PollutionWarning) -> Iterator[Stretch]:
    """A warning's colours one after another; what was replaced at the instant it began never was."""
    ends = [*(later.from_at for later in warning.changes[1:]), None]
    for change, until_at in zip(warning.changes, ends, strict=True):
        if change.colour is not None and change.from_at != until_at:
            yield Stretch(warning=warning, change=change, colour=change.colour, until_at=until_at)


def spells(warnings: Iterable[PollutionWarning]) -> list[Spell]:
    """The days under warning where all these hold: any time of a day counts for it, and the strictest colour wins."""
    known = sorted(
        (
            Spell(colour=one.colour, first=one.first, end=one.end, causes=(one,))
            for each in warnings
            for one in stretches(each)
        ),
        key=lambda one: one.first,
    )
    bounds = sorted({day for one in known for day in (one.first, one.end) if day is not None})
    found: list[Spell] = []
    begun = list[Spell]()
    waiting = deque(known)
    for first, end in zip(bounds, [*bounds, None][1:], strict=True):
        while waiting and waiting[0].first <= first:
            begun.append(waiting.popleft())
        begun = [one for one in begun if one.end is None or first < one.end]
        if begun:
            _join(found, _strictest(begun, first, end))
    return found


def _strictest(over: Sequence[Spell], first: date, end: date | None) -> Spell:
    colour = max((one.colour for one in over), key=RANKS.__getitem__)
    causes = tuple(cause for one in over if one.colour is colour for cause in one.causes)
    return Spell(colour=colour, first=first, end=end, causes=causes)


def _join(known: list[Spell], spell: Spell) -> None:
    """A colour that goes on is one spell, whichever warning carries it: hours are counted from its beginning."""
    last = known[-1] if known else None
    if last is None or (last.end, last.colour) != (spell.first, spell.colour):
        known.append(spell)
    else:
        more = tuple(one for one in spell.causes if one not in last.causes)
        known[-1] = replace(last, end=spell.end, causes=(*last.causes, *more))


def covering(region: str) -> tuple[str, ...]:
    """The codes a warning may be issued for so that it holds in a region: its own, its city's, province's, the country's."""
    return tuple(dict.fromkeys((region, f"{region[:4]}00", f"{region[:2]}0000", "000000")))

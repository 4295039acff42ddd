"""The oracle keeps readings: what each sound row does to what is there, slot by slot, and what must be reported of it."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from tests.feed_proof.oracle_files import Refused, Table
from tests.feed_proof.oracle_rows import Meaning, meaning_of
from tests.feed_proof.spec import Company

VERDICTS = ("unchanged", "stale", "changed", "new")
OLDEST = datetime(1, 1, 1)  # noqa: DTZ001  a wall clock is meant


class Kept(NamedTuple):
    """A reading as it is kept."""

    value: int | None
    quality: int
    version: datetime | None


Place = tuple[str, date]
Slots = dict[int, Kept]


@dataclass(slots=True)
class Outcome:
    """What must be reported: counts of rows and of readings, and of every rejected line the codes that would be right."""

    rows: Counter[str] = field(default_factory=Counter)
    readings: Counter[str] = field(default_factory=Counter)
    rejected: dict[int, set[str]] = field(default_factory=dict)
    touched: set[Place] = field(default_factory=set)


@dataclass(slots=True)
class Store:
    """Days and, of days that are still open, single readings."""

    days: dict[Place, Slots] = field(default_factory=dict)
    points: dict[Place, Slots] = field(default_factory=dict)

    def takes(
        self, table: Table, company: Company, *, now: datetime, open_from: date, strict: bool, force: bool
    ) -> Outcome:
        """Raises Refused, and then keeps nothing."""
        told = [meaning_of(row, company, columns=table.columns, now=now) for row in table.rows]
        outcome = Outcome(rejected={one.line: one.faults for one in told if one.faults})
        bad = len(outcome.rejected)
        if strict and bad:
            raise Refused("feed_not_strictly_good")
        if bad * 100 > len(told) * company.refuse_above_pct:
            raise Refused("feed_too_many_bad_rows")
        sound = [one for one in told if not one.faults and not one.parked]
        standing = _days(sound) if "day" in table.columns else _points(sound)
        outcome.rows.update(
            received=len(told),
            rejected=bad,
            parked=sum(one.parked for one in told),
            superseded=len(sound) - len(standing),
        )
        for one in standing:
            self._lands(one, outcome, open_from=open_from, force=force)
        outcome.rows = +outcome.rows
        return outcome

    def _lands(self, one: Meaning, outcome: Outcome, *, open_from: date, force: bool) -> None:
        verdicts, was_there = list[str](), True
        for (day, slot), (value, quality) in one.slots.items():
            apart = day >= open_from and not (one.day and one.as_day)
            into = self.points if apart else self.days
            place = (one.key, day)
            was_there &= place in into or one.day is None
            slots = into.setdefault(place, {})
            verdict, kept = _merged(slots.get(slot), Kept(value, quality, one.version), force=force)
            slots[slot] = kept
            verdicts.append(verdict)
            outcome.touched.add(place)
        outcome.readings.update(verdicts)
        outcome.rows[_of_row(verdicts, one, was_there=was_there)] += 1


def _of_row(verdicts: list[str], one: Meaning, *, was_there: bool) -> str:
    """A single value is what became of it; a whole day that was there already is at most changed."""
    highest = max(verdicts, key=VERDICTS.index)
    return "changed" if one.day is not None and one.as_day and was_there and highest == "new" else highest


def _merged(kept: Kept | None, sent: Kept, *, force: bool) -> tuple[str, Kept]:
    if kept is None:
        return "new", sent
    if kept[:2] == sent[:2]:
        newer = sent.version is not None and (kept.version is None or sent.version > kept.version)
        return "unchanged", sent if newer else kept
    older = kept.version is not None and sent.version is not None and sent.version < kept.version
    if older or (sent.quality < kept.quality and not force):
        return "stale", kept
    return "changed", sent


def _rank(one: Meaning) -> tuple[datetime, int]:
    return one.version or OLDEST, one.line


def _grouped(told: Iterable[Meaning], keys: Iterable[Hashable]) -> list[list[Meaning]]:
    """Rows that say the same again, the one that stands last."""
    groups: dict[Hashable, list[Meaning]] = {}
    for one, key in zip(told, keys, strict=True):
        groups.setdefault(key, []).append(one)
    return [sorted(group, key=_rank) for group in groups.values()]


def _points(sound: list[Meaning]) -> list[Meaning]:
    return [group[-1] for group in _grouped(sound, [(one.key, *one.slots) for one in sound])]


def _days(sound: list[Meaning]) -> list[Meaning]:
    """Slots the standing row does not have at all are taken from the rows it supersedes, the newest first."""
    standing = list[Meaning]()
    for group in _grouped(sound, [(one.key, one.day) for one in sound]):
        last = group[-1]
        for older in reversed(group[:-1]):
            last.slots = older.slots | last.slots
            older.slots = {}
        standing.append(last)
    return standing

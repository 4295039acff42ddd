"""Stamps: what a source prints for an instant or a day, as a civil day of its zone and minutes into it."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from app.domain.feed.channels import DAY_MINUTES
from app.domain.feed.profiles import DateOrder, Profile
from app.domain.feed.rejections import Code

_DATE = r"(?P<a>\d{1,4})[-/.年](?P<b>\d{1,2})[-/.月](?P<c>\d{1,4})日?"
_COMPACT = r"(?P<compact>\d{8})"
_TIME = r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
_OFFSET = r"(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)"
_STAMP = re.compile(rf"\s*(?:{_DATE}|{_COMPACT})(?:(?:[Tt]|\s+|(?<=日)){_TIME}\s*{_OFFSET}?)?\s*", re.ASCII)
# Where the groups a, b, c of a date stand in year, month, day.
_ORDERS: dict[DateOrder, tuple[int, int, int]] = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}
DAY = timedelta(days=1)
MIDNIGHT_SECONDS = DAY_MINUTES * 60


@dataclass(frozen=True, slots=True)
class Stamp:
    """A wall-clock reading in the source's zone: seconds into `day` (86,400 where the source prints 24:00).

    `instant` says that the stamp carried an offset, so that no spelling of midnight applies to it.
    """

    day: date
    seconds: int
    exact: bool
    instant: bool


def stamp_of(text: str, profile: Profile, offset: timedelta) -> Stamp | Code:
    """The wall clock a stamp means where clocks are `offset` ahead of UTC, or why it means none."""
    quick = _iso(text)
    if quick is not None:
        return _of_datetime(quick, profile, offset)
    found = _STAMP.fullmatch(text)
    if found is None or found["h"] is None:
        return "stamp_invalid"
    day, seconds = _day_of(found, profile.date_order), _seconds_of(found)
    if day is None or seconds is None:
        return "stamp_invalid"
    exact = not (found["f"] or "").strip("0")
    if found["offset"] is None:
        return Stamp(day, seconds, exact, instant=False) if profile.naive else "stamp_naive"
    own = _offset_of(found["offset"])
    if own is None:
        return "stamp_invalid"
    moved = _moved(day, seconds, offset - own)
    return "stamp_invalid" if moved is None else Stamp(*moved, exact, instant=True)


def day_of(text: str, profile: Profile) -> date | None:
    """A civil day, also where a spreadsheet has printed its midnight behind it."""
    found = _STAMP.fullmatch(text)
    if found is None or found["offset"] is not None:
        return None
    if found["h"] is not None and _seconds_of(found) != 0:
        return None
    return _day_of(found, profile.date_order)


def begin_of(stamp: Stamp, profile: Profile, interval_minutes: int, *, register: bool) -> tuple[date, int] | None:
    """The day and slot a stamp speaks of; None where it is on no boundary of the interval.

    An end stamp belongs to the interval before it. So does every register: it is read at an instant, and what it
    closes is the interval before.
    """
    interval = interval_minutes * 60
    if not stamp.exact or stamp.seconds % interval:
        return None
    seconds = stamp.seconds
    if profile.midnight == "same_day" and seconds == 0 and not stamp.instant and profile.stamps == "end":
        seconds = MIDNIGHT_SECONDS
    if profile.stamps == "end" or register:
        seconds -= interval
    days, within = divmod(seconds, MIDNIGHT_SECONDS)
    try:
        return stamp.day + days * DAY, within // interval
    except OverflowError:
        return None


def instant_of(stamp: Stamp, offset: timedelta) -> datetime:
    """The instant of a wall clock; raises OverflowError beyond the years that exist."""
    wall = datetime(stamp.day.year, stamp.day.month, stamp.day.day, tzinfo=timezone(offset))
    return wall + timedelta(seconds=stamp.seconds)


def offset_of(zone: str, now: datetime) -> timedelta:
    """How far a zone's clocks are ahead of UTC; a profile's zone does not change (profile_errors)."""
    offset = now.astimezone(ZoneInfo(zone)).utcoffset()
    return offset if offset is not None else timedelta(0)


def _iso(text: str) -> datetime | None:
    """The usual spelling, ten times faster than by the expression; None where that has to look."""
    if len(text) < 16 or text[4] != "-" or text[10] not in "T " or text[13] != ":" or text[11:13] == "24":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _of_datetime(read: datetime, profile: Profile, offset: timedelta) -> Stamp | Code:
    instant = read.tzinfo is not None
    if not instant and not profile.naive:
        return "stamp_naive"
    try:
        wall = read.astimezone(timezone(offset)) if instant else read
    except OverflowError:
        return "stamp_invalid"
    seconds = wall.hour * 3600 + wall.minute * 60 + wall.second
    return Stamp(wall.date(), seconds, exact=not wall.microsecond, instant=instant)


def _day_of(found: re.Match[str], order: DateOrder) -> date | None:
    compact = found["compact"]
    if compact is not None:
        groups, order = (compact[:4], compact[4:6], compact[6:]), "ymd"
    else:
        groups = (found["a"], found["b"], found["c"])
        # A year of four digits in front can be nothing else.
        order = "ymd" if len(groups[0]) == 4 else order
    year, month, day = (groups[i] for i in _ORDERS[order])
    if len(year) != 4 or len(month) > 2 or len(day) > 2:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _seconds_of(found: re.Match[str]) -> int | None:
    hours, minutes, seconds = int(found["h"]), int(found["m"]), int(found["s"] or 0)
    total = hours * 3600 + minutes * 60 + seconds
    fraction = (found["f"] or "").strip("0")
    beyond = total > MIDNIGHT_SECONDS or (total == MIDNIGHT_SECONDS and fraction)
    return None if minutes > 59 or seconds > 59 or beyond else total


def _offset_of(text: str) -> timedelta | None:
    if text in {"Z", "z"}:
        return timedelta(0)
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 18 or minutes > 59:
        return None
    return (-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes)


def _moved(day: date, seconds: int, by: timedelta) -> tuple[date, int] | None:
    days, within = divmod(seconds + int(by.total_seconds()), MIDNIGHT_SECONDS)
    try:
        return day + days * DAY, within
    except OverflowError:
        return None

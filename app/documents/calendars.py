"""An enterprise's calendar (RFC 5545): an event for each stretch of its schedules and for each day it owes a report by."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from app.documents.duty_calendar import duty_events
from app.documents.schedules import cited, stretch_text
from app.domain.duties.filing import OwedDuty
from app.domain.errors import Language
from app.domain.periods import SHANGHAI
from app.domain.policies.pack import Pack
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.problem import Stretch

MEDIA_TYPE = "text/calendar; charset=utf-8"
# How often a program need look again.
REFRESHED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The lines of an enterprise in one published schedule."""

    number: int
    published_at: datetime
    lines: Sequence[ScheduledLine]
    packs: Mapping[str, Pack]


def calendar(name: str, schedules: Sequence[Published], duties: Sequence[OwedDuty], language: Language) -> bytes:
    """The same schedules and duties give the same bytes."""
    found = Calendar()
    found.add("prodid", "-//Cuofeng//Schedules 1.0//ZH")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    found.add("x-wr-timezone", "Asia/Shanghai")
    found.add("refresh-interval", REFRESHED_EVERY, parameters={"VALUE": "DURATION"})
    for one in schedules:
        for event in _events(one, language):
            found.add_component(event)
    for event in duty_events(duties, language):
        found.add_component(event)
    return bytes(found.to_ical())


def _events(one: Published, language: Language) -> Iterator[Event]:
    for line in one.lines:
        for stretch in line.stretches:
            event = Event()
            event.add("uid", _uid(line, stretch))
            event.add("sequence", one.number)
            event.add("dtstamp", one.published_at.astimezone(UTC).replace(microsecond=0))
            start, end = _bounds(stretch)
            event.add("dtstart", start)
            event.add("dtend", end)
            event.add("summary", f"{stretch_text(stretch, language)} · {line.resource.label}")
            event.add("description", _clauses(line, stretch, one.packs, language))
            event.add("transp", "OPAQUE" if stretch.share == 0 else "TRANSPARENT")
            yield event


def _uid(line: ScheduledLine, stretch: Stretch) -> str:
    """The same from version to version for what begins at the same instant."""
    begins = stretch.from_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(f"{line.resource.id}/{begins}".encode()).hexdigest()
    return f"{digest[:32]}@cuofeng"


def _bounds(stretch: Stretch) -> tuple[date, date] | tuple[datetime, datetime]:
    """Whole civil days where it is made of them, else instants."""
    start, end = stretch.from_at.astimezone(SHANGHAI), stretch.until_at.astimezone(SHANGHAI)
    if start.time() == end.time() == time():
        return start.date(), end.date()
    return start.astimezone(UTC), end.astimezone(UTC)


def _clauses(line: ScheduledLine, stretch: Stretch, packs: Mapping[str, Pack], language: Language) -> str:
    told: list[str] = []
    for name in stretch.serves:
        clause = line.clauses.get(name)
        if clause is not None:
            pack = packs.get(clause.pack)
            title = clause.pack if pack is None else pack.title[language]
            told += [f"{title} {one.place or one.provision}: {one.says[language]}" for one in cited([clause], packs)]
    return "\n".join(dict.fromkeys(told))

"""Duties in a calendar (RFC 5545): each day something is due by, with what the text contradicts, and an alarm before it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Alarm, Event

from app.domain.duties.filing import OwedDuty
from app.domain.duties.terms import Force
from app.domain.errors import Language
from app.domain.periods import ONE_DAY, SHANGHAI

_DUE = {"zh": "报送期限", "en": "Due"}
_OFFERED = {"zh": "申请期限", "en": "Last day to apply"}
_FILED = {"zh": "已报送", "en": "Filed"}
_WAIVED = {"zh": "已免除", "en": "Waived"}
_TO = {"zh": "报给", "en": "To"}


def duty_events(duties: Iterable[OwedDuty], language: Language) -> Iterator[Event]:
    """One event for each duty that has a day; what is done keeps its place and rings no more."""
    for one in duties:
        if one.term.due_at is not None:
            yield _event(one, one.term.due_at, language)


def _event(one: OwedDuty, due_at: datetime, language: Language) -> Event:
    event = Event()
    event.add("uid", f"{one.id}@cuofeng")
    event.add("sequence", one.version)
    # The newest thing that happened to it, so that nothing but that changes the bytes.
    told = max((at for at in (one.filed_at, one.waived_at, one.term.soon_at) if at is not None), default=due_at)
    event.add("dtstamp", told.astimezone(UTC).replace(microsecond=0))
    start, end = _bounds(due_at)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", f"{_standing(one)[language]}：{one.term.what[language]}")
    event.add("description", _details(one, language))
    event.add("transp", "TRANSPARENT")
    if one.filed_at is None and one.waived_at is None and one.term.soon_at is not None:
        event.add_component(_alarm(one, one.term.soon_at, language))
    return event


def _standing(one: OwedDuty) -> dict[str, str]:
    if one.filed_at is not None:
        return _FILED
    if one.waived_at is not None:
        return _WAIVED
    return _OFFERED if one.term.force is Force.OFFERED else _DUE


def _bounds(due_at: datetime) -> tuple[date, date] | tuple[datetime, datetime]:
    """24:00 of a day is that whole day; an hour is an hour."""
    at = due_at.astimezone(SHANGHAI)
    if at.time() == time():
        return at.date() - ONE_DAY, at.date()
    return at.astimezone(UTC), (at + timedelta(minutes=15)).astimezone(UTC)


def _details(one: OwedDuty, language: Language) -> str:
    told = [", ".join(one.term.cites)]
    if one.term.to:
        told.append(f"{_TO[language]}：{one.term.to}")
    told += [conflict.says[language] for conflict in one.term.conflicts]
    return "\n".join(told)


def _alarm(one: OwedDuty, soon_at: datetime, language: Language) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", one.term.what[language])
    alarm.add("trigger", soon_at.astimezone(UTC))
    return alarm

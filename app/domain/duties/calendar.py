"""The calendar of a plan's duties: its months and days become dated terms of one season (A-G20)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import cast

from app.domain.acts.applications import DISPATCHES
from app.domain.duties.settings import DutySettings
from app.domain.duties.terms import Contradiction, Force, Form, Section, Term, Who
from app.domain.periods import ONE_DAY, SHANGHAI, MonthDay, Period, midnight
from app.domain.policies.deadlines import BEFORE_END, before_end_words, summary_before_end
from app.domain.policies.pack import Pack
from app.domain.policies.undertakings import Duty, Step, Workflow
from app.domain.warnings import PollutionWarning, stretches

# Steps that hand an act on: the day a plan prints binds the first of them (A-GP14).
_HANDING_ON = {"applies", "files"}
# What a season's summary may be followed by where it had to come too early (A-YN4).
_FINAL = {"zh": "错峰期结束后可补报的最终总结", "en": "A final summary that may follow once the season is over"}
# The fifth, as for everybody else who reports by the month (A-HR9).
POWER_SUPPLIER_DAY = 5
Response = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The duties of one plan in one season, under the settings of its region."""

    pack: Pack
    season: int
    settings: DutySettings

    def terms(self) -> list[Term]:
        """Every term except those of single days, which depend on warnings."""
        found: list[Term] = []
        for section, duty in self.pack.undertakings():
            if duty.every != "day":
                found += self._of(section, duty)
        found += [self._application(one) for one in self.pack.workflows if one.by]
        return found

    def of_days(self, days: Iterable[date]) -> list[Term]:
        """The terms of what is reported every day of a response, as of its hour (A-YN5)."""
        daily = [(section, duty) for section, duty in self.pack.undertakings() if duty.every == "day"]
        return [self._day(section, duty, day) for section, duty in daily for day in days]

    def _of(self, section: Section, duty: Duty) -> Iterator[Term]:
        day = self._month_day(duty)
        if duty.every == "month" and day is not None:
            for month in duty.months:
                yield self._month(section, duty, MonthDay(month, day))
        elif duty.by:
            yield from self._by(section, duty)
        else:
            yield self._undated(section, duty)

    def _month_day(self, duty: Duty) -> int | None:
        """The power supplier's day is the region's to set, because no text names one (A-HR9)."""
        if duty.who != "power_supplier":
            return duty.day
        return self.settings.power_supplier_day or duty.day or POWER_SUPPLIER_DAY

    def _undated(self, section: Section, duty: Duty) -> Term:
        return Term(
            pack=self.pack.name,
            season=self.season,
            section=section,
            duty=duty.id,
            key="standing",
            who=cast("Who", duty.who),
            what=duty.what,
            cites=duty.cites,
            forms=_forms(duty),
            force=Force.STANDING,
            to=duty.to,
            readings=duty.readings,
        )

    def _month(self, section: Section, duty: Duty, due: MonthDay) -> Term:
        """Due on a day of a month, about the month before it."""
        day = due.of_season(self.season)
        first = (day.replace(day=1) - ONE_DAY).replace(day=1)
        due_at = _due(day, duty)
        return replace(
            self._undated(section, duty),
            key=f"{day:%Y-%m}",
            force=Force.DUE,
            covers=Period(first, day.replace(day=1)),
            opens_at=midnight(day.replace(day=1)),
            soon_at=due_at - self.settings.lead,
            due_at=due_at,
        )

    def _by(self, section: Section, duty: Duty) -> Iterator[Term]:
        """Due on one day of the season; a summary that comes too early is followed by an offer (A-YN4)."""
        day = MonthDay.parse(duty.by).of_season(self.season)
        first, last = self.pack.bounds(self.season)
        ends = summary_before_end(duty, self.pack, self.season)
        due_at = _due(day, duty)
        term = replace(
            self._undated(section, duty),
            key="season",
            force=Force.DUE,
            covers=Period.inclusive(first, last if ends is None else day),
            soon_at=due_at - self.settings.lead,
            due_at=due_at,
        )
        if ends is None:
            yield term
            return
        yield replace(term, conflicts=(Contradiction(code=BEFORE_END, says=before_end_words(duty, ends)),))
        whole, over = Period.inclusive(first, last), midnight(last + ONE_DAY)
        final = replace(term, key="final", what=_FINAL, covers=whole, opens_at=over)
        yield replace(final, force=Force.OFFERED, soon_at=None, due_at=None)

    def _day(self, section: Section, duty: Duty, day: date) -> Term:
        due_at = _due(day, duty)
        return replace(
            self._undated(section, duty),
            key=day.isoformat(),
            force=Force.DUE,
            covers=Period(day, day + ONE_DAY),
            opens_at=midnight(day),
            soon_at=due_at - self.settings.daily_lead,
            due_at=due_at,
        )

    def _application(self, workflow: Workflow) -> Term:
        """An enterprise applies if it needs to; an authority's own first hand has to move by the day (A-GP14)."""
        due_at = midnight(MonthDay.parse(workflow.by).of_season(self.season) + ONE_DAY)
        first, last = self.pack.bounds(self.season)
        return Term(
            pack=self.pack.name,
            season=self.season,
            section="workflows",
            duty=workflow.id,
            key="season",
            who=cast("Who", workflow.who),
            what=workflow.what,
            cites=workflow.cites,
            forms=_asked_with(workflow),
            force=Force.OFFERED if workflow.who == "enterprise" else Force.DUE,
            to=_next_hand(workflow.steps),
            covers=Period.inclusive(first, last),
            soon_at=due_at - self.settings.lead,
            due_at=due_at,
            readings=workflow.readings,
            grants=workflow.grants,
        )


def reported_by(pack: Pack) -> time | None:
    """The latest hour of what a plan has reported every day of a response; None where it asks for no such thing."""
    hours = [_hour(duty) for _, duty in pack.undertakings() if duty.every == "day"]
    return max((one or time.max for one in hours), default=None)


def responses(warnings: Iterable[PollutionWarning]) -> list[Response]:
    """When a response was under way, of any colour (A-YN7); nobody can have begun before it was announced."""
    return [
        (max(one.change.from_at, warning.changes[0].known_at), one.until_at)
        for warning in warnings
        for one in stretches(warning)
    ]


def reporting_days(found: Iterable[Response], hour: time, *, until: date) -> list[date]:
    """The days on which a response was under way by the hour of the report, each once, none after `until`.

    A response that starts after the hour is first reported on the next day; its last day is reported too.
    """
    days: set[date] = set()
    for start, end in found:
        day = start.astimezone(SHANGHAI).date()
        while day <= until and (end is None or midnight(day) < end):
            if start <= _at(day, hour) and (end is None or start < end):
                days.add(day)
            day += ONE_DAY
    return sorted(days)


def _next_hand(steps: tuple[Step, ...]) -> str:
    """Who receives what the first hand hands on."""
    for step, following in pairwise(steps):
        if step.does in _HANDING_ON:
            return following.by
    return ""


def _forms(duty: Duty) -> tuple[Form, ...]:
    """What is reported by the day, by the month or of the season has one form; for anything else the filer chooses."""
    if duty.filled_by == "contact":
        return Form.CONTACT, Form.STATEMENT
    if duty.every == "day":
        return (Form.DAILY_EXECUTION,)
    if duty.every == "month":
        return (Form.ELECTRICITY_TABLE if duty.who == "power_supplier" else Form.MONTHLY_IMPLEMENTATION,)
    if duty.covers == "season":
        return (Form.SEASON_SUMMARY,)
    own = Form.PLANT_PLAN if duty.who == "enterprise" else Form.INVENTORY
    return own, Form.STATEMENT


def _asked_with(workflow: Workflow) -> tuple[Form, ...]:
    """A firm's application fills what offers it; one that an authority hands on is not all of what it has to file."""
    takes_requests = workflow.kind == "listing" or workflow.kind in DISPATCHES
    own = workflow.who == "enterprise" and takes_requests
    return (Form.APPLICATION, Form.STATEMENT) if own else (Form.STATEMENT,)


def _hour(duty: Duty) -> time | None:
    return time.fromisoformat(duty.time) if duty.time else None


def _due(day: date, duty: Duty) -> datetime:
    """The named hour, or 24:00: the named day is included (A-G20)."""
    hour = _hour(duty)
    return midnight(day + ONE_DAY) if hour is None else _at(day, hour)


def _at(day: date, hour: time) -> datetime:
    return midnight(day) + timedelta(
        hours=hour.hour, minutes=hour.minute, seconds=hour.second, microseconds=hour.microsecond
    )

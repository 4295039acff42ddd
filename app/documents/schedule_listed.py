"""One line of a schedule as a printed list tells of it: what the register holds of it, and what was planned and published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.documents.described import Described, Volume
from app.documents.schedules import cited, stop_days, stretch_text
from app.documents.wording import each_once, exact
from app.domain.errors import Language
from app.domain.periods import SHANGHAI
from app.domain.policies.pack import Pack
from app.domain.quantities import Pollutant
from app.domain.schedules.problem import Stretch
from app.domain.schedules.versions import StoredSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Book(Volume):
    """A schedule, which is told of on its first day, and the plans it cites."""

    schedule: StoredSchedule
    packs: Mapping[str, Pack]


@dataclass(frozen=True, kw_only=True)
class Listed(Described):
    """One row in the making; what is `apart` is planned by itself and has a row of its own."""

    book: Book

    def reduced(self, pollutant: Pollutant) -> str:
        """Tonnes from the first day of the calendar to the last."""
        t_d = self.line.resource.emission_t_d.get(pollutant)
        return self._tonnes(None if t_d is None else t_d * sum(self._given_up.values()))

    def reduced_a_day(self, pollutant: Pollutant) -> str:
        """The mean of the days on which anything is kept back."""
        t_d, days = self.line.resource.emission_t_d.get(pollutant), self._given_up
        return self._tonnes(None if t_d is None else t_d * sum(days.values()) / len(days) if days else 0.0)

    @cached_property
    def _given_up(self) -> Mapping[date, float]:
        first, end = self.book.schedule.first, self.book.schedule.end
        return {day: share for day, share in self.line.given_up().items() if first <= day < end and share > 0}

    @property
    def stop_days(self) -> str:
        return stop_days(self.line.stop_hours)

    @property
    def stop_hours(self) -> str:
        return exact(self.line.stop_hours)

    @property
    def caps(self) -> str:
        """The loads it is limited to, in percent."""
        limits = (one for one in self.line.stretches if one.kind == "limit")
        return each_once(exact(one.share * 100) for one in limits)

    @property
    def windows(self) -> str:
        return each_once([window(stretch, self.book.language) for stretch in self.line.stretches])

    @property
    def clauses(self) -> str:
        found = cited(self.line.clauses.values(), self.book.packs)
        return each_once(f"{each.provision} {each.place}".strip() for each in found)

    @property
    def publication_basis(self) -> str | None:
        published = self.book.schedule.publication
        return None if published is None else published.basis

    @property
    def published_on(self) -> date | None:
        published = self.book.schedule.publication
        return None if published is None else published.known_at.astimezone(SHANGHAI).date()


def window(one: Stretch, language: Language) -> str:
    """A stretch in words: `12-10 00:00 – 12-25 00:00 停产`."""
    start, end = one.from_at.astimezone(SHANGHAI), one.until_at.astimezone(SHANGHAI)
    return f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M} {stretch_text(one, language)}"

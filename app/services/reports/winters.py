"""winters: the summary of a season beside the winter before, in all, by industry and, for information, by enterprise."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.domain.access import Actor
from app.domain.periods import midnight
from app.domain.reports.records import SeasonRecord
from app.domain.reports.winters import (
    NOT_KNOWN,
    Comparison,
    LastWinter,
    Span,
    Winter,
    WinterTally,
    industries,
    outside,
    served_line,
    served_spans,
    until_day,
)
from app.domain.schedules.lines import ScheduledLine
from app.domain.schedules.versions import StoredSchedule
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.ledger.repository import LedgerRepository
from app.persistence.reports.published import PublishedReader
from app.persistence.reports.records import SeasonRecordRepository
from app.persistence.schedules.repository import LinesWanted
from app.persistence.unit_of_work import UnitOfWork
from app.services.reports.reductions import SeasonAsked, calendar, in_force

# Enterprises whose ledgers are read together.
AT_ONCE = 200
Spans = Mapping[UUID, Sequence[Span]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """What one enterprise's lines come to: information, and nothing it could be held to (FS-35, A-FS16)."""

    enterprise_id: UUID
    code: str
    name: str
    region: str
    planned: Winter
    served: Winter


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A season until a day (exclusive). `limited` lines have loads limited, which no ledger counts as served.

    `outside` are subjects that stood still without a line in a published schedule, and their days.
    """

    asked: SeasonAsked
    first: date
    until: date
    whole_season: bool
    schedules: Sequence[StoredSchedule]
    county: Comparison
    by_industry: Mapping[str | None, Comparison]
    firms: Sequence[Firm]
    limited: int
    outside: tuple[int, float]


@dataclass(slots=True, kw_only=True)
class _Counting:
    """Lines as planned and as served, in all, by industry and by enterprise."""

    first: date
    until: date
    planned: dict[object, WinterTally] = field(default_factory=dict)
    served: dict[object, WinterTally] = field(default_factory=dict)
    industries: dict[str | None, None] = field(default_factory=dict)
    firms: dict[str, None] = field(default_factory=dict)
    subjects: set[UUID] = field(default_factory=set)
    limited: int = 0

    def add_all(self, lines: Iterable[ScheduledLine], spans: Spans) -> None:
        for line in lines:
            one = line.resource
            planned, served = until_day(line, self.until), served_line(line, spans, self.until)
            self.industries[one.industry] = None
            self.firms[one.enterprise_id] = None
            self.subjects |= {UUID(one.id), UUID(one.line_id)}
            self.limited += any(each.kind == "limit" for each in planned.stretches)
            for key in ("county", ("industry", one.industry), ("firm", one.enterprise_id)):
                self._of(self.planned, key).add(planned)
                self._of(self.served, key).add(served)

    def _of(self, some: dict[object, WinterTally], key: object) -> WinterTally:
        return some.setdefault(key, WinterTally(first=self.first, until=self.until))

    def both(self, key: object) -> tuple[Winter, Winter]:
        """As planned and as served."""
        if key not in self.planned:
            return NOT_KNOWN, NOT_KNOWN
        return self.planned[key].winter(), self.served[key].winter()


async def summary(uow: UnitOfWork, asked: SeasonAsked, *, by: Actor) -> Summary:
    """Of what a reader sees: the county in a firm's eyes is the firm."""
    schedules = await in_force(uow, asked, by=by)
    first, end = calendar(schedules, asked.season)
    until = end if asked.until is None else min(asked.until, end)
    counted, spans = await _counted(uow, asked, schedules, first, until, by=by)
    last = await _last(uow, asked, by=by)
    whole = until == end and asked.as_of >= midnight(end)
    return Summary(
        asked=asked,
        first=first,
        until=until,
        whole_season=whole,
        schedules=schedules,
        county=_compared(counted.both("county"), last.get(None, LastWinter()), over=whole),
        by_industry={
            one: _compared(counted.both(("industry", one)), last.get(one or "", LastWinter()), over=whole)
            for one in industries(counted.industries, (name or None for name in last if name is not None))
        },
        firms=await _firms(uow, counted, by=by),
        limited=counted.limited,
        outside=outside(spans, counted.subjects, until),
    )


def _compared(both: tuple[Winter, Winter], last: LastWinter, *, over: bool) -> Comparison:
    planned, served = both
    return Comparison(planned=planned, served=served, last=last, season_over=over)


async def _counted(
    uow: UnitOfWork, asked: SeasonAsked, schedules: Sequence[StoredSchedule], first: date, until: date, *, by: Actor
) -> tuple[_Counting, dict[UUID, Sequence[Span]]]:
    ids = await EnterpriseReader(uow.session).with_sites_in(asked.region, visible_to=by)
    spans: dict[UUID, Sequence[Span]] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        entries = await LedgerRepository(uow.session).of_season(some, asked.season)
        spans |= served_spans(entries, as_of=asked.as_of)
    counting = _Counting(first=first, until=until)
    reader, wanted = PublishedReader(uow.session), LinesWanted(region=asked.region)
    for one in schedules:
        async for lines in reader.lines(one, wanted, visible_to=by):
            await asyncio.to_thread(counting.add_all, lines, spans)
    return counting, spans


async def _last(uow: UnitOfWork, asked: SeasonAsked, *, by: Actor) -> dict[str | None, LastWinter]:
    """The winter before by industry (None: all, empty: lines without one): as recorded, else as it is stored here."""
    before = SeasonAsked(region=asked.region, season=asked.season - 1, as_of=asked.as_of)
    found: dict[str | None, LastWinter] = {}
    schedules = await in_force(uow, before, by=by)
    if schedules:
        first, end = calendar(schedules, before.season)
        counted, _ = await _counted(uow, before, schedules, first, end, by=by)
        reference = ", ".join(str(one.id) for one in schedules)
        for name, key in ((None, "county"), *((one or "", ("industry", one)) for one in counted.industries)):
            found[name] = LastWinter(winter=counted.both(key)[1], source="stored", reference=reference)
    records = await SeasonRecordRepository(uow.session).known(
        asked.region, before.season, at=asked.as_of, visible_to=by
    )
    return found | {industry: _recorded(one) for industry, one in records.items()}


def _recorded(one: SeasonRecord) -> LastWinter:
    return LastWinter(winter=one.winter, source="record", reference=str(one.id))


async def _firms(uow: UnitOfWork, counted: _Counting, *, by: Actor) -> list[Firm]:
    ids = sorted(UUID(one) for one in counted.firms)
    found: list[Firm] = []
    for start in range(0, len(ids), AT_ONCE):
        for head in await EnterpriseReader(uow.session).heads(ids[start : start + AT_ONCE], visible_to=by):
            planned, served = counted.both(("firm", str(head.id)))
            found.append(
                Firm(
                    enterprise_id=head.id,
                    code=head.code,
                    name=head.name,
                    region=head.region,
                    planned=planned,
                    served=served,
                )
            )
    return found

"""A dossier: everything the verdicts of one enterprise stand on besides its readings, and the terms they were judged on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

from app.domain.compliance.baselines import Method
from app.domain.compliance.demands import Demand, Excuse, Phase
from app.domain.compliance.findings import CheckCode, Verdict
from app.domain.compliance.metering import Metered, TreatmentLink
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.feed.channels import Channel, Multiplier, Replacement
from app.domain.periods import Period

CHECKS: tuple[CheckCode, ...] = get_args(CheckCode)
# Of each day a byte for the day as a whole, then one for each check.
DAY_BYTES = 1 + len(CHECKS)


class FindingUnknown(NotFound):
    code = "compliance_finding_unknown"
    zh = "没有此项核查发现，或您无权查看。"
    en = "There is no such finding, or you may not see it."


class ThresholdsUnknown(NotFound):
    code = "thresholds_unknown"
    zh = "没有版本为“{version}”的阈值；可用版本见 GET /v1/compliance-thresholds。"
    en = "There are no thresholds of the version {version}; GET /v1/compliance-thresholds lists them."


class ThresholdsTaken(Conflict):
    code = "thresholds_taken"
    zh = "版本“{version}”已存在，阈值发布后不可修改；请换一个版本名。"
    en = "The version {version} exists, and thresholds are never altered; choose another name."


class DaysInvalid(Invalid):
    code = "compliance_days_invalid"
    zh = "日期范围不成立：须先起后止、不超过 {most} 天，且止于已结束的日子（{last} 以前）。"
    en = "The days do not hold together: the first before the last, {most} at most, and all of them over (before {last})."


class ScopeNotClear(Invalid):
    code = "compliance_scope_unclear"
    zh = "须二选一：region（整个行政区），或 enterprise_id（一家企业）；以及 season，或 from_day 与 until_day。"
    en = "Give either a region or an enterprise_id, and either a season or from_day with until_day."


class BaselineInvalid(Invalid):
    code = "baseline_invalid"
    zh = "基线时段须先起后止、不超过 {most} 天。"
    en = "The days of a baseline go from the first to the last, {most} at most."


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an assessment was asked for; `packs` None: whatever decided the enterprise."""

    method: Method
    thresholds: str
    calendar: str
    packs: tuple[str, ...] | None = None
    assessor: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "method": {
                "name": self.method.name,
                "from_day": self.method.from_day.isoformat(),
                "until_day": self.method.until_day.isoformat(),
            },
            "thresholds": self.thresholds,
            "calendar": self.calendar,
            "packs": None if self.packs is None else list(self.packs),
            "assessor": self.assessor,
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Terms":
        method, packs = stored["method"], stored["packs"]
        return cls(
            method=Method(
                name=method["name"],
                from_day=date.fromisoformat(method["from_day"]),
                until_day=date.fromisoformat(method["until_day"]),
            ),
            thresholds=stored["thresholds"],
            calendar=stored["calendar"],
            packs=None if packs is None else tuple(packs),
            assessor=stored["assessor"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A channel with what turns its numbers into energy, as it was known; `zone` is of the source's civil days."""

    channel: Channel
    zone: str
    multipliers: tuple[Multiplier, ...] = ()
    replacements: tuple[Replacement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Of one enterprise: its meters with their channels, and by subject what was asked, excused and warned of.

    `demands` already reach the subjects they are judged at; `unmetered` are those asked of directly without any meter.
    """

    enterprise_id: UUID
    meters: tuple[Metered, ...] = ()
    gauges: Mapping[UUID, tuple[Gauge, ...]] = field(default_factory=dict)
    links: tuple[TreatmentLink, ...] = ()
    demands: Mapping[UUID, tuple[Demand, ...]] = field(default_factory=dict)
    excuses: Mapping[UUID, tuple[Excuse, ...]] = field(default_factory=dict)
    warned: Mapping[UUID, tuple[Period, ...]] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    unmetered: tuple[UUID, ...] = ()

    def meters_for(self, subjects: Iterable[UUID]) -> list[Metered]:
        """The meters of some subjects, and those of the treatment that belongs to them."""
        wanted = set(subjects)
        own = {one.id for one in self.meters if one.subject_id in wanted}
        own |= {each for link in self.links_of(own) for each in link.treatment}
        return [one for one in self.meters if one.id in own]

    def links_of(self, meters: Iterable[UUID]) -> list[TreatmentLink]:
        known = set(meters)
        return [one for one in self.links if one.production in known]

    def touched_by(self, meters: Iterable[UUID]) -> set[UUID]:
        """The subjects whose verdicts depend on some meters: their own, and those whose treatment they measure."""
        known = set(meters)
        linked = {one.production for one in self.links if known & {one.production, *one.treatment}}
        return {one.subject_id for one in self.meters if one.id in known | linked}

    @property
    def judged(self) -> tuple[UUID, ...]:
        """The subjects that get verdicts: everything metered or asked of."""
        return tuple(dict.fromkeys((*(one.subject_id for one in self.meters), *self.unmetered)))


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """Verdicts of a subject from a day until another (exclusive), a column of bytes for each day.

    `parts` are the hashes of the baselines it was measured by; `replaces` is the newest one it takes the place of,
    `changed` on how many days the verdict is another.
    """

    enterprise_id: UUID
    subject_id: UUID
    id: UUID
    from_day: date
    until_day: date
    verdicts: bytes
    terms: bytes
    dossier: bytes
    parts: tuple[bytes, ...]
    inputs_hash: bytes
    known_at: datetime
    replaces: UUID | None = None
    changed: int = 0

    def of_day(self, day: date) -> dict[str, Verdict]:
        """The verdicts of one of its days: `day` as a whole, and every check with something to say."""
        start = (day - self.from_day).days * DAY_BYTES
        codes = self.verdicts[start : start + DAY_BYTES]
        found: dict[str, Verdict] = {"day": Verdict(codes[0])}
        found.update({check: Verdict(code) for check, code in zip(CHECKS, codes[1:], strict=True) if code})
        return found

    @property
    def days(self) -> int:
        return (self.until_day - self.from_day).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A day whose verdict is another than before."""

    day: date
    before: Verdict
    now: Verdict


def laid_over(rows: Sequence[VerdictRow], from_day: date, until_day: date) -> list[int]:
    """Of each day the place of the newest row that speaks of it, -1 where none does; rows in order of time."""
    found = [-1] * (until_day - from_day).days
    for place, one in enumerate(rows):
        first = max((one.from_day - from_day).days, 0)
        last = min((one.until_day - from_day).days, len(found))
        found[first:last] = [place] * (last - first)
    return found


def changes(before: Sequence[VerdictRow], now: VerdictRow) -> Iterator[Change]:
    """The days of a row on which the newest of those before it came to something else."""
    if not before:
        return
    first = now.from_day.toordinal()
    starts = [one.from_day.toordinal() for one in before]
    for number, place in enumerate(laid_over(before, now.from_day, now.until_day)):
        if place < 0:
            continue
        was = before[place].verdicts[(first + number - starts[place]) * DAY_BYTES]
        said = now.verdicts[number * DAY_BYTES]
        if was != said:
            yield Change(day=date.fromordinal(first + number), before=Verdict(was), now=Verdict(said))

"""monthly: what was planned, served, credited and is still due of each subject, and what the meters and officers found."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args
from uuid import UUID

from app.domain.compliance.dossier import VerdictRow, laid_over
from app.domain.compliance.findings import VerdictWord
from app.domain.ledger.entries import NOTHING, Entry, EntryKind, Sums, balances
from app.domain.ledger.frame import overlap
from app.domain.reports.places import Place

# What of the ledger lies on the calendar and so in a month; what is owed does not, it stands at an instant.
DATED: tuple[EntryKind, ...] = ("scheduled", "served", "credited", "made_up")
HourKind = Literal["scheduled", "served", "credited", "made_up", "behind", "owed", "due"]
HOUR_KINDS: tuple[HourKind, ...] = get_args(HourKind)
Problem = Literal["behind_plan", "suspected", "insufficient_data", "violation_confirmed", "exempt_but_due"]
PROBLEMS: tuple[Problem, ...] = get_args(Problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The ledger of one subject: hours of each kind that lie in the month, and what is owed and due at its end."""

    within: Mapping[EntryKind, Decimal] = field(default_factory=dict)
    owed: Decimal = NOTHING
    due: Decimal = NOTHING

    def of(self, kind: EntryKind) -> Decimal:
        return self.within.get(kind, NOTHING)

    def hours(self, kind: HourKind) -> Decimal:
        """Of the month, what is behind its plan included; what is owed and due stands at its end."""
        match kind:
            case "behind":
                return self.behind
            case "owed":
                return self.owed
            case "due":
                return self.due
            case _:
                return self.of(kind)

    @property
    def stood(self) -> Decimal:
        """The hours of the month in which it stood still and which count."""
        return self.of("served") + self.of("credited") + self.of("made_up")

    @property
    def behind(self) -> Decimal:
        """The hours the published schedule planned in the month and nobody posted as served."""
        return max(NOTHING, self.of("scheduled") - self.stood)


def standings(entries: Iterable[Entry], *, start: datetime, ends: datetime, as_of: datetime) -> dict[UUID, Standing]:
    """By subject, from what was known of one plan and season at an instant; a reversal takes its hours back."""
    known = [one for one in entries if one.known_at <= as_of]
    within: dict[str, dict[EntryKind, Decimal]] = {}
    for one in known:
        said = one.posting
        if said.kind in DATED and said.from_at is not None and said.until_at is not None:
            hours = overlap(said.from_at, said.until_at, start, ends)
            own = within.setdefault(said.subject_id, {})
            own[said.kind] = own.get(said.kind, NOTHING) + (hours if said.hours > 0 else -hours)
    sums: dict[str, list[Sums]] = {}
    for key, account in balances(known).items():
        sums.setdefault(key.subject_id, []).append(account)
    return {
        UUID(subject): Standing(
            within=within.get(subject, {}),
            owed=sum((one.of("owed") + one.of("penalty") for one in some), NOTHING),
            # A surplus in one account pays for no other (A-FS4).
            due=sum((one.due for one in some), NOTHING),
        )
        for subject, some in sums.items()
    }


def verdict_days(rows: Sequence[VerdictRow], first: date, until: date) -> dict[VerdictWord, int]:
    """On how many days of the month the verdict was which; a day nobody judged counts for none."""
    found: Counter[VerdictWord] = Counter()
    for number, place in enumerate(laid_over(rows, first, until)):
        if place >= 0:
            found[rows[place].of_day(date.fromordinal(first.toordinal() + number))["day"].word] += 1
    return dict(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """One subject in a month; `exempt_by` names the criteria by which it was on an exemption list at its end."""

    place: Place
    ledger: Standing = Standing()
    verdicts: Mapping[VerdictWord, int] = field(default_factory=dict)
    opened: int = 0
    confirmed: int = 0
    exempt_by: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        found: dict[Problem, bool] = {
            "behind_plan": self.ledger.behind > NOTHING,
            "suspected": self.verdicts.get("suspected", 0) > 0,
            "insufficient_data": self.verdicts.get("insufficient_data", 0) > 0,
            "violation_confirmed": self.confirmed > 0,
            "exempt_but_due": bool(self.exempt_by) and self.ledger.due > NOTHING,
        }
        return tuple(problem for problem in PROBLEMS if found[problem])


@dataclass(slots=True, kw_only=True)
class MonthTotals:
    """Sums of some rows; rows come enterprise by enterprise, which is how these are counted."""

    enterprises: int = 0
    subjects: int = 0
    hours: dict[HourKind, Decimal] = field(default_factory=lambda: dict.fromkeys(HOUR_KINDS, NOTHING))
    verdicts: Counter[VerdictWord] = field(default_factory=Counter)
    opened: int = 0
    confirmed: int = 0
    exempt: int = 0
    problems: Counter[Problem] = field(default_factory=Counter)
    _last: UUID | None = None

    def add(self, row: MonthRow) -> None:
        self.enterprises += row.place.enterprise_id != self._last
        self._last = row.place.enterprise_id
        self.subjects += 1
        for kind in HOUR_KINDS:
            self.hours[kind] += row.ledger.hours(kind)
        self.verdicts.update(row.verdicts)
        self.opened += row.opened
        self.confirmed += row.confirmed
        self.exempt += bool(row.exempt_by)
        self.problems.update(row.problems)


@dataclass(slots=True, kw_only=True)
class MonthSummary:
    """The sums of a month: in all, by industry, by region."""

    whole: MonthTotals = field(default_factory=MonthTotals)
    by_industry: dict[str | None, MonthTotals] = field(default_factory=dict)
    by_region: dict[str, MonthTotals] = field(default_factory=dict)

    def add(self, row: MonthRow) -> None:
        self.whole.add(row)
        self.by_industry.setdefault(row.place.industry, MonthTotals()).add(row)
        self.by_region.setdefault(row.place.region, MonthTotals()).add(row)

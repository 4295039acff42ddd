"""What a planning problem is prepared from, and what comes out of it beside the problem: open questions and notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from app.domain.acts.effects import Effect
from app.domain.decisions.subjects import Subject
from app.domain.enterprises.structure import Coupling
from app.domain.errors import FieldError, Invalid, pointer_to
from app.domain.periods import ONE_DAY, Period
from app.domain.policies.undertakings import Text
from app.domain.schedules.problem import Plan, Problem, Resource
from app.domain.schedules.requirements import Clause

OpenKind = Literal[
    "authority_decides", "insufficient_facts", "ranking", "act_names_load", "other_plan", "calendar", "unplaced"
]
NoteKind = Literal["baseline", "emission", "shared", "holding", "warning", "cohort", "together", "freight", "conceded"]
DAY_HOURS = 24


class RegisterInsufficient(Invalid):
    code = "schedule_register_insufficient"
    zh = "登记资料不足以排产：缺少或有误的事实见 errors。"
    en = "The register does not hold what a schedule is made of; see errors for the facts that are missing or wrong."


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """One enterprise to plan: its tree, the acts in force by pack, and how its lines and units hang together."""

    tree: Subject
    acts: Mapping[str, Sequence[Effect]] = field(default_factory=dict)
    couplings: tuple[Coupling, ...] = ()

    @property
    def id(self) -> str:
        return self.tree["id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Hours of one account of the ledger still to be stopped, and when they may be; an open period runs on until served.

    Penalty hours are among them. Continuous ones stop in one piece (A-FS9).
    """

    subject_id: str
    pack: str
    account: str
    hours: Decimal
    period: Period
    continuous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Tonnes of a pollutant a region has to emit less, in one month or the whole season (HR-03, GP-02, A-FS16)."""

    pollutant: str
    tonnes: float
    why: Text
    month: int | None = None
    pack: str = ""
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is planned when. `heating` is the period in which homes are heated, without it each plan's window (A-G8).

    `stopped_count` names the cohort rules of which the authority said that who is stopped anyway counts (A-GP1).
    Without `prefer_months` those of the plans hold.
    """

    season: int
    from_day: date
    end: date | None = None
    prefer_months: tuple[int, ...] | None = None
    heating: Period | None = None
    targets: tuple[Target, ...] = ()
    stopped_count: frozenset[str] = frozenset()
    dues: tuple[Due, ...] = ()
    past: Plan = field(default_factory=dict)
    published: Plan = field(default_factory=dict)
    wished: Plan = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What is asked of a subject but cannot be planned yet, and what would settle it."""

    kind: OpenKind
    enterprise_id: str
    subject_id: str
    label: str
    clause: Clause
    period: Period
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What stands behind a number of the problem, or what it leaves out."""

    kind: NoteKind
    subject_id: str
    label: str
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fact of the register that is missing or impossible, with the subject it belongs to."""

    enterprise_id: str
    subject_id: str
    label: str
    fact: str
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The problem, what of the decisions is not in it, and what its numbers stand on.

    `free` are lines and units of which nothing is asked: they count in the tonnes of a region, but no target closes them.
    """

    problem: Problem
    open: tuple[Open, ...] = ()
    notes: tuple[Note, ...] = ()
    free: tuple[Resource, ...] = ()


@dataclass(slots=True)
class Findings:
    """What is found while preparing, in the order in which it is found, each thing once."""

    opened: dict[tuple[str, str, str, str], Open] = field(default_factory=dict)
    noted: dict[tuple[str, str, str], Note] = field(default_factory=dict)
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    def open(self, one: Open) -> None:
        """The same question asked again is one question over all its days."""
        key = (one.kind, one.subject_id, one.clause.pack, one.clause.rule)
        known = self.opened.get(key)
        if known is not None:
            until = max(until_of(known.period), until_of(one.period))
            one = replace(known, period=Period(min(known.period.start, one.period.start), until))
        self.opened[key] = one

    def note(self, kind: NoteKind, subject_id: str, label: str, *, zh: str, en: str) -> None:
        note = Note(kind=kind, subject_id=subject_id, label=label, says={"zh": zh, "en": en})
        self.noted.setdefault((kind, subject_id, zh), note)

    def row(self, row: Row) -> None:
        self.rows.setdefault((row.subject_id, row.fact), row)

    def refuse(self) -> None:
        """Raises RegisterInsufficient with every row."""
        if self.rows:
            raise RegisterInsufficient(errors=[_error(row) for row in self.rows.values()])


def _error(row: Row) -> FieldError:
    return FieldError(
        pointer=pointer_to("enterprises", row.enterprise_id, "subjects", row.subject_id, "facts", row.fact),
        code="fact_needed",
        zh=f"{row.label}：{row.says['zh']}",
        en=f"{row.label}: {row.says['en']}",
    )


def until_of(period: Period) -> date:
    """The end of a period that is known to have one; an open one ends with time."""
    return period.until or date.max


def common(period: Period, other: Period) -> Period | None:
    """The days two periods share; None where they share none."""
    start, until = max(period.start, other.start), min(until_of(period), until_of(other))
    return Period(start, until) if start < until else None


def without(period: Period, others: Sequence[Period]) -> list[Period]:
    """What of a period is left when others are taken out."""
    left = [period]
    for other in others:
        pieces = [
            piece
            for one in left
            for piece in (
                Period(one.start, min(until_of(one), other.start)),
                Period(max(one.start, until_of(other)), one.until),
            )
        ]
        left = [one for one in pieces if one.start < until_of(one)]
    return left


def months_of(period: Period) -> list[Period]:
    """A closed period cut at the turns of the months."""
    found: list[Period] = []
    start, until = period.start, until_of(period)
    while start < until:
        turn = (start.replace(day=28) + 4 * ONE_DAY).replace(day=1)
        found.append(Period(start, min(turn, until)))
        start = turn
    return found

"""Demands: what one subject had to do between two instants, and what excuses it; the words only."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from app.domain.schedules.lines import clause_json
from app.domain.schedules.requirements import Clause

# `stop_charging` keeps ovens hot without coal (A-L12); `cut` is judged day by day; `other` is everything electricity
# cannot judge: transport, coking hours, a load in tonnes.
DemandKind = Literal["stop", "stop_charging", "cut", "other"]
DemandCause = Literal["schedule", "decision", "warning"]
ExcuseKind = Literal["exempt", "maintenance", "commissioning", "own_generation", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked of a subject from an instant until another (exclusive).

    `keep_pct` is what may remain of normal load: 0 for a stop, 100 minus the cut for a cut.
    `measure` is the kind of the measure in the plan's words. `phase` names the cumulative cut this stop serves.
    """

    id: str
    subject_id: UUID
    kind: DemandKind
    cause: DemandCause
    from_at: datetime
    until_at: datetime
    keep_pct: float = 0.0
    measure: str = "stop"
    phase: str | None = None
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A cut met by time or by lines, over its members together and over the whole phase (A-G6, A-L22).

    Electricity weighs the members by what each usually takes. Civil days, `until` exclusive. What is `shared` with
    other enterprises is not told by the electricity of one of them; each is judged by the stops planned for it.
    """

    id: str
    members: tuple[UUID, ...]
    from_day: date
    until_day: date
    keep_pct: float
    clauses: tuple[Clause, ...] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """Days (`until` exclusive, None open) on which a demand does not bind, or running was declared beforehand [F36].

    `reference` is the act or the entry of the exemption list it stands on.
    """

    subject_id: UUID
    kind: ExcuseKind
    from_day: date
    until_day: date | None
    reference: str

    def holds_on(self, day: date) -> bool:
        return self.from_day <= day and (self.until_day is None or day < self.until_day)


def demand_json(one: Demand) -> dict[str, Any]:
    return {
        "id": one.id,
        "subject_id": str(one.subject_id),
        "kind": one.kind,
        "cause": one.cause,
        "from_at": one.from_at.isoformat(),
        "until_at": one.until_at.isoformat(),
        "keep_pct": one.keep_pct,
        "measure": one.measure,
        "phase": one.phase,
        "clauses": [clause_json(each) for each in one.clauses],
    }


def excuse_json(one: Excuse) -> dict[str, Any]:
    return {
        "subject_id": str(one.subject_id),
        "kind": one.kind,
        "from_day": one.from_day.isoformat(),
        "until_day": None if one.until_day is None else one.until_day.isoformat(),
        "reference": one.reference,
    }


def phase_json(one: Phase) -> dict[str, Any]:
    return {
        "id": one.id,
        "members": [str(each) for each in one.members],
        "from_day": one.from_day.isoformat(),
        "until_day": one.until_day.isoformat(),
        "keep_pct": one.keep_pct,
        "clauses": [clause_json(each) for each in one.clauses],
    }

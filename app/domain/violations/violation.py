"""A violation: who suspects whom of what, the steps it went through, and where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, FieldError, Invalid, NotFound, Stale
from app.domain.evidence import Evidence
from app.domain.periods import SHANGHAI
from app.domain.policies.facts import Level
from app.domain.states import StateTable

# Whoever is suspected gets at least a day to answer.
LEAST_REPLY = timedelta(hours=24)


class ViolationState(StrEnum):
    """Where a violation stands."""

    SUSPECTED = "suspected"
    HEARD = "heard"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    RECTIFIED = "rectified"
    OVERTURNED = "overturned"


class ViolationAction(StrEnum):
    """What can be done about a violation; only a reply is the enterprise's."""

    HEAR = "hear"
    REPLY = "reply"
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    RECTIFY = "rectify"
    OVERTURN = "overturn"


STATE_LABELS: dict[str, tuple[str, str]] = {
    ViolationState.SUSPECTED: ("涉嫌", "suspected"),
    ViolationState.HEARD: ("听取申辩中", "being heard"),
    ViolationState.CONFIRMED: ("已认定", "confirmed"),
    ViolationState.DISMISSED: ("不予认定", "dismissed"),
    ViolationState.RECTIFIED: ("整改合格", "rectified"),
    ViolationState.OVERTURNED: ("已撤销认定", "overturned"),
}
ACTION_LABELS: dict[str, tuple[str, str]] = {
    ViolationAction.HEAR: ("告知并听取申辩", "open the hearing"),
    ViolationAction.REPLY: ("企业申辩", "reply"),
    ViolationAction.CONFIRM: ("认定", "confirm"),
    ViolationAction.DISMISS: ("不予认定", "dismiss"),
    ViolationAction.RECTIFY: ("整改验收", "accept the rectification"),
    ViolationAction.OVERTURN: ("撤销认定", "overturn"),
}
VIOLATIONS = StateTable(
    thing="违法案件",
    thing_en="violation",
    states=ViolationState,
    actions=ViolationAction,
    steps={
        (ViolationState.SUSPECTED, ViolationAction.HEAR): ViolationState.HEARD,
        (ViolationState.SUSPECTED, ViolationAction.DISMISS): ViolationState.DISMISSED,
        (ViolationState.HEARD, ViolationAction.REPLY): ViolationState.HEARD,
        (ViolationState.HEARD, ViolationAction.CONFIRM): ViolationState.CONFIRMED,
        (ViolationState.HEARD, ViolationAction.DISMISS): ViolationState.DISMISSED,
        (ViolationState.CONFIRMED, ViolationAction.RECTIFY): ViolationState.RECTIFIED,
        (ViolationState.CONFIRMED, ViolationAction.OVERTURN): ViolationState.OVERTURNED,
        (ViolationState.RECTIFIED, ViolationAction.OVERTURN): ViolationState.OVERTURNED,
    },
)
# Facts hold in these states only.
FOUND = frozenset({ViolationState.CONFIRMED, ViolationState.RECTIFIED})


class ViolationUnknown(NotFound):
    code = "violation_unknown"
    zh = "没有此违法案件，或不在您的管辖范围内。"
    en = "There is no such violation, or it lies outside what you may see."


class ViolationStale(Stale):
    code = "violation_stale"
    zh = "该案件已被他人办理；请重新读取后再办。"
    en = "Somebody else has acted on this violation meanwhile; read it again first."


class ViolationInvalid(Invalid):
    code = "violation_invalid"
    zh = "违法案件内容不符合要求，详见 errors。"
    en = "What was said of the violation does not fit; see errors."


class HearingOpen(Conflict):
    code = "hearing_open"
    zh = "企业尚未申辩，申辩期至 {until} 止；期满或企业申辩后方可认定。"
    en = "The enterprise has not replied and may until {until}; confirm once it has, or when that time is over."


class ReplyPeriodTooShort(Invalid):
    code = "reply_period_too_short"
    zh = "申辩期至少 24 小时；reply_until 不得早于 {least}。"
    en = "The enterprise has at least 24 hours to reply; reply_until is no earlier than {least}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A fact that is suspected: its canonical value, and where it counts days, which days."""

    fact: str
    value: str
    days: tuple[date, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"fact": self.fact, "value": self.value, "days": [day.isoformat() for day in self.days]}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Claimed":
        days = tuple(date.fromisoformat(day) for day in stored["days"])
        return cls(fact=stored["fact"], value=stored["value"], days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One violation as it was reported, with its present state; `occurred_to` is included."""

    id: UUID
    enterprise_id: UUID
    subject_id: UUID
    level: Level
    pack_name: str
    season: int
    occurred_from: date
    occurred_to: date
    claims: tuple[Claimed, ...]
    what: str
    evidence: tuple[Evidence, ...]
    reported_by: Origin
    known_at: datetime
    state: ViolationState
    version: int

    @property
    def document(self) -> str:
        """What an assertion names as its paper."""
        return f"violation {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a step fixed; each kind of step uses its own fields.

    hear     reply_until
    confirm  from_day; the facts found proven; what follows from them where they happened in the window; of all those,
             the ones that last until rectified, and the ones that lower a class; the last days of orders beyond the
             season; counts stated by hand
    rectify  accepted_on
    """

    reply_until: datetime | None = None
    from_day: date | None = None
    facts: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()
    lowering: tuple[str, ...] = ()
    # Until when (exclusive) a fact holds whose order runs on past the season (A-FS9).
    served_by: Mapping[str, date] | None = None
    counted_before: Mapping[str, int] | None = None
    accepted_on: date | None = None

    def holds_from(self, fact: str, *, found_on: date) -> date | None:
        """What lowers a class does so from the day it was found on, not from an earlier day of the order (A-L29)."""
        return max(self.from_day, found_on) if self.from_day and fact in self.lowering else self.from_day

    def as_json(self) -> dict[str, Any]:
        found = {
            "reply_until": self.reply_until.isoformat() if self.reply_until else None,
            "from_day": self.from_day.isoformat() if self.from_day else None,
            "facts": list(self.facts),
            "following": list(self.following),
            "lasting": list(self.lasting),
            "lowering": list(self.lowering),
            "served_by": {fact: day.isoformat() for fact, day in (self.served_by or {}).items()},
            "counted_before": dict(self.counted_before or {}),
            "accepted_on": self.accepted_on.isoformat() if self.accepted_on else None,
        }
        return {name: value for name, value in found.items() if value}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Terms":
        reply_until, from_day, accepted_on = (stored.get(name) for name in ("reply_until", "from_day", "accepted_on"))
        return cls(
            reply_until=datetime.fromisoformat(reply_until) if reply_until else None,
            from_day=date.fromisoformat(from_day) if from_day else None,
            facts=tuple(stored.get("facts", ())),
            following=tuple(stored.get("following", ())),
            lasting=tuple(stored.get("lasting", ())),
            lowering=tuple(stored.get("lowering", ())),
            served_by={fact: date.fromisoformat(day) for fact, day in stored.get("served_by", {}).items()},
            counted_before=dict(stored.get("counted_before", {})),
            accepted_on=date.fromisoformat(accepted_on) if accepted_on else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationStep:
    """One thing that was done about a violation; it is never altered."""

    id: UUID
    violation_id: UUID
    number: int
    action: ViolationAction
    state: ViolationState
    at: datetime
    by: Origin
    note: str
    terms: Terms
    evidence: tuple[Evidence, ...]
    # The facts it recorded, and those it took back.
    assertions: tuple[UUID, ...] = ()
    retracted: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A violation with everything that was done about it."""

    violation: Violation
    steps: tuple[ViolationStep, ...]

    def step(self, action: ViolationAction) -> ViolationStep | None:
        """The last step of a kind."""
        return next((one for one in reversed(self.steps) if one.action is action), None)

    @property
    def reply_until(self) -> datetime | None:
        heard = self.step(ViolationAction.HEAR)
        return heard.terms.reply_until if heard else None

    def may_confirm(self, *, by: Origin, now: datetime) -> None:
        """Raises TransitionRefused, SameHands, or HearingOpen while the enterprise may still reply and has not."""
        VIOLATIONS.after(self.violation.state, ViolationAction.CONFIRM)
        by.must_differ(self.violation.reported_by)
        until = self.reply_until
        if until is not None and now < until and self.step(ViolationAction.REPLY) is None:
            raise HearingOpen(until=_written(until))


def folded(steps: Iterable[ViolationStep]) -> ViolationState | None:
    """The state the steps lead to; None where they do not fit together."""
    state = ViolationState.SUSPECTED
    for number, step in enumerate(steps, 1):
        after = VIOLATIONS.steps.get((state, step.action))
        if after is None or after is not step.state or step.number != number:
            return None
        state = after
    return state


def least_reply(reply_until: datetime, *, now: datetime) -> datetime:
    """The end of the reply period; raises ReplyPeriodTooShort."""
    if reply_until < now + LEAST_REPLY:
        raise ReplyPeriodTooShort(least=_written(now + LEAST_REPLY))
    return reply_until


def _written(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="minutes")


def wrong(pointer: str, code: str, zh: str, en: str) -> ViolationInvalid:
    """One wrong field as a refusal."""
    return ViolationInvalid(errors=[FieldError(pointer=pointer, code=code, zh=zh, en=en)])

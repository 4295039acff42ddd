"""An entry: one subject asking for a place on an exemption list, the hands it goes through, and where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, Invalid, NotFound, Stale
from app.domain.evidence import Evidence
from app.domain.policies.facts import Level
from app.domain.states import StateTable


class EntryState(StrEnum):
    """Where an entry stands; `doubted` is still on the list, `revoked` until the next version."""

    REQUESTED = "requested"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LISTED = "listed"
    DOUBTED = "doubted"
    REVOKED = "revoked"
    DELISTED = "delisted"
    EXPIRED = "expired"


class EntryAction(StrEnum):
    """What can be done to an entry.

    `list`, `delist` and `expire` are done by publishing a version, `doubt` and `clear` by looking at new facts, the rest
    by people.
    """

    REVIEW = "review"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LIST = "list"
    DOUBT = "doubt"
    CLEAR = "clear"
    RETAIN = "retain"
    REVOKE = "revoke"
    DELIST = "delist"
    EXPIRE = "expire"


# What is done by publishing or by looking at new facts rather than by a person.
FOLLOWS = frozenset({EntryAction.LIST, EntryAction.DELIST, EntryAction.EXPIRE, EntryAction.DOUBT, EntryAction.CLEAR})
WAITING = (EntryState.REQUESTED, EntryState.REVIEWED, EntryState.APPROVED)
ON_THE_LIST = (EntryState.LISTED, EntryState.DOUBTED)
EVER_ON_THE_LIST = (*ON_THE_LIST, EntryState.REVOKED, EntryState.DELISTED, EntryState.EXPIRED)
# What an entry's own last day puts an end to.
PASSING = (EntryState.APPROVED, *ON_THE_LIST)
ENTRIES = StateTable(
    thing="豁免申请",
    thing_en="entry",
    states=EntryState,
    actions=EntryAction,
    steps={
        (EntryState.REQUESTED, EntryAction.REVIEW): EntryState.REVIEWED,
        (EntryState.REVIEWED, EntryAction.APPROVE): EntryState.APPROVED,
        # What was approved under facts that have changed need not be listed first.
        **{(state, EntryAction.REFUSE): EntryState.REFUSED for state in WAITING},
        **{(state, EntryAction.WITHDRAW): EntryState.WITHDRAWN for state in WAITING},
        (EntryState.APPROVED, EntryAction.LIST): EntryState.LISTED,
        # A doubt may be raised again on other grounds before anybody has settled the first.
        **{(state, EntryAction.DOUBT): EntryState.DOUBTED for state in ON_THE_LIST},
        (EntryState.DOUBTED, EntryAction.CLEAR): EntryState.LISTED,
        (EntryState.DOUBTED, EntryAction.RETAIN): EntryState.LISTED,
        **{(state, EntryAction.REVOKE): EntryState.REVOKED for state in ON_THE_LIST},
        (EntryState.REVOKED, EntryAction.DELIST): EntryState.DELISTED,
        **{(state, EntryAction.EXPIRE): EntryState.EXPIRED for state in PASSING},
    },
)
# While one of these stands, a second entry for the same subject and fact would say the same twice.
OPEN = tuple(state for state in EntryState if state not in ENTRIES.final)


class EntryUnknown(NotFound):
    code = "entry_unknown"
    zh = "清单上没有此条目，或不在您的管辖范围内。"
    en = "The list has no such entry, or it lies outside what you may see."


class EntryStale(Stale):
    code = "entry_stale"
    zh = "该条目已被他人办理；请重新读取后再办。"
    en = "Somebody else has acted on this entry meanwhile; read it again first."


class EntryExists(Conflict):
    code = "entry_exists"
    zh = "该对象已有一条办理中或在列的条目 {entry}；请先办结该条目。"
    en = "The subject already has the entry {entry} under way or listed; settle that one first."


class EntryInvalid(Invalid):
    code = "entry_invalid"
    zh = "申请内容不符合要求，详见 errors。"
    en = "The request does not fit; see errors."


class CriterionUnknown(Invalid):
    code = "criterion_unknown"
    zh = "方案没有名为 {rule} 的豁免标准；可选：{known}。"
    en = "The plan has no criterion {rule}; it has: {known}."


class CriterionNotHere(Invalid):
    code = "criterion_not_here"
    zh = "标准 {rule} 不约束该对象或其下的任何对象；请改选对象（例如所在厂区）或标准。"
    en = "The criterion {rule} binds nothing at or below this subject; choose another subject (its site, say) or criterion."


class CriterionFailed(Conflict):
    code = "criterion_failed"
    zh = "按现有事实，该对象不符合标准 {rule}；所缺条件见 errors。事实有误的请先更正。"
    en = (
        "By the facts on record the subject does not meet {rule}; errors list what is lacking. Correct the facts first."
    )


class CriterionNotMet(Conflict):
    code = "criterion_not_met"
    zh = "尚不能认定该对象符合标准 {rule}，不能批准列入；所缺条件见 errors。"
    en = "It is not shown that the subject meets {rule}, so it cannot be approved; errors list what is lacking."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it was requested, with its present state; `expires_on` is the first day it no longer holds."""

    id: UUID
    list_id: UUID
    enterprise_id: UUID
    subject_id: UUID
    level: Level
    fact: str
    rule: str
    reason: str
    evidence: tuple[Evidence, ...]
    expires_on: date | None
    requested_by: Origin
    known_at: datetime
    state: EntryState
    version: int

    @property
    def of(self) -> tuple[UUID, str]:
        """What a list says at most once: a subject and the fact it is granted."""
        return (self.subject_id, self.fact)

    def ended(self, day: date) -> bool:
        """Whether its own last day is over."""
        return self.expires_on is not None and self.expires_on <= day

    def shown(self, day: date) -> EntryState:
        """Its state as a reader sees it on a day: what has run out is expired before any version says so."""
        return EntryState.EXPIRED if self.state in PASSING and self.ended(day) else self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryStep:
    """One thing that was done to an entry; it is never altered.

    `finding_id` is what the step raised or settled, `assertions` the facts it made true or ended.
    """

    id: UUID
    entry_id: UUID
    number: int
    action: EntryAction
    state: EntryState
    at: datetime
    by: Origin
    note: str
    terms: Mapping[str, Any]
    evidence: tuple[Evidence, ...] = ()
    finding_id: UUID | None = None
    assertions: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a look at new facts found about a listed entry: whether its criterion still holds, from which day it does not.

    `otherwise` names criteria of the same fact that do hold; `snapshot` is the hash of the facts that were looked at.
    """

    id: UUID
    enterprise_id: UUID
    entry_id: UUID
    standing: Literal["met", "unknown", "failed"]
    fails_on: date | None
    lacking: tuple[str, ...]
    otherwise: tuple[str, ...]
    snapshot: bytes
    known_at: datetime

    def says_the_same(self, other: "Finding | None") -> bool:
        """Whether another finding already says this, so that it is not said twice; none at all says that it holds."""
        if other is None:
            return self.standing == "met"
        return (self.standing, self.lacking) == (other.standing, other.lacking)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What publishing does to the entries of a list."""

    listed: tuple[Entry, ...]
    staying: tuple[Entry, ...]
    delisted: tuple[Entry, ...]
    expired: tuple[Entry, ...]

    @property
    def moved(self) -> tuple[Entry, ...]:
        return (*self.listed, *self.delisted, *self.expired)


def moves(entries: Iterable[Entry], *, on: date) -> Moves:
    """The approved come on, the revoked go off, and what has run out by the day goes too."""
    every = list(entries)
    passing = [one for one in every if one.state in PASSING]
    return Moves(
        listed=tuple(one for one in passing if one.state is EntryState.APPROVED and not one.ended(on)),
        staying=tuple(one for one in passing if one.state in ON_THE_LIST and not one.ended(on)),
        delisted=tuple(one for one in every if one.state is EntryState.REVOKED),
        expired=tuple(one for one in passing if one.ended(on)),
    )

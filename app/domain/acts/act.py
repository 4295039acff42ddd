"""An act: who asked for what, the hands it goes through as its pack prescribes, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from app.domain.evidence import Evidence
from app.domain.policies.undertakings import Step, StepVerb, Workflow
from app.domain.states import StateTable

ActKind = Literal["determination", "dispatch", "credit", "exception"]
# Where the pack names no chain: somebody applies, the authority decides.
DECISION = (Step(by="申请人", does="applies"), Step(by="主管部门", does="decides"))
# 报备 is only received; whoever judges may also refuse (A-GP6).
JUDGING: frozenset[StepVerb] = frozenset({"reviews", "approves", "decides"})


class ActState(StrEnum):
    """Where an act stands."""

    REQUESTED = "requested"
    IN_REVIEW = "in_review"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class ActAction(StrEnum):
    """What can be done to an act: `forward` is every step of its chain but the last, `grant` is the last."""

    FORWARD = "forward"
    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"


_WAITING = (ActState.REQUESTED, ActState.IN_REVIEW)
ACTS = StateTable(
    thing="事项",
    thing_en="act",
    states=ActState,
    actions=ActAction,
    steps={
        **{(state, ActAction.FORWARD): ActState.IN_REVIEW for state in _WAITING},
        **{(state, ActAction.GRANT): ActState.GRANTED for state in _WAITING},
        **{(state, ActAction.REFUSE): ActState.REFUSED for state in _WAITING},
        **{(state, ActAction.WITHDRAW): ActState.WITHDRAWN for state in _WAITING},
        (ActState.GRANTED, ActAction.REVOKE): ActState.REVOKED,
    },
)


class ActUnknown(NotFound):
    code = "act_unknown"
    zh = "没有此事项，或不在您的管辖范围内。"
    en = "There is no such act, or it lies outside what you may see."


class ActStale(Stale):
    code = "act_stale"
    zh = "该事项已被他人办理；请重新读取后再办。"
    en = "Somebody else has acted on this meanwhile; read it again first."


class StepOutOfTurn(Conflict):
    code = "step_out_of_turn"
    zh = "按方案程序，下一步是由“{by}”{does}，不是“{asked}”。"
    en = "By the plan's chain the next step is that {by} {does}, not {asked}."


class FilingCannotBeRefused(Conflict):
    code = "filing_cannot_be_refused"
    zh = "下一步“{does}”是报备环节，只能接收，不能驳回。"
    en = "The next step ({does}) is a filing, which is received and cannot be refused."


class NotTheApplicant(Forbidden):
    code = "not_the_applicant"
    zh = "只有申请人可以撤回。"
    en = "Only who asked for it may withdraw it."


class PeriodEmpty(Invalid):
    code = "period_empty"
    zh = "valid_to 须晚于 valid_from（不含当日）。"
    en = "valid_to must lie after valid_from."


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act as it was asked for, with its present state; `terms` is what this kind of act is about.

    determination  rule, alternative, number, way, region whose authority decides
    dispatch       fact it grants with its value, load {amount, unit}, late, file_by; or rule, alternative, way "instead"
    credit         control: the other control whose stop is to be counted
    exception      what: maintenance, commissioning or own_generation
    all but the first: chain, the hands as the plan had them when it was asked for
    """

    id: UUID
    enterprise_id: UUID
    kind: ActKind
    pack_name: str | None
    season: int | None
    workflow: str
    subject_id: UUID
    terms: Mapping[str, Any]
    valid_from: date
    valid_to: date | None
    basis: str
    evidence: tuple[Evidence, ...]
    asked_by: Origin
    known_at: datetime
    state: ActState
    steps_done: int
    version: int

    @property
    def chain(self) -> tuple[Step, ...]:
        """The hands it goes through."""
        return tuple(Step(**step) for step in self.terms["chain"])

    @property
    def due(self) -> Step | None:
        """The step it waits for."""
        waits = self.state in _WAITING and "chain" in self.terms
        return self.chain[self.steps_done] if waits else None

    @property
    def document(self) -> str:
        """What an assertion names as its paper."""
        return f"act {self.id}"

    def __post_init__(self) -> None:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise PeriodEmpty()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActStep:
    """One thing that was done to an act; it is never altered. `terms` is what a grant fixed, such as the load."""

    id: UUID
    act_id: UUID
    number: int
    action: ActAction
    does: str
    state: ActState
    at: datetime
    by: Origin
    note: str
    terms: Mapping[str, Any]
    evidence: tuple[Evidence, ...]
    # The facts it made true, or ended.
    assertions: tuple[UUID, ...] = ()


def chain_of(workflow: Workflow | None) -> tuple[Step, ...]:
    """The hands an act goes through, as its plan prescribes."""
    return (workflow.steps if workflow else ()) or DECISION


def settled_by_asking(chain: tuple[Step, ...]) -> int:
    """How many steps the application itself is."""
    return 1 if len(chain) > 1 and chain[0].does == "applies" else 0


def action_for(act: Act, verb: str) -> ActAction:
    """What a step of the chain does to the act; raises TransitionRefused or StepOutOfTurn."""
    action = ActAction.GRANT if act.steps_done + 1 >= len(act.chain) else ActAction.FORWARD
    ACTS.after(act.state, action)
    due = act.chain[act.steps_done]
    if verb != due.does:
        raise StepOutOfTurn(by=due.by, does=due.does, asked=verb)
    return action


def may_be_refused(act: Act) -> None:
    """Raises TransitionRefused, or FilingCannotBeRefused where the next hand only files or receives."""
    ACTS.after(act.state, ActAction.REFUSE)
    due = act.chain[act.steps_done]
    if due.does not in JUDGING:
        raise FilingCannotBeRefused(does=due.does)

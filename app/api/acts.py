"""Acts in bodies: what is asked for, the hands it goes through, and where it stands."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from app.api.bodies import AnswerBody, CivilDay, RequestBody
from app.api.changes import DecisionChange
from app.api.evidence import EvidenceItem, EvidenceRequests, HandOut
from app.api.security import caller
from app.domain.access import Actor
from app.domain.acts.act import Act, ActState, ActStep
from app.domain.acts.applications import Load, LoadUnit
from app.domain.policies.undertakings import Step
from app.persistence.acts.repository import ActRepository
from app.persistence.unit_of_work import UnitOfWork

Reader = Annotated[Actor, Depends(caller("acts:read"))]
Applicant = Annotated[Actor, Depends(caller("acts:write"))]
Authority = Annotated[Actor, Depends(caller("acts:decide"))]
Basis = Annotated[str, Field(min_length=1, max_length=500, description="Document or minutes it rests on.")]
Note = Annotated[str, Field(min_length=1, max_length=1000)]
Amount = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,4})?$", description="Exact, as a decimal text.")]
StepWord = Literal["applies", "reviews", "files", "approves", "decides", "receives"]


class LoadBody(RequestBody):
    """The greatest load a line may run at."""

    amount: Amount
    unit: LoadUnit

    def load(self) -> Load:
        return Load(amount=Decimal(self.amount), unit=self.unit)


class ApplicationRequest(RequestBody):
    """What every application says: for which subject, for how long (`valid_to` exclusive), on what basis."""

    subject_id: UUID
    valid_from: CivilDay
    valid_to: CivilDay | None = None
    basis: Basis
    evidence: EvidenceRequests = Field(default_factory=list)


class StepRequest(RequestBody):
    """The next step of the chain: `does` must be the verb that `due` names; the last step may fix the load."""

    does: StepWord
    note: Annotated[str, Field(max_length=1000)] = ""
    load: LoadBody | None = None
    evidence: EvidenceRequests = Field(default_factory=list)


class ReasonRequest(RequestBody):
    """Why."""

    reason: Note
    evidence: EvidenceRequests = Field(default_factory=list)


class ChainStep(AnswerBody):
    """One hand of the chain as the plan prescribes it."""

    by: str
    does: StepWord
    region: str = Field(description="Whose authority it is; empty for that of the enterprise's region.")


class LoadOut(AnswerBody):
    """A greatest load."""

    amount: str
    unit: str


class ActStepOut(AnswerBody):
    """One thing that was done to an act."""

    id: UUID
    number: int
    action: Literal["forward", "grant", "refuse", "withdraw", "revoke"]
    does: str
    state: ActState
    hand: HandOut
    note: str
    load: LoadOut | None
    evidence: list[EvidenceItem]


class ActOut(AnswerBody):
    """An act: what was asked for, the hands it goes through, where it stands."""

    id: UUID
    enterprise_id: UUID
    subject_id: UUID
    pack: str | None
    season: int | None
    workflow: str
    state: ActState
    chain: list[ChainStep]
    due: ChainStep | None = Field(description="The step it waits for.")
    fact: str | None = Field(description="The fact a grant makes true.")
    value: str | None
    load: LoadOut | None = Field(description="The load that was granted, or the one asked for until then.")
    rule: str | None = Field(description="The rule whose measure another one stands in for.")
    substitute: int | None
    control: str | None = Field(description="The other control whose stop is to be counted.")
    what: Literal["maintenance", "commissioning", "own_generation"] | None
    late: bool = Field(description="Asked for, or by an authority filed, after the day the plan names.")
    valid_from: date
    valid_to: date | None
    basis: str
    evidence: list[EvidenceItem]
    asked: HandOut
    steps: list[ActStepOut]
    version: int


class ActPage(AnswerBody):
    """Some acts, newest first."""

    items: list[ActOut]
    next_cursor: str | None


class ActList(AnswerBody):
    """The acts of one kind about one enterprise, newest first."""

    items: list[ActOut]


class ActChanged(AnswerBody):
    """The act after the step, and what plans say differently because of it."""

    act: ActOut
    changes: list[DecisionChange]


async def outs(uow: UnitOfWork, acts: Sequence[Act]) -> list[ActOut]:
    steps = await ActRepository(uow.session).steps_of(acts)
    return [_out(act, steps.get(act.id, [])) for act in acts]


async def out(uow: UnitOfWork, act: Act) -> ActOut:
    return (await outs(uow, [act]))[0]


def _out(act: Act, steps: Sequence[ActStep]) -> ActOut:
    terms = act.terms
    granted = next((step.terms["load"] for step in steps if "load" in step.terms), terms.get("load"))
    return ActOut(
        id=act.id,
        enterprise_id=act.enterprise_id,
        subject_id=act.subject_id,
        pack=act.pack_name,
        season=act.season,
        workflow=act.workflow,
        state=act.state,
        chain=[_chain_step(step) for step in act.chain],
        due=None if act.due is None else _chain_step(act.due),
        fact=terms.get("fact"),
        value=terms.get("value"),
        load=None if granted is None else LoadOut(**granted),
        rule=terms.get("rule"),
        substitute=terms.get("alternative"),
        control=terms.get("control"),
        what=terms.get("what"),
        late=terms.get("late", False) or any(step.terms.get("late") for step in steps),
        valid_from=act.valid_from,
        valid_to=act.valid_to,
        basis=act.basis,
        evidence=[EvidenceItem.of(one) for one in act.evidence],
        asked=HandOut.of(act.asked_by, act.known_at),
        steps=[_step_out(step) for step in steps],
        version=act.version,
    )


def _chain_step(step: Step) -> ChainStep:
    return ChainStep(by=step.by, does=step.does, region=step.region)


def _step_out(step: ActStep) -> ActStepOut:
    load = step.terms.get("load")
    return ActStepOut(
        id=step.id,
        number=step.number,
        action=step.action.value,
        does=step.does,
        state=step.state,
        hand=HandOut.of(step.by, step.at),
        note=step.note,
        load=None if load is None else LoadOut(**load),
        evidence=[EvidenceItem.of(one) for one in step.evidence],
    )

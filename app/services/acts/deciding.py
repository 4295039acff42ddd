"""The hands an application goes through: forwarded, granted, refused, withdrawn, revoked."""

from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.access import Actor, Origin
from app.domain.acts.act import (
    ACTS,
    Act,
    ActAction,
    ActKind,
    ActStale,
    ActStep,
    NotTheApplicant,
    action_for,
    may_be_refused,
)
from app.domain.acts.applications import Load, filed_late, granted_load
from app.domain.enterprises.structure import Head
from app.domain.events import Event
from app.domain.evidence import Evidence, checked
from app.domain.periods import civil_day
from app.domain.policies.undertakings import Step
from app.integrations.ids import new_id
from app.persistence.acts.repository import ActRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.unit_of_work import UnitOfWork
from app.services.acts.conditions import refuse_unless_met
from app.services.acts.plans import plan_of
from app.services.acts.recording import end_grant, record_grant

PAST = {
    ActAction.FORWARD: "forwarded",
    ActAction.GRANT: "granted",
    ActAction.REFUSE: "refused",
    ActAction.WITHDRAW: "withdrawn",
    ActAction.REVOKE: "revoked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What somebody does to an act: the verb of its chain, a note, what was looked at, and the load it fixes."""

    does: str = ""
    note: str = ""
    load: Load | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """An act read under its enterprise's lock, in the version the caller has seen."""

    act: Act
    head: Head


async def hold(uow: UnitOfWork, act_id: UUID, kind: ActKind, *, version: int, by: Actor) -> Held:
    """Lock the act's enterprise and read the act; raises ActStale where the caller has not seen its newest version."""
    acts = ActRepository(uow.session)
    act = await acts.get(act_id, kind, visible_to=by)
    head = await EnterpriseReader(uow.session).head(act.enterprise_id, visible_to=by, lock=True)
    act = await acts.get(act_id, kind, visible_to=by)
    if act.version != version:
        raise ActStale()
    return Held(act, head)


async def take_step(uow: UnitOfWork, held: Held, hand: Hand, *, by: Actor) -> Act:
    """The next step of the chain; the last one grants, once the plan's conditions hold."""
    act = held.act
    action = action_for(act, hand.does)
    _authority(held, act.chain[act.steps_done], by)
    if action is ActAction.FORWARD:
        late = {"late": True} if filed_late(act, hand.does, day=civil_day(uow.now)) else {}
        return await _taken(uow, held, replace(_step(uow, act, action, hand, by), terms=late), by)
    Origin.of(by).must_differ(act.asked_by)
    recorded: tuple[UUID, ...] = ()
    terms: dict[str, object] = {}
    if "fact" in act.terms:
        evaluator = await plan_of(uow, act.pack_name or "", act.season or 0)
        load = granted_load(act.terms, evaluator.pack, hand.load)
        await refuse_unless_met(uow, act, evaluator, load, by=by)
        terms = {} if load is None else {"load": load}
        recorded = await record_grant(uow, act, by=by)
    step = _step(uow, act, action, hand, by)
    return await _taken(uow, held, replace(step, terms=terms, assertions=recorded), by)


async def refuse(uow: UnitOfWork, held: Held, hand: Hand, *, by: Actor) -> Act:
    """Where the next hand judges, it may say no."""
    may_be_refused(held.act)
    _authority(held, held.act.chain[held.act.steps_done], by)
    Origin.of(by).must_differ(held.act.asked_by)
    return await _taken(uow, held, _step(uow, held.act, ActAction.REFUSE, hand, by), by)


async def withdraw(uow: UnitOfWork, held: Held, hand: Hand, *, by: Actor) -> Act:
    """Who asked may take it back while nobody has decided."""
    ACTS.after(held.act.state, ActAction.WITHDRAW)
    if not Origin.of(by).same_hands(held.act.asked_by):
        raise NotTheApplicant()
    return await _taken(uow, held, _step(uow, held.act, ActAction.WITHDRAW, hand, by), by)


async def revoke(uow: UnitOfWork, held: Held, hand: Hand, *, by: Actor) -> Act:
    """End what was granted, from today on; what held before stays."""
    act = held.act
    ACTS.after(act.state, ActAction.REVOKE)
    _authority(held, act.chain[-1], by)
    changed = await end_grant(uow, act, reason=hand.note, by=by)
    step = _step(uow, act, ActAction.REVOKE, hand, by)
    return await _taken(uow, held, replace(step, assertions=changed), by)


def _authority(held: Held, step: Step, by: Actor) -> None:
    """A county reviews, the city that issued the plan grants (CZ-04), and where the plan says so, the one above it."""
    by.must_look_after(held.head.region)
    by.must_look_after(step.region or held.head.region)
    by.named_person()


def _step(uow: UnitOfWork, act: Act, action: ActAction, hand: Hand, by: Actor) -> ActStep:
    return ActStep(
        id=new_id(),
        act_id=act.id,
        number=act.steps_done + 1,
        action=action,
        does=hand.does,
        state=ACTS.after(act.state, action),
        at=uow.now,
        by=Origin.of(by),
        note=hand.note,
        terms={},
        evidence=checked(hand.evidence),
    )


async def _taken(uow: UnitOfWork, held: Held, step: ActStep, by: Actor) -> Act:
    act = held.act
    await ActRepository(uow.session).take(act, step)
    await uow.record(
        Event(
            type=f"{act.kind}.{PAST[step.action]}",
            subject=str(act.id),
            enterprise_id=str(act.enterprise_id),
            region=held.head.region,
            data={"subject_id": str(act.subject_id), "workflow": act.workflow, "season": act.season, **step.terms},
        ),
        by=by,
    )
    return replace(act, state=step.state, steps_done=step.number, version=act.version + 1)

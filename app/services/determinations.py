"""Determinations: a person answers what a plan leaves to the authority, or raises a ratio where a plan lets it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.documents.published import evaluator_of
from app.domain.access import Actor, Origin
from app.domain.acts.act import ACTS, Act, ActAction, ActState, ActStep
from app.domain.acts.effects import ChoiceWay, Determination, Effect, bracket_of
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.enterprises.structure import Head
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.events import Event
from app.domain.evidence import Evidence, checked
from app.domain.facts.recorded import Recorded
from app.domain.periods import civil_day
from app.domain.policies.measures import ONE_LEVEL_UP, Measure
from app.domain.policies.pack import Pack, Rule
from app.domain.policies.undertakings import Workflow
from app.integrations.geometry import BuiltUpRuler
from app.integrations.ids import new_id
from app.persistence.acts.in_force import InForceReader
from app.persistence.acts.repository import ActRepository
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.facts.reading import FactReader
from app.persistence.facts.recording import FactRecorder
from app.persistence.facts.snapshots import SnapshotReader
from app.persistence.known_facts import known_facts
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork

# The answers to a relation between plans: the stricter one prevails, or the nearer one stands as it is.
WHICH_PLAN = 2


class LevelUpNotRecorded(Conflict):
    code = "level_up_not_recorded"
    zh = "方案没有写明“上调一级”登记为哪一项事实，规则 {rule} 的这一选择无法执行；请先修订方案。"
    en = "The plan does not say which fact records one level up, so this choice of {rule} cannot be carried out."


class NothingToDetermine(Conflict):
    code = "nothing_to_determine"
    zh = "规则 {rule} 没有留给主管部门选择的方案，无需认定。"
    en = "The rule {rule} leaves the authority nothing to choose between."


class ChoiceOutsideBracket(Invalid):
    code = "choice_outside_bracket"
    zh = "规则 {rule} 只有 {count} 个可选方案，序号为 0 至 {last}。"
    en = "The rule {rule} offers {count} alternatives, numbered 0 to {last}."


class NumberOutsideBracket(Invalid):
    code = "number_outside_bracket"
    zh = "规则 {rule} 的该方案须给出数值（{name}），范围为 {least} 至 {most}。"
    en = "This alternative of {rule} needs a number ({name}) between {least} and {most}."


class NumberNotAsked(Invalid):
    code = "number_not_asked"
    zh = "规则 {rule} 的该方案不需要数值，请去掉 number。"
    en = "This alternative of {rule} takes no number; leave it out."


class RuleUnknown(NotFound):
    code = "rule_unknown"
    zh = "方案中没有规则 {rule}。"
    en = "The pack has no rule {rule}."


class SubjectUnknownHere(NotFound):
    code = "subject_unknown_here"
    zh = "该企业没有此生产线或设备。"
    en = "The enterprise has no such line or unit."


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an authority chose: an alternative of a rule, for a subject and a period, on some basis.

    Without an alternative, `number` is a greater percentage of a plain cut, where the plan lets it be raised (HR-12).
    """

    subject_id: UUID
    pack_name: str
    season: int
    rule_id: str
    alternative: int | None
    number: Decimal | None
    valid_from: date
    valid_to: date | None
    basis: str
    evidence: tuple[Evidence, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Checked:
    """A choice that the plan allows: how it acts, the workflow it belongs to, the fact it records, and what it exceeds."""

    way: ChoiceWay
    workflow: Workflow | None
    records: str = ""
    # The alternative whose number has to be greater than the one that binds already.
    exceeding: Measure | None = None


async def determine(uow: UnitOfWork, enterprise_id: UUID, choice: Choice, *, by: Actor) -> Act:
    """Record a person's choice; raises PersonRequired when nobody stands behind the credential."""
    by.named_person()
    reader = EnterpriseReader(uow.session)
    head = await reader.head(enterprise_id, visible_to=by, lock=True)
    by.must_look_after(head.region)
    levels = await reader.levels(enterprise_id)
    if choice.subject_id not in levels:
        raise SubjectUnknownHere()
    stored = await PackRepository(uow.session).get(choice.pack_name, season=choice.season)
    evaluator = evaluator_of(stored.document, stored.hash)
    pack = evaluator.pack
    # What a city's plan leaves open, no county answers.
    by.must_look_after(pack.decides or head.region)
    found = check(pack, choice)
    if found.exceeding is not None:
        await _refuse_unless_greater(uow, enterprise_id, evaluator, choice, found.exceeding, by=by)
    act = _act(uow, enterprise_id, choice, found, by, region=pack.decides)
    await ActRepository(uow.session).add(act)
    recorded: tuple[UUID, ...] = ()
    # A-L29: the answer stands for days that are over, but lowers a class only from the day it is recorded.
    raised_from = max(choice.valid_from, civil_day(uow.now))
    if found.records and (choice.valid_to is None or raised_from < choice.valid_to):
        fact = Recorded(
            enterprise_id=enterprise_id,
            subject_id=choice.subject_id,
            level=levels[choice.subject_id],
            fact=found.records,
            value=True,
            valid_from=raised_from,
            valid_to=choice.valid_to,
            document=act.document,
        )
        recorded = await (await _recorder(uow, by)).record([fact])
    await ActRepository(uow.session).append(enterprise_id, _step(uow, act, ActAction.GRANT, by, recorded=recorded))
    await uow.record(event("determination.made", act, head), by=by)
    return act


def check(pack: Pack, choice: Choice) -> Checked:
    """Whether the plan leaves this choice to the authority; raises what is wrong with it."""
    relation = next((one for one in pack.relations if one.id == choice.rule_id), None)
    if relation is not None:
        _check_alternative(choice, WHICH_PLAN)
        return Checked("alternative", pack.workflow_for("determination", relation.cites))
    rule = {rule.id: rule for rule in pack.rules()}.get(choice.rule_id)
    if rule is None:
        raise RuleUnknown(rule=choice.rule_id)
    if not rule.then.alternatives:
        return _raised(pack, rule, choice)
    chosen = rule.then.alternatives[_check_alternative(choice, len(rule.then.alternatives))]
    raising = pack.workflow_for("ratio_increase", rule.cites)
    exceeds = _check_number(choice, chosen if isinstance(chosen, Measure) else None, raisable=raising is not None)
    workflow = raising if exceeds else pack.workflow_for("determination", rule.cites)
    records = workflow.grants if workflow is not None and chosen == ONE_LEVEL_UP else ""
    if chosen == ONE_LEVEL_UP and not records:
        raise LevelUpNotRecorded(rule=rule.id)
    exceeding = chosen if isinstance(chosen, Measure) and chosen.params.get("above") is True else None
    return Checked("alternative", workflow, records, exceeding)


def _raised(pack: Pack, rule: Rule, choice: Choice) -> Checked:
    workflow = pack.workflow_for("ratio_increase", rule.cites)
    least = rule.then.given("pct")
    if workflow is None or rule.then.kind != "cut" or least is None:
        raise NothingToDetermine(rule=rule.id)
    if choice.alternative is not None:
        raise ChoiceOutsideBracket(rule=rule.id, count=0, last="-")
    if choice.number is None or not least < float(choice.number) <= 100:
        raise NumberOutsideBracket(rule=rule.id, name="pct", least=f"> {least:g}", most="100")
    return Checked("raised", workflow)


def _check_alternative(choice: Choice, count: int) -> int:
    if choice.alternative is None or not 0 <= choice.alternative < count:
        raise ChoiceOutsideBracket(rule=choice.rule_id, count=count, last=count - 1)
    return choice.alternative


def _check_number(choice: Choice, chosen: Measure | None, *, raisable: bool) -> bool:
    """Whether the number lies above the bracket, as the ratio of a cut may where the plan lets ratios be raised (HR-12)."""
    bracket = None if chosen is None else bracket_of(chosen)
    if chosen is None or bracket is None:
        if choice.number is not None:
            raise NumberNotAsked(rule=choice.rule_id)
        return False
    name, least, printed = bracket
    most = 100.0 if raisable and chosen.kind == "cut" and name == "pct" else printed
    above = chosen.params.get("above") is True
    number = None if choice.number is None else float(choice.number)
    below = chosen.params.get("strictly_below") is True
    edge = (above and number == least) or (below and number == most)
    if number is None or not least <= number <= most or edge:
        bound, end = f"> {least:g}" if above else f"{least:g}", f"< {most:g}" if below else f"{most:g}"
        raise NumberOutsideBracket(rule=choice.rule_id, name=name, least=bound, most=end)
    return number > printed


async def _refuse_unless_greater(
    uow: UnitOfWork, enterprise_id: UUID, evaluator: Evaluator, choice: Choice, chosen: Measure, *, by: Actor
) -> None:
    """A larger ratio is larger than the one that binds on its first day, as known today (LN-13, FS-43, GP-05)."""
    bracket = bracket_of(chosen)
    if bracket is None or choice.number is None:
        return
    tree = await SnapshotReader(uow.session, ruler=BuiltUpRuler).snapshot(
        enterprise_id, known_at=uow.now, visible_to=by
    )
    known = await InForceReader(uow.session).known([enterprise_id], choice.pack_name, choice.season, known_at=uow.now)
    # What an earlier answer to the same question made of it is being answered anew.
    acts = [one for one in known.get(enterprise_id, []) if not _answers(one, choice)]
    name, least, most = bracket
    for decision in evaluator.evaluate(tree, season=choice.season, day=choice.valid_from, acts=acts):
        if decision.bound.subject["id"] == str(choice.subject_id):
            least = max(least, most if _whole(decision) else decision.greatest(chosen.kind, name))
    if float(choice.number) <= least:
        raise NumberOutsideBracket(rule=choice.rule_id, name=name, least=f"> {least:g}", most=f"{most:g}")


def _whole(decision: Decision) -> bool:
    """Whether what is settled stops the subject for the whole window: nothing is more than that (FS-17, FS-43)."""
    pack, region = decision.pack, decision.bound.region
    window = pack.window(pack.zone_of(region)).of_season(decision.season)
    return any(one.constraint.stops and one.constraint.period == window for one in decision.applied)


def _answers(act: Effect, choice: Choice) -> bool:
    return isinstance(act, Determination) and act.rule_id == choice.rule_id and act.subject_id == str(choice.subject_id)


async def revoke(uow: UnitOfWork, act: Act, *, basis: str, by: Actor) -> Act:
    """Take a determination back from today on; what was decided under it before stays."""
    by.named_person()
    head = await EnterpriseReader(uow.session).head(act.enterprise_id, visible_to=by, lock=True)
    by.must_look_after(head.region)
    acts = ActRepository(uow.session)
    # Read again under the lock: of two who revoke, one finds it done.
    act = await acts.get(act.id, "determination", visible_to=by)
    ACTS.after(act.state, ActAction.REVOKE)
    by.must_look_after(act.terms.get("region") or head.region)
    ended = await _end_records(uow, act, basis, by)
    await acts.take(act, _step(uow, act, ActAction.REVOKE, by, note=basis, recorded=ended))
    await uow.record(event("determination.revoked", act, head), by=by)
    return await acts.get(act.id, "determination", visible_to=by)


async def _end_records(uow: UnitOfWork, act: Act, basis: str, by: Actor) -> tuple[UUID, ...]:
    """End the fact an act recorded from today on; of other acts that stand it is recorded anew, which that would hide."""
    acts, today = ActRepository(uow.session), civil_day(uow.now)
    known = await acts.of_enterprise(act.enterprise_id, ["determination"], visible_to=by)
    made = [one for own in (await acts.steps_of(known)).values() for step in own for one in step.assertions]
    said = await FactReader(uow.session).some(act.enterprise_id, made, visible_to=by)
    own = [one for one in said if one.claim.document == act.document]
    recorder = await _recorder(uow, by)
    ended = await recorder.end(act.enterprise_id, [one.id for one in own], on=today, reason=basis)
    if not ended:
        return ()
    standing = {one.document for one in known if _stands_beside(one, act, today)}
    facts = {one.claim.fact for one in own}
    # An act that was recorded anew before has said it twice.
    others = {
        one.claim.document: one
        for one in said
        if one.claim.document in standing and one.claim.fact in facts and one.retraction is None
    }
    again = [
        Recorded(
            enterprise_id=act.enterprise_id,
            subject_id=act.subject_id,
            level=one.level,
            fact=one.claim.fact,
            value=True,
            valid_from=today,
            valid_to=one.claim.valid_to,
            document=document,
        )
        for document, one in others.items()
    ]
    return ended + await recorder.record(again)


def _stands_beside(other: Act, act: Act, day: date) -> bool:
    holds = other.valid_from <= day and (other.valid_to is None or day < other.valid_to)
    return holds and other.state is ActState.GRANTED and other.subject_id == act.subject_id and other.id != act.id


async def _recorder(uow: UnitOfWork, by: Actor) -> FactRecorder:
    return FactRecorder(session=uow.session, catalogue=await known_facts(uow.session), new_id=new_id, at=uow.now, by=by)


def _act(uow: UnitOfWork, enterprise_id: UUID, choice: Choice, found: Checked, by: Actor, *, region: str) -> Act:
    terms: dict[str, Any] = {
        "rule": choice.rule_id,
        "alternative": choice.alternative,
        "number": None if choice.number is None else str(choice.number),
        "way": found.way,
        "region": region,
    }
    return Act(
        id=new_id(),
        enterprise_id=enterprise_id,
        kind="determination",
        pack_name=choice.pack_name,
        season=choice.season,
        workflow=found.workflow.id if found.workflow else "",
        subject_id=choice.subject_id,
        terms=terms,
        valid_from=choice.valid_from,
        valid_to=choice.valid_to,
        basis=choice.basis,
        evidence=checked(choice.evidence),
        asked_by=Origin.of(by),
        known_at=uow.now,
        state=ActState.GRANTED,
        steps_done=1,
        version=1,
    )


def _step(
    uow: UnitOfWork, act: Act, action: ActAction, by: Actor, *, note: str = "", recorded: tuple[UUID, ...] = ()
) -> ActStep:
    granting = action is ActAction.GRANT
    return ActStep(
        # As for determinations of old: the grant bears the act's own id.
        id=act.id if granting else new_id(),
        act_id=act.id,
        number=1 if granting else act.steps_done + 1,
        action=action,
        does="decides" if granting else "",
        state=ActState.GRANTED if granting else ActState.REVOKED,
        at=uow.now,
        by=Origin.of(by),
        note=note or act.basis,
        terms={},
        evidence=(),
        assertions=recorded,
    )


def event(kind: str, act: Act, head: Head) -> Event:
    return Event(
        type=kind,
        subject=str(act.id),
        enterprise_id=str(act.enterprise_id),
        region=head.region,
        data={"subject_id": str(act.subject_id), "season": act.season, "kind": act.kind, **act.terms},
    )

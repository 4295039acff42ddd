"""Determinations: a person answers what a plan leaves to the authority."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.documents.published import evaluator_of
from app.domain.access import Actor
from app.domain.acts import Determination, bracket_of
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.events import Event
from app.domain.policies.measures import Measure
from app.integrations.ids import new_id
from app.persistence.acts import ActRepository, StoredDetermination
from app.persistence.enterprises.reading import EnterpriseReader
from app.persistence.policies import PackRepository
from app.persistence.unit_of_work import UnitOfWork

# The answers to a relation between plans: the stricter one prevails, or the nearer one stands as it is.
WHICH_PLAN = 2


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


class PeriodEmpty(Invalid):
    code = "period_empty"
    zh = "valid_to 须晚于 valid_from（不含当日）。"
    en = "valid_to must lie after valid_from."


class DeterminationRevoked(Conflict):
    code = "determination_revoked"
    zh = "该认定已撤销。"
    en = "This determination has already been revoked."


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an authority chose: an alternative of a rule, for a subject and a period, on some basis."""

    subject_id: UUID
    pack_name: str
    season: int
    rule_id: str
    alternative: int
    number: Decimal | None
    valid_from: date
    valid_to: date | None
    basis: str


async def determine(uow: UnitOfWork, enterprise_id: UUID, choice: Choice, *, by: Actor) -> StoredDetermination:
    """Record a person's choice; raises PersonRequired when nobody stands behind the credential."""
    person = by.named_person()
    reader = EnterpriseReader(uow.session)
    head = await reader.head(enterprise_id, visible_to=by, lock=True)
    if choice.subject_id not in await reader.levels(enterprise_id):
        raise SubjectUnknownHere()
    if choice.valid_to is not None and choice.valid_to <= choice.valid_from:
        raise PeriodEmpty()
    await _check_choice(uow, choice)
    stored = StoredDetermination(
        enterprise_id=enterprise_id,
        pack_name=choice.pack_name,
        season=choice.season,
        act=Determination(
            id=str(new_id()),
            subject_id=str(choice.subject_id),
            rule_id=choice.rule_id,
            choice=choice.alternative,
            number=None if choice.number is None else float(choice.number),
            valid_from=choice.valid_from,
            valid_to=choice.valid_to,
            person=person,
            basis=choice.basis,
        ),
        client_id=by.client_id,
        known_at=uow.now,
    )
    await ActRepository(uow.session).add(stored)
    await uow.record(_event("determination.made", stored, head.region), by=by)
    return stored


async def _check_choice(uow: UnitOfWork, choice: Choice) -> None:
    pack = await PackRepository(uow.session).get(choice.pack_name, season=choice.season)
    content = evaluator_of(pack.document, pack.hash).pack
    if any(relation.id == choice.rule_id for relation in content.relations):
        _check_alternative(choice, WHICH_PLAN)
        return
    rule = {rule.id: rule for rule in content.rules()}.get(choice.rule_id)
    if rule is None:
        raise RuleUnknown(rule=choice.rule_id)
    if not rule.then.alternatives:
        raise NothingToDetermine(rule=rule.id)
    _check_alternative(choice, len(rule.then.alternatives))
    chosen = rule.then.alternatives[choice.alternative]
    _check_number(choice, bracket_of(chosen) if isinstance(chosen, Measure) else None)


def _check_alternative(choice: Choice, count: int) -> None:
    if not 0 <= choice.alternative < count:
        raise ChoiceOutsideBracket(rule=choice.rule_id, count=count, last=count - 1)


def _check_number(choice: Choice, bracket: tuple[str, float, float] | None) -> None:
    if bracket is None:
        if choice.number is not None:
            raise NumberNotAsked(rule=choice.rule_id)
        return
    name, least, most = bracket
    if choice.number is None or not least <= float(choice.number) <= most:
        raise NumberOutsideBracket(rule=choice.rule_id, name=name, least=f"{least:g}", most=f"{most:g}")


async def revoke(uow: UnitOfWork, determination_id: UUID, *, basis: str, by: Actor) -> StoredDetermination:
    """Take a determination back from now on; what was decided under it stays on record."""
    person = by.named_person()
    acts = ActRepository(uow.session)
    stored = await acts.get(determination_id, known_at=uow.now, visible_to=by)
    head = await EnterpriseReader(uow.session).head(stored.enterprise_id, visible_to=by, lock=True)
    stored = await acts.get(determination_id, known_at=uow.now, visible_to=by)
    if stored.revoked_at is not None:
        raise DeterminationRevoked()
    act = stored.act
    revocation = StoredDetermination(
        enterprise_id=stored.enterprise_id,
        pack_name=stored.pack_name,
        season=stored.season,
        act=Determination(
            id=str(new_id()),
            subject_id=act.subject_id,
            rule_id=act.rule_id,
            choice=act.choice,
            number=act.number,
            valid_from=act.valid_from,
            valid_to=act.valid_to,
            person=person,
            basis=basis,
        ),
        client_id=by.client_id,
        known_at=uow.now,
    )
    await acts.add(revocation, revokes=determination_id)
    await uow.record(_event("determination.revoked", stored, head.region), by=by)
    return await acts.get(determination_id, known_at=uow.now, visible_to=by)


def _event(kind: str, stored: StoredDetermination, region: str) -> Event:
    act = stored.act
    return Event(
        type=kind,
        subject=act.id,
        enterprise_id=str(stored.enterprise_id),
        region=region,
        data={"rule": act.rule_id, "subject_id": act.subject_id, "season": stored.season, "choice": act.choice},
    )

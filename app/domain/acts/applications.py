"""What a plan lets somebody apply for, and whether an application fits it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from app.domain.acts.act import Act, ActKind, chain_of, settled_by_asking
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.evidence import Evidence
from app.domain.facts.assertions import fits
from app.domain.facts.values import canonical
from app.domain.periods import MonthDay
from app.domain.policies.conditions import leaves
from app.domain.policies.facts import FactSpec, Level
from app.domain.policies.pack import Pack, Rule
from app.domain.policies.undertakings import Step, Workflow, WorkflowKind

DISPATCHES: frozenset[WorkflowKind] = frozenset({"dispatch", "filing", "approval", "notice"})
LoadUnit = Literal["t/d", "t/h", "m3/h", "MW", "kW", "%"]
ExceptionKind = Literal["maintenance", "commissioning", "own_generation"]


class WorkflowUnknown(NotFound):
    code = "workflow_unknown"
    zh = "方案没有可申请的程序“{workflow}”；可用的有：{known}。"
    en = "The plan has no workflow {workflow} to apply under; it has: {known}."


class NothingGranted(Conflict):
    code = "nothing_granted"
    zh = "程序“{workflow}”不产生可登记的结果，不能申请；须指明替代的规则 rule。"
    en = "The workflow {workflow} grants nothing that can be recorded; name the rule it stands in for."


class NoSubstitute(Invalid):
    code = "no_substitute"
    zh = "规则 {rule} 没有可以替代的措施；有替代措施的规则：{known}。"
    en = "The rule {rule} allows no measure instead; these do: {known}."


class LoadMissing(Invalid):
    code = "load_missing"
    zh = "此项批准须写明最大允许生产负荷（load：数值与单位）。"
    en = "This approval fixes a maximum load; give load with amount and unit."


class LoadNotAsked(Invalid):
    code = "load_not_asked"
    zh = "此程序不核定负荷，请去掉 load。"
    en = "This workflow fixes no load; leave load out."


class EvidenceMissing(Invalid):
    code = "evidence_missing"
    zh = "须附证据：{needs}"
    en = "Evidence is needed: {needs_en}"


class CreditNotAllowed(Conflict):
    code = "credit_not_allowed"
    zh = "方案 {pack} 没有允许把其他管控的停产计入错峰，不能抵计。"
    en = "The plan {pack} does not let stops under other controls count, so nothing can be credited."


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A greatest load, exact, with its unit."""

    amount: Decimal
    unit: LoadUnit

    def as_json(self) -> dict[str, str]:
        return {"amount": f"{self.amount.normalize():f}", "unit": self.unit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What somebody asks for: `wanted` is the value of the granted fact, or the rule and its measure instead."""

    kind: ActKind
    subject_id: UUID
    pack_name: str | None = None
    season: int | None = None
    workflow: str = ""
    value: str | None = None
    rule_id: str | None = None
    substitute: int = 0
    load: Load | None = None
    control: str = ""
    what: ExceptionKind | None = None
    valid_from: date
    valid_to: date | None
    basis: str
    evidence: tuple[Evidence, ...]


def chain_terms(chain: Sequence[Step], decides: str = "") -> dict[str, Any]:
    """The hands as the plan has them now: a later version of the plan does not change an application under way.

    `decides` is the region whose authority takes the last step, unless the plan names another for it.
    """
    last = len(chain) - 1
    regions = (step.region or (decides if place == last else "") for place, step in enumerate(chain))
    return {
        "chain": [
            {"by": one.by, "does": one.does, "region": region} for one, region in zip(chain, regions, strict=True)
        ]
    }


def credit_terms(application: Application, pack: Pack) -> dict[str, Any]:
    """The terms of a credit; raises CreditNotAllowed where the plan is silent, EvidenceMissing without proof (FS-32)."""
    if not pack.placement.credit:
        raise CreditNotAllowed(pack=pack.name)
    if not application.evidence:
        raise EvidenceMissing(
            needs="其他管控的通知和停产起止证明", needs_en="the other control's notice and the stop's dates"
        )
    workflow = next((one for one in pack.workflows if one.kind == "credit"), None)
    return chain_terms(chain_of(workflow), pack.decides) | {"control": application.control}


def granted_load(terms: Mapping[str, Any], pack: Pack, fixed: Load | None) -> dict[str, str] | None:
    """The load a grant fixes: the authority's own number, else the one asked for; raises LoadMissing or LoadNotAsked."""
    load: dict[str, str] | None = terms.get("load") if fixed is None else fixed.as_json()
    wanted = fixes_load(pack, terms["fact"])
    if wanted and load is None:
        raise LoadMissing()
    if not wanted and load is not None:
        raise LoadNotAsked()
    return load


def dispatch_terms(application: Application, pack: Pack, level: Level) -> dict[str, Any]:
    """The terms of a dispatch application; raises what does not fit the plan."""
    workflow = workflow_of(pack, application.workflow)
    chain = chain_terms(chain_of(workflow), pack.decides)
    if application.rule_id is not None:
        return chain | _substitute_terms(application, pack)
    if not workflow.grants:
        raise NothingGranted(workflow=workflow.id)
    spec = pack.catalogue[workflow.grants]
    fits(spec, level)
    value = granted_value(spec, application.value or workflow.default or None)
    if application.load is not None and not fixes_load(pack, spec.name):
        raise LoadNotAsked()
    load = None if application.load is None else application.load.as_json()
    return chain | {"fact": spec.name, "value": value, "load": load}


def workflow_of(pack: Pack, name: str) -> Workflow:
    """The workflow of this id under which one can apply; raises WorkflowUnknown."""
    known = [one for one in pack.workflows if one.kind in DISPATCHES]
    found = next((one for one in known if one.id == name), None)
    if found is None:
        raise WorkflowUnknown(workflow=name, known=", ".join(one.id for one in known) or "-")
    return found


def granted_value(spec: FactSpec, wanted: str | None) -> str:
    """The value to grant: what was asked for, or yes; raises ValueRefused."""
    return canonical(spec, True if wanted is None and spec.type == "boolean" else wanted or "")


def fixes_load(pack: Pack, fact: str) -> bool:
    """Whether some measure that this fact opens leaves its amount to the act."""
    return any("amount_by" in rule.then.params and asks(rule, fact) for rule in pack.rules())


def asks(rule: Rule, fact: str) -> bool:
    return rule.when is not None and any(leaf.fact == fact for leaf in leaves(rule.when))


def is_late(workflow: Workflow, *, season: int, day: date) -> bool:
    """Whether the first hop comes after the day its plan names (that day included, A-G20)."""
    return bool(workflow.by) and day > MonthDay.parse(workflow.by).of_season(season)


def file_by(workflow: Workflow, application: Application) -> dict[str, str]:
    """The day by which an authority's own proposal is filed with the level above (GP-07, A-GP14)."""
    if not workflow.by or settled_by_asking(chain_of(workflow)):
        return {}
    return {"file_by": MonthDay.parse(workflow.by).of_season(application.season or 0).isoformat()}


def filed_late(act: Act, verb: str, *, day: date) -> bool:
    """Whether this is the filing that the plan dates, and it comes after its day."""
    first = verb == "files" and all(step.does != "files" for step in act.chain[: act.steps_done])
    return first and "file_by" in act.terms and day > date.fromisoformat(act.terms["file_by"])


def _substitute_terms(application: Application, pack: Pack) -> dict[str, Any]:
    rules = {rule.id: rule for rule in pack.rules() if rule.may_instead}
    rule = rules.get(application.rule_id or "")
    if rule is None or not 0 <= application.substitute < len(rule.may_instead):
        raise NoSubstitute(rule=application.rule_id, known=", ".join(rules) or "-")
    needs = rule.may_instead[application.substitute].needs
    if not application.evidence:
        raise EvidenceMissing(needs=needs["zh"], needs_en=needs["en"])
    return {"rule": rule.id, "alternative": application.substitute, "number": None, "way": "instead"}

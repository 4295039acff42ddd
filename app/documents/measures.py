"""A measure of a decision as plain data: what, how much, when, on which clause, and who answered what was open."""

from collections.abc import Iterator
from typing import Any

from app.documents.measure_wording import constraint_text, kind_label, measure_text
from app.documents.wording import number_text
from app.domain.acts.effects import Determination, bracket_of
from app.domain.decisions.evaluate import Applied, Decision
from app.domain.errors import Language
from app.domain.orders import Cited
from app.domain.periods import MonthDay
from app.domain.policies.measures import Constraint, Measure, parts_of
from app.domain.policies.pack import Pack, Rule

Document = dict[str, Any]


def speaks(applied: Applied) -> bool:
    """Whether there is anything to tell; a penalty that only lowers a class shows in the class."""
    return applied.constraint.kind not in {"lowest_class", "one_level_up"}


def measure_document(applied: Applied, decision: Decision, language: Language) -> Document:
    """One applied rule with its constraint on this season's calendar."""
    constraint, rule = applied.constraint, applied.rule
    act = applied.act
    return {
        "rule": rule.id,
        "stage": rule.stage,
        "rule_certain": applied.certain,
        **constraint_document(constraint, decision.season, language),
        "in_force": constraint.in_force(decision.day),
        "changed_by": _changed_by(rule, decision),
        "alternatives": [_alternative(number, one, language) for number, one in enumerate(rule.then.alternatives)],
        "may_instead": [
            {
                "text": measure_text(one.then, language),
                "needs": one.needs[language],
                "citations": citations(one.cites, decision.pack, language),
            }
            for one in rule.may_instead
        ],
        "citations": citations((*rule.cites, *rule.then.cites), decision.pack, language),
        "act": {
            "id": act.id,
            "kind": "determination" if isinstance(act, Determination) else "dispatch",
            "person": act.person.name,
            "office": act.person.office,
            "basis": act.basis,
        }
        if act
        else None,
    }


def constraint_document(constraint: Constraint, season: int, language: Language) -> Document:
    """A constraint without the rule it comes from; numbers travel as texts."""
    params = constraint.params
    return {
        "kind": constraint.kind,
        "label": kind_label(constraint.kind, language),
        "text": constraint_text(constraint, language),
        "first_day": constraint.period.start.isoformat(),
        "last_day": constraint.binds.last_day.isoformat() if constraint.binds.last_day else None,
        "days": constraint.binds.days,
        "until": constraint.until,
        "cut_pct": _text(constraint.given("pct")) if constraint.kind == "cut" else None,
        "cap_pct": _text(constraint.given("pct")) if constraint.kind == "load_cap" else None,
        "stop_share_pct": _text(constraint.given("share_pct")) if constraint.kind == "stop" else None,
        "at_least": params.get("at_least") is True,
        "basis": params.get("basis"),
        "amount": _text(constraint.given("amount")),
        "amount_unit": params.get("amount_unit"),
        "over": params.get("over"),
        "units": list(constraint.listed("units")),
        "couples": list(constraint.listed("couples")),
        "stop_days": _text(constraint.given("days")),
        "split": [
            {
                "period": part.name,
                "first_day": part.period.start.isoformat(),
                "last_day": part.period.last_day.isoformat() if part.period.last_day else None,
                "days": number_text(part.days),
                "hours": number_text(part.hours),
            }
            for part in parts_of(constraint, season=season)
        ],
        "stop_hours": _text(constraint.given("stop_hours")),
        "run_hours": _text(constraint.given("run_hours")),
        "coking_hours": _text(constraint.given("hours")),
        "tolerance_pct": _text(constraint.given("tolerance_pct")),
        "transport": params.get("do"),
        "authority": params.get("authority"),
        "due": _due(params.get("due"), season),
    }


def _changed_by(rule: Rule, decision: Decision) -> list[str]:
    """The adjustments that changed this rule's number."""
    told = decision.outcomes.told
    if rule not in told.changed:
        return []
    adding = [other for other in told.rules if other.then.kind == "add" and (not other.to or rule.id in other.to)]
    return [other.id for other in adding]


def _alternative(number: int, one: str | Measure, language: Language) -> Document:
    if not isinstance(one, Measure):
        return {"alternative": number, "text": kind_label(one, language), "number": None, "least": None, "most": None}
    name, low, high = bracket_of(one) or (None, None, None)
    return {
        "alternative": number,
        "text": measure_text(one, language),
        "number": name,
        "least": _text(low),
        "most": _text(high),
    }


def citations(cites: tuple[str, ...], pack: Pack, language: Language) -> list[Document]:
    return [
        {"provision": cite, "place": pack.provisions[cite].place, "says": pack.provisions[cite].says[language]}
        for cite in dict.fromkeys(cites)
        if cite in pack.provisions
    ]


def provisions(cites: tuple[str, ...], pack: Pack) -> Iterator[Cited]:
    """The same as they stand in an order, in both languages."""
    for zh, en in zip(citations(cites, pack, "zh"), citations(cites, pack, "en"), strict=True):
        yield Cited(provision=zh["provision"], place=zh["place"], says={"zh": zh["says"], "en": en["says"]})


def _due(value: object, season: int) -> str | None:
    return value.of_season(season).isoformat() if isinstance(value, MonthDay) else None


def _text(value: float | None) -> str | None:
    return None if value is None else number_text(value)

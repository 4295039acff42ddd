"""The load an act is to fix, held against what a plan's rules let it be: below a known load, and one for each line."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from app.domain.decisions.records import Bound
from app.domain.errors import Conflict, FieldError, Invalid
from app.domain.policies.pack import Rule

PERCENT = "%"
# Enterprise, site, line: whatever a rule binds stands on a line, or is one.
LINE = 2


class LoadNotBelow(Invalid):
    code = "load_not_below"
    zh = "核定的负荷须低于方案所指的基准负荷，逐条见 errors。"
    en = "The load has to lie below the one the plan starts from; see errors."


class BaseLoadUnknown(Conflict):
    code = "base_load_unknown"
    zh = "方案要求低于的基准负荷尚未登记，无从核定；请先登记，逐条见 errors。"
    en = "The load that the plan asks to stay below is not on record; record it first, see errors."


class LoadOfSeveralLines(Invalid):
    code = "load_of_several_lines"
    zh = "该负荷会逐条全额适用于 {count} 条生产线，合计即成数倍；请按生产线分别核定，或改用百分比。"
    en = "This load would hold in full for each of {count} lines; fix it line by line, or as a percentage."


def refuse_shared(load: Mapping[str, str], reached: Iterable[tuple[Rule, Bound]]) -> None:
    """Raises LoadOfSeveralLines for an amount that would count once for every line it reaches."""
    lines = {bound.chain[LINE]["id"] for rule, bound in reached if _leaves_amount(rule) and len(bound.chain) > LINE}
    if load["unit"] != PERCENT and len(lines) > 1:
        raise LoadOfSeveralLines(count=len(lines))


def refuse_not_below(load: Mapping[str, str], reached: Iterable[tuple[Rule, Bound]], *, final: bool) -> None:
    """A percentage is of full load, as the load it has to stay below is (YN-08); amounts have nothing to be held against.

    Raises LoadNotBelow, and where the act is `final`, BaseLoadUnknown for what nobody recorded.
    """
    if load["unit"] != PERCENT:
        return
    amount = Decimal(load["amount"])
    strict = [
        (rule, bound) for rule, bound in reached if _leaves_amount(rule) and rule.then.params.get("strictly_below")
    ]
    wrong = [*_too_high(amount, strict)]
    if wrong:
        raise LoadNotBelow(errors=wrong)
    missing = [*_missing(strict)]
    if missing and final:
        raise BaseLoadUnknown(errors=missing)


def _leaves_amount(rule: Rule) -> bool:
    return "amount_by" in rule.then.params


def _base(rule: Rule) -> str:
    """The fact that carries the base of a load, in percent of full load."""
    return f"{rule.then.params['basis']}_pct"


def _known(rule: Rule, bound: Bound) -> Decimal | None:
    value = bound.record.get(_base(rule))
    return None if value is None else Decimal(str(value)) * Decimal(str(rule.then.number("pct", 100))) / 100


def _too_high(amount: Decimal, strict: Iterable[tuple[Rule, Bound]]) -> Iterator[FieldError]:
    for rule, bound in strict:
        base = _known(rule, bound)
        # No load before is above full load, so full load is below none.
        most = Decimal(100) if base is None else min(base, Decimal(100))
        if amount >= most:
            code = bound.subject["code"]
            yield FieldError(
                pointer="/load/amount",
                code="not_below",
                zh=f"{rule.id}：{code} 的负荷须低于 {most.normalize():f}%。",
                en=f"{rule.id}: the load of {code} has to be below {most.normalize():f} %.",
            )


def _missing(strict: Iterable[tuple[Rule, Bound]]) -> Iterator[FieldError]:
    for rule, bound in strict:
        if _known(rule, bound) is None:
            code, fact = bound.subject["code"], _base(rule)
            yield FieldError(
                pointer="/load/amount",
                code="fact_missing",
                zh=f"{rule.id}：{code} 没有登记 {fact}。",
                en=f"{rule.id}: {fact} of {code} is not on record.",
            )

"""Claims: which facts a violation may be suspected of under a plan, with which values, at which level, on which days."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.decisions.season import season_bounds
from app.domain.errors import FieldError, Invalid
from app.domain.facts.assertions import claim
from app.domain.facts.values import ValueRefused, canonical
from app.domain.policies.conditions import Leaf, leaves
from app.domain.policies.facts import FactSpec, Level
from app.domain.policies.measures import LOWERING_KINDS, Measure
from app.domain.policies.pack import Pack
from app.domain.violations.violation import Claimed, ViolationInvalid


class NotAViolationFact(Invalid):
    code = "not_a_violation_fact"
    zh = "“{fact}”不是方案 {pack} 的处罚条款所问、由主管部门登记的事实；可用：{possible}。"
    en = "{fact} is no fact an authority records and a penalty of {pack} asks for; possible are: {possible}."


class PackElsewhere(Invalid):
    code = "pack_elsewhere"
    zh = "方案 {pack} 不管辖该对象所在的地区；请改用当地的方案。"
    en = "The pack {pack} does not speak of the region this lies in; name a plan that does."


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A fact as somebody claims it: by a value, or by the days on which it happened."""

    fact: str
    value: object = None
    days: tuple[date, ...] | None = None


def penalty_facts(pack: Pack) -> dict[str, FactSpec]:
    """The events an authority records that some penalty of the plan asks for, in the catalogue's order."""
    asked = {leaf.fact for one in pack.at_stage("penalty") if one.rule.when for leaf in leaves(one.rule.when)}
    return {name: spec for name, spec in pack.catalogue.facts.items() if name in asked and spec.absent is not None}


def counts_days(spec: FactSpec) -> bool:
    """Whether the value is a number of days, which adds up over a season (A-FS11)."""
    return spec.type == "number" and spec.unit == "d"


def lasting_facts(pack: Pack, industries: Collection[str | None]) -> set[str]:
    """What lasts until rectified for these lines: what a penalty asks that stops, or may stop them, till then (A-G22).

    Everything else, and every count of days, ends with the season, so that a penalty of one winter does not tighten
    the next. Whoever asks that something did not happen lets nothing last.
    """
    facts, asked = pack.catalogue.facts, _asked(pack, industries, _until_rectified)
    return {fact for fact in asked if (spec := facts.get(fact)) is None or not counts_days(spec)}


def lowering_facts(pack: Pack, industries: Collection[str | None]) -> set[str]:
    """What lowers the class of these lines: what a penalty asks that reads, or may read, their rating worse (A-L29)."""
    return set(_asked(pack, industries, _lowers))


def _asked(pack: Pack, industries: Collection[str | None], does: Callable[[str | Measure], bool]) -> Iterator[str]:
    """The facts asked by penalties for these lines that do something, or let the authority choose it."""
    facts = pack.catalogue.facts
    for scoped in pack.at_stage("penalty"):
        rule = scoped.rule
        if rule.when is None or not any(scoped.speaks_of(tag) for tag in industries):
            continue
        if any(does(one) for one in (rule.then, *rule.then.alternatives)):
            yield from (leaf.fact for leaf in leaves(rule.when) if not _of_no_event(leaf, facts.get(leaf.fact)))


def _of_no_event(leaf: Leaf, spec: FactSpec | None) -> bool:
    return spec is not None and leaf.op == "is" and leaf.operand == spec.absent


def _lowers(measure: str | Measure) -> bool:
    return isinstance(measure, Measure) and measure.kind in LOWERING_KINDS


def _until_rectified(measure: str | Measure) -> bool:
    return isinstance(measure, Measure) and getattr(measure.when, "until", None) == "rectified"


def checked_claims(
    suspicions: Sequence[Suspicion], pack: Pack, level: Level, *, occurred: tuple[date, date]
) -> tuple[Claimed, ...]:
    """The claims in canonical form; raises NotAViolationFact, or ViolationInvalid with everything that is wrong."""
    possible = penalty_facts(pack)
    found: list[Claimed] = []
    errors: list[FieldError] = []
    for index, one in enumerate(suspicions):
        spec = pack.catalogue.find(one.fact)
        if spec is None or spec.name not in possible:
            names = "、".join(f"{name}（{fact.zh}）" for name, fact in possible.items())
            raise NotAViolationFact(fact=one.fact[:80], pack=pack.name, possible=names or "-")
        here = f"/claims/{index}"
        wrong = [*_misfits(one, spec, here, occurred, {claimed.fact for claimed in found})]
        try:
            found += [] if wrong else [_claimed(one, spec, pack, level)]
        except ValueRefused as refused:
            wrong.append(refused.at(f"{here}/value"))
        errors += wrong
    if errors:
        raise ViolationInvalid(errors=errors)
    return tuple(found)


def _claimed(one: Suspicion, spec: FactSpec, pack: Pack, level: Level) -> Claimed:
    # Several pollutants on one day are one day (A-FS11).
    days = tuple(sorted(set(one.days or ())))
    raw = str(len(days)) if counts_days(spec) else one.value
    written = claim(spec, raw, level=level, catalogue=pack.catalogue)
    if written.value == canonical(spec, spec.absent):
        raise ValueRefused(
            "claims_nothing", "该取值表示没有发生，不构成线索。", "This value means that nothing happened."
        )
    return Claimed(fact=spec.name, value=written.value, days=days)


def _misfits(
    one: Suspicion, spec: FactSpec, here: str, occurred: tuple[date, date], known: Collection[str]
) -> Iterator[FieldError]:
    if spec.name in known:
        yield FieldError(
            pointer=f"{here}/fact", code="claimed_twice", zh="同一事实只列一次。", en="Claim each fact once."
        )
    if counts_days(spec) and not one.days:
        yield FieldError(
            pointer=f"{here}/days",
            code="days_missing",
            zh="该事实按日计，请逐日列出 days。",
            en="This fact counts days; list them in `days`.",
        )
    if counts_days(spec) == (one.value is not None) or (one.days and not counts_days(spec)):
        yield FieldError(
            pointer=f"{here}/value",
            code="value_or_days",
            zh="按日计的事实只给 days，其他事实只给 value。",
            en="A fact that counts days takes `days` alone, any other takes `value` alone.",
        )
    first, last = occurred
    if any(not first <= day <= last for day in one.days or ()):
        yield FieldError(
            pointer=f"{here}/days",
            code="outside_occurrence",
            zh="各日须在 occurred_from 与 occurred_to 之间。",
            en="Every day lies between occurred_from and occurred_to.",
        )


def refuse_outside_window(claims: Sequence[Claimed], pack: Pack, *, inside: bool) -> None:
    """Raises ViolationInvalid where a claim is of the plan's window and nothing of it happened there (A-G21)."""
    errors = [
        FieldError(
            pointer=f"/claims/{index}/fact",
            code="outside_window",
            zh=f"“{pack.catalogue[one.fact].zh}”只指管控期内的行为，所列日期都不在管控期内；请改报其他事实。",
            en=f"{one.fact} is only of what happened in the plan's window, and none of the days lies there; claim another.",
        )
        for index, one in enumerate(claims)
        if pack.catalogue[one.fact].in_window and not inside
    ]
    if errors:
        raise ViolationInvalid(errors=errors)


def refuse_days(first: date, last: date, *, season: int, today: date) -> None:
    """Raises ViolationInvalid unless the days lie in order, in the season, and not in the future."""
    begins, ends = season_bounds(season)
    errors = []
    if last < first:
        errors.append(
            FieldError(
                pointer="/occurred_to",
                code="before_beginning",
                zh="不得早于 occurred_from。",
                en="It is no earlier than occurred_from.",
            )
        )
    if first < begins or last >= ends:
        errors.append(
            FieldError(
                pointer="/occurred_from",
                code="outside_season",
                zh=f"{season} 年度自 {begins} 起、至 {ends} 前一日止；跨年度的请分开登记。",
                en=f"Season {season} runs from {begins} until {ends} (exclusive); report each season apart.",
            )
        )
    if last > today:
        errors.append(
            FieldError(
                pointer="/occurred_to",
                code="in_the_future",
                zh="不得晚于今日。",
                en="What is suspected has happened already.",
            )
        )
    if errors:
        raise ViolationInvalid(errors=errors)

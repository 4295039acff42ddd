"""What a warning demands of a subject, as items of an order: which rule, which clause, and between which instants."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.documents.measure_wording import measure_text
from app.documents.measures import constraint_document, provisions
from app.domain.decisions.evaluate import Applied, Decision
from app.domain.decisions.subjects import Subject
from app.domain.orders import Openness, OrderItem
from app.domain.periods import midnight
from app.domain.policies.conditions import leaves
from app.domain.policies.measures import Constraint, Measure, OpenEnd
from app.domain.policies.pack import Pack, Rule
from app.domain.warnings import LEVEL

Window = tuple[datetime, datetime | None]
NUMBERS = ("cut_pct", "cap_pct", "stop_share_pct", "stop_days", "stop_hours", "run_hours", "coking_hours")


def answers_warnings(pack: Pack) -> bool:
    return any(asks_for_warnings(rule) for rule in pack.rules())


def asks_for_warnings(rule: Rule) -> bool:
    return rule.when is not None and any(leaf.fact == LEVEL for leaf in leaves(rule.when))


def demanded(decision: Decision, *, from_at: datetime) -> Iterator[OrderItem]:
    """What the rules that ask for warnings say of a subject under one that takes effect at an instant.

    Items that are `open` demand nothing yet: the authority decides, or facts are missing.
    """
    applied = {one.rule: one for one in decision.applied if asks_for_warnings(one.rule)}
    for one in applied.values():
        window = instants(one, from_at=from_at)
        if window is not None and one.rule.then.acts:
            yield _item(decision, one, window, open_="authority_decides" if one.constraint.asks else None)
    for outcome in decision.outcomes.possible:
        for one in decision.standing(outcome):
            rule = one.rule
            if rule not in applied and asks_for_warnings(rule) and rule.then.acts:
                applied[rule] = one
                yield _item(decision, one, instants(one, from_at=from_at) or (from_at, None), open_="facts_missing")


def instants(applied: Applied, *, from_at: datetime) -> Window | None:
    """Hours count from the instant the warning takes effect (TS-06); None where the measure is over by then."""
    when, constraint = measure_of(applied).when, applied.constraint
    if isinstance(when, OpenEnd) and when.first is None:
        start = from_at + timedelta(hours=when.after_hours)
        return start, _end(constraint, start)
    start = max(from_at, midnight(constraint.period.start))
    until = constraint.period.until
    if until is None:
        return start, _end(constraint, start)
    return (start, midnight(until)) if start < midnight(until) else None


def measure_of(applied: Applied) -> Measure:
    """The measure behind a constraint: the rule's own, or what an authority chose instead."""
    answer, own = applied.determination, applied.rule.then
    return own if answer is None else answer.of(applied.rule, own)


def _end(constraint: Constraint, start: datetime) -> datetime | None:
    days = constraint.given("days")
    if constraint.until == "served" and days is not None:
        return start + timedelta(days=days)
    return midnight(constraint.period.until) if constraint.period.until is not None else None


def _item(decision: Decision, applied: Applied, window: Window, *, open_: Openness | None) -> OrderItem:
    subject, rule, pack, constraint = decision.bound.subject, applied.rule, decision.pack, applied.constraint
    site: Subject = decision.bound.chain[1]
    document = constraint_document(constraint, decision.season, "zh")
    return OrderItem(
        pack=pack.name,
        pack_version=pack.version,
        rule=rule.id,
        subject_id=subject["id"],
        subject_level=subject["level"],
        subject_code=subject["code"],
        subject_name=subject["name"],
        site_code=site["code"],
        kind=constraint.kind,
        says={"zh": measure_text(constraint, "zh"), "en": measure_text(constraint, "en")},
        numbers={name: document[name] for name in NUMBERS if document[name] is not None},
        from_at=window[0],
        until_at=window[1],
        citations=tuple(provisions((*rule.cites, *rule.then.cites), pack)),
        flags=tuple(dict(flag) for flag in rule.flags),
        open=open_,
    )

"""Whom a plan's duties bind: the firms some measure of the plan reaches, and the bodies of its territory.

A firm owes what the plan asks of firms when its newest decisions of the season name, for certain or as still possible,
a rule that limits production or asks the authority how far to limit it. Firms that are only exempt, listed as not
controlled, or on their own footing owe nothing; missing facts never free anybody. What is reported every day of a
response is owed on a day on which such a rule limits production: an authority that has not yet given its notice binds
nobody (A-YN7). An application with a day is open to firms of the industries whose rules ask for its grant.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.duties.terms import Force, Term, Who
from app.domain.policies.conditions import leaves
from app.domain.policies.pack import Pack

_CITY_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The rules a decision names on some days (`until_day` exclusive), for certain or as still possible."""

    from_day: date
    until_day: date
    rules: frozenset[str]

    @classmethod
    def of(cls, from_day: date, until_day: date, rules: Iterable[str], possible: Iterable[str]) -> "Named":
        """`possible` are codes of outcomes: rule ids joined by +, a mark on changed ones, a zone after @."""
        in_codes = {rule.removesuffix("!") for code in possible for rule in code.partition("@")[0].split("+")}
        return cls(from_day=from_day, until_day=until_day, rules=frozenset({*rules, *in_codes}))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedRun:
    """What one run said of an enterprise."""

    known_at: datetime
    named: tuple[Named, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """An enterprise under a plan: the regions of its sites there, its industries, and its runs, the newest last."""

    id: UUID
    regions: tuple[str, ...]
    industries: frozenset[str]
    runs: tuple[DecidedRun, ...]


class Scope:
    """The rules of a plan that make somebody owe its duties."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        measures = {rule.id: rule.then for rule in pack.rules()}
        self.limiting = frozenset(name for name, measure in measures.items() if measure.limits)
        self.binding = self.limiting | {name for name, measure in measures.items() if measure.asks}

    def bound_since(self, firm: Firm) -> datetime | None:
        """Since when the firm is known to be bound; None where its newest decisions bind it no more, or never did."""
        bound = [any(one.rules & self.binding for one in run.named) for run in firm.runs]
        if not bound or not bound[-1]:
            return None
        return firm.runs[bound.index(True)].known_at

    def limited_on(self, firm: Firm, day: date) -> bool:
        """Whether something of the firm is limited on a day, as decided last."""
        newest = firm.runs[-1].named if firm.runs else ()
        return any(one.from_day <= day < one.until_day and one.rules & self.limiting for one in newest)

    def owes(self, firm: Firm, term: Term) -> bool:
        """Whether a term of firms is this firm's; nobody owes what was over before anybody knew they were bound."""
        since = self.bound_since(firm)
        if since is None or (term.due_at is not None and term.due_at < since):
            return False
        if term.day is not None:
            return self.limited_on(firm, term.day)
        return term.force is not Force.OFFERED or not term.grants or self._asks(term.grants, firm.industries)

    def _asks(self, fact: str, industries: frozenset[str]) -> bool:
        asking = [
            one
            for one in self.pack.scoped
            if one.rule.when is not None and any(leaf.fact == fact for leaf in leaves(one.rule.when))
        ]
        return any(one.speaks_of(industry) for one in asking for industry in industries)


def bodies(pack: Pack, who: Who, counties: Sequence[str]) -> tuple[str, ...]:
    """The regions whose body owes a term; `counties` are the codes of all counties of the plan's territory."""
    if who == "enterprise":
        return ()
    if who == "county" and pack.issuer_level != "county":
        return tuple(code for code in counties if pack.governs(code))
    if who == "city":
        return (pack.issuer_region[:_CITY_DIGITS] + "00",)
    return (pack.issuer_region,)

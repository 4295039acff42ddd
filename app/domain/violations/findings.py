"""What a plan makes of a finding beside itself: what is true of it for lying in the window, how long its order runs."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from math import ceil

from app.domain.periods import Period
from app.domain.policies.conditions import leaves
from app.domain.policies.facts import FactSpec, Value
from app.domain.policies.measures import OpenEnd
from app.domain.policies.pack import Pack
from app.domain.violations.violation import Claimed


def in_window(pack: Pack, regions: Iterable[str], season: int, occurred: tuple[date, date]) -> bool:
    """Whether some day on which it happened lies in the plan's window where it happened (A-G21)."""
    happened = Period.inclusive(*occurred)
    windows = (pack.window(pack.zone_of(region)) for region in regions if pack.governs(region))
    return any(window.of_season(season).meets(happened) for window in windows)


def following(pack: Pack, proven: Collection[Claimed]) -> set[str]:
    """The facts that follow from what is proven, once it is known to have happened in the window."""
    return {spec.name for spec in pack.catalogue.facts.values() if _bases(spec, proven)}


def bases(pack: Pack, proven: Collection[Claimed], followed: Collection[str]) -> set[str]:
    """What of the proven makes any of these facts follow in the window."""
    return {base for spec in pack.catalogue.facts.values() if spec.name in followed for base in _bases(spec, proven)}


def served_by(
    pack: Pack, industries: Collection[str | None], facts: Collection[str], from_day: date
) -> dict[str, date]:
    """Until when (exclusive) a fact has to hold so that the stop it orders is served without a break (FS-22, A-FS9)."""
    found: dict[str, date] = {}
    for scoped in pack.at_stage("penalty"):
        rule = scoped.rule
        served = isinstance(rule.then.when, OpenEnd) and rule.then.when.until == "served"
        if served and rule.when and any(scoped.speaks_of(tag) for tag in industries):
            ends = from_day + timedelta(days=ceil(rule.then.number("days")))
            for fact in {leaf.fact for leaf in leaves(rule.when)}.intersection(facts):
                found[fact] = max(ends, found.get(fact, ends))
    return found


def _bases(spec: FactSpec, proven: Collection[Claimed]) -> set[str]:
    return {one.fact for one in proven if one.fact in spec.follows and one.value == _written(spec.follows[one.fact])}


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

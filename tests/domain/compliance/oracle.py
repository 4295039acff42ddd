"""A second opinion on a day, hour by hour in plain Python and fractions; it shares nothing with assess but the words."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

Curve = Sequence[int | None]
COMPLETE, RUN, RAMP = Fraction(90, 100), 60, 120


def mean_curve(days: Sequence[Curve]) -> list[int]:
    """A baseline is told in whole watt-hours, rounded down."""
    found = []
    for slot in range(len(days[0])):
        read = [day[slot] for day in days if day[slot] is not None]
        found.append(int(Fraction(sum(one for one in read if one is not None), len(read))))
    return found


def stop_verdict(
    day: Curve,
    judged: Sequence[int],
    usual: Sequence[int],
    *,
    main: bool,
    holding: int = 0,
    declared: int | None = None,
) -> str:
    """Compliant, suspected or insufficient_data for a day whose `judged` slots had to stand still."""
    minutes = 1440 // len(day)
    share, on_share = (Fraction(25, 100), Fraction(25, 100)) if main else (Fraction(5, 100), Fraction(5, 100))
    mean = Fraction(sum(usual), len(usual))
    on = max(on_share * mean if declared is None else Fraction(declared), Fraction(holding))
    burst = max(Fraction(50, 100) * mean, Fraction(int(on)))
    limit = max(share * sum(usual[slot] for slot in judged), Fraction(holding * len(judged)))
    read = [slot for slot in judged if day[slot] is not None]
    gaps = [slot for slot in judged if day[slot] is None]
    if Fraction(len(read), len(judged)) < COMPLETE:
        return "insufficient_data"
    taken = {slot: Fraction(day[slot] or 0) for slot in read}
    ran = {slot for slot in read if taken[slot] > on}
    total = sum(taken.values(), Fraction(0))
    seen = (
        _longest(ran, len(day)) * minutes >= RUN
        or (total > limit and (main or bool(ran)))
        or any(one > burst for one in taken.values())
    )
    if seen:
        return "suspected"
    may_run = _longest(ran | set(gaps), len(day)) * minutes >= RUN
    may_take = total + sum(usual[slot] for slot in gaps) > limit
    return "insufficient_data" if gaps and (may_run or may_take) else "compliant"


def cut_verdict(day: Curve, usual: Sequence[int], keep: Fraction, *, tolerance: Fraction = Fraction(10, 100)) -> str:
    """The same for a day of which only a share may remain."""
    read = [slot for slot, one in enumerate(day) if one is not None]
    if Fraction(len(read), len(day)) < COMPLETE:
        return "insufficient_data"
    limit = keep * sum(usual) * (1 + tolerance)
    total = sum(day[slot] or 0 for slot in read)
    if total > limit:
        return "suspected"
    gaps = sum(usual[slot] for slot in range(len(day)) if day[slot] is None)
    return "insufficient_data" if gaps and total + gaps > limit else "compliant"


def off_verdict(made: Curve, cleaned: Curve, on: int, clean_on: int) -> str | None:
    """Treatment against production: None where nothing was produced."""
    minutes = 1440 // len(made)
    ran = [slot for slot, one in enumerate(made) if one is not None and one > on]
    if not ran:
        return None
    read = [slot for slot in ran if cleaned[slot] is not None]
    if Fraction(len(read), len(ran)) < COMPLETE:
        return "insufficient_data"
    off = {slot for slot in read if (cleaned[slot] or 0) < clean_on}
    if _longest(off, len(made)) * minutes > 15:
        return "suspected"
    may_be = off | (set(ran) - set(read))
    return "insufficient_data" if _longest(may_be, len(made)) * minutes > 15 else "compliant"


def _longest(which: set[int], slots: int) -> int:
    flags = [slot in which for slot in range(slots)]
    return max((len(list(run)) for on, run in groupby(flags) if on), default=0)

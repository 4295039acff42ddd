"""Hours of the checker: whole microseconds since the calendar began, and sorted, disjoint spans of them; all exact."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter

Span = tuple[int, int]
HOUR = 3_600_000_000
DAY = 24 * HOUR


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as sorted, disjoint spans that do not touch."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def clipped(spans: Iterable[Span], within: Span) -> list[Span]:
    start, end = within
    if start >= end:
        return []
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and start < b and a < b]


def length(spans: Iterable[Span]) -> int:
    return sum(b - a for a, b in spans)


def without(spans: Iterable[Span], others: Sequence[Span]) -> list[Span]:
    """What is left of the spans when the others, sorted and disjoint, are taken out."""
    left: list[Span] = []
    for start, end in spans:
        at = start
        for number in range(bisect_right(others, start, key=itemgetter(1)), len(others)):
            a, b = others[number]
            if a >= end:
                break
            if a > at:
                left.append((at, a))
            at = b
        if at < end:
            left.append((at, end))
    return left


def in_hours(microseconds: int) -> float:
    return microseconds / HOUR

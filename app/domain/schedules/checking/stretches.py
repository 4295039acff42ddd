"""The form of a schedule: stretches in order and in the calendar, the past as it was, and each with what it serves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.checking.hours import Span, clipped, in_hours, length, merged, without
from app.domain.schedules.checking.reading import Clock, Placed, Reading
from app.domain.schedules.problem import Plan
from app.domain.schedules.requirements import Coupling, Cycle, Floor, Requirement, members

# What a resource does for a while: kind and share.
Does = tuple[str, float]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whom a requirement speaks of, None for all, and when."""

    of: frozenset[str] | None
    when: Span

    @classmethod
    def by(cls, one: Requirement, clock: Clock) -> "_Asked":
        of = None if isinstance(one, Floor) else frozenset(members(one))
        match one:
            case Coupling():
                return cls(of, (0, clock.end))
            case Cycle():
                return cls(of, (clock.at(one.from_at), clock.at(one.until_at)))
            case _:
                return cls(of, clock.window(one.period))

    def of_this(self, name: str, span: Span) -> bool:
        return (self.of is None or name in self.of) and bool(clipped([span], self.when))


def judge_stretches(reading: Reading, plan: Plan) -> Iterator[Breach]:
    """Everything that is wrong with the stretches themselves, whatever is asked of them."""
    for name in sorted(plan.keys() - reading.row.keys()):
        yield Breach(code="unknown_resource", resource=name, label=name)
    asked = {one.id: _Asked.by(one, reading.clock) for one in reading.problem.requirements}
    for name, told in reading.told.items():
        yield from _shape(reading, name, told)
        yield from _order(reading, name, [span for span, _ in told])
        yield from _past(reading, name)
        yield from _serves(reading, name, told, asked)


def _shape(reading: Reading, name: str, told: Sequence[Placed]) -> Iterator[Breach]:
    whole = [(0, reading.clock.end)]
    for (start, end), one in told:
        if end <= start:
            yield reading.of_resource("empty_stretch", name, at=start, found=in_hours(end - start))
        if outside := without([(start, end)], whole):
            yield reading.of_resource("outside_calendar", name, at=outside[0][0], found=in_hours(length(outside)))
        # What stands still is said as a stop, so that no limit to nothing passes by the rules for stops.
        if not (0 < one.share <= 1 if one.kind == "limit" else one.share == 0):
            yield reading.of_resource("wrong_share", name, at=start, found=one.share)


def _order(reading: Reading, name: str, spans: Sequence[Span]) -> Iterator[Breach]:
    for before, after in pairwise(spans):
        if after[0] < before[0]:
            yield reading.of_resource("out_of_order", name, at=after[0])
    reached = None
    for start, end in sorted(spans):
        if reached is not None and start < reached:
            yield reading.of_resource("overlap", name, at=start, found=in_hours(min(end, reached) - start))
        reached = end if reached is None else max(reached, end)


def _past(reading: Reading, name: str) -> Iterator[Breach]:
    before = (0, reading.clock.planned)
    was = [(reading.clock.span(one), one) for one in reading.problem.past.get(name, ())]
    then, now = _doing(was, before), _doing(reading.placed[name], before)
    changed = merged(
        span
        for does in {*then, *now}
        for span in (
            *without(then.get(does, []), now.get(does, [])),
            *without(now.get(does, []), then.get(does, [])),
        )
    )
    if changed:
        yield reading.of_resource("past_changed", name, at=changed[0][0], found=in_hours(length(changed)))


def _doing(placed: Iterable[Placed], within: Span) -> dict[Does, list[Span]]:
    found: dict[Does, list[Span]] = {}
    for span, one in placed:
        found.setdefault((one.kind, one.share), []).extend(clipped([span], within))
    return {does: merged(spans) for does, spans in found.items()}


def _serves(reading: Reading, name: str, told: Sequence[Placed], asked: Mapping[str, _Asked]) -> Iterator[Breach]:
    ahead = (reading.clock.planned, reading.clock.end)
    wished = merged(reading.clock.span(one) for one in reading.problem.wished.get(name, ()))
    for span, one in told:
        planned = clipped([span], ahead)
        if not planned:
            continue
        if not one.serves and (left := without(planned, wished)):
            yield reading.of_resource("serves_nothing", name, at=left[0][0], found=in_hours(length(left)))
        for served in one.serves:
            if served in asked and asked[served].of_this(name, span):
                continue
            yield Breach(
                code="serves_other" if served in asked else "serves_unknown",
                requirement=served,
                resource=name,
                label=reading.resources[name].label,
                day=reading.clock.day(planned[0][0]),
            )

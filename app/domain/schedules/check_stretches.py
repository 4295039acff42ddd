"""The form of a schedule: stretches in order and in the calendar, the past as it was, and each with what it serves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from app.domain.schedules.breaches import Breach
from app.domain.schedules.check_hours import Span, clipped, in_hours, length, merged, without
from app.domain.schedules.check_reading import Clock, Reading
from app.domain.schedules.problem import Plan, Stretch
from app.domain.schedules.requirements import Coupling, Cycle, Floor, Requirement, members

# What a resource does for a while: kind and share.
Does = tuple[str, float]


def judge_stretches(reading: Reading, plan: Plan) -> Iterator[Breach]:
    """Everything that is wrong with the stretches themselves, whatever is asked of them."""
    for name in sorted(plan.keys() - reading.row.keys()):
        yield Breach(code="unknown_resource", resource=name, label=name)
    asked = {one.id: (one, frozenset(members(one)), _when(reading.clock, one)) for one in reading.problem.requirements}
    for name in reading.row:
        stretches = plan.get(name, ())
        yield from _shape(reading, name, stretches)
        yield from _order(reading, name, stretches)
        yield from _past(reading, name)
        for one in stretches:
            yield from _serves(reading, name, one, asked)


def _shape(reading: Reading, name: str, stretches: Sequence[Stretch]) -> Iterator[Breach]:
    clock = reading.clock
    for one in stretches:
        span = clock.span(one)
        if span[1] <= span[0]:
            yield reading.of_resource("empty_stretch", name, at=span[0], found=in_hours(span[1] - span[0]))
        if outside := without([span], [(0, clock.end)]):
            yield reading.of_resource("outside_calendar", name, at=outside[0][0], found=in_hours(length(outside)))
        # What stands still is said as a stop, so that no limit to nothing passes by the rules for stops.
        if not (0 < one.share <= 1 if one.kind == "limit" else one.share == 0):
            yield reading.of_resource("wrong_share", name, at=span[0], found=one.share)


def _order(reading: Reading, name: str, stretches: Sequence[Stretch]) -> Iterator[Breach]:
    spans = [reading.clock.span(one) for one in stretches]
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


def _doing(placed: Iterable[tuple[Span, Stretch]], within: Span) -> dict[Does, list[Span]]:
    found: dict[Does, list[Span]] = {}
    for span, one in placed:
        found.setdefault((one.kind, one.share), []).extend(clipped([span], within))
    return {does: merged(spans) for does, spans in found.items()}


def _when(clock: Clock, one: Requirement) -> Span:
    match one:
        case Coupling():
            return 0, clock.end
        case Cycle():
            return clock.at(one.from_at), clock.at(one.until_at)
        case _:
            return clock.window(one.period)


def _serves(
    reading: Reading,
    name: str,
    stretch: Stretch,
    asked: Mapping[str, tuple[Requirement, frozenset[str], Span]],
) -> Iterator[Breach]:
    planned = clipped([reading.clock.span(stretch)], (reading.clock.planned, reading.clock.end))
    if not planned:
        return
    at = planned[0][0]
    if not stretch.serves and (left := without(planned, _wished(reading, name))):
        yield reading.of_resource("serves_nothing", name, at=left[0][0], found=in_hours(length(left)))
    for served in stretch.serves:
        code = "serves_unknown"
        if served in asked:
            one, speaks_of, when = asked[served]
            if (isinstance(one, Floor) or name in speaks_of) and clipped([reading.clock.span(stretch)], when):
                continue
            code = "serves_other"
        label = reading.resources[name].label
        yield Breach(code=code, requirement=served, resource=name, label=label, day=reading.clock.day(at))


def _wished(reading: Reading, name: str) -> list[Span]:
    return merged(reading.clock.span(one) for one in reading.problem.wished.get(name, ()))

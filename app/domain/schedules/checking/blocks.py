"""Stop blocks: how long they last, how far apart and how many they are, and that nothing stops that must not."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import numpy as np

from app.domain.schedules.checking.breaches import Breach
from app.domain.schedules.checking.hours import DAY, Span, in_hours, length, merged, without
from app.domain.schedules.checking.reading import TOLERANCE, Reading, days_of
from app.domain.schedules.requirements import Cap, Cohort, Coupling, Cut, Cycle, Requirement, Stop, StopHours

# The hours of each resource.
Hours = dict[str, list[Span]]


def judge_blocks(reading: Reading) -> Iterator[Breach]:
    """What binds the blocks the planner chooses; what a stop, a cycle, a whole cohort, standing upstream or the past forces
    is exempt.
    """
    forced = _forced(reading)
    for name in reading.row:
        yield from _blocks(reading, name, forced[name])
    continuous = [name for name, one in reading.resources.items() if not one.stoppable]
    if continuous:
        yield from _uninterrupted(reading, continuous)


def _blocks(reading: Reading, name: str, forced: list[Span]) -> Iterator[Breach]:
    resource, blocks = reading.resources[name], reading.still[name]
    chosen = [block for block in blocks if without([block], forced)]
    least, apart = resource.min_stop_days * DAY, resource.min_run_days * DAY
    for start, end in chosen:
        if end - start < least:
            yield reading.of_resource(
                "block_too_short", name, at=start, needed=in_hours(least), found=in_hours(end - start)
            )
    # A run is the planner's own as soon as one of its two ends is.
    for before, after in pairwise(blocks):
        gap = after[0] - before[1]
        if gap < apart and (before in chosen or after in chosen):
            yield reading.of_resource("run_too_short", name, at=before[1], needed=in_hours(apart), found=in_hours(gap))
    # What a forced stop begins is no stop more, however long it goes on.
    new = [start for start, _ in chosen if start >= reading.clock.planned and without([(start, start + 1)], forced)]
    if resource.max_stops is not None and len(new) > resource.max_stops:
        yield reading.of_resource(
            "too_many_stops", name, at=new[resource.max_stops], needed=resource.max_stops, found=len(new)
        )


def _uninterrupted(reading: Reading, continuous: Iterable[str]) -> Iterator[Breach]:
    cold, warm = _asked(reading)
    for name in continuous:
        wished = [reading.clock.span(one) for one in reading.problem.wished.get(name, ()) if one.kind != "limit"]
        allowed = merged([*cold[name], *wished, (0, reading.clock.planned)])
        without_coal = merged([*allowed, *warm[name]])
        wrong = merged([*without(reading.cold[name], allowed), *without(reading.still[name], without_coal)])
        if wrong:
            yield reading.of_resource("not_stoppable", name, at=wrong[0][0], found=in_hours(length(wrong)))


def _forced(reading: Reading) -> Hours:
    found: Hours = {name: [(0, reading.clock.planned)] for name in reading.row}
    for one in reading.problem.requirements:
        match one:
            case Stop() | Cap(share=0):
                found[one.resource].append(reading.clock.window(one.period))
            case Cycle():
                found[one.resource].extend(reading.clock.phases(one))
            case Cohort():
                for name in _stopped_throughout(reading, one):
                    found[name].append(reading.clock.window(one.period))
            case Coupling():
                found[one.downstream].extend(_without_upstream(reading, one))
            case _:
                pass
    return {name: merged(spans) for name, spans in found.items()}


def _stopped_throughout(reading: Reading, one: Cohort) -> Iterator[str]:
    """The resources of the groups that serve a cohort by standing still for all of its period that is left."""
    left = [reading.clock.ahead(one.period)]
    for group in one.groups:
        if not any(without(left, reading.still[name]) for name in group):
            yield from group


def _asked(reading: Reading) -> tuple[Hours, Hours]:
    """When nothing but a stop meets what is asked, and when one without coal already does."""
    cold: Hours = {name: [] for name in reading.row}
    warm: Hours = {name: [] for name in reading.row}
    for one in reading.problem.requirements:
        match one:
            case Stop():
                (cold if one.kind == "stop" else warm)[one.resource].append(reading.clock.window(one.period))
            case Cycle():
                cold[one.resource].extend(reading.clock.phases(one))
            case Coupling():
                cold[one.downstream].extend(_without_upstream(reading, one))
            case _:
                for name in _compelled(one, {name: each.stoppable for name, each in reading.resources.items()}):
                    cold[name].append(reading.clock.window(one.period))
    return cold, warm


def _compelled(one: Requirement, stoppable: Mapping[str, bool]) -> tuple[str, ...]:
    """Whom a requirement leaves no other way: those that can stop are not enough, or only a stop counts."""
    match one:
        case StopHours() | Cap(share=0):
            return (one.resource,)
        case Cohort():
            free = sum(all(stoppable[name] for name in group) for group in one.groups)
            return tuple(name for group in one.groups for name in group) if one.count > free else ()
        case Cut() if "load" not in one.methods:
            free_t_d = sum(weight for name, weight in one.weights_t_d.items() if stoppable[name])
            return tuple(one.weights_t_d) if one.share * sum(one.weights_t_d.values()) > free_t_d + TOLERANCE else ()
        case _:
            return ()


def _without_upstream(reading: Reading, one: Coupling) -> Iterator[Span]:
    """The days on which nothing runs that a coupled resource depends on."""
    days = days_of((reading.clock.planned, reading.clock.end))
    running = reading.running[reading.rows(one.upstream_t_d), days].sum(axis=0)
    for number in np.flatnonzero(running <= TOLERANCE):
        start = reading.clock.planned + int(number) * DAY
        yield start, start + DAY

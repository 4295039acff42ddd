"""Wrong resources of a planning problem: capacities that are weighed and not known, tonnes and lengths below nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import isfinite

from app.domain.errors import FieldError
from app.domain.quantities import POLLUTANTS
from app.domain.schedules.problem import Problem, Resource
from app.domain.schedules.refusing.rows import negative, row, share_outside
from app.domain.schedules.requirements import Coupling, Cut

_LENGTHS = ("min_stop_days", "min_run_days")


def wrong_resources(problem: Problem) -> Iterator[FieldError]:
    """Every row of a resource that cannot be planned with."""
    weighed = _weighed(problem)
    times = Counter(one.id for one in problem.resources)
    for one in problem.resources:
        if times[one.id] > 1:
            yield row("duplicate_id", "resources", one.id, id=one.id)
        yield from _capacity(one, weighed)
        yield from _emissions(one)
        yield from _stops(one)


def _weighed(problem: Problem) -> dict[str, str]:
    """By resource, the first cut or coupling that weighs its capacity; alone or by number, members count as one each."""
    found: dict[str, str] = {}
    for one in problem.requirements:
        match one:
            case Cut(weights_t_d=weights) | Coupling(upstream_t_d=weights) if set(weights.values()) != {1.0}:
                for name in weights:
                    found.setdefault(name, one.id)
            case _:
                pass
    return found


def _capacity(one: Resource, weighed: Mapping[str, str]) -> Iterator[FieldError]:
    path = ("resources", one.id, "capacity_t_d")
    if one.capacity_t_d is None:
        if one.id in weighed:
            yield row("capacity_missing", *path, label=one.label, by=weighed[one.id])
    elif one.id in weighed:
        if not (isfinite(one.capacity_t_d) and one.capacity_t_d > 0):
            yield row("capacity_not_positive", *path, label=one.label, found=one.capacity_t_d)
    else:
        yield from negative(one.capacity_t_d, "t/d", *path)


def _emissions(one: Resource) -> Iterator[FieldError]:
    for pollutant, tonnes in one.emission_t_d.items():
        path = ("resources", one.id, "emission_t_d", pollutant)
        if pollutant not in POLLUTANTS:
            yield row("unknown_pollutant", *path, id=pollutant, known=", ".join(POLLUTANTS))
        yield from negative(tonnes, "t/d", *path)
    yield from share_outside(one.idle_share, "resources", one.id, "idle_share")


def _stops(one: Resource) -> Iterator[FieldError]:
    for name in _LENGTHS:
        yield from negative(getattr(one, name), "d", "resources", one.id, name)
    if one.max_stops is not None:
        yield from negative(one.max_stops, "", "resources", one.id, "max_stops")

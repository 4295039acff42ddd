"""Wrong plans in a planning problem: stretches of unknown resources, out of order, or in a past that is not over."""

from collections.abc import Iterator, Sequence

from app.domain.errors import FieldError
from app.domain.periods import midnight
from app.domain.schedules.problem import Plan, Problem, Stretch
from app.domain.schedules.refusing.rows import row


def wrong_plans(problem: Problem) -> Iterator[FieldError]:
    """Every row of the past, of what is published and of what is wished that says nothing possible."""
    known = frozenset(one.id for one in problem.resources)
    plans: dict[str, Plan] = {"past": problem.past, "published": problem.published, "wished": problem.wished}
    for field, plan in plans.items():
        for name, stretches in plan.items():
            if name not in known:
                yield row("unknown_resource", field, name, id=name)
            yield from _stretches(stretches, (field, name))
    for name, stretches in problem.past.items():
        for number, one in enumerate(stretches):
            if not _without_zone(one):
                yield from _over(problem, one, ("past", name, str(number)))


def _without_zone(one: Stretch) -> list[str]:
    return [name for name in ("from_at", "until_at") if getattr(one, name).tzinfo is None]


def _stretches(stretches: Sequence[Stretch], path: tuple[str, ...]) -> Iterator[FieldError]:
    reached = None
    for number, one in enumerate(stretches):
        here = (*path, str(number))
        yield from _share(one, here)
        if without := _without_zone(one):
            for name in without:
                yield row("no_zone", *here, name, found=getattr(one, name).isoformat())
            continue
        if one.until_at <= one.from_at:
            yield row("not_later", *here, from_at=one.from_at.isoformat(), until_at=one.until_at.isoformat())
        if reached is not None and one.from_at < reached:
            yield row("stretches_overlap", *here)
        reached = one.until_at if reached is None else max(reached, one.until_at)


def _share(one: Stretch, path: tuple[str, ...]) -> Iterator[FieldError]:
    if not (0 < one.share <= 1 if one.kind == "limit" else one.share == 0):
        yield row("share_of_stop", *path, "share", found=one.share)


def _over(problem: Problem, one: Stretch, path: tuple[str, ...]) -> Iterator[FieldError]:
    if one.until_at > midnight(problem.from_day):
        yield row("past_not_past", *path, "until_at", found=one.until_at.isoformat(), from_day=problem.from_day)
    if one.from_at < midnight(problem.first):
        yield row("past_before_calendar", *path, "from_at", found=one.from_at.isoformat(), first=problem.first)

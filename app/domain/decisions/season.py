"""A season is the list of decisions at its change days; neighbours that say the same are one."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from app.domain.acts.effects import Effect
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.outcomes import Outcomes, Status
from app.domain.decisions.subjects import Subject, change_days
from app.domain.policies.facts import Level


class Stretch(NamedTuple):
    """What holds for one subject from a day until another (exclusive); a tuple, because a province makes many."""

    subject_id: str
    level: Level
    from_day: date
    until_day: date
    status: Status
    outcomes: Outcomes


def season_bounds(season: int) -> tuple[date, date]:
    """A season runs from July to June, so that every window of every plan lies inside one (A-G1)."""
    return date(season, 7, 1), date(season + 1, 7, 1)


def decide_season(evaluator: Evaluator, tree: Subject, *, season: int, acts: Sequence[Effect] = ()) -> list[Stretch]:
    """Decide every bound subject of an enterprise for a whole season."""
    first, end = season_bounds(season)
    inside = days_inside(tree, acts, season)
    days = [first, *inside]
    ends = [*inside, end]
    found: dict[str, list[Stretch]] = {}
    for day, until in zip(days, ends, strict=True):
        for decision in evaluator.evaluate(tree, season=season, day=day, acts=acts):
            _extend(found.setdefault(decision.bound.subject["id"], []), decision, until)
    return [stretch for stretches in found.values() for stretch in stretches]


def days_inside(tree: Subject, acts: Sequence[Effect], season: int) -> list[date]:
    """The days inside a season on which a fact or an act begins or ends."""
    first, end = season_bounds(season)
    low, high = first.isoformat(), end.isoformat()
    days = {date.fromisoformat(day) for day in change_days(tree) if low < day < high}
    days |= {day for act in acts for day in (act.valid_from, act.valid_to) if day is not None and first < day < end}
    return sorted(days)


def _extend(stretches: list[Stretch], decision: Decision, until: date) -> None:
    subject = decision.bound.subject
    last = stretches[-1] if stretches else None
    from_day = decision.day
    # Outcomes are interned, so the same answer is the same object.
    if last is not None and last.outcomes is decision.outcomes and last.status == decision.status:
        stretches.pop()
        from_day = last.from_day
    stretches.append(Stretch(subject["id"], subject["level"], from_day, until, decision.status, decision.outcomes))

"""What changed between two decisions of one enterprise's season, subject by subject, in stretches that say the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.domain.acts.effects import Effect
from app.domain.decisions.evaluate import Decision, Evaluator
from app.domain.decisions.season import days_inside, season_bounds
from app.domain.decisions.subjects import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """What one run stood on: the pack, the register and the acts."""

    evaluator: Evaluator
    tree: Subject
    acts: Sequence[Effect]

    def on(self, day: date, season: int) -> dict[str, Decision]:
        found = self.evaluator.evaluate(self.tree, season=season, day=day, acts=self.acts)
        return {one.bound.subject["id"]: one for one in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a plan says differently of one subject from a day until another (exclusive); None: it said nothing of it."""

    subject_id: str
    from_day: date
    until_day: date
    before: Decision | None
    after: Decision | None


def changes(before: Standpoint, after: Standpoint, season: int) -> list[Change]:
    """Every stretch of the season on which a subject is told something else, in order of subject and day."""
    first, end = season_bounds(season)
    inside = {*days_inside(before.tree, before.acts, season), *days_inside(after.tree, after.acts, season)}
    days = sorted({first, *inside})
    found: dict[str, list[Change]] = {}
    for day, until in zip(days, [*days[1:], end], strict=True):
        for change in _on(before.on(day, season), after.on(day, season), day, until):
            _join(found.setdefault(change.subject_id, []), change)
    return [change for subject in sorted(found) for change in found[subject]]


def _on(before: dict[str, Decision], after: dict[str, Decision], day: date, until: date) -> Iterator[Change]:
    for subject in sorted({*before, *after}):
        was, now = before.get(subject), after.get(subject)
        if said(was) != said(now):
            yield Change(subject_id=subject, from_day=day, until_day=until, before=was, after=now)


def _join(known: list[Change], change: Change) -> None:
    last = known[-1] if known else None
    if last is None or last.until_day != change.from_day:
        known.append(change)
    elif (said(last.before), said(last.after)) == (said(change.before), said(change.after)):
        known[-1] = replace(last, until_day=change.until_day)
    else:
        known.append(change)


def said(decision: Decision | None) -> tuple[object, ...]:
    """Everything a decision tells an enterprise; two that are equal here may be read as one."""
    if decision is None:
        return ()
    applied = [(one.rule.id, one.certain, one.constraint) for one in decision.applied]
    return decision.status, decision.outcomes.codes, applied

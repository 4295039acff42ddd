"""What the ratings of an enterprise come to: which grade holds from when until when, and what may be added to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from app.domain.periods import Period
from app.domain.ratings.ladders import Grading
from app.domain.ratings.rating import (
    CorrectionLeavesOut,
    DowngradeBackdated,
    DowngradeNotWorse,
    DowngradeOutside,
    Rating,
    RatingAct,
    RatingOfAnother,
    RatingOverlaps,
    RatingReplaced,
    RatingState,
    RatingUnknown,
    ReplacesMismatch,
)


@dataclass(frozen=True, slots=True)
class Held:
    """A rating and a stretch of days on which it is the one that counts."""

    rating: Rating
    period: Period


class History:
    """All ratings of an enterprise known at an instant.

    A correction takes the place of what it corrects. A downgrade lies inside the rating it lowers and hides it for its
    own days; whatever takes the place of either inherits this.
    """

    def __init__(self, ratings: Iterable[Rating]) -> None:
        self.ratings = {one.id: one for one in ratings}
        self._corrections = {one.replaces: one for one in self.ratings.values() if one.act is RatingAct.CORRECTION}
        self.counting = [one for one in self.ratings.values() if one.id not in self._corrections]

    def get(self, rating_id: UUID) -> Rating:
        found = self.ratings.get(rating_id)
        if found is None:
            raise RatingUnknown()
        return found

    def replaced_by(self, rating: Rating) -> Rating | None:
        return self._corrections.get(rating.id)

    def around(self, rating: Rating) -> Rating | None:
        """What a downgrade, however often corrected, lowers; None for an award."""
        first: Rating | None = rating
        while first is not None and first.act is RatingAct.CORRECTION:
            first = self._named(first)
        lowered = None if first is None else self._named(first)
        while lowered is not None and (later := self.replaced_by(lowered)) is not None:
            lowered = later
        return lowered

    def inside(self, rating: Rating) -> list[Rating]:
        """The downgrades that lie directly inside a rating, in order of their days."""
        return sorted((one for one in self.counting if self.around(one) == rating), key=lambda one: one.valid_from)

    def held(self, rating: Rating) -> list[Period]:
        """The stretches of days on which a rating counts; none where it was corrected."""
        if self.replaced_by(rating) is not None:
            return []
        found, start = list[Period](), rating.valid_from
        for lower in self.inside(rating):
            if start < lower.valid_from:
                found.append(Period(start, lower.valid_from))
            if lower.valid_to is None:
                return found
            start = lower.valid_to
        if rating.valid_to is None or start < rating.valid_to:
            found.append(Period(start, rating.valid_to))
        return found

    def state(self, rating: Rating, day: date) -> RatingState:
        """What has become of a rating by a day."""
        if self.replaced_by(rating) is not None:
            return RatingState.REPLACED
        coming = any(period.until is None or day < period.until for period in self.held(rating))
        return RatingState.STANDING if coming else RatingState.ENDED

    def _named(self, rating: Rating) -> Rating | None:
        return None if rating.replaces is None else self.ratings.get(rating.replaces)

    def says_already(self, rating: Rating) -> bool:
        """Whether a rating that counts says the same."""
        return any(one.says == rating.says for one in self.counting)


def standing(ratings: Iterable[Rating]) -> list[Held]:
    """What holds, stretch by stretch, after corrections and downgrades; on a day at most one rating of a grade."""
    history = History(ratings)
    found = [Held(one, period) for one in history.counting for period in history.held(one)]
    return sorted(found, key=lambda one: (str(one.rating.subject_id), one.rating.fact, one.period.start))


def admitted(new: Rating, history: History, grading: Grading, *, today: date) -> Rating:
    """The rating with its end, ready to be kept; raises why the history does not allow it."""
    target = _target(new, history)
    around = target if new.act is RatingAct.DOWNGRADE else None if target is None else history.around(target)
    if new.act is RatingAct.DOWNGRADE:
        _must_lower(new, around, grading, today)
    if around is not None:
        new = _within(new, around)
    _must_stand_apart(new, target, around, history)
    if new.act is RatingAct.CORRECTION and target is not None:
        for lower in history.inside(target):
            if not _lies_inside(lower.period, new):
                raise CorrectionLeavesOut(rating=lower.id, days=lower.days)
    return new


def _target(new: Rating, history: History) -> Rating | None:
    if (new.replaces is None) != (new.act is RatingAct.AWARD):
        raise ReplacesMismatch()
    if new.replaces is None:
        return None
    target = history.get(new.replaces)
    if (target.subject_id, target.fact) != (new.subject_id, new.fact):
        raise RatingOfAnother(rating=target.id)
    later = history.replaced_by(target)
    if later is not None:
        raise RatingReplaced(by=later.id)
    return target


def _must_lower(new: Rating, target: Rating | None, grading: Grading, today: date) -> None:
    if target is not None and not grading.is_worse(new.grade, target.grade):
        raise DowngradeNotWorse(grade=new.grade, than=target.grade)
    # A-L29: what is tightened in the season counts from the day it is recorded; a correction says what always was.
    if new.valid_from < today:
        raise DowngradeBackdated(today=today)


def _within(new: Rating, around: Rating) -> Rating:
    """A downgrade without an end lasts as long as what it lowers."""
    end = new.valid_to or around.valid_to
    if not _lies_inside(Period(new.valid_from, end), around):
        raise DowngradeOutside(rating=around.id, days=around.days)
    return replace(new, valid_to=end)


def _lies_inside(period: Period, around: Rating) -> bool:
    end = around.valid_to
    begins = around.valid_from < period.start and (end is None or period.start < end)
    return begins and (end is None or (period.until is not None and period.until <= end))


def _must_stand_apart(new: Rating, target: Rating | None, around: Rating | None, history: History) -> None:
    """Raises RatingOverlaps: beside it stands what lies in the same rating, or in none."""
    corrected = target if new.act is RatingAct.CORRECTION else None
    for other in _beside(new, around, history):
        if other is not corrected and other.period.meets(new.period):
            raise RatingOverlaps(rating=other.id, grade=other.grade, days=other.days)


def _beside(new: Rating, around: Rating | None, history: History) -> Sequence[Rating]:
    return [
        one
        for one in history.counting
        if (one.subject_id, one.fact) == (new.subject_id, new.fact) and history.around(one) == around
    ]

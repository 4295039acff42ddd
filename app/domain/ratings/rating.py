"""A rating: one grade awarded, corrected or lowered, for a period, by a body, on a paper; never altered afterwards."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.evidence import Evidence
from app.domain.periods import Period
from app.domain.policies.facts import Level

# The national grade of a line; plans may declare grades of their own, such as Fushan's of a casting process (A-FS21).
PERFORMANCE_GRADE = "performance_grade"


class RatingAct(StrEnum):
    """What a rating does: give a grade, say that another rating was wrong, or lower a grade from a day on."""

    AWARD = "award"
    CORRECTION = "correction"
    DOWNGRADE = "downgrade"


class RatingState(StrEnum):
    """What has become of a rating by a day: it holds then or will, it held before, or it was corrected and never held."""

    STANDING = "standing"
    ENDED = "ended"
    REPLACED = "replaced"


class RatingUnknown(NotFound):
    code = "rating_unknown"
    zh = "没有此评级，或不在您的管辖范围内。"
    en = "There is no such rating, or it lies outside what you may see."


class RatingPeriodEmpty(Invalid):
    code = "rating_period_empty"
    zh = "valid_to 须晚于 valid_from（不含当日）。"
    en = "valid_to must lie after valid_from."


class RatingSubjectMismatch(Invalid):
    code = "rating_subject_mismatch"
    zh = "“{fact_zh}”授予 {belongs} 一级，不能授予 {level}；请填写该级对象的编号。"
    en = "{fact} is awarded to a {belongs}, not to a {level}; name a {belongs} of the enterprise."


class ReplacesMismatch(Invalid):
    code = "replaces_mismatch"
    zh = "更正与降级须以 replaces 指明所针对的评级；授予不得填写 replaces。"
    en = "A correction or a downgrade names its rating in `replaces`; an award names none."


class RatingOfAnother(Conflict):
    code = "rating_of_another"
    zh = "评级 {rating} 属于另一对象或另一等级事实；更正与降级只能针对同一对象的同一等级。"
    en = "The rating {rating} is of another subject or fact; a correction or downgrade stays with the same one."


class RatingReplaced(Conflict):
    code = "rating_replaced"
    zh = "该评级已被 {by} 更正，不再有效；请针对 {by} 办理。"
    en = "This rating was corrected by {by} and no longer counts; act on {by} instead."


class RatingOverlaps(Conflict):
    code = "rating_overlaps"
    zh = "有效期与评级 {rating}（{grade}，{days}，不含末日）重叠；请先更正或降低该评级，或改填有效期。"
    en = "The period meets that of rating {rating} ({grade}, {days}, end exclusive); correct or lower that, or choose other days."


class DowngradeNotWorse(Invalid):
    code = "downgrade_not_worse"
    zh = "降级后的等级须低于原等级 {than}，且在同一评级阶梯上；“{grade}”不是。改正错误请用 correction。"
    en = "A downgrade goes below {than} on the same ladder, and {grade} does not; to mend a mistake use a correction."


class DowngradeBackdated(Invalid):
    code = "downgrade_backdated"
    zh = "降级自登记之日起生效，不溯及既往：valid_from 不得早于 {today}。"
    en = "A downgrade counts from the day it is recorded and never before: valid_from may not lie before {today}."


class DowngradeOutside(Conflict):
    code = "downgrade_outside"
    zh = "降级须在所降评级 {rating} 的有效期（{days}，不含末日）之内：晚于其首日开始，不晚于其末日结束。"
    en = "A downgrade lies inside the rating it lowers ({rating}, {days}, end exclusive): it begins later and ends no later."


class CorrectionLeavesOut(Conflict):
    code = "correction_leaves_out"
    zh = "更正后的有效期须包含其中的降级 {rating}（{days}，不含末日）；请先更正该降级。"
    en = "The corrected period must still contain the downgrade {rating} ({days}, end exclusive); correct that one first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One entry of the history; `valid_to` is exclusive, `assertions` are the facts it made."""

    id: UUID
    enterprise_id: UUID
    subject_id: UUID
    level: Level
    fact: str
    grade: str
    act: RatingAct
    replaces: UUID | None
    valid_from: date
    valid_to: date | None
    basis: str
    awarded_by: str
    document: str
    evidence: tuple[Evidence, ...]
    by: Origin
    known_at: datetime
    assertions: tuple[UUID, ...] = ()

    def __post_init__(self) -> None:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise RatingPeriodEmpty()

    @property
    def period(self) -> Period:
        return Period(self.valid_from, self.valid_to)

    @property
    def days(self) -> str:
        """Its period as ISO 8601 writes one, for people of either language."""
        return f"{self.valid_from}/{self.valid_to or '..'}"

    @property
    def says(self) -> tuple[object, ...]:
        """What it says, whatever it does: two that are equal here are one award told twice."""
        return (
            self.subject_id,
            self.fact,
            self.grade,
            self.valid_from,
            self.valid_to,
            self.basis,
            self.awarded_by,
            self.document,
        )

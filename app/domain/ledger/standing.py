"""Hours in which a line stood still: split over the accounts by date, and refused where they count already (A-G24)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app.domain.errors import Conflict, FieldError, Invalid
from app.domain.ledger.demands import Obligation
from app.domain.ledger.entries import COUNTED, NOTHING, Entry, EntryKind, Sums
from app.domain.ledger.frame import AFTER_SEASON, ORDER, Frame, hours_between
from app.domain.periods import ONE_DAY, civil_day

# What somebody saw running on a subject on a civil day, in a word that can be looked up; None where nobody did.
Contradicting = Callable[[UUID, date], str | None]


class HoursInvalid(Invalid):
    code = "hours_invalid"
    zh = "起止时间不符合要求，详见 errors。"
    en = "The beginning and the end do not fit; see errors."


class HoursOutsideAccounts(Invalid):
    code = "hours_outside_accounts"
    zh = "{from_at} 至 {until_at} 不在本方案的任何时段之内；请只登记管控期内或季后的停产。"
    en = "{from_at} to {until_at} lies in no period of this plan; post only hours of the season or after it."


class HoursCountedAlready(Conflict):
    code = "hours_counted_already"
    zh = "该时段与条目 {entry} 重叠，同一小时在一个方案中只计一次；请改正起止，或先冲销该条目。"
    en = "These hours overlap with entry {entry}, and an hour counts once in a plan; mend them or reverse that entry first."


class SubjectWithoutLedger(Conflict):
    code = "subject_without_ledger"
    zh = "该对象在此方案和季节没有应停小时，无台账可记；请先作出决定，再登记。"
    en = "Nothing is owed by this subject under this plan and season; decide it first, then post."


class PackKeepsNoLedger(Conflict):
    code = "pack_keeps_no_ledger"
    zh = "方案 {pack} 没有按天数停产的措施，不设停产台账。"
    en = "The pack {pack} demands no number of stop days and keeps no ledger."


class ProductionWasRunning(Conflict):
    code = "production_was_running"
    zh = "{day} 有记录显示该对象在生产（{seen}），不能计为停产；请核对起止，或先更正该记录。"
    en = "On {day} this subject was seen running ({seen}), which is no stop; check the hours or correct that record first."


@dataclass(frozen=True, slots=True)
class Hours:
    """Some time of standing still, in whole hours."""

    start: datetime
    end: datetime

    def days(self) -> Iterator[date]:
        day = civil_day(self.start)
        while day <= civil_day(self.end - timedelta(microseconds=1)):
            yield day
            day += ONE_DAY


@dataclass(frozen=True, slots=True)
class Part:
    """What of the hours belongs to one account, and as what they count there."""

    account: str
    kind: EntryKind
    hours: Hours

    @property
    def amount(self) -> Decimal:
        return hours_between(self.hours.start, self.hours.end)


def checked_hours(start: datetime, end: datetime, *, not_after: datetime | None = None) -> Hours:
    """Raises HoursInvalid with everything that is wrong; `not_after` is given for what must have happened."""
    errors: list[FieldError] = []
    if end <= start:
        errors.append(_wrong("/until", "empty", "须晚于开始。", "must lie after the beginning."))
    elif hours_between(start, end) % 1:
        errors.append(_wrong("/until", "whole_hours", "须为整小时。", "post whole hours."))
    if not_after is not None and end > not_after:
        errors.append(
            _wrong("/until", "not_past", "尚未过去，不能登记为已停。", "has not passed and cannot be served yet.")
        )
    if errors:
        raise HoursInvalid(errors=errors)
    return Hours(start, end)


def _wrong(pointer: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(pointer=pointer, code=code, zh=zh, en=en)


def refuse_counted(hours: Hours, entries: Iterable[Entry], *, kinds: Iterable[EntryKind] = COUNTED) -> None:
    """Raises HoursCountedAlready for the first entry of these kinds that has an hour in common and stands."""
    wanted, known = frozenset(kinds), list(entries)
    reversed_ids = {entry.reverses for entry in known}
    for entry in known:
        one = entry.posting
        stands = one.kind in wanted and entry.reverses is None and entry.id not in reversed_ids
        if stands and one.from_at and one.until_at and one.from_at < hours.end and hours.start < one.until_at:
            raise HoursCountedAlready(entry=entry.id)


def uncounted(hours: Hours, entries: Iterable[Entry], *, kind: EntryKind) -> list[Hours]:
    """What of the hours no standing entry of a kind has counted yet."""
    known = list(entries)
    reversed_ids = {entry.reverses for entry in known}
    free = [hours]
    for entry in known:
        one = entry.posting
        if one.kind != kind or entry.reverses is not None or entry.id in reversed_ids:
            continue
        if one.from_at is not None and one.until_at is not None:
            free = [left for each in free for left in _beside(each, one.from_at, one.until_at)]
    return free


def _beside(hours: Hours, start: datetime, end: datetime) -> Iterator[Hours]:
    if end <= hours.start or hours.end <= start:
        yield hours
        return
    if hours.start < start:
        yield Hours(hours.start, start)
    if end < hours.end:
        yield Hours(end, hours.end)


def refuse_running(subject_id: UUID, hours: Hours, contradicting: Contradicting) -> None:
    """Raises ProductionWasRunning for the first day on which somebody saw the subject run."""
    for day in hours.days():
        seen = contradicting(subject_id, day)
        if seen is not None:
            raise ProductionWasRunning(day=day, seen=seen)


def split(obligation: Obligation, order: Sums, hours: Hours) -> list[Part]:
    """Served in the season, made up after it; a continuous stop that is still due is served first, whenever it is.

    Raises HoursOutsideAccounts for hours of no account.
    """
    found: list[Part] = []
    rest = [hours]
    starts = [one.start for stretch in obligation.stretches for one in stretch.ordered]
    if starts and order.due > NOTHING:
        begins = max(hours.start, min(starts))
        ends = min(hours.end, begins + timedelta(hours=float(order.due)))
        if begins < ends:
            found.append(Part(ORDER, "served", Hours(begins, ends)))
            rest = [Hours(hours.start, begins), Hours(ends, hours.end)]
    for piece in rest:
        if piece.start < piece.end:
            found += _by_date(obligation.frame, piece)
    return sorted(found, key=lambda part: part.hours.start)


def _by_date(frame: Frame, hours: Hours) -> list[Part]:
    found = within_season(frame, hours, kind="served")
    if hours.end > frame.ends:
        found.append(Part(AFTER_SEASON, "made_up", Hours(max(hours.start, frame.ends), hours.end)))
    if sum((part.amount for part in found), NOTHING) < hours_between(hours.start, hours.end):
        raise HoursOutsideAccounts(from_at=hours.start.isoformat(), until_at=hours.end.isoformat())
    return found


def within_season(frame: Frame, hours: Hours, *, kind: EntryKind) -> list[Part]:
    """What of the hours lies in the periods of the season, period by period."""
    cut = [(slot.name, max(hours.start, slot.start), min(hours.end, slot.end)) for slot in frame.slots]
    return [Part(name, kind, Hours(start, end)) for name, start, end in cut if start < end]


def planned(frame: Frame, hours: Hours) -> list[Part]:
    """Hours that are to be stopped, period by period and beyond the season; what lies in no period is nobody's."""
    found = within_season(frame, hours, kind="scheduled")
    if hours.end > frame.ends:
        found.append(Part(AFTER_SEASON, "scheduled", Hours(max(hours.start, frame.ends), hours.end)))
    return found


def as_kind(parts: Sequence[Part], kind: EntryKind) -> list[Part]:
    """The same parts counted as something else, such as planned."""
    return [Part(part.account, kind, part.hours) for part in parts]

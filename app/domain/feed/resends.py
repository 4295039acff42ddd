"""Requests to send again: days of a channel that an officer, or a gap, asks a source for."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, Invalid, NotFound


class ResendUnknown(NotFound):
    code = "resend_request_unknown"
    zh = "没有此补传请求，或您无权查看。"
    en = "There is no such request to send again, or you may not see it."


class ResendClosed(Conflict):
    code = "resend_request_closed"
    zh = "此补传请求已结束。"
    en = "The request to send again is closed."


class DaysUpsideDown(Invalid):
    code = "feed_days_upside_down"
    zh = "日期范围应从早到晚，且不超过 {most} 天。"
    en = "A range of days runs from the earlier to the later one, over {most} days at most."


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendRequest:
    """Civil days of one channel, both included; closed when they are there or no longer wanted."""

    id: UUID
    enterprise_id: UUID
    channel_id: UUID
    source: str
    first: date
    last: date
    reason: str
    requested_at: datetime
    requested_by: Origin
    closed_at: datetime | None = None
    closed_as: str | None = None


def refuse_upside_down(first: date, last: date, *, most: int) -> None:
    """Raises DaysUpsideDown unless the range runs forward and is not too long."""
    if not 0 <= (last - first).days < most:
        raise DaysUpsideDown(most=most)

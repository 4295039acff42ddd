"""Feeds: secret addresses under which anybody who has been given one follows an enterprise's calendar, until revoked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import NotFound


class CalendarFeedUnknown(NotFound):
    code = "calendar_feed_unknown"
    zh = "没有此日历地址，或已撤销。"
    en = "There is no such calendar address, or it has been revoked."


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFeed:
    """One address; what is secret in it was told once, and only its hash is kept."""

    id: UUID
    enterprise_id: UUID
    name: str
    secret_hash: str
    created_by: Origin
    created_at: datetime
    revoked_at: datetime | None = None

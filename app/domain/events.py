"""Events: what happened, in one word that is the audit action, the outbox type and the webhook type alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.errors import Conflict

# So long a reader may stay away and still miss nothing.
KEPT = timedelta(days=90)


class EventsForgotten(Conflict):
    code = "events_forgotten"
    zh = "游标 {after} 之后的事件只保留 {days} 天，部分已清除；请重新读取所需数据，再不带 after 从最早的事件读起。"
    en = (
        "Events are kept for {days} days and some after {after} are gone; read afresh what you follow, then begin "
        "at the oldest event by leaving `after` out."
    )


class CursorAhead(Conflict):
    code = "events_cursor_ahead"
    zh = "游标 {after} 在最新事件之后：本服务可能已从备份恢复；请重新读取所需数据，再不带 after 从最早的事件读起。"
    en = (
        "{after} lies ahead of the newest event: the service may have been restored from a backup; read afresh what you "
        "follow, then begin at the oldest event by leaving `after` out."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to one subject, as `room.past_participle`, with the data a reader needs."""

    type: str
    subject: str
    enterprise_id: str | None = None
    region: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def room(self) -> str:
        """The first word of the type."""
        return self.type.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """An event as readers see it: committed, with its place in the order that never changes."""

    sequence: int
    id: UUID
    at: datetime
    type: str
    subject: str
    enterprise_id: str | None
    region: str | None
    data: Mapping[str, Any]

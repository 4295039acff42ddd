"""Events: what happened, in one word that is the audit action, the outbox type and the webhook type alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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

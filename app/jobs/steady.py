"""Steady work: what a worker does all the time beside the operations that somebody asked for, step by step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.integrations.metrics import Metrics
from app.persistence.engine import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """What steady work stands on."""

    sessions: Sessions
    clock: Callable[[], datetime]
    metrics: Metrics = field(default_factory=Metrics)


# One step; true when the next one should follow at once, false when there was nothing to do.
Step = Callable[[], Awaitable[bool]]

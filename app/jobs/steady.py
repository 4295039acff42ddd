"""Steady work: what a worker does all the time beside the operations that somebody asked for, step by step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.domain.operations import OperationState
from app.integrations.metrics import Metrics
from app.persistence.engine import Sessions
from app.persistence.recurring_jobs import RecurringJobRepository
from app.persistence.unit_of_work import open_unit

# A step may end twice a second; a minute is soon enough to see that steady work stands still.
TOLD_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """What steady work stands on."""

    sessions: Sessions
    clock: Callable[[], datetime]
    metrics: Metrics = field(default_factory=Metrics)


# One step; true when the next one should follow at once, false when there was nothing to do.
Step = Callable[[], Awaitable[bool]]


@dataclass(slots=True, kw_only=True)
class Pulse:
    """How one worker's steady work goes, kept beside the recurring jobs: each failure, and that all is well by the minute."""

    kind: str
    sessions: Sessions
    clock: Callable[[], datetime]
    well: bool = False
    told_at: datetime | None = None

    async def went_well(self) -> None:
        if not self.well or self.told_at is None or self.clock() - self.told_at >= TOLD_EVERY:
            await self._tell(OperationState.SUCCEEDED, None)

    async def failed(self, problem: dict[str, Any]) -> None:
        self.well = False
        await self._tell(OperationState.FAILED, problem)

    async def _tell(self, outcome: OperationState, problem: dict[str, Any] | None) -> None:
        now = self.clock()
        async with open_unit(self.sessions, now=now) as unit:
            turns = RecurringJobRepository(unit.session)
            await turns.take_turn(self.kind, now=now, every=TOLD_EVERY)
            await turns.ended(self.kind, None, outcome=outcome, at=now, problem=problem, result=None)
        self.well, self.told_at = problem is None, now

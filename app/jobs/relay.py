"""Relaying: every second or so some worker numbers what was committed and queues it for webhooks."""

from app.jobs.steady import Steady
from app.persistence.unit_of_work import open_unit
from app.services import events


async def relay(steady: Steady) -> bool:
    """True when there may be more; several workers at it take turns."""
    async with open_unit(steady.sessions, now=steady.clock()) as unit:
        relayed = await events.relay(unit)
    steady.metrics.relayed.inc(relayed)
    return relayed > 0

"""A worker that relays and delivers by the clock of a story, in a process of its own that can be killed."""

import asyncio
import sys
from datetime import datetime

from app.integrations.metrics import Metrics
from app.integrations.tokens import Tokens
from app.integrations.webhooks import Sender
from app.jobs.deliver import Deliverer
from app.jobs.relay import relay
from app.jobs.steady import Steady
from app.main import create_tokens, options_from
from app.persistence.engine import create_engine, create_sessions
from app.settings import Settings


def sealing() -> Tokens:
    """With the key that the story gives in CUOFENG_SIGNING_KEY."""
    return create_tokens(options_from(Settings()))


async def main(url: str, now: datetime) -> None:
    engine = create_engine(url)
    steady = Steady(sessions=create_sessions(engine), clock=lambda: now, metrics=Metrics())
    while await relay(steady):
        pass
    sender = Sender(private_targets=True)
    await Deliverer(steady=steady, sender=sender, unseal=sealing().unseal, base_url="").drain()
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], datetime.fromisoformat(sys.argv[2])))

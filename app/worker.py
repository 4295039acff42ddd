"""The worker process: runs long work beside the API, any number of times, on any machine that reaches the database."""

from datetime import timedelta
from functools import partial

from app.api.security import signing_key
from app.clock import utc_now
from app.integrations.metrics import process_metrics
from app.integrations.tokens import Tokens
from app.integrations.webhooks import Sender
from app.jobs.deliver import Deliverer
from app.jobs.registry import HANDLERS, RECURRING
from app.jobs.relay import relay
from app.jobs.runner import Worker
from app.jobs.steady import Steady
from app.main import base_url_of, create_tokens, make_months, options_from
from app.persistence.engine import Sessions, create_engine, create_sessions
from app.persistence.health import require_newest_schema
from app.persistence.unit_of_work import open_unit
from app.settings import Settings


async def work(settings: Settings, url: str) -> None:
    """Work until cancelled; jobs then under way are given back for another worker."""
    engine = create_engine(url, pool_size=2 * settings.worker_concurrency + 6)
    sessions = create_sessions(engine)
    tokens = create_tokens(options_from(settings))
    steady = Steady(sessions=sessions, clock=utc_now, metrics=process_metrics())
    deliverer = Deliverer(
        steady=steady,
        sender=Sender(private_targets=settings.webhook_private_targets),
        unseal=tokens.unseal,
        base_url=base_url_of(settings),
    )
    try:
        await require_newest_schema(sessions)
        await make_months(sessions, utc_now())
        await load_key(tokens, sessions)
        await Worker(
            sessions=sessions,
            clock=utc_now,
            handlers=HANDLERS,
            recurring=RECURRING,
            steady={"relay": partial(relay, steady), "deliver": deliverer.step},
            concurrency=settings.worker_concurrency,
            lease=timedelta(seconds=settings.lease_seconds),
            metrics=process_metrics(),
        ).run()
    finally:
        await deliverer.stop()
        await engine.dispose()


async def load_key(tokens: Tokens, sessions: Sessions) -> None:
    """The key that secrets of webhooks are sealed with: from the settings, or the one in the database."""
    if tokens.key is None:
        async with open_unit(sessions, now=utc_now()) as unit:
            tokens.use(await signing_key(unit))

"""The worker process: runs long work beside the API, any number of times, on any machine that reaches the database."""

from datetime import timedelta

from app.integrations.metrics import process_metrics
from app.jobs.registry import HANDLERS, RECURRING
from app.jobs.runner import Worker
from app.main import make_months, utc_now
from app.persistence.engine import create_engine, create_sessions
from app.persistence.health import require_newest_schema
from app.settings import Settings


async def work(settings: Settings, url: str) -> None:
    """Work until cancelled; jobs then under way are given back for another worker."""
    engine = create_engine(url, pool_size=2 * settings.worker_concurrency + 2)
    sessions = create_sessions(engine)
    try:
        await require_newest_schema(sessions)
        await make_months(sessions, utc_now())
        await Worker(
            sessions=sessions,
            clock=utc_now,
            handlers=HANDLERS,
            recurring=RECURRING,
            concurrency=settings.worker_concurrency,
            lease=timedelta(seconds=settings.lease_seconds),
            metrics=process_metrics(),
        ).run()
    finally:
        await engine.dispose()

"""What stories about long work may ask for."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from app import logs
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.engine import Sessions, create_engine, create_sessions
from tests import postgres


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    logs.configure(level="critical")


@pytest.fixture(scope="module")
async def jobs_url(server: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """A database with real commits for the stories of one file; each story cleans up its operations."""
    made = postgres.database(server, f"jobs_{os.getpid()}", template=template)
    yield await asyncio.to_thread(made.__enter__)
    await asyncio.to_thread(made.__exit__, None, None, None)


@pytest.fixture
async def shared(jobs_url: str) -> AsyncIterator[Sessions]:
    engine = create_engine(jobs_url, pool_size=20)
    yield create_sessions(engine)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("TRUNCATE operations, recurring_jobs, uploads, idempotency_keys")
    await engine.dispose()

"""What every test may ask for: a migrated PostgreSQL that forgets, a clock that stands still, an app and its client."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, async_sessionmaker
from starlette.routing import BaseRoute

from app.integrations.embedded_postgres import EmbeddedPostgres
from app.main import create_app
from app.persistence.engine import Sessions, create_engine, create_sessions
from app.settings import Settings
from tests import postgres

NUMBERS = count()
_ROUTES: list[BaseRoute] = []


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    def come_to(self, year: int, month: int, day: int) -> None:
        """Ten in the morning of a day in China."""
        self.now = datetime(year, month, day, 2, tzinfo=UTC)


def an_app(**given: Any) -> FastAPI:
    """An app of its own on routes that are made once per process: building them takes longer than most stories."""
    made = create_app(**given)
    if not _ROUTES:
        _ROUTES.extend(made.router.routes)
    made.router.routes[:] = _ROUTES
    return made


@pytest.fixture(scope="session")
def server(worker_id: str) -> Iterator[EmbeddedPostgres]:
    with postgres.shared_server(leave_a_janitor=worker_id in {"master", "gw0"}) as shared:
        yield shared


@pytest.fixture(scope="session")
def template(server: EmbeddedPostgres, testrun_uid: str) -> str:
    return postgres.migrated_template(server, testrun_uid)


@pytest.fixture(scope="session")
def database_url(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    with postgres.database(server, f"worker_{os.getpid()}", template=template) as url:
        yield url


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database_url)
    yield made
    await made.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One connection whose outer transaction is rolled back: what a test commits is forgotten."""
    async with engine.connect() as opened:
        outer = await opened.begin()
        yield opened
        await outer.rollback()


@pytest.fixture
def sessions(connection: AsyncConnection) -> Sessions:
    """Sessions for one task at a time; code that runs several at once needs `committed_sessions`."""
    return async_sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")


@pytest.fixture
async def own_database_url(server: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """A migrated database for one test."""
    made = postgres.database(server, f"test_{os.getpid()}_{next(NUMBERS)}", template=template)
    yield await asyncio.to_thread(made.__enter__)
    await asyncio.to_thread(made.__exit__, None, None, None)


@pytest.fixture
async def committed_sessions(own_database_url: str) -> AsyncIterator[Sessions]:
    """Sessions with connections of their own on a database of their own: commits are real, races are possible."""
    made = create_engine(own_database_url, pool_size=20)
    yield create_sessions(made)
    await made.dispose()


@pytest.fixture
def clock() -> Clock:
    """2019-12-10, 10:00 in Shanghai: a Tuesday in the season of every plan."""
    return Clock(datetime(2019, 12, 10, 2, tzinfo=UTC))


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(signing_key=SecretStr("a key for tests that is long enough"), log_level="error")


@pytest.fixture
def app(sessions: Sessions, clock: Clock, settings: Settings) -> FastAPI:
    """The API over the rolled-back connection: one request at a time."""
    return an_app(sessions=sessions, clock=clock, settings=settings)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://cuofeng.test") as opened:
        yield opened


@pytest.fixture
def committed_app(committed_sessions: Sessions, clock: Clock, settings: Settings) -> FastAPI:
    """The API with real commits, for requests that race."""
    return an_app(sessions=committed_sessions, clock=clock, settings=settings)

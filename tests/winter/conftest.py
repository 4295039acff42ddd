"""What the winter stands on: a database of its own, and another platform that listens."""

from collections.abc import AsyncIterator

import pytest

from app import logs
from app.persistence.engine import Sessions
from app.settings import Settings
from tests.api.pushing import Post, open_post
from tests.conftest import Clock


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    logs.configure(level="critical")


@pytest.fixture
async def post(committed_sessions: Sessions, clock: Clock, settings: Settings) -> AsyncIterator[Post]:
    async with open_post(committed_sessions, clock, settings) as opened:
        yield opened

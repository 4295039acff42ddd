"""What stories at the door may ask for."""

from collections.abc import AsyncIterator

import pytest

from app import logs
from app.persistence.engine import Sessions
from app.settings import Settings
from tests.api.door import Door, open_door
from tests.api.officer import Officer
from tests.api.pushing import Post, open_post
from tests.conftest import Clock


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """As in production: one JSON line, not a traceback painted with every local variable."""
    logs.configure(level="critical")


@pytest.fixture
def door(sessions: Sessions, clock: Clock, settings: Settings) -> Door:
    """The API on a database that forgets; one request at a time."""
    return open_door(sessions, clock, settings)


@pytest.fixture
def busy_door(committed_sessions: Sessions, clock: Clock, settings: Settings) -> Door:
    """The API on a database of its own: commits are real and requests may race."""
    return open_door(committed_sessions, clock, settings)


@pytest.fixture
async def pack_officer(busy_door: Door, clock: Clock) -> Officer:
    """Somebody who sees the whole country and acts for a named person."""
    return Officer(busy_door, clock, await busy_door.caller(on_behalf_of=True))


@pytest.fixture
async def post(committed_sessions: Sessions, clock: Clock, settings: Settings) -> AsyncIterator[Post]:
    """A receiver on this machine, and a service that may send to it."""
    async with open_post(committed_sessions, clock, settings) as opened:
        yield opened

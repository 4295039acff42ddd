"""The door of the proof: on a database of its own, with real commits."""

import pytest

from app import logs
from app.persistence.engine import Sessions
from app.settings import Settings
from tests.api.door import Door, open_door
from tests.conftest import Clock


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    logs.configure(level="critical")


@pytest.fixture
def busy_door(committed_sessions: Sessions, clock: Clock, settings: Settings) -> Door:
    return open_door(committed_sessions, clock, settings)

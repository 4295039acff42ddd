"""What stories at the door may ask for."""

import pytest

from app.persistence.engine import Sessions
from app.settings import Settings
from tests.api.door import Door, open_door
from tests.conftest import Clock


@pytest.fixture
def door(sessions: Sessions, clock: Clock, settings: Settings) -> Door:
    """The API on a database that forgets; one request at a time."""
    return open_door(sessions, clock, settings)


@pytest.fixture
def busy_door(committed_sessions: Sessions, clock: Clock, settings: Settings) -> Door:
    """The API on a database of its own: commits are real and requests may race."""
    return open_door(committed_sessions, clock, settings)

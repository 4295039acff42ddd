"""The service itself on a port of this machine, beside the test that talks to it."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from pydantic import SecretStr

from app.main import create_app
from app.persistence.engine import create_engine, create_sessions
from app.settings import Settings
from tests.kill.conftest import Ground
from tests.kill.servers import KEY


@contextmanager
def serving(ground: Ground, url: str) -> Iterator[str]:
    """Its address; it shares the clock and the database of the ground."""
    listening = socket.create_server(("127.0.0.1", 0))
    settings = Settings.model_validate({"signing_key": SecretStr(KEY), "log_level": "error", "requests_per_minute": 0})
    engine = create_engine(url)
    app = create_app(sessions=create_sessions(engine), clock=ground.clock, settings=settings, engine=engine)
    running = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[listening])))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join()

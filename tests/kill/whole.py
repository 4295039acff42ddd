"""Whole servers and workers to be killed at any moment: a process that has everything imported and forks one for each line.

`serve PORT` forks the API, `work` a worker; it answers with the process id. Nothing in them knows that they will be killed.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import time
from datetime import timedelta

import uvicorn
from pydantic import SecretStr

from app import logs
from app.clock import utc_now
from app.jobs.registry import HANDLERS
from app.jobs.runner import Worker
from app.main import build
from app.persistence.engine import create_engine, create_sessions
from app.settings import Settings
from tests.kill.servers import KEY, say

SETTINGS = Settings(signing_key=SecretStr(KEY), log_level="error")
# Another worker takes over what a killed one had when its lease is over.
LEASE = timedelta(seconds=2)


def serve(url: str, port: int) -> None:
    with _listening(port) as listening:
        uvicorn.Server(uvicorn.Config(build(SETTINGS, url), log_level="critical")).run(sockets=[listening])


def _listening(port: int) -> socket.socket:
    """Whoever was killed may hold the port for a moment longer."""
    while True:
        with contextlib.suppress(OSError):
            return socket.create_server(("127.0.0.1", port))
        time.sleep(0.02)


def work(url: str) -> None:
    sessions = create_sessions(create_engine(url))
    asyncio.run(Worker(sessions=sessions, clock=utc_now, handlers=HANDLERS, lease=LEASE).run())


def main(url: str) -> None:
    logs.configure(level="critical")
    # The dead are buried by the system.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    say("ready")
    for line in sys.stdin:
        what, *port = line.split()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # Its words are none of the story's, and it ends with the one who made it at the latest.
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(0, 1)
            os.dup2(0, 2)
            serve(url, int(port[0])) if what == "serve" else work(url)
            os._exit(0)
        say(str(child))
    # Whoever told the story is gone; nobody it started outlives it.
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])

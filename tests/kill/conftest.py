"""What stories about killed servers stand on: one database, a door that works, and servers that do not survive."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from app.integrations.embedded_postgres import EmbeddedPostgres
from app.persistence.engine import Sessions, create_engine, create_sessions
from app.settings import Settings
from tests import postgres
from tests.api.door import Door, open_door
from tests.api.packs import publish
from tests.conftest import Clock

KEY = "a key for tests that is long enough"

ROOT = Path(__file__).resolve().parents[2]
PACKS = ("fushan", "changzhi")


@dataclass(slots=True)
class Killing:
    """A door to prepare things at, and a way to have one request cut off in the middle."""

    door: Door
    clock: Clock
    forker: Process

    @property
    def sessions(self) -> Sessions:
        return self.door.sessions

    async def cut_off(self, request: httpx.Request) -> None:
        """Send a request to a server of its own and kill that server just before it commits."""
        assert self.forker.stdin is not None
        self.forker.stdin.write(f"{self.clock().isoformat()}\n".encode())
        pid, port = (await self._hears()).split()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            sent = asyncio.create_task(client.send(client.build_request(
                request.method, request.url.raw_path.decode(), content=request.content, headers=request.headers
            )))  # fmt: skip
            heard = asyncio.create_task(self._hears())
            await asyncio.wait({sent, heard}, return_when=asyncio.FIRST_COMPLETED)
            if sent.done():
                os.kill(int(pid), signal.SIGKILL)
                raise AssertionError(f"answered before it was about to commit: {sent.result().text}")
            assert await heard == "halfway"
            os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(httpx.TransportError):
                await sent
                raise AssertionError("a killed server answered")
        assert await self._hears() == "gone"

    async def _hears(self) -> str:
        assert self.forker.stdout is not None
        return (await asyncio.wait_for(self.forker.stdout.readline(), 60)).decode().strip()


@pytest.fixture(scope="session")
async def killing(server: EmbeddedPostgres, template: str) -> AsyncIterator[Killing]:
    made = postgres.database(server, f"kill_{os.getpid()}", template=template)
    url = await asyncio.to_thread(made.__enter__)
    engine = create_engine(url)
    clock = Clock(datetime(2019, 12, 10, 2, tzinfo=UTC))
    settings = Settings(signing_key=SecretStr(KEY), log_level="error")
    door = open_door(create_sessions(engine), clock, settings)
    await publish(door.sessions, *PACKS)
    forker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kill.servers", url, stdin=PIPE, stdout=PIPE, cwd=ROOT, start_new_session=True
    )
    killing = Killing(door, clock, forker)
    assert await killing._hears() == "ready"
    yield killing
    # With whatever server a failed story left behind: it would hold the pipe open for ever.
    os.killpg(forker.pid, signal.SIGKILL)
    await forker.wait()
    await engine.dispose()
    await asyncio.to_thread(made.__exit__, None, None, None)

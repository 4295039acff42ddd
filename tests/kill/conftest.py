"""What stories about killed servers stand on: one database, a door that works, and servers that do not survive."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from tests.kill.servers import KEY, WRITTEN

ROOT = Path(__file__).resolve().parents[2]
PACKS = ("changzhi", "fushan", "gaoping", "huairen", "yongning")


@dataclass(slots=True)
class Ground:
    """A door at which stories are told, and the clock they move."""

    door: Door
    clock: Clock

    @property
    def sessions(self) -> Sessions:
        return self.door.sessions


@dataclass(slots=True)
class Killing(Ground):
    """A way to have one request or job cut off in the middle."""

    forker: Process

    async def cut_off(self, request: httpx.Request, *, until: str = WRITTEN) -> None:
        """Send a request to a server of its own and kill that server when it has come so far."""
        self._says(self.clock().isoformat(), until)
        pid, port = (await self._hears()).split()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            sent = asyncio.create_task(client.send(client.build_request(
                request.method, request.url.raw_path.decode(), content=request.content, headers=request.headers
            )))  # fmt: skip
            heard = asyncio.create_task(self._hears())
            await asyncio.wait({sent, heard}, return_when=asyncio.FIRST_COMPLETED)
            if sent.done():
                os.kill(int(pid), signal.SIGKILL)
                raise AssertionError(f"answered before it was killed: {sent.result().text}")
            await self._kills(pid, await heard)
            with contextlib.suppress(httpx.TransportError):
                await sent
                raise AssertionError("a killed server answered")

    async def cut_off_job(self, kind: str) -> None:
        """Let a worker of its own take the trial operation and kill it in the middle of its second batch."""
        self._says(self.clock().isoformat(), kind)
        pid, _ = (await self._hears()).split()
        await self._kills(pid, await self._hears())

    async def _kills(self, pid: str, heard: str) -> None:
        word, _, written = heard.partition(" ")
        assert word == "halfway", f"it ended by itself: {heard}"
        assert int(written) > 0, "nothing was written before the end"
        os.kill(int(pid), signal.SIGKILL)
        assert await self._hears() == "gone"

    def _says(self, *words: str) -> None:
        assert self.forker.stdin is not None
        self.forker.stdin.write(f"{' '.join(words)}\n".encode())

    async def _hears(self) -> str:
        assert self.forker.stdout is not None
        return (await asyncio.wait_for(self.forker.stdout.readline(), 60)).decode().strip()


@asynccontextmanager
async def grounded(server: EmbeddedPostgres, template: str, name: str) -> AsyncIterator[tuple[Ground, str]]:
    """A database of its own with the plans published, and its address."""
    made = postgres.database(server, f"{name}_{os.getpid()}", template=template)
    url = await asyncio.to_thread(made.__enter__)
    engine = create_engine(url)
    clock = Clock(datetime(2019, 12, 22, 2, tzinfo=UTC))
    settings = Settings(signing_key=SecretStr(KEY), log_level="error")
    door = open_door(create_sessions(engine), clock, settings)
    await publish(door.sessions, *PACKS)
    yield Ground(door, clock), url
    await engine.dispose()
    await asyncio.to_thread(made.__exit__, None, None, None)


@pytest.fixture(scope="session")
async def killing(server: EmbeddedPostgres, template: str) -> AsyncIterator[Killing]:
    async with grounded(server, template, "kill") as (ground, url):
        forker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.kill.servers", url, stdin=PIPE, stdout=PIPE, cwd=ROOT, start_new_session=True
        )
        killing = Killing(ground.door, ground.clock, forker)
        assert await killing._hears() == "ready"
        yield killing
        # With whatever server a failed story left behind: it would hold the pipe open for ever.
        os.killpg(forker.pid, signal.SIGKILL)
        await forker.wait()

"""One throwaway PostgreSQL for everyone who tests on this machine now, gone when the last of them is gone."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from app.integrations.embedded_postgres import EmbeddedPostgres
from app.integrations.embedded_postgres.places import make_directory
from app.persistence.schema import upgrade

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = 200


def home() -> Path:
    """Where the server's account may pass: as root not under $TMPDIR, which can be private."""
    return Path("/tmp" if os.geteuid() == 0 else tempfile.gettempdir()) / f"cuofeng-tests-{os.geteuid()}"


@contextlib.contextmanager
def shared_server(*, leave_a_janitor: bool) -> Iterator[EmbeddedPostgres]:
    """Hold a share in the server; the system gives it back even if this process is killed."""
    with _lock(fcntl.LOCK_SH):
        server = EmbeddedPostgres(home() / "server", durable=False, max_connections=CONNECTIONS)
        if server.start() or leave_a_janitor:
            _leave_a_janitor()
        yield server


@contextlib.contextmanager
def _lock(how: int, name: str = "users") -> Iterator[None]:
    make_directory(home(), mode=0o755)
    with (home() / f"{name}.lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, how)
        yield


def _leave_a_janitor() -> None:
    """A detached process that waits until no share is held, then stops the server and removes its files."""
    quiet = subprocess.DEVNULL
    # The shell ends at once and leaves the janitor to the system: nobody here waits for it.
    command = ["/bin/sh", "-c", '"$0" -m tests.postgres &', sys.executable]
    subprocess.run(command, cwd=ROOT, check=True, start_new_session=True, stdin=quiet, stdout=quiet, stderr=quiet)


def clean_up() -> None:
    with _lock(fcntl.LOCK_EX):
        EmbeddedPostgres(home() / "server").stop()
        shutil.rmtree(home() / "server", ignore_errors=True)


def migrated_template(server: EmbeddedPostgres, run: str) -> str:
    """The name of a database at the newest schema, made by whichever worker of this test run comes first."""
    name = f"template_{run}"
    with _lock(fcntl.LOCK_EX, "template"):
        if not fetch(server, f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            fetch(server, f'CREATE DATABASE "draft_{run}"')
            upgrade(server.url(f"draft_{run}"))
            fetch(server, f'ALTER DATABASE "draft_{run}" RENAME TO "{name}"')
    return name


@contextlib.contextmanager
def database(server: EmbeddedPostgres, name: str, *, template: str) -> Iterator[str]:
    """The URL of a database of one's own, dropped afterwards."""
    fetch(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server.url(name)
    finally:
        fetch(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def fetch(server: EmbeddedPostgres, statement: str) -> object:
    """Run one statement outside any test's event loop."""

    async def run() -> object:
        connection = await asyncpg.connect(server.url("postgres").replace("+asyncpg", ""))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(run())


if __name__ == "__main__":
    clean_up()

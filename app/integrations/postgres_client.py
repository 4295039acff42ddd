"""PostgreSQL's own programs for backup and restore, found where they are new enough, and run so that nothing is left half done."""

import asyncio
import shutil
import subprocess
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import Mendable
from app.integrations.embedded_postgres import EmbeddedPostgresFailed
from app.integrations.embedded_postgres.binaries import shipped_programs

NEEDED = ("pg_dump", "pg_restore", "psql")
CHUNK = 2**18
# Programs from 17 on say this to every server, and only servers from 17 on understand it.
SAID_TO_ALL, UNDERSTOOD_FROM = b"SET transaction_timeout = 0;\n", 17
# A backup waits this long for somebody who changes the schema.
LOCK_WAIT = "60s"
Tell = Callable[[], None]


class PostgresClientFailed(Mendable):
    """The programs are missing, too old, or failed; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A database as PostgreSQL's programs are told of it; the password travels in the environment, which others cannot read."""

    url: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresClient:
    """The programs of one directory; `version` is their major version."""

    directory: Path
    version: int

    async def dump(self, source: Address, to: int, *, snapshot: str, tell: Tell) -> None:
        """Write one database, as an exported snapshot shows it, to an open file; `tell` is called for each table."""
        options = ["--format=custom", "--schema=public", "--no-owner", "--no-privileges", "--no-comments", "--verbose"]
        options += [f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WAIT}", f"--dbname={source.url}"]
        async with self._running(
            "pg_dump", options, source, stdout=to, news="dumping contents of table", tell=tell
        ) as (program, said):
            await program.wait()
        _must_have_worked(program, "pg_dump", said)

    async def restore(self, archive: Path, to: Address, *, server: int, before: str, after: str, tell: Tell) -> None:
        """Bring an archive into a database in one transaction, with what has to happen before and after it.

        Whoever is killed on the way has changed nothing.
        """
        reading = ["--file=-", "--schema=public", "--no-owner", "--no-privileges", "--verbose", str(archive)]
        writing = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={to.url}"]
        async with (
            self._running("psql", writing, to, stdin=PIPE, stdout=DEVNULL) as (writer, refused),
            self._running("pg_restore", reading, to, stdout=PIPE, news="processing data for table", tell=tell) as (
                reader,
                said,
            ),
        ):
            # psql that has stopped at an error reads no further; what it said is told below.
            with suppress(BrokenPipeError, ConnectionResetError):
                await _say(writer, f"BEGIN;\n{before}\n".encode())
                await _carry(reader, writer, server)
                if await reader.wait() == 0:
                    await _say(writer, f"{after}\nCOMMIT;\n".encode())
            _close(writer)
            await writer.wait()
        _must_have_worked(writer, "psql", refused)
        _must_have_worked(reader, "pg_restore", said)

    @asynccontextmanager
    async def _running(
        self,
        name: str,
        options: list[str],
        address: Address,
        *,
        stdout: int,
        stdin: int = DEVNULL,
        news: str | None = None,
        tell: Tell = lambda: None,
    ) -> AsyncIterator[tuple[Process, "deque[str]"]]:
        """A program that does not outlive the block, and what it said last, complete after the block."""
        program = await asyncio.create_subprocess_exec(
            self.directory / name, *options, stdin=stdin, stdout=stdout, stderr=PIPE, env=dict(address.environment)
        )
        said: deque[str] = deque(maxlen=10)
        watching = asyncio.create_task(_watch(program, said, news, tell))
        try:
            yield program, said
        finally:
            with suppress(ProcessLookupError):
                program.kill()
            # asyncio takes a program for ended only when every pipe has been read to its end.
            if program.stdout is not None:
                await program.stdout.read()
            await watching
            await program.wait()


async def _watch(program: Process, said: "deque[str]", news: str | None, tell: Tell) -> None:
    """Read what a program says until it ends: news of its progress, or the last lines, which explain a failure."""
    assert program.stderr is not None  # noqa: S101  it was asked for
    async for line in program.stderr:
        text = line.decode(errors="replace").rstrip()
        if news is not None and news in text:
            tell()
        else:
            said.append(text)


async def _carry(reader: Process, writer: Process, server: int) -> None:
    assert reader.stdout is not None  # noqa: S101  it was asked for
    first = True
    while chunk := await reader.stdout.read(CHUNK):
        await _say(writer, chunk.replace(SAID_TO_ALL, b"", 1) if first and server < UNDERSTOOD_FROM else chunk)
        first = False


async def _say(writer: Process, words: bytes) -> None:
    assert writer.stdin is not None  # noqa: S101  it was asked for
    writer.stdin.write(words)
    await writer.stdin.drain()


def _close(writer: Process) -> None:
    assert writer.stdin is not None  # noqa: S101  it was asked for
    writer.stdin.close()


def _must_have_worked(program: Process, name: str, said: "deque[str]") -> None:
    if program.returncode != 0:
        raise PostgresClientFailed("\n".join([f"{name} failed ({program.returncode}):", *said]))


def find_client(*, at_least: int, because: str) -> PostgresClient:
    """The oldest programs that are new enough: those on the path, or those that come with the embedded server."""
    found = sorted(_installed(), key=lambda one: one.version)
    chosen = next((one for one in found if one.version >= at_least), None)
    if chosen is not None:
        return chosen
    here = ", ".join(f"{one.version} in {one.directory}" for one in found) or "none at all"
    raise PostgresClientFailed(
        f"pg_dump, pg_restore and psql of PostgreSQL {at_least} or newer are needed, because {because}; found: {here}. "
        f"Install them (on Debian: apt install postgresql-client-{at_least}) and put them on the PATH."
    )


def _installed() -> list[PostgresClient]:
    places: list[Path] = []
    on_path = shutil.which("pg_dump")
    if on_path is not None:
        places.append(Path(on_path).parent)
    with suppress(EmbeddedPostgresFailed):
        places.append(shipped_programs())
    return [
        PostgresClient(directory=one, version=_version(one / "pg_dump"))
        for one in places
        if all((one / program).exists() for program in NEEDED)
    ]


def _version(program: Path) -> int:
    """Of `pg_dump (PostgreSQL) 18.4`, the 18."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split(") ", 1)[1].split(".", 1)[0])

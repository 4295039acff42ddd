"""A backup holds everything of one instant, comes back whole or not at all, and what came back goes on working."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.documents.backup_manifest import Manifest, manifest_path
from app.domain.errors import Mendable
from app.integrations.embedded_postgres import EmbeddedPostgres
from app.integrations.postgres_client import Address, PostgresClientFailed, find_client
from app.persistence.engine import libpq_address
from app.persistence.schema import upgrade
from app.settings import Settings
from tests import postgres
from tests.house.test_upgrades import serves
from tests.persistence import older

# Processes of their own start slowly where many tests run.
pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "import sys; sys.argv[0] = 'cuofeng'; from app.cli import main; main()"]
# Every row of a table, in an order of its own.
CHECKSUM = "SELECT md5(coalesce(string_agg(one::text, chr(10) ORDER BY one::text), '')) FROM {} AS one"
TABLES = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
PAIR = (
    "INSERT INTO recurring_jobs (kind, next_at) VALUES ($1, now())",
    "INSERT INTO idempotency_keys (client_id, route, key, fingerprint, created_at) VALUES ('a', 'b', $1, '', now())",
)
TWINS = "SELECT {} FROM {} ORDER BY 1"
# Ten million bytes that no compression makes shorter.
LARGE = """
INSERT INTO uploads (id, content, sha256, size, media_type, name, created_at)
SELECT gen_random_uuid(), string_agg(sha256(one::text::bytea), ''), '', 1, 'text/plain', 'large', now()
FROM generate_series(1, 320000) AS one
"""
# Restoring stops for a while at the first index, whatever it has written until then; what psql has read it goes on with.
SLOW = """
CREATE SCHEMA elsewhere;
CREATE SEQUENCE elsewhere.indexes;
CREATE FUNCTION elsewhere.wait() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN IF nextval('elsewhere.indexes') = 1 THEN PERFORM pg_sleep(3); END IF; END $$;
CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION elsewhere.wait();
"""


@pytest.fixture(scope="module")
def source(server: EmbeddedPostgres) -> Iterator[str]:
    """A database with something in most rooms."""
    with postgres.database(server, f"kept_{os.getpid()}", template="template1") as url:
        older.fill(url, older.REVISIONS[-1])
        upgrade(url)
        yield url


@pytest.fixture(scope="module")
def kept(source: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backups") / "winter.backup"
    code, said = cuofeng(source, "backup", file)
    assert code == 0, said
    return file


@pytest.fixture
def empty(server: EmbeddedPostgres) -> Iterator[str]:
    with postgres.database(server, f"empty_{os.getpid()}_{time.monotonic_ns()}", template="template1") as url:
        yield url


def begin(url: str, *words: object) -> "subprocess.Popen[str]":
    environment = os.environ | {"CUOFENG_DATABASE_URL": url}
    return subprocess.Popen(
        [*COMMAND, *map(str, words)],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def cuofeng(url: str, *words: object) -> tuple[int, str]:
    """What a command ends with, and what it says."""
    done = CliRunner().invoke(cli, [str(word) for word in words], env={"CUOFENG_DATABASE_URL": url})
    refused = isinstance(done.exception, Mendable)
    assert refused or done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, (str(done.exception) if refused else done.output).replace("\n", " ")


def ask(url: str, statement: str) -> list[str]:
    async def run() -> list[str]:
        connection = await asyncpg.connect(libpq_address(url)[0])
        try:
            return [str(row[0]) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(run())


def checksums(url: str) -> dict[str, str]:
    return {table: ask(url, CHECKSUM.format(table))[0] for table in sorted(ask(url, TABLES))}


def wait_until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 240
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def twins(url: str) -> Iterator[None]:
    """Somebody who writes pairs of rows into two tables all the while, each pair in one transaction."""
    done = threading.Event()

    async def write() -> None:
        connection = await asyncpg.connect(libpq_address(url)[0])
        for number in count():
            if done.is_set():
                break
            async with connection.transaction():
                for statement in PAIR:
                    await connection.execute(statement, f"twin {number}")
        await connection.close()

    writer = threading.Thread(target=asyncio.run, args=[write()])
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()


def test_everything_comes_back_is_proved_and_goes_on_working(
    source: str, kept: Path, empty: str, settings: Settings
) -> None:
    code, said = cuofeng(empty, "restore", kept)
    assert code == 0, said
    assert "cuofeng verify" in said
    before = checksums(source)
    assert checksums(empty) == before
    assert len(before) > 80
    assert cuofeng(empty, "verify")[0] == 0
    asyncio.run(serves(empty, settings))
    assert cuofeng(empty, "verify")[0] == 0


def test_only_its_owner_may_read_a_backup_and_it_says_what_it_holds(source: str, kept: Path) -> None:
    assert {one.stat().st_mode & 0o777 for one in (kept, manifest_path(kept))} == {0o600}
    code, said = cuofeng(source, "backup", kept)
    assert (code, "is there already" in said) == (2, True)
    assert "hashes of client secrets" in cuofeng(source, "backup", kept.with_name("other"))[1]


def test_a_backup_is_of_one_instant_while_others_write(server: EmbeddedPostgres, tmp_path: Path, empty: str) -> None:
    with postgres.database(server, f"busy_{os.getpid()}", template="template1") as busy:
        upgrade(busy)
        with twins(busy):
            wait_until(lambda: ask(busy, TWINS.format("kind", "recurring_jobs")))
            assert cuofeng(busy, "backup", tmp_path / "moving")[0] == 0
        written = ask(busy, TWINS.format("kind", "recurring_jobs"))
    assert cuofeng(empty, "restore", tmp_path / "moving")[0] == 0
    first, second = (
        ask(empty, TWINS.format("kind", "recurring_jobs")),
        ask(empty, TWINS.format("key", "idempotency_keys")),
    )
    assert first == second
    assert 0 < len(first) < len(written)


@pytest.mark.proof
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_backup_that_was_ended_midway_leaves_nothing_that_looks_whole(
    server: EmbeddedPostgres, tmp_path: Path, how: signal.Signals
) -> None:
    file, part = tmp_path / "ended", tmp_path / "ended.part"
    with postgres.database(server, f"large_{os.getpid()}", template="template1") as large:
        upgrade(large)
        ask(large, LARGE)
        running = begin(large, "backup", file)
        wait_until(lambda: part.exists() and part.stat().st_size > 0)
        running.send_signal(how)
        running.communicate(timeout=120)
        assert [one.name for one in tmp_path.iterdir()] == (["ended.part"] if how is signal.SIGKILL else [])
        code, said = cuofeng(large, "restore", "--replace", file)
        assert (code, "nobody knows whether" in said) == (1, True)
        wait_until(lambda: "pg_dump" not in ask(large, "SELECT application_name FROM pg_stat_activity"))
        assert cuofeng(large, "backup", file)[0] == 0
        assert sorted(one.name for one in tmp_path.iterdir()) == ["ended", "ended.manifest.json"]


@pytest.mark.proof
def test_a_restore_that_was_killed_midway_left_nothing_and_is_run_again(source: str, kept: Path, empty: str) -> None:
    for statement in SLOW.strip().split(";\nCREATE "):
        ask(empty, statement if statement.startswith("CREATE") else f"CREATE {statement}")
    running = begin(empty, "restore", kept)
    asleep = "SELECT wait_event::text FROM pg_stat_activity WHERE datname = current_database()"
    wait_until(lambda: "PgSleep" in ask(empty, asleep))
    running.kill()
    running.communicate(timeout=120)
    wait_until(lambda: len(ask(empty, asleep)) == 1)
    assert ask(empty, TABLES) == []
    code, said = cuofeng(empty, "serve", "--port", "0")
    assert (code, "cuofeng restore" in said) == (1, True)
    ask(empty, "DROP EVENT TRIGGER slow")
    assert cuofeng(empty, "restore", kept)[0] == 0
    assert checksums(empty) == checksums(source)


def test_what_is_there_is_replaced_only_when_told(source: str, kept: Path, empty: str) -> None:
    upgrade(empty)
    ask(empty, "INSERT INTO recurring_jobs (kind, next_at) VALUES ('here', now())")
    before = checksums(empty)
    code, said = cuofeng(empty, "restore", kept)
    assert (code, "not empty" in said) == (1, True)
    assert checksums(empty) == before
    code, said = cuofeng(empty, "restore", "--replace", kept)
    assert code == 0, said
    assert checksums(empty) == checksums(source)


def test_a_restore_that_is_refused_at_its_first_statement_ends_and_says_why(kept: Path, empty: str) -> None:
    """Also when what pg_restore has said by then fills every pipe and buffer on the way."""
    version = Manifest.beside(kept).client_version
    to = Address(url=libpq_address(empty)[0], environment=os.environ)
    refused = find_client(at_least=version, because="it wrote the archive").restore(
        kept, to, server=version, before="SELECT 1 / (pg_sleep(0.5) IS NULL)::int;", after="", tell=lambda: None
    )
    with pytest.raises(PostgresClientFailed, match=r"psql failed(.|\n)*division by zero"):
        asyncio.run(asyncio.wait_for(refused, 20))
    assert ask(empty, TABLES) == []


def test_a_damaged_archive_and_one_of_a_newer_version_are_refused(kept: Path, empty: str) -> None:
    damaged, newer = kept.with_name("damaged"), kept.with_name("newer")
    content, manifest = bytearray(kept.read_bytes()), manifest_path(kept).read_text(encoding="utf-8")
    newer.write_bytes(content)
    revision = manifest.split('"schema_revision": "', 1)[1][:4]
    manifest_path(newer).write_text(manifest.replace(f'"{revision}"', '"9999"'), encoding="utf-8")
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    manifest_path(damaged).write_text(manifest, encoding="utf-8")
    assert "is not what its manifest says" in cuofeng(empty, "restore", damaged)[1]
    assert "which a newer version made" in cuofeng(empty, "restore", newer)[1]
    assert ask(empty, TABLES) == []


def test_programs_older_than_the_server_are_named_with_what_to_install() -> None:
    with pytest.raises(PostgresClientFailed, match=r"PostgreSQL 99 or newer .* postgresql-client-99"):
        find_client(at_least=99, because="the server is PostgreSQL 99")


def test_the_password_is_no_part_of_a_command_line() -> None:
    address, password = libpq_address("postgresql+asyncpg://cuofeng:se%40cret@db:5433/cuofeng?ssl=require")
    assert (address, password) == ("postgresql://cuofeng@db:5433/cuofeng?sslmode=require", "se@cret")

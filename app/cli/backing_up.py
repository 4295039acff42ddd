"""backup and restore: one consistent archive of everything, proved by its manifest, and brought back whole or not at all."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.database import running_database
from app.cli.screen import bar, complain, out, step
from app.clock import utc_now
from app.documents.backup_manifest import BackupUnusable, Manifest, manifest_path, measure
from app.domain.decisions.evaluate import EVALUATOR_VERSION
from app.integrations.postgres_client import Address, PostgresClient, find_client
from app.persistence import backups
from app.persistence.engine import Engine, create_engine, libpq_address
from app.persistence.health import known_revisions, mismatch
from app.settings import Settings

PRIVATE = 0o600
HOLDS = (
    "It holds everything the database does: hashes of client secrets, the key that signs tokens unless CUOFENG_SIGNING_KEY "
    "sets it, and contacts. Only its owner may read it (mode 0600); settings are not in it."
)


def backup(
    file: Annotated[Path, typer.Argument(help="Where the archive is written; its manifest is put beside it.")],
) -> None:
    """Write everything the database holds at one instant to a file, while the service goes on."""
    if taken := [one for one in (file, manifest_path(file)) if one.exists()]:
        complain(*(f"{one} is there already; nothing was written" for one in taken))
        raise typer.Exit(2)
    with running_database(Settings()) as url:
        manifest = _until_told(_backup(url, file))
    out.print(
        f"[green]✓[/] {file}: {sum(manifest.rows.values())} rows of {len(manifest.rows)} tables, {manifest.size} bytes, "
        f"schema {manifest.schema_revision}\n  {HOLDS}",
        soft_wrap=True,
    )


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `cuofeng backup` wrote, with its manifest beside it.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop what the database holds, in the same transaction.")
    ] = False,
) -> None:
    """Bring a backup into an empty database, whole or not at all; a restore that was killed is simply run again."""
    with step("Proving the archive by its manifest"):
        manifest = Manifest.beside(file)
    if manifest.schema_revision not in known_revisions():
        raise BackupUnusable(str(mismatch(manifest.schema_revision)).replace("The database", "The backup", 1))
    with running_database(Settings()) as url:
        _until_told(_restore(url, file, manifest, replace=replace))
    out.print(f"[green]✓[/] {sum(manifest.rows.values())} rows of {len(manifest.rows)} tables are back.")
    outdated = mismatch(manifest.schema_revision)
    out.print("  Now run " + ("`cuofeng migrate`, then " if outdated else "") + "`cuofeng verify`.")


def _until_told(work: Coroutine[Any, Any, Any]) -> Any:
    """A polite signal ends the programs that were started and leaves nothing behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return asyncio.run(work)
    finally:
        signal.signal(signal.SIGTERM, before)


def _address(url: str) -> Address:
    address, password = libpq_address(url)
    return Address(url=address, environment={**os.environ, **({"PGPASSWORD": password} if password else {})})


async def _backup(url: str, file: Path) -> Manifest:
    engine = create_engine(url, pool_size=2)
    part = file.with_name(f"{file.name}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        _take(descriptor, part)
        manifest = await _dump(engine, _address(url), part, descriptor)
        # The manifest first: an archive that bears its name is whole and can be proved.
        _write_manifest(manifest, manifest_path(file))
        part.rename(file)
        _keep_names(file.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
        await engine.dispose()
    return manifest


def _take(descriptor: int, part: Path) -> None:
    """One backup to a name at a time; what a killed one left is begun anew, once its pg_dump has ended."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        raise BackupUnusable(f"Another backup is writing {part}.") from busy
    os.ftruncate(descriptor, 0)
    os.fchmod(descriptor, PRIVATE)


async def _dump(engine: Engine, source: Address, part: Path, descriptor: int) -> Manifest:
    server = await backups.server_version(engine)
    client = find_client(at_least=server, because=f"the server is PostgreSQL {server}")
    async with backups.held(engine) as standing:
        if standing.revision is None:
            raise BackupUnusable("The database is empty: there is nothing to back up.")
        with bar() as progress:
            task = progress.add_task("Writing tables", total=len(standing.rows))
            await client.dump(source, descriptor, snapshot=standing.snapshot, tell=lambda: progress.advance(task))
    os.fsync(descriptor)
    size, digest = measure(part)
    return Manifest(
        made_at=utc_now(),
        schema_revision=standing.revision,
        evaluator_version=EVALUATOR_VERSION,
        server_version=server,
        client_version=client.version,
        rows=dict(standing.rows),
        size=size,
        sha256=digest,
    )


def _write_manifest(manifest: Manifest, place: Path) -> None:
    part = place.with_name(f"{place.name}.part")
    part.touch(mode=PRIVATE)
    with part.open("w", encoding="utf-8") as opened:
        opened.write(manifest.model_dump_json(indent=2) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    part.rename(place)


def _keep_names(directory: Path) -> None:
    """A power cut keeps the names too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _restore(url: str, file: Path, manifest: Manifest, *, replace: bool) -> None:
    engine = create_engine(url, pool_size=1)
    try:
        server = await backups.server_version(engine)
        client = _client_for(manifest, server)
        await _must_be_free(engine, replace=replace)
        await _bring_back(client, file, _address(url), manifest, server=server)
        with step("Looking at the tables for the planner"):
            await backups.analyse(engine)
    finally:
        await engine.dispose()


def _client_for(manifest: Manifest, server: int) -> PostgresClient:
    if server < manifest.server_version:
        raise BackupUnusable(
            f"The backup is of PostgreSQL {manifest.server_version} and this server is {server}: "
            "a server of the same or a newer version is needed."
        )
    wanted = manifest.client_version
    return find_client(at_least=wanted, because=f"the archive was written by pg_dump {wanted}")


async def _must_be_free(engine: Engine, *, replace: bool) -> None:
    at_work = await backups.others_at_work(engine)
    if at_work:
        raise BackupUnusable(f"The service is using this database ({at_work} connections): stop it first.")
    present = await backups.tables(engine)
    if present and not replace:
        raise BackupUnusable(
            f"The database is not empty ({len(present)} tables, such as {present[0]}); nothing was changed. "
            "Say --replace to drop what it holds."
        )


async def _bring_back(client: PostgresClient, file: Path, address: Address, manifest: Manifest, *, server: int) -> None:
    with bar() as progress:
        task = progress.add_task("Bringing back tables", total=len(manifest.rows))
        await client.restore(
            file,
            address,
            server=server,
            before=backups.EMPTIED,
            after=backups.must_hold(manifest.rows),
            tell=lambda: progress.advance(task),
        )
